/* The text fields of screen 6: keys in them, when what is typed is asked, and what fills them: an
 * example, the history, a word for a mask. */
#include "ui/screens/view_predict_in.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LIVE_MS = 150 };

bool predict_in_field(const struct predict_view *t)
{
    return t->view.focus == PREDICT_TEXT || t->view.focus == PREDICT_PAIR;
}

bool predict_typing(struct ft_view *v)
{
    return predict_of(v)->typing && predict_in_field(predict_of(v));
}

static bool has_mask(const struct predict_view *t)
{
    const char *text = ft_field_text(&t->text);
    return strstr(text, "[MASK]") || strstr(text, "<mask>");
}

static bool is_live(const struct predict_view *t)
{
    enum ft_task task = predict_task(t);
    return ft_task_has(task, FT_TRAIT_OUTPUTS) ||
           (ft_task_has(task, FT_TRAIT_MASKS) && has_mask(t));
}

/* --- asking --- */

static void forget_answer(struct predict_view *t)
{
    t->failed = (struct ft_err){0};
    t->keep = false;
    predict_ask(t, 0, false); /* nothing: the model alone */
}

static void changed(struct predict_view *t)
{
    if (!t->text.text.len)
        forget_answer(t);
    else if (is_live(t))
        predict_ask(t, LIVE_MS, false);
}

void predict_put(struct predict_view *t, const char *text, size_t n, const char *pair,
                 size_t pair_n)
{
    ft_field_set(&t->text, "");
    ft_field_insert(&t->text, text, n);
    if (!pair) return;
    ft_field_set(&t->pair, "");
    ft_field_insert(&t->pair, pair, pair_n);
}

static bool take_example(struct predict_view *t)
{
    struct ft_dataset_row row;
    if (t->text.text.len || t->view.focus != PREDICT_TEXT || !predict_example(t, &row))
        return false;
    predict_put(t, row.text, row.n, row.pair, row.pair_n);
    predict_ask(t, 0, false);
    return true;
}

/* The history's entry in the fields; `by` 1 is older. */
static bool walk(struct predict_view *t, int by)
{
    if (!t->past_n || t->view.focus != PREDICT_TEXT) return false;
    if (t->text.text.len && !t->walk) return false;
    size_t to = by > 0 ? t->walk + 1 : t->walk - (t->walk > 0);
    if (to > t->past_n) return true;
    t->walk = to;
    if (!to) {
        ft_field_set(&t->text, "");
    } else {
        const struct predict_past *p = &t->past[to - 1];
        predict_put(t, p->text, strlen(p->text), p->pair, p->pair ? strlen(p->pair) : 0);
    }
    changed(t);
    return true;
}

const char predict_needs_context[] = "the question has no context; o reads it from a file";

/* Enter in a field: what is there is asked, and kept. */
static void enter_field(struct predict_view *t)
{
    const struct ft_answer *a = &t->answer;
    if (!t->text.text.len) return;
    bool same = predict_answered(t) && !t->waiting && !strcmp(a->text, ft_field_text(&t->text));
    if (predict_lacks_context(t)) {
        ft_app_focus(&t->view, PREDICT_PAIR);
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s", predict_needs_context);
        return;
    }
    ft_app_unsay(t->w->app); /* what was missing */
    if (same && is_live(t))
        predict_keep(t);
    else
        predict_ask(t, 0, true);
    if (t->view.focus == PREDICT_TEXT) t->text.selected = true; /* the next one takes its place */
}

/* --- keys --- */

bool predict_key(struct ft_view *v, const struct ft_key *k)
{
    struct predict_view *t = predict_of(v);
    if (!predict_typing(v)) return false;
    struct ft_field *f = v->focus == PREDICT_TEXT ? &t->text : &t->pair;
    int w = v->shown.panel[v->focus].w - 3;
    switch (k->code) {
    case FT_KEY_ENTER:
        enter_field(t);
        return true;
    case FT_KEY_ESC:
        if (predict_growing(t))
            ft_prediction_queue_stop(t->w->asker);
        else
            t->typing = false;
        return true;
    case FT_KEY_TAB:
        return take_example(t);
    case FT_KEY_UP:
    case FT_KEY_DOWN:
        if (walk(t, k->code == FT_KEY_UP ? 1 : -1)) return true;
        return ft_field_key(f, k, w > 1 ? w : 1);
    default:
        break;
    }
    char *before = ft_xstrdup(ft_field_text(f));
    bool eaten = ft_field_key(f, k, w > 1 ? w : 1);
    if (strcmp(before, ft_field_text(f)) != 0) {
        t->walk = 0;
        changed(t);
    }
    free(before);
    return eaten;
}

void predict_type_in(struct predict_view *t, int panel)
{
    t->typing = true;
    ft_app_focus(&t->view, panel);
}

/* --- what is taken into them --- */

/* The first mask becomes the chosen word. */
void predict_take_word(struct predict_view *t)
{
    const struct ft_fill *f = &t->answer.fill;
    const char *text = ft_field_text(&t->text);
    static const char *const masks[] = {"[MASK]", "<mask>"};
    size_t mask = t->mask, at = SIZE_MAX, len = 0;
    if (t->answers.selected >= f->choices || mask >= f->masks) return;
    for (const char *p = text; *p && at == SIZE_MAX; p++)
        for (size_t i = 0; i < 2; i++) {
            size_t n = strlen(masks[i]);
            if (strncmp(p, masks[i], n) || mask-- > 0) continue;
            at = (size_t)(p - text);
            len = n;
            break;
        }
    if (at == SIZE_MAX) return;
    const char *word = f->choice[t->mask * f->choices + t->answers.selected].token;
    while (*word == ' ')
        word++;
    char *filled = ft_xprintf("%.*s%s%s", (int)at, text, word, text + at + len);
    ft_field_set(&t->text, filled);
    free(filled);
    if (has_mask(t)) predict_ask(t, 0, false);
}

void predict_take_token(struct predict_view *t)
{
    const struct ft_generated *g = &t->answer.generated;
    if (!t->grown || predict_growing(t) || t->next.selected >= g->next_n) return;
    char *text = ft_xprintf("%s%s", t->grown, g->next[t->next.selected].token);
    predict_go_on(t, text, 0);
    free(text);
}

void predict_recall(struct predict_view *t)
{
    if (!t->past_n) return;
    const struct predict_past *p = &t->past[t->history.selected];
    predict_put(t, p->text, strlen(p->text), p->pair, p->pair ? strlen(p->pair) : 0);
    predict_ask(t, 0, false);
}
