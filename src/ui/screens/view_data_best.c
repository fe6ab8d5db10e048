/* Screen 1: what the model that is open would call the selected row, asked in the background. */
#include "ui/screens/view_data_in.h"

#include "util/hash.h"
#include "util/mem.h"

#include <stdlib.h>

void data_best_release(struct data_view *t)
{
    for (int i = 0; i < t->best.n; i++)
        free(t->best.names[i]);
    t->best = (struct data_best){0};
}

/* The classifier that can be asked: the run that is shown, or the model that is set, when it has
 * labels of its own. NULL: none. */
static const char *classifier(const struct data_view *t)
{
    const struct ft_model_facts *f = ft_model_list_facts(t->w->chosen);
    if (*t->w->run) return t->w->run;
    if (!f || !ft_task_has(f->own_task, FT_TRAIT_TEXT_CLASSES) || !f->label_n) return NULL;
    return ft_options_text(&t->w->o, FT_OPT_model);
}

int data_best(void *view, const char **best)
{
    struct data_view *t = view;
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    const char *model = classifier(t);
    uint64_t hash = there ? ft_hash64(r.text, r.n) | 1 : 0;
    if (!there || !model) return 0;
    if (t->best.text != hash) {
        char *text = ft_xstrndup(r.text, r.n),
             *pair = r.pair ? ft_xstrndup(r.pair, r.pair_n) : NULL;
        struct ft_question q = {.model = model,
                                .current = t->w->session && t->w->run_is_own,
                                .text = text,
                                .pair = pair};
        data_best_release(t);
        t->best.text = hash;
        t->best.asked = ft_prediction_queue_ask(t->w->asker, &q);
        free(pair);
        free(text);
    }
    for (int i = 0; i < t->best.n; i++)
        best[i] = t->best.names[i];
    return t->best.asked ? -1 : t->best.n;
}

void data_best_follow(struct data_view *t)
{
    const struct ft_answer *a = &t->w->answer;
    const char *best[FT_RELABEL_BEST];
    if (!t->best.asked || t->w->answered < t->best.asked) return;
    bool ours = t->w->answered == t->best.asked && a->id == t->best.asked;
    t->best.asked = 0;
    if (ours && !a->status && ft_task_has(a->task, FT_TRAIT_TEXT_CLASSES) &&
        a->prediction.probabilities) {
        t->best.n = ft_relabel_best(a->prediction.probabilities, a->labels, a->labels_n, best);
        for (int i = 0; i < t->best.n; i++)
            t->best.names[i] = ft_xstrdup(best[i]);
    }
    ft_relabel_refresh(&t->relabel);
}
