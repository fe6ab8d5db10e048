/* Screen 5: the examples most similar to the selected one, in place of the list of examples; the list
 * that was there comes back when it is left. */
#include "ui/screens/view_evaluate_in.h"

#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

/* A question without its context; else the whole text. */
static struct ft_similarity_text text_of(const struct evaluate_view *t,
                                         const struct ft_evaluation_row *r)
{
    bool qa = ft_task_has(evaluate_scores(t)->task, FT_TRAIT_ANSWERS);
    struct ft_similarity_text x = {.text = qa && r->pair ? r->pair : r->text,
                                   .n = qa && r->pair ? r->pair_n : r->n,
                                   .pair = qa ? NULL : r->pair,
                                   .pair_n = qa ? 0 : r->pair_n};
    x.self = t->similar.text && ft_similar_is_self(&t->similar, r->row, x.text, x.n);
    return x;
}

static void example_text(void *arg, size_t i, struct ft_similarity_text *out)
{
    const struct evaluate_view *t = arg;
    *out = text_of(t, ft_evaluation_row(t->e, i));
}

/* The results as the list of examples. */
static void take(struct evaluate_view *t)
{
    t->index = ft_xrealloc(t->index, (t->similar.n + 1) * sizeof *t->index);
    if (t->similar.n) memcpy(t->index, t->similar.rows, t->similar.n * sizeof *t->index);
    ft_list_resize(&t->examples, t->similar.n);
}

static void ask(struct evaluate_view *t)
{
    ft_similar_ask(&t->similar, ft_evaluation_facts(t->e)->examples, example_text, t);
    take(t);
}

void evaluate_similar_follow(struct evaluate_view *t)
{
    bool changed = ft_similar_follow(&t->similar);
    if (!t->similar.on) return;
    if (changed)
        take(t);
    else if (t->similar.waiting && !ft_similarity_busy(t->similar.s, NULL))
        ask(t);
}

void evaluate_similar_drop(struct evaluate_view *t)
{
    if (!t->similar.on) return;
    ft_similar_end(&t->similar);
    free(t->listed);
    t->listed = NULL;
}

/* Back to the list that was there. */
static void restore(struct evaluate_view *t)
{
    ft_similar_end(&t->similar);
    free(t->index);
    t->index = t->listed;
    t->listed = NULL;
    ft_list_resize(&t->examples, t->listed_n);
    ft_list_select(&t->examples, t->listed_at);
    evaluate_moved(t);
}

/* The example under the cursor, in the list of all. */
static void walk(struct evaluate_view *t)
{
    size_t example = t->examples.n ? t->index[t->examples.selected] : SIZE_MAX;
    t->all = t->right_too = true;
    t->questions = FT_QUESTIONS_ALL;
    evaluate_select(t);
    for (size_t k = 0; k < t->examples.n; k++)
        if (t->index[k] == example) ft_list_select(&t->examples, k);
    evaluate_moved(t);
}

bool evaluate_similar_enter(struct evaluate_view *t)
{
    if (!t->similar.on || t->view.focus != EVAL_EXAMPLES) return false;
    walk(t);
    return true;
}

bool evaluate_similar_back(struct evaluate_view *t)
{
    if (!t->similar.on || t->view.focus != EVAL_EXAMPLES) return false;
    restore(t);
    return true;
}

/* The example with this row's number; NULL: there is none. */
static const struct ft_evaluation_row *example_of_row(const struct evaluate_view *t,
                                                      const char *arg)
{
    long long row;
    if (!ft_parse_i64(arg, &row)) return NULL;
    for (size_t i = 0; i < ft_evaluation_facts(t->e)->examples; i++) {
        const struct ft_evaluation_row *r = ft_evaluation_row(t->e, i);
        if (r && r->row == (size_t)row) return r;
    }
    return NULL;
}

void evaluate_similar_open(struct evaluate_view *t, const char *arg)
{
    const struct ft_evaluation_row *r = arg ? example_of_row(t, arg) : evaluate_row(t);
    if (!r) {
        if (arg)
            ft_app_say(t->w->app, FT_SAY_ERROR, "'%s': expected the row of an example", arg);
        else
            ft_app_say(t->w->app, FT_SAY_NOTE, "no example is selected");
        return;
    }
    if (!t->similar.on) {
        t->listed = t->index;
        t->listed_n = t->examples.n;
        t->listed_at = t->examples.selected;
        t->index = NULL;
    }
    t->why = false;
    struct ft_similarity_text text = text_of(t, r);
    ft_similar_begin(&t->similar, ft_evaluation_facts(t->e)->run, r->row, &text);
    ask(t);
    ft_app_focus(&t->view, EVAL_EXAMPLES);
    evaluate_moved(t);
}
