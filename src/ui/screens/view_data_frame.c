/* Layout, titles and message line of screen 1. */
#include "ui/screens/view_data_in.h"

#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>

/* Wide: everything at once. Else cleaning or columns take the place of labels and lengths. */
const struct ft_node *data_layout(struct ft_view *v, int h, int w)
{
    struct data_view *t = data_of(v);
    struct ft_node *n = t->nodes;
    bool wide = w >= 140 && h >= 36, cleaning = v->focus == DATA_CLEAN;
    bool columns = v->focus == DATA_COLUMNS;
    bool near = t->doubts.on && t->doubts.near;     /* the panel has the row that one is like */
    bool running = ft_dataset_facts(t->d)->running; /* parts instead of labels */
    struct ft_dataset_numbers numbers;
    int labels = (running ? 3 : (int)ft_dataset_labels(t->d)) + 1 + wide;
    if (ft_dataset_numbers(t->d, &numbers)) labels = 7; /* a histogram */
    if (labels < 2 + wide) labels = 2 + wide;
    if (labels > (h - 1) / 4) labels = (h - 1) / 4;
    if (labels < 2) labels = 2;
    int k = 0, left = 0, right = 0;
    struct ft_node *left_kids = &n[4], *right_kids = &n[8];
    left_kids[left++] =
        (struct ft_node){.kind = FT_NODE_PANEL, .panel = DATA_ROWS, .h = 5, .w = 40, .weight = 5};
    if ((cleaning || wide) && !near)
        left_kids[left++] = (struct ft_node){.kind = FT_NODE_PANEL,
                                             .panel = DATA_BEFORE,
                                             .h = 3,
                                             .w = 40,
                                             .weight = cleaning ? 4 : 2,
                                             .drop = 2};
    left_kids[left++] =
        (struct ft_node){.kind = FT_NODE_PANEL, .panel = DATA_TEXT, .h = 3, .w = 40, .weight = 4};
    if (near)
        left_kids[left++] = (struct ft_node){
            .kind = FT_NODE_PANEL, .panel = DATA_BEFORE, .h = 3, .w = 40, .weight = 4};
    int side = wide ? 62 : cleaning || columns ? 40 : 27;
    if (wide || cleaning)
        right_kids[right++] = (struct ft_node){.kind = FT_NODE_PANEL,
                                               .panel = DATA_CLEAN,
                                               .h = 8,
                                               .h_max = 8,
                                               .w = side,
                                               .w_max = side};
    if (wide || !(cleaning || columns)) {
        right_kids[right++] = (struct ft_node){.kind = FT_NODE_PANEL,
                                               .panel = DATA_LABELS,
                                               .h = labels,
                                               .h_max = labels,
                                               .w = side,
                                               .w_max = side};
        right_kids[right++] = (struct ft_node){
            .kind = FT_NODE_PANEL, .panel = DATA_TOKENS, .h = 7, .w = side, .w_max = side};
    }
    right_kids[right++] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = DATA_PROBLEMS, .h = 4, .w = side, .w_max = side};
    if (wide || columns)
        right_kids[right++] = (struct ft_node){
            .kind = FT_NODE_PANEL, .panel = DATA_COLUMNS, .h = 4, .w = side, .w_max = side};
    n[2] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = left_kids, .kids_n = left};
    n[3] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = right_kids, .kids_n = right};
    n[14] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = DATA_HEAD, .bare = true, .h = 1, .h_max = 1};
    n[15] = (struct ft_node){.kind = FT_NODE_COLS, .weight = 1, .kids = &n[2], .kids_n = 2};
    n[k] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = &n[14], .kids_n = 2};
    return &n[k];
}

/* --- titles --- */

static void title_rows(struct data_view *t, struct ft_title *title)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    struct ft_job_view work;
    char a[32], b[32];
    bool down, busy = ft_dataset_busy(t->d, &work);
    enum ft_dataset_sort by = ft_dataset_sort_now(t->d, &down);
    const char *filter = ft_dataset_filter_now(t->d);
    if (!f->open) return;
    if (t->similar.on) {
        ft_similar_title(&t->similar, title);
        return;
    }
    if (t->doubts.on) {
        data_doubts_title(t, title);
        return;
    }
    snprintf(title->left, sizeof title->left, "Rows %s of %s%s%s%.60s", data_count(a, t->rows.n),
             data_count(b, f->all_rows), busy && !f->whole && !*f->note ? " so far" : "",
             *filter ? "  filter: " : "", filter);
    snprintf(title->right, sizeof title->right, "by %s%s", ft_dataset_sort_name(by),
             down ? ", down" : "");
}

/* "Row 12 trn, account" */
static void title_near(const char *what, const struct ft_dataset_row *r, struct ft_title *title)
{
    snprintf(title->left, sizeof title->left, "%s %zu %s%s%.60s%s", what, r->row, r->part,
             *r->label ? ", " : "", r->label,
             *r->left    ? ", excluded"
             : r->edited ? ", label changed"
                         : "");
}

