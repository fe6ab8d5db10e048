/* The layout of screen 2, and its message line when there is nothing to report. */
#include "ui/screens/view_model_in.h"

#include "engine/task/model_memory.h"

#include "util/kinds.h"
#include "util/str.h"

#include <stdio.h>

/* What speaks against the model that is looked at; false: nothing. */
static bool trouble(const struct model_view *t, char *buf, size_t size)
{
    const struct ft_model_entry *e = model_entry(t);
    const struct ft_model_facts *f = model_facts(t);
    struct ft_model_memory m;
    char need[32], have[32], why[512];
    if (model_is_missing(e)) {
        snprintf(buf, size, "error: %.100s is not on this machine.  Next: p pulls it from the hub",
                 e->name);
        return true;
    }
    if (e->why || ft_model_list_look_failed(t->b)->code) {
        snprintf(buf, size, "error: %s",
                 ft_engine_text(e->why ? e->why : ft_model_list_look_failed(t->b)->msg, why,
                                sizeof why));
        return true;
    }
    if (f && f->refused) {
        snprintf(buf, size, "error: %s", ft_engine_text(f->refused, why, sizeof why));
        return true;
    }
    if (ft_model_list_tokens_failed(t->b)->code) {
        snprintf(buf, size, "error: %s",
                 ft_error_text(ft_model_list_tokens_failed(t->b), why, sizeof why));
        return true;
    }
    if (!model_memory(t, &m) || m.fits) return false;
    snprintf(buf, size, "warn: needs %s, %s free; %s",
             ft_format_bytes(need, sizeof need, (double)m.total),
             ft_format_bytes(have, sizeof have, (double)m.free), m.advice);
    return true;
}

void model_next(struct ft_view *v, char *buf, size_t size)
{
    struct model_view *t = (struct model_view *)v;
    const struct ft_model_entry *e = model_entry(t), *used = model_used(t);
    const struct ft_dataset_facts *d = ft_dataset_facts(t->w->data);
    struct ft_dataset_tokens k;
    double cut = 0;
    char part[80] = "", rows[64] = "";
    if (model_pull_next(t, buf, size)) return;
    if (!e) {
        if (ft_model_list_whole(t->b))
            snprintf(buf, size, "note: no models found.  Next: pull one (p) or open a folder (o)");
        return;
    }
    if (trouble(t, buf, size)) return;
    if (e != used) {
        if (used)
            snprintf(buf, size, "note: Enter uses %.60s instead of %.60s", e->label, used->label);
        else
            snprintf(buf, size, "Next: Enter uses %.60s", e->label);
        return;
    }
    if (!d->whole) {
        snprintf(buf, size, "ok: %.60s is in use.  Next: %s", e->label,
                 d->open || *ft_options_text(&t->w->o, FT_OPT_data) ? "3 tune" : "open data (1)");
        return;
    }
    if (ft_task_has(model_task(t), FT_TRAIT_CLASSES))
        snprintf(part, sizeof part, ": %zu label%s", ft_dataset_labels(t->w->data),
                 ft_plural(ft_dataset_labels(t->w->data)));
    else
        snprintf(part, sizeof part, ": %s", ft_task_name((enum ft_task)model_task(t)));
    if (ft_task_has(model_task(t), FT_TRAIT_ROWS) && ft_dataset_tokens(t->w->data, &k)) {
        long long most = ft_options_int(&t->w->o, FT_OPT_max_seq_length);
        ft_dataset_cut(t->w->data, (size_t)most, &cut, NULL, NULL);
        snprintf(rows, sizeof rows, "%s%.1f%% of rows truncated at %lld", *part ? ", " : ": ",
                 100 * cut, most);
    }
    snprintf(buf, size, "ok: %.60s fits%s%s.  Next: 3 tune", e->label, part, rows);
}

/* --- layout --- */

static struct ft_node group(enum ft_node_kind kind, const struct ft_node *kids, int n)
{
    return (struct ft_node){.kind = kind, .weight = 1, .kids = kids, .kids_n = n};
}

/* Narrow: list | inside, parts, memory; the tensors take their place while they have the focus.
 * Wide: list | inside, parts beside memory, tensors. The tokens always below. A pull takes it all, or
 * all but the list. */
const struct ft_node *model_layout(struct ft_view *v, int h, int w)
{
    struct model_view *t = (struct model_view *)v;
    struct ft_node *n = t->nodes, *rows = &n[1], *top = &n[3], *right = &n[5], *pair = &n[8];
    const struct ft_model_facts *f = model_facts(t);
    bool wide = w >= 140 && h >= 36;
    int tokens = h >= 40 ? 14 : h >= 30 ? 11 : 8;
    int parts = f ? (int)f->parts_n + 2 : 6;
    if (t->pull.open && w < MODEL_LIST_AND_PULL) {
        n[0] = ft_node_panel(MODEL_PULL, 4, 0, 0, 0, 1);
        return &n[0];
    }
    if (t->pull.open) {
        top[0] = ft_node_panel(MODEL_LIST, 4, 0, 64, 64, 1);
        top[1] = ft_node_panel(MODEL_PULL, 4, 0, 0, 0, 1);
        n[0] = group(FT_NODE_COLS, top, 2);
        return &n[0];
    }
    rows[1] = ft_node_panel(MODEL_TOKENS, tokens, tokens, 0, 0, 1);
    n[0] = group(FT_NODE_ROWS, rows, 2);
    if (!wide && v->focus == MODEL_TENSORS) {
        rows[0] = ft_node_panel(MODEL_TENSORS, 4, 0, 0, 0, 1);
        return &n[0];
    }
    int left = wide ? 64 : w >= 110 ? 44 : 30;
    const struct ft_model_entry *e = model_entry(t);
    bool broken =
        e && (e->why || ft_model_list_look_failed(t->b)->code); /* the error takes all the space */
    top[0] = ft_node_panel(MODEL_LIST, 4, 0, left, left, 1);
    top[1] = group(FT_NODE_ROWS, right, broken ? 1 : 3);
    rows[0] = group(FT_NODE_COLS, top, 2);
    if (wide) {
        int inside = f ? ((int)f->fields_n + 1) / 2 + 6 : 12;
        pair[0] = ft_node_panel(MODEL_PARTS, parts, parts, 0, 0, 1);
        pair[1] = ft_node_panel(MODEL_MEMORY, 4, 0, 52, 52, 1);
        right[0] = ft_node_panel(MODEL_INSIDE, inside, broken ? 0 : inside, 0, 0, 1);
        right[1] = group(FT_NODE_COLS, pair, 2);
        right[1].h_max = parts > 8 ? parts : 8;
        right[2] = ft_node_panel(MODEL_TENSORS, 4, 0, 0, 0, 1);
    } else {
        right[0] = ft_node_panel(MODEL_INSIDE, 3, 0, 0, 0, 1);
        right[1] = ft_node_panel(MODEL_PARTS, parts < 6 ? parts : 6, parts, 0, 0, 3);
        right[2] = ft_node_panel(MODEL_MEMORY, 4, 5, 0, 0, 1);
    }
    return &n[0];
}
