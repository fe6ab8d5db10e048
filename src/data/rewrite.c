/* Rewriting a file: see rewrite.h. The text is read again by the same reader, which tells where each
 * row is; rows with an edit become patches of the text, dropped rows are cut out of the lists they
 * stand in. */
#include "data/rewrite_in.h"

#include "data/label_form.h"

#include "data/jscan.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

void ft_rewrite_put(struct ft_rewriter *r, const char *from, const char *to, size_t at)
{
    ft_grow(&r->patches, &r->patches_cap, r->patches_n + 1, sizeof *r->patches);
    r->patches[r->patches_n++] = (struct ft_rewrite_patch){from, to, at, r->text.len - at};
}

void ft_rewrite_fail(struct ft_rewriter *r, const char *why)
{
    if (!r->st) r->st = ft_fail(r->err, FT_USAGE, "%s: row %zu: %s", r->t->path, r->row, why);
}

/* ---- the new labels of a row ---- */

static void add_label(struct ft_rewriter *r, struct ft_new_labels *l, size_t *cap,
                      struct ft_text one)
{
    ft_grow(&l->items, cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] =
        (struct ft_text){ft_arena_strndup(&r->arena, one.data ? one.data : "", one.n), one.n};
}

/* A label, or a JSON list of labels. */
static void parse_labels(struct ft_rewriter *r, const char *label, struct ft_new_labels *l)
{
    struct ft_text s = ft_text_trim((struct ft_text){label, strlen(label)}), one;
    struct ft_jscan scan = {.p = s.data, .end = s.data + s.n, .arena = &r->arena};
    size_t cap = 0;
    *l = (struct ft_new_labels){0};
    if (s.n > 1 && s.data[0] == '[' && s.data[s.n - 1] == ']') {
        l->several = ft_jscan_enter(&scan, '[');
        while (ft_jscan_item(&scan)) {
            char c = ft_jscan_peek(&scan);
            if (c == '[' || c == '{' || !ft_jscan_cell(&scan, &one)) break;
            add_label(r, l, &cap, one);
            scan.first = false;
        }
        if (!scan.why && ft_jscan_at_end(&scan)) return;
        l->n = 0;
    }
    l->several = false;
    add_label(r, l, &cap, (struct ft_text){label, strlen(label)});
}

/* The tags of an edited sentence. */
static void tags_of(struct ft_rewriter *r, const struct ft_sentence *s, struct ft_new_labels *l)
{
    const struct ft_tagged *g = r->opt->tagged;
    size_t cap = 0;
    *l = (struct ft_new_labels){.several = true};
    for (size_t i = s->first; i < s->first + s->n; i++) {
        const char *tag = g->words[i].tag < 0 ? "O" : g->tags.names[g->words[i].tag];
        add_label(r, l, &cap, (struct ft_text){tag, strlen(tag)});
    }
}

/* What the edit of row r->row says; false: the row stays as it is. */
static bool change_of(struct ft_rewriter *r, struct ft_new_labels *labels, bool *drop)
{
    const struct ft_columns *c = r->opt->columns;
    *drop = false;
    if (r->opt->tagged) {
        if (r->row > r->opt->tagged->n) return false;
        const struct ft_sentence *s = &r->opt->tagged->sentences[r->row - 1];
        *drop = s->dropped;
        if (s->edited && !s->dropped) tags_of(r, s, labels);
        return s->edited || s->dropped;
    }
    const struct ft_edit *e = ft_edits_find(r->opt->edits, r->row);
    struct ft_text none = {NULL, 0};
    if (!e) return false;
    struct ft_text text = c->text < 0 ? none : ft_table_cell(r->t, r->row - 1, (size_t)c->text);
    struct ft_text label = c->label < 0 ? none : ft_table_cell(r->t, r->row - 1, (size_t)c->label);
    struct ft_str set = {0};
    if (e->list && ft_label_form_set(r->t, c, r->row, r->t, c, &set, NULL))
        label = (struct ft_text){ft_str_text(&set), set.len};
    bool fits = ft_edit_fits(e, text, label, e->list);
    ft_str_release(&set);
    if (!fits) return false;
    *drop = !e->new_label;
    if (e->new_label) parse_labels(r, e->new_label, labels);
    return true;
}