static void title_text(struct data_view *t, struct ft_title *title)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    bool there;
    struct ft_dataset_row other;
    bool near = data_near_selected(t, &other) != NULL;
    struct ft_dataset_row r = data_row(t, &there);
    if (there && near)
        title_near("Row", &r, title);
    else if (there && r.row)
        snprintf(title->left, sizeof title->left, "Row %zu %s%s", r.row,
                 f->squad ? ft_dataset_title(t->d, t->rows.selected) : "full text",
                 *r.left    ? ", excluded"
                 : r.edited ? ", label changed"
                            : "");
}

static void title_before(struct data_view *t, struct ft_title *title)
{
    bool there;
    struct ft_dataset_row r = data_row(t, &there), other;
    const struct ft_doubt *near = data_near_selected(t, &other);
    if (near)
        title_near("Like row", &other, title);
    else if (there)
        snprintf(title->left, sizeof title->left, "Row %zu before  [ ] is removed", r.row);
}

static void title_labels(struct data_view *t, struct ft_title *title)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    struct ft_dataset_blocks blocks;
    struct ft_dataset_numbers numbers;
    if (data_together_on(t))
        data_together_title(t, title);
    else if (ft_dataset_blocks(t->d, &blocks))
        snprintf(title->left, sizeof title->left, "Blocks of %zu", blocks.length);
    else if (f->running)
        snprintf(title->left, sizeof title->left, "Blocks");
    else if (ft_dataset_numbers(t->d, &numbers))
        snprintf(title->left, sizeof title->left, "Values of %.80s", f->label_column);
    else
        snprintf(title->left, sizeof title->left, "%s %zu",
                 ft_dataset_tagged(t->d) ? "Entity types" : "Labels", ft_dataset_labels(t->d));
}

static void title_tokens(struct data_view *t, struct ft_title *title)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    struct ft_dataset_blocks blocks;
    struct ft_dataset_tokens k;
    char a[32];
    if (!ft_dataset_tokens(t->d, &k)) return;
    snprintf(title->left, sizeof title->left, "Tokens %.40s",
             ft_path_base(ft_options_text(&t->w->o, FT_OPT_model)));
    if (t->cutting)
        snprintf(title->left, sizeof title->left, "Tokens %s %zu",
                 ft_dataset_blocks(t->d, &blocks) ? "in blocks of"
                 : f->squad                       ? "in windows of"
                                                  : "truncated at",
                 data_cut(t));
    else if (k.counted < k.all)
        snprintf(title->right, sizeof title->right, "%s so far", data_count(a, k.counted));
}

static void title_problems(struct data_view *t, struct ft_title *title)
{
    size_t bad = 0;
    for (size_t i = 0; i < data_problems(t); i++) {
        struct ft_dataset_problem x;
        bad += data_problem(t, i, &x) && x.sign != 'v';
    }
    snprintf(title->left, sizeof title->left, "Problems %zu", bad);
}

static void title_clean(struct data_view *t, struct ft_title *title)
{
    size_t on = 0, all = 0;
    for (; ft_dataset_clean_name(all); all++)
        on += data_step_on(t, all);
    snprintf(title->left, sizeof title->left, "Clean %zu of %zu on", on, all);
}

void data_title(struct ft_view *v, int p, struct ft_title *title)
{
    static void (*const titles[DATA_PANELS])(struct data_view * t, struct ft_title * title) = {
        [DATA_ROWS] = title_rows,     [DATA_TEXT] = title_text,
        [DATA_BEFORE] = title_before, [DATA_LABELS] = title_labels,
        [DATA_TOKENS] = title_tokens, [DATA_PROBLEMS] = title_problems,
        [DATA_CLEAN] = title_clean,
    };
    if (titles[p]) titles[p](data_of(v), title);
}

/* --- the message line --- */

void data_next(struct ft_view *v, char *buf, size_t size)
{
    struct data_view *t = data_of(v);
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    const struct ft_err *failed = ft_dataset_failed(t->d);
    char a[3][32], n[32], why[300];
    if (failed->code && ft_workbench_missing(t->w, why, sizeof why)) {
        snprintf(buf, size, "error: %s", why);
        return;
    }
    if (!f->open) {
        snprintf(buf, size, "Next: open a file (o)");
        return;
    }
    if (*f->note) {
        snprintf(buf, size, "warn: %s", f->note);
        return;
    }
    if (t->similar.on) {
        snprintf(buf, size, "note: rows similar to row %zu: Enter goes to the row, Esc back",
                 t->similar.number);
        return;
    }
    if (t->doubts.on) {
        data_doubts_next(t, buf, size);
        return;
    }
    for (int i = 0; i < 3; i++)
        ft_format_count(a[i], sizeof a[i], (long long)f->part_n[i]);
    bool missing = ft_workbench_missing(t->w, why, sizeof why);
    const char *how = f->own_parts ? ""
                      : f->squad   ? ", by article"
                      : f->running ? ""
                                   : ", stratified, seeded";
    char left[64] = "";
    if (f->unlabelled)
        snprintf(left, sizeof left, ", %s row%s without a label excluded",
                 ft_format_count(n, sizeof n, (long long)f->unlabelled), ft_plural(f->unlabelled));
    snprintf(buf, size, "%s: %s %s trn %s val %s tst%s.  Next: %s", *left ? "warn" : "ok",
             f->own_parts ? "splits" : "split", a[0], a[1], a[2], *left ? left : how,
             missing ? why : "T trains");
}
