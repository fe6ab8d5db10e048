/* New labels in CSV, fastText and CoNLL: see rewrite_in.h. */
#include "data/rewrite_in.h"

#include "data/jscan.h"
#include "data/label_form.h"

#include "util/json.h"

#include <ctype.h>
#include <string.h>

/* ---- CSV ---- */

/* The cell as in the file, with its quotes. */
static struct ft_text whole_cell(const struct ft_csv_cell *c)
{
    bool inside = c->quoted && !c->quoted_raw;
    return (struct ft_text){c->p - inside, c->n + 2 * (size_t)inside};
}

/* The cell's text as in the file. */
static struct ft_text decoded(struct ft_rewriter *r, const struct ft_csv_form *f,
                              const struct ft_csv_cell *c)
{
    if (!c->quoted_raw) return (struct ft_text){c->p, c->n};
    char *out = ft_arena_alloc(&r->arena, c->n + 1);
    return (struct ft_text){out, ft_csv_unquote(c, f, out)};
}

static void add_cell(struct ft_rewriter *r, const struct ft_csv_form *f, struct ft_text s,
                     bool quoted)
{
    bool special = memchr(s.data, '\n', s.n) || memchr(s.data, '\r', s.n) ||
                   memchr(s.data, f->delimiter, s.n) ||
                   (s.n && f->quote && s.data[0] == f->quote) ||
                   (f->spaced && s.n && (s.data[0] == ' ' || s.data[s.n - 1] == ' '));
    if (special && !f->quote) {
        ft_rewrite_fail(
            r, "the new label has a delimiter or a line break, and the file has no quotes");
        return;
    }
    if (!special && !quoted) {
        ft_str_add(&r->text, s.data, s.n);
        return;
    }
    ft_str_addc(&r->text, f->quote);
    for (size_t i = 0; i < s.n; i++) {
        bool escape = s.data[i] == f->quote || (f->backslash && s.data[i] == '\\');
        if (escape) ft_str_addc(&r->text, f->backslash ? '\\' : f->quote);
        ft_str_addc(&r->text, s.data[i]);
    }
    ft_str_addc(&r->text, f->quote);
}

/* Several labels as the old cell has them: between delimiters, as Label Studio's choices, else as a
 * JSON list. */
static void cell_text(struct ft_rewriter *r, struct ft_text old, const struct ft_new_labels *l,
                      struct ft_str *out)
{
    const char *delimiter = r->opt->label_delimiter;
    old = ft_text_trim(old);
    bool rating = old.n > 2 && old.data[0] == '[' && old.data[1] == '{';
    bool choices = r->t->studio_choices && !rating, list = old.n && old.data[0] == '[';
    if (!rating && (!l->several || (l->n == 1 && !list))) {
        if (l->n) ft_str_add(out, l->items[0].data, l->items[0].n);
        return;
    }
    if (delimiter && *delimiter && !list) {
        for (size_t i = 0; i < l->n; i++) {
            if (i) ft_str_addz(out, delimiter);
            ft_str_add(out, l->items[i].data, l->items[i].n);
        }
        return;
    }
    struct ft_str keep = r->text;
    memset(&r->text, 0, sizeof r->text);
    ft_rewrite_value(r, list ? old : (struct ft_text){NULL, 0}, l);
    if (choices) ft_str_addz(out, "{\"choices\":");
    ft_str_add(out, ft_str_text(&r->text), r->text.len);
    if (choices) ft_str_addc(out, '}');
    ft_str_release(&r->text);
    r->text = keep;
}

void ft_rewrite_csv(struct ft_rewriter *r, const struct ft_row_place *p,
                    const struct ft_new_labels *labels)
{
    const struct ft_csv_form *f = p->form;
    const struct ft_csv_row *row = p->csv;
    int label = r->label;
    struct ft_str value = {0};
    if (label < 0) {
        ft_rewrite_fail(r, "the file has no label column; name it with --label_column");
        return;
    }
    struct ft_text none = {"", 0};
    size_t at = r->text.len;
    bool there = (size_t)label < row->n;
    const struct ft_csv_cell *c = &row->cells[there ? (size_t)label : row->n - 1];
    struct ft_text old = whole_cell(c);
    cell_text(r, there ? decoded(r, f, c) : none, labels, &value);
    for (size_t i = row->n; !there && i <= (size_t)label; i++)
        ft_str_addc(&r->text, f->delimiter);
    add_cell(r, f, (struct ft_text){ft_str_text(&value), value.len}, there && c->quoted);
    ft_rewrite_put(r, there ? old.data : old.data + old.n, old.data + old.n, at);
    ft_str_release(&value);
}

/* ---- fastText ---- */

static const char prefix[] = "__label__";
enum { PREFIX_BYTES = sizeof prefix - 1 };

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes away the label that was mark i, with the blanks behind it; at the end of the line, with those
 * before. */
static void remove_mark(struct ft_rewriter *r, const struct ft_row_place *p, struct ft_text mark)
{
    const char *from = mark.data - PREFIX_BYTES, *to = mark.data + mark.n;
    while (to < p->to && blank(*to))
        to++;
    while (to == p->to && from > p->from && blank(from[-1]))
        from--;
    ft_rewrite_put(r, from, to, r->text.len);
}

void ft_rewrite_fasttext(struct ft_rewriter *r, const struct ft_row_place *p,
                         const struct ft_new_labels *labels)
{
    for (size_t i = 0; i < labels->n; i++) {
        struct ft_text s = labels->items[i];
        bool bad = !s.n;
        for (size_t k = 0; k < s.n; k++)
            bad |= isspace((unsigned char)s.data[k]) != 0;
        if (!bad) continue;
        ft_rewrite_fail(r, "labels of fastText cannot be empty or have blanks; use another label");
        return;
    }
    for (size_t i = 0; i < p->marks_n || i < labels->n; i++) {
        size_t at = r->text.len;
        if (i >= labels->n) {
            remove_mark(r, p, p->marks[i]);
        } else if (i < p->marks_n) {
            ft_str_add(&r->text, labels->items[i].data, labels->items[i].n);
            ft_rewrite_put(r, p->marks[i].data, p->marks[i].data + p->marks[i].n, at);
        } else {
            const char *here =
                p->marks_n ? p->marks[p->marks_n - 1].data + p->marks[p->marks_n - 1].n : p->from;
            ft_str_addf(&r->text, "%s%s%.*s%s", p->marks_n ? " " : "", prefix,
                        (int)labels->items[i].n, labels->items[i].data, p->marks_n ? "" : " ");
            ft_rewrite_put(r, here, here, at);
        }
    }
}

/* ---- CoNLL ---- */

void ft_rewrite_conll(struct ft_rewriter *r, const struct ft_row_place *p,
                      const struct ft_new_labels *tags)
{
    if (tags->n != p->marks_n) {
        ft_rewrite_fail(r, "the edit has another number of tags than the sentence has words");
        return;
    }
    for (size_t i = 0; i < tags->n; i++) {
        struct ft_text old = p->marks[i], new = tags->items[i];
        size_t at = r->text.len;
        if (!old.data || (old.n == new.n && !memcmp(old.data, new.data, old.n))) continue;
        ft_str_add(&r->text, new.data, new.n);
        ft_rewrite_put(r, old.data, old.data + old.n, at);
    }
}