static void put_labels(struct ft_rewriter *r, const struct ft_row_place *p,
                       const struct ft_new_labels *labels)
{
    if (p->csv)
        ft_rewrite_csv(r, p, labels);
    else if (r->t->format == FT_FORMAT_FASTTEXT)
        ft_rewrite_fasttext(r, p, labels);
    else if (r->t->format == FT_FORMAT_CONLL)
        ft_rewrite_conll(r, p, labels);
    else
        ft_rewrite_json(r, p, labels);
}

/* 0 or 1 as the cell has it: false and True, 0.0 and 1.0. */
static struct ft_text flag_text(struct ft_text old, bool on)
{
    static const char *const words[][2] = {
        {"0", "1"}, {"0.0", "1.0"}, {"false", "true"}, {"False", "True"}, {"FALSE", "TRUE"}};
    size_t form = 0;
    old = ft_text_trim(old);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t k = 0; k < 2; k++)
            if (old.n == strlen(words[i][k]) && !memcmp(old.n ? old.data : "", words[i][k], old.n))
                form = i;
    return (struct ft_text){words[form][on], strlen(words[form][on])};
}

/* A column of 0 and 1 for each label. */
static void put_flags(struct ft_rewriter *r, const struct ft_row_place *p,
                      const struct ft_new_labels *labels)
{
    const struct ft_columns *c = r->opt->columns;
    int label = r->label;
    const char *column = r->column;
    size_t known = 0;
    for (size_t i = 0; i < c->labels_n && !r->st; i++) {
        const char *name = ft_table_name(r->t, (size_t)c->labels[i]);
        struct ft_text old = ft_table_cell(r->t, r->row - 1, (size_t)c->labels[i]);
        bool on = false;
        for (size_t k = 0; k < labels->n; k++)
            on |= labels->items[k].n == strlen(name) &&
                  !memcmp(labels->items[k].data, name, labels->items[k].n);
        known += on;
        if ((p->col >= 0 && p->col != c->labels[i]) || ft_label_form_flag(old) == on) continue;
        struct ft_text new = flag_text(old, on);
        r->label = c->labels[i];
        r->column = name;
        put_labels(r, p, &(struct ft_new_labels){.items = &new, .n = 1});
    }
    r->label = label;
    r->column = column;
    if (known < labels->n)
        ft_rewrite_fail(r, "a new label has no column of 0 and 1; write the label edits instead");
}

static void take_place(void *arg, const struct ft_row_place *p)
{
    struct ft_rewriter *r = arg;
    struct ft_new_labels labels = {0};
    bool drop;
    r->row = p->row;
    if (r->drops) {
        ft_grow(&r->items, &r->items_cap, r->items_n + 1, sizeof *r->items);
        r->items[r->items_n++] = (struct ft_rewrite_item){p->from, p->to, p->row, p->group};
    }
    bool label = p->col < 0 || p->col == r->opt->columns->label; /* of one cell: the label's */
    if (r->st || !change_of(r, &labels, &drop)) return;
    if (label) {
        r->done->dropped += drop;
        r->done->changed += !drop;
    }
    if (!drop && r->opt->columns->labels_n)
        put_flags(r, p, &labels);
    else if (!drop && label)
        put_labels(r, p, &labels);
    free(labels.items);
}

/* ---- the text ---- */

static bool is_dropped(struct ft_rewriter *r, size_t row)
{
    struct ft_new_labels labels = {0};
    bool drop = false;
    r->row = row;
    change_of(r, &labels, &drop);
    free(labels.items);
    return drop;
}

