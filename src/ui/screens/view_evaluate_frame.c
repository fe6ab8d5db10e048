/* Layout of screen 5 and the message line's next step; evaluations of questions and language models
 * have theirs in view_evaluate_more.c. */
#include "ui/screens/view_evaluate_in.h"

#include "util/str.h"

#include <stdio.h>

const struct ft_node *evaluate_layout(struct ft_view *v, int h, int w)
{
    struct evaluate_view *t = evaluate_of(v);
    if (evaluate_more(t)) return evaluate_more_layout(t, h, w);
    if (evaluate_sets(t)) return evaluate_sets_layout(t, h, w);
    if (evaluate_numbers(t)) return evaluate_numbers_layout(t, h, w);
    struct ft_node *n = t->nodes, *rows = &n[4], *top = &n[8], *low = &n[12], *low_left = &n[15];
    bool wide = w >= 140, many = evaluate_many(t), entities = evaluate_entities(t);
    int labels = (int)evaluate_scores(t)->labels, rows_n = 0, top_n = 0;
    int head = labels + 6 < h / 2 ? labels + 6 : h / 2;
    if (head < 7) head = 7;
    if (many) head = h / 2;
    rows[rows_n++] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = EVAL_HEAD, .bare = true, .h = 1, .h_max = 1};
    if (many) {
        top[top_n++] = ft_node_panel(EVAL_PAIRS, head, 0, 36, 0, 1);
        if (wide) top[top_n++] = ft_node_panel(EVAL_MATRIX, head, 0, 58, 58, 1);
        top[top_n++] = ft_node_panel(EVAL_MAP, head, 0, 41, 41, 1);
    } else {
        int room = w / 2;
        top[top_n++] = ft_node_panel(EVAL_MATRIX, head, 0, room, wide ? 0 : room, 1);
        top[top_n++] = ft_node_panel(EVAL_REPORT, head, 0, 34, 0, 1);
    }
    rows[rows_n++] = (struct ft_node){
        .kind = FT_NODE_COLS, .weight = 1, .h_max = head, .kids = top, .kids_n = top_n};
    if (wide) {
        low_left[0] = ft_node_panel(EVAL_EXAMPLES, 4, 0, 60, 0, 1);
        low_left[1] = ft_node_panel(EVAL_TEXT, 3, 0, 60, 0, 1);
        low_left[2] = ft_node_panel(EVAL_LABELS, 4, 0, 40, 60, 1);
        low_left[3] = ft_node_panel(EVAL_REPORT, 6, 0, 40, 60, 2);
        low[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 3, .kids = low_left, .kids_n = 2};
        low[1] = (struct ft_node){.kind = FT_NODE_ROWS,
                                  .weight = 1,
                                  .w_max = 60,
                                  .kids = &low_left[2],
                                  .kids_n = many ? 2 : 1};
        rows[rows_n++] = (struct ft_node){
            .kind = FT_NODE_COLS, .weight = 1, .kids = low, .kids_n = entities && !many ? 1 : 2};
    } else {
        bool report = many && v->focus == EVAL_REPORT;
        rows[rows_n++] = ft_node_panel(report ? EVAL_REPORT : EVAL_EXAMPLES, 4, 0, 60, 0, 1);
        rows[rows_n++] = ft_node_panel(EVAL_TEXT, 3, 0, 60, 0, 1);
    }
    n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = rows_n};
    return &n[0];
}

const char *evaluate_key_label(struct ft_view *v, enum ft_action a)
{
    const struct evaluate_view *t = evaluate_of(v);
    return a == FT_ACT_ENTER && t->similar.on && v->focus == EVAL_EXAMPLES ? "go to row" : NULL;
}

void evaluate_next(struct ft_view *v, char *buf, size_t size)
{
    struct evaluate_view *t = evaluate_of(v);
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    struct ft_dataset_tokens k;
    double cut = 0;
    if (!f->there) {
        snprintf(buf, size, "note: %s",
                 *t->w->run ? "e evaluates the model of this run"
                            : "Next: train (T) or open a run (7)");
        return;
    }
    if (t->similar.on) {
        snprintf(buf, size, "note: examples similar to row %zu: Enter goes to the row, Esc back",
                 t->similar.number);
        return;
    }
    if (evaluate_more(t)) {
        evaluate_more_next(t, buf, size);
        return;
    }
    if (evaluate_entities(t)) {
        evaluate_entities_next(t, buf, size);
        return;
    }
    if (evaluate_numbers(t)) {
        evaluate_numbers_next(t, buf, size);
        return;
    }
    if (ft_dataset_tokens(t->w->data, &k))
        ft_dataset_cut(t->w->data, (size_t)ft_options_int(&t->w->o, FT_OPT_max_seq_length), &cut,
                       NULL, NULL);
    size_t edits = ft_dataset_edits_since(t->w->data);
    if (edits)
        snprintf(buf, size, "note: " EVAL_CHANGED_LABELS "; T retrains", edits, ft_plural(edits));
    else if (f->has_baseline && f->trained > ft_scores_first(&f->scores))
        snprintf(buf, size, "warn: linear baseline %.1f points better: %s",
                 100 * (f->trained - ft_scores_first(&f->scores)),
                 cut > 0.2 ? "many rows are truncated (3)" : "tune epochs and learning_rate (3)");
    else
        snprintf(buf, size, "ok: %zu of %zu wrong.  Enter opens the examples of the cell", f->wrong,
                 f->examples);
}
