/* What `y` copies on screen 1. */
#include "ui/screens/view_data_in.h"

#include "util/text_table.h"

#include <string.h>

static void text_of(const struct ft_dataset_row *r, struct ft_str *out)
{
    ft_str_add(out, r->text, r->n);
    if (!r->pair) return;
    ft_str_addz(out, "\n\n");
    ft_str_add(out, r->pair, r->pair_n);
}

static void row_of(const struct ft_dataset_row *r, struct ft_text_table *t)
{
    ft_text_table_count(t, r->row);
    ft_text_table_word(t, r->part);
    ft_text_table_word(t, *r->left ? r->left : r->label);
    if (r->tokens >= 0)
        ft_text_table_count(t, (unsigned long long)r->tokens);
    else
        ft_text_table_word(t, NULL);
    ft_text_table_cell(t, r->text, r->n);
    if (r->pair) ft_text_table_cell(t, r->pair, r->pair_n);
}

static void labels(const struct ft_dataset *d, struct ft_text_table *t)
{
    static const char *const head[] = {"label", "train", "validation", "test"};
    size_t part_n[3], n = ft_dataset_labels(d);
    struct ft_dataset_numbers v;
    if (ft_dataset_numbers(d, &v)) {
        const struct {
            const char *name;
            double value;
        } rows[] = {{"values", (double)v.n}, {"different", (double)v.distinct},
                    {"least", v.least},      {"largest", v.most},
                    {"mean", v.mean},        {"standard deviation", v.sd},
                    {"median", v.median}};
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            ft_text_table_word(t, rows[i].name);
            ft_text_table_number(t, rows[i].value);
            ft_text_table_end(t);
        }
        return;
    }
    for (size_t i = 0; n && i < sizeof head / sizeof *head; i++)
        ft_text_table_word(t, head[i]);
    if (n) ft_text_table_end(t);
    for (size_t i = 0; i < n; i++) {
        ft_text_table_word(t, ft_dataset_label(d, i, part_n));
        for (int k = 0; k < 3; k++)
            ft_text_table_count(t, part_n[k]);
        ft_text_table_end(t);
    }
}

static void lengths(const struct ft_dataset *d, struct ft_text_table *t)
{
    struct ft_dataset_tokens k;
    if (!ft_dataset_tokens(d, &k)) return;
    const struct {
        const char *name;
        size_t value;
    } rows[] = {{"texts", k.counted},
                {"median", k.median},
                {"95%", k.p95},
                {"99%", k.p99},
                {"longest", k.longest}};
    ft_text_table_word(t, "mean");
    ft_text_table_number(t, k.mean);
    ft_text_table_end(t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ft_text_table_word(t, rows[i].name);
        ft_text_table_count(t, rows[i].value);
        ft_text_table_end(t);
    }
}

static void column(const struct data_view *v, struct ft_text_table *t)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(v->d);
    size_t i = v->columns.selected;
    if (i < f->columns_n) {
        ft_text_table_word(t, f->columns[i].name);
        ft_text_table_word(t, data_column_use(v, i));
    } else if (v->columns.n && i - f->columns_n < data_forms(v)) {
        const char *found, *value = data_form(v, i - f->columns_n, &found);
        ft_str_addf(t->out, "%s = %s", data_form_name(v, i - f->columns_n),
                    !strcmp(value, "auto") && *found ? found : value);
    }
}

bool data_copy(struct ft_view *v, struct ft_str *out)
{
    struct data_view *t = data_of(v);
    struct ft_text_table table = {.out = out, .delimiter = '\t'};
    struct ft_dataset_problem p;
    const char *before;
    size_t n, spans_n;
    bool there;
    struct ft_dataset_row other, r = data_row(t, &there);
    switch ((enum data_panel)v->focus) {
    case DATA_ROWS:
        if (there) {
            row_of(&r, &table);
        } else if (!ft_dataset_facts(t->d)->open) {
            char paths[FT_RECENT_MAX + 1][512];
            n = data_recent(t, paths, FT_RECENT_MAX + 1);
            if (t->recent.selected < n) ft_str_addz(out, paths[t->recent.selected]);
        }
        break;
    case DATA_BEFORE:
        if (data_near_selected(t, &other))
            text_of(&other, out);
        else if (there && ft_dataset_before(t->d, t->rows.selected, &before, &n, NULL, 0, &spans_n))
            ft_str_add(out, before, n);
        else if (there)
            text_of(&r, out);
        break;
    case DATA_LABELS:
        if (data_together_on(t))
            data_together_copy(t, &table);
        else
            labels(t->d, &table);
        break;
    case DATA_TOKENS:
        lengths(t->d, &table);
        break;
    case DATA_PROBLEMS:
        if (data_problem(t, t->problems.selected, &p)) ft_str_addz(out, p.text);
        break;
    case DATA_COLUMNS:
        column(t, &table);
        break;
    case DATA_TEXT:
    case DATA_HEAD:
        if (there) text_of(&r, out);
        break;
    case DATA_CLEAN:
        if (t->clean.n) ft_str_addz(out, ft_dataset_clean_name(t->clean.selected));
        break;
    case DATA_PANELS:
        break;
    }
    return out->len > 0;
}