static int by_group(const void *a, const void *b)
{
    const struct ft_rewrite_item *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* Cuts dropped rows out of their lists, with the separator before them; at the beginning of a list, with
 * the one behind. */
static void cut_rows(struct ft_rewriter *r)
{
    bool kept = false;
    if (r->items_n) qsort(r->items, r->items_n, sizeof *r->items, by_group);
    for (size_t i = 0; i < r->items_n; i++) {
        const struct ft_rewrite_item *x = &r->items[i];
        bool first = !i || x[-1].group != x->group,
             last = i + 1 == r->items_n || x[1].group != x->group;
        if (first) kept = false;
        if (!is_dropped(r, x->row)) {
            kept = true;
            continue;
        }
        if (kept)
            ft_rewrite_put(r, x[-1].to, x->to, r->text.len);
        else
            ft_rewrite_put(r, x->from, last ? x->to : x[1].from, r->text.len);
    }
}

static int by_place(const void *a, const void *b)
{
    const struct ft_rewrite_patch *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void write_text(struct ft_rewriter *r, const char *text, size_t n, struct ft_str *out)
{
    const char *at = text, *end = text + n;
    if (r->patches_n) qsort(r->patches, r->patches_n, sizeof *r->patches, by_place);
    ft_str_reserve(out, out->len + n + r->text.len);
    for (size_t i = 0; i < r->patches_n; i++) {
        const struct ft_rewrite_patch *p = &r->patches[i];
        if (p->from < at) continue; /* lies in a row that was cut out */
        ft_str_add(out, at, (size_t)(p->from - at));
        ft_str_add(out, ft_str_text(&r->text) + p->at, p->n);
        at = p->to;
    }
    ft_str_add(out, at, (size_t)(end - at));
}

static enum ft_status check_format(const struct ft_table *t, struct ft_err *err)
{
    const char *what = t->format == FT_FORMAT_XLSX     ? "a workbook"
                       : t->format == FT_FORMAT_FOLDER ? "a folder"
                       : t->format == FT_FORMAT_TEXT   ? "plain text, which has no labels,"
                                                       : NULL;
    if (what)
        return ft_fail(
            err, FT_UNSUPPORTED,
            "%s: %s is not written in its own format; write the rows as .csv or .jsonl, or the "
            "label edits with --edits",
            t->path, what);
    if (!t->complete || !t->input)
        return ft_fail(err, FT_USAGE, "%s: was not read whole; only a whole file can be written",
                       t->path);
    return FT_OK;
}

/* Where the rows are, by reading the text again as it was read. */
static enum ft_status find_places(struct ft_rewriter *r)
{
    const struct ft_table *t = r->t;
    struct ft_table again = {0};
    struct ft_read_opt how = {.format = t->format,
                              .encoding = FT_ENCODING_UTF8,
                              .delimiter = t->delimiter,
                              .quote = t->quote ? t->quote : FT_QUOTE_NONE,
                              .header = t->has_header ? 1 : -1,
                              .place = take_place,
                              .place_arg = r};
    enum ft_status st =
        ft_table_read_mem(&again, t->path, t->input->text, t->input->n, &how, r->err);
    if (!st && ft_table_rows(&again) != ft_table_rows(t))
        st = ft_fail(r->err, FT_FORMAT,
                     "%s: %zu rows when read again, not %zu; write the label edits "
                     "instead",
                     t->path, ft_table_rows(&again), ft_table_rows(t));
    ft_table_release(&again);
    return st ? st : r->st;
}

enum ft_status ft_rewrite(const struct ft_table *t, const struct ft_rewrite_opt *opt,
                          struct ft_str *out, struct ft_rewritten *done, struct ft_err *err)
{
    struct ft_rewriter r = {.t = t, .opt = opt, .done = done, .err = err};
    memset(done, 0, sizeof *done);
    enum ft_status st = check_format(t, err);
    if (st) return st;
    int label = opt->columns->label;
    r.label = label;
    r.column = label < 0 ? "label" : ft_table_name(t, (size_t)label);
    for (size_t i = 0; i < opt->edits->n; i++)
        r.drops |= !opt->edits->items[i].new_label;
    st = find_places(&r);
    if (!st) {
        cut_rows(&r);
        write_text(&r, t->input->text, t->input->n, out);
        done->stale = opt->edits->n - done->changed - done->dropped;
    }
    free(r.patches);
    free(r.items);
    ft_str_release(&r.text);
    ft_arena_release(&r.arena);
    return st;
}
