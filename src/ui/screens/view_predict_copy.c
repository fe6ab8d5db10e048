/* What `y` copies on screen 6. */
#include "ui/screens/view_predict_in.h"

#include "util/text_table.h"
#include "util/mem.h"

#include <stdlib.h>
#include <math.h>

static void choices(const struct ft_fill_choice *c, size_t n, struct ft_text_table *out)
{
    for (size_t i = 0; i < n; i++) {
        ft_text_table_word(out, c[i].token);
        ft_text_table_number(out, c[i].probability);
        ft_text_table_end(out);
    }
}

static void replies(const struct ft_reply *r, struct ft_text_table *out)
{
    size_t k;
    for (size_t i = 0; i < r->best_n + 1; i++) {
        bool span = predict_reply_row(r, i, &k);
        ft_text_table_word(out, span ? r->best[k].text : "(no answer)");
        ft_text_table_number(out, span ? r->best[k].probability : r->null_probability);
        ft_text_table_end(out);
    }
}

static void entities(const struct ft_tagging *x, struct ft_text_table *out)
{
    for (size_t i = 0; i < x->entities_n; i++) {
        const struct ft_tagging_entity *e = &x->entities[i];
        char *text = ft_xstrndup(x->text + e->start, e->end - e->start);
        ft_text_table_word(out, e->type);
        ft_text_table_word(out, text);
        ft_text_table_number(out, e->score);
        ft_text_table_end(out);
        free(text);
    }
}

/* All of what is answered, with probabilities. */
static void answers(const struct predict_view *t, const struct ft_answer *a,
                    struct ft_text_table *out)
{
    const struct ft_prediction *p = &a->prediction;
    size_t mask = t->mask < a->fill.masks ? t->mask : 0;
    if (!a->text || a->status) return;
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_LABELS:
        for (size_t i = 0; i < p->labels && i < a->labels_n; i++) {
            ft_text_table_word(out, a->labels[i]);
            ft_text_table_number(out, p->probabilities[i]);
            ft_text_table_end(out);
        }
        break;
    case FT_PREDICTS_ENTITIES:
        entities(&a->tagging, out);
        break;
    case FT_PREDICTS_NUMBER:
        ft_text_table_number(out, (double)p->logits[0]);
        ft_text_table_end(out);
        break;
    case FT_PREDICTS_SPAN:
        replies(&a->reply, out);
        break;
    case FT_PREDICTS_TOKENS:
        if (a->fill.masks) choices(a->fill.choice + mask * a->fill.choices, a->fill.choices, out);
        break;
    case FT_PREDICTS_TEXT:
        ft_str_add(out->out, a->generated.text, a->generated.n);
        break;
    case FT_PREDICTS_NOTHING:
        break;
    }
}

static void why(const struct ft_prediction *p, struct ft_text_table *out)
{
    for (size_t i = 0; i < p->token_n; i++) {
        if (p->tokens[i].special) continue;
        ft_text_table_word(out, p->tokens[i].text);
        ft_text_table_number(out, p->tokens[i].attribution);
        ft_text_table_end(out);
    }
}

static void past(const struct predict_past *p, struct ft_text_table *out)
{
    ft_text_table_word(out, p->answer);
    ft_text_table_number(out, p->score >= 0 ? p->score : (double)NAN);
    ft_text_table_word(out, p->text);
    if (p->pair) ft_text_table_word(out, p->pair);
}

bool predict_copy(struct ft_view *v, struct ft_str *out)
{
    const struct predict_view *t = (const struct predict_view *)v;
    const struct ft_answer *a = &t->answer;
    struct ft_text_table table = {.out = out, .delimiter = '\t'};
    bool answered = predict_answered(t);
    char value[32];
    switch ((enum predict_panel)v->focus) {
    case PREDICT_TEXT:
        ft_str_addz(out, ft_field_text(&t->text));
        break;
    case PREDICT_PAIR:
        ft_str_addz(out, ft_field_text(&t->pair));
        break;
    case PREDICT_ANSWERS:
        if (answered) answers(t, a, &table);
        break;
    case PREDICT_BESIDE:
        answers(t, &t->beside_answer, &table);
        break;
    case PREDICT_WHY:
        if (answered) why(&a->prediction, &table);
        break;
    case PREDICT_GROWN:
        if (answered && ft_task_has(a->task, FT_TRAIT_MASKS))
            ft_str_addz(out, a->fill.text);
        else if (t->grown)
            ft_str_addz(out, t->grown);
        break;
    case PREDICT_SAMPLING:
        predict_sampling_text(t, (enum predict_sampling)t->sampling.selected, value, sizeof value);
        ft_str_addf(out, "%s = %s",
                    predict_sampling_name((enum predict_sampling)t->sampling.selected), value);
        break;
    case PREDICT_NEXT:
        if (answered) choices(a->generated.next, a->generated.next_n, &table);
        break;
    case PREDICT_HISTORY:
        if (t->history.selected < t->past_n) past(&t->past[t->history.selected], &table);
        break;
    case PREDICT_HEAD:
    case PREDICT_PANELS:
        break;
    }
    return out->len > 0;
}
