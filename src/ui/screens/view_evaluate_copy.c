/* What `y` copies on screen 5. */
#include "ui/screens/view_evaluate_in.h"

#include "engine/task/report_table.h"
#include "util/text_table.h"

static void example(const struct evaluate_view *t, const struct ft_evaluation_row *r,
                    struct ft_text_table *out)
{
    enum ft_task task = ft_evaluation_facts(t->e)->scores.task;
    ft_text_table_count(out, r->row);
    ft_text_table_word(out, r->part);
    if (ft_task_has(task, FT_TRAIT_ANSWERS)) {
        ft_text_table_number(out, ft_evaluation_exact(t->e, r));
        ft_text_table_number(out, ft_evaluation_f1(t->e, r));
        ft_text_table_cell(out, r->pair, r->pair_n);
        ft_text_table_word(out, r->gold);
        ft_text_table_word(out, ft_evaluation_none(t->e, r) ? "" : r->answer);
        return;
    }
    ft_text_table_number(out, r->loss);
    if (evaluate_sets(t)) {
        struct ft_str list = {0};
        ft_evaluation_labels(evaluate_scores(t), r, false, false, &list);
        ft_text_table_word(out, ft_str_text(&list));
        ft_str_clear(&list);
        ft_evaluation_labels(evaluate_scores(t), r, true, false, &list);
        ft_text_table_word(out, ft_str_text(&list));
        ft_str_release(&list);
    }
    if (evaluate_entities(t)) {
        ft_text_table_word(out, ft_entity_error_name(r->error));
        ft_text_table_word(out, r->gold);
        ft_text_table_word(out, r->answer);
    } else if (ft_task_has(task, FT_TRAIT_NUMBERS)) {
        ft_text_table_number(out, r->truth);
        ft_text_table_number(out, r->value);
    } else if (ft_task_has(task, FT_TRAIT_LABELS)) {
        ft_text_table_word(out, evaluate_name(t, r->label));
        ft_text_table_word(out, evaluate_name(t, r->predicted));
    }
    ft_text_table_cell(out, r->text, r->n);
    if (r->pair) ft_text_table_cell(out, r->pair, r->pair_n);
}

static void text_of(const struct evaluate_view *t, const struct ft_evaluation_row *r,
                    struct ft_str *out)
{
    bool question = ft_task_has(ft_evaluation_facts(t->e)->scores.task, FT_TRAIT_ANSWERS);
    if (question && r->pair) {
        ft_str_add(out, r->pair, r->pair_n);
        ft_str_addz(out, "\n\n");
    }
    ft_str_add(out, r->text, r->n);
    if (question || !r->pair) return;
    ft_str_addz(out, "\n\n");
    ft_str_add(out, r->pair, r->pair_n);
}

static void probabilities(const struct evaluate_view *t, const struct ft_evaluation_row *r,
                          struct ft_text_table *out)
{
    size_t n = ft_evaluation_facts(t->e)->scores.labels;
    for (size_t k = 0; r->probabilities && k < n; k++) {
        ft_text_table_word(out, evaluate_name(t, (int)k));
        ft_text_table_number(out, (double)r->probabilities[k]);
        ft_text_table_end(out);
    }
}

bool evaluate_copy(struct ft_view *v, struct ft_str *out)
{
    const struct evaluate_view *t = (const struct evaluate_view *)v;
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_evaluation_row *r = evaluate_row(t);
    struct ft_text_table table = {.out = out, .delimiter = '\t'};
    if (!f->there) return false;
    switch ((enum evaluate_panel)v->focus) {
    case EVAL_MATRIX:
    case EVAL_MAP:
        ft_confusion_table(&f->scores, '\t', out);
        break;
    case EVAL_REPORT:
    case EVAL_SCORES:
    case EVAL_ANSWERED:
        ft_report_table(&f->scores, '\t', out);
        break;
    case EVAL_PAIRS:
        if (t->pairs.selected < t->pairs_n) {
            const struct ft_evaluation_pair *p = &t->pair_items[t->pairs.selected];
            ft_text_table_count(&table, p->n);
            ft_text_table_word(&table, evaluate_name(t, p->label));
            if (!evaluate_sets(t)) ft_text_table_word(&table, evaluate_name(t, p->predicted));
        }
        break;
    case EVAL_EXAMPLES:
        if (r) example(t, r, &table);
        break;
    case EVAL_LABELS:
        if (r) probabilities(t, r, &table);
        break;
    case EVAL_TEXT:
    case EVAL_HEAD:
        if (r) text_of(t, r, out);
        break;
    case EVAL_PANELS:
        break;
    }
    return out->len > 0;
}
