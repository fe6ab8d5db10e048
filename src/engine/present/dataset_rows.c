/* Rows of a data set as a screen shows them: one at a time by its place in the list, which
 * dataset_order.c makes. */
#include "engine/present/dataset_in.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIND_MOST = 200000 };

/* --- items --- */

bool dataset_is_squad(const struct dataset_build *b)
{
    return b->source->is_squad;
}

size_t dataset_items(const struct dataset_build *b)
{
    return dataset_is_squad(b) ? b->source->squad.questions_n : b->x.n + b->x.left_n;
}

size_t dataset_examples(const struct dataset_build *b)
{
    return dataset_is_squad(b) ? b->source->squad.questions_n : b->x.n;
}

static const char *label_text(const struct ft_text *t, char *buf, size_t size)
{
    size_t n = t->n < size - 1 ? t->n : size - 1;
    if (t->data) memcpy(buf, t->data, n);
    buf[t->data ? n : 0] = 0;
    return buf;
}

static struct ft_text raw_text(const struct dataset_build *b, int file, size_t row)
{
    const struct ft_table *t = &b->source->tables[file];
    int col = b->columns.text;
    if (file && col >= 0) col = ft_table_find(t, ft_table_name(&b->source->tables[0], (size_t)col));
    return col < 0 ? (struct ft_text){0} : ft_table_cell(t, row - 1, (size_t)col);
}

static void squad_item(const struct dataset_build *b, size_t i, struct ft_dataset_row *r)
{
    static _Thread_local char label[128];
    const struct ft_squad *q = &b->source->squad;
    const struct ft_squad_question *x = &q->questions[i];
    const struct ft_text context = q->paragraphs[x->paragraph].context;
    *r = (struct ft_dataset_row){.row = i + 1,
                                 .part = x->kept ? ft_part_abbrev((enum ft_part)x->part) : "-",
                                 .left = x->kept ? "" : "outside the limit",
                                 .text = x->text.data ? x->text.data : "",
                                 .n = x->text.n,
                                 .pair = context.data ? context.data : "",
                                 .pair_n = context.n,
                                 .tokens = -1};
    r->label = x->impossible || !x->answers_n
                   ? "impossible"
                   : label_text(&q->answers[x->answers_first].text, label, sizeof label);
}

/* The new tags of the edit that the examples were built with. */
static const char *edit_of(const struct dataset_build *b, size_t row)
{
    const struct ft_edit *e = ft_edits_find(&b->edits, row);
    return e ? e->new_label : NULL;
}

/* The last texts of numbers are kept: a row stays as it is while others are looked at. */
static const char *number_text(double x)
{
    enum { KEPT = 8 };
    static _Thread_local char kept[KEPT][32];
    static _Thread_local int at;
    at = (at + 1) % KEPT;
    snprintf(kept[at], sizeof kept[at], "%.9g", x);
    return kept[at];
}

void dataset_item(const struct dataset_build *b, size_t i, struct ft_dataset_row *r)
{
    if (dataset_is_squad(b)) {
        squad_item(b, i, r);
        return;
    }
    const struct ft_examples *x = &b->x;
    bool tagged = dataset_tagged(b);
    if (i >= x->n) {
        const struct ft_left *l = &x->left[i - x->n];
        struct ft_text t = raw_text(b, l->file, l->row);
        *r = (struct ft_dataset_row){.row = l->row,
                                     .part = "-",
                                     .label = "",
                                     .left = ft_left_text((enum ft_left_why)l->why),
                                     .text = t.data ? t.data : "",
                                     .n = t.n,
                                     .tokens = -1,
                                     .editable = l->file == FT_PART_TRAIN && !*b->note};
        return;
    }
    const struct ft_example *e = &x->items[i];
    bool labelled = e->label >= 0 || (tagged && b->tagged[e->file].sentences[e->row - 1].tagged);
    *r = (struct ft_dataset_row){.row = e->row,
                                 .part = ft_part_abbrev((enum ft_part)e->part),
                                 .label = e->label < 0   ? ""
                                          : x->numbers   ? number_text(e->value)
                                          : b->set_texts ? b->set_texts[e->label]
                                                         : x->labels.names[e->label],
                                 .left = "",
                                 .text = e->text.data ? e->text.data : "",
                                 .n = e->text.n,
                                 .pair = e->pair.data,
                                 .pair_n = e->pair.n,
                                 .tokens = -1,
                                 .edited = e->edited,
                                 .editable = e->file == FT_PART_TRAIN && labelled};
    if (tagged)
        r->label = dataset_tags_label(b, e->file, e->row, r->edited ? edit_of(b, r->row) : NULL);
}

long dataset_item_tokens(const struct dataset_tokens *t, size_t i)
{
    if (!t || i >= atomic_load_explicit(&t->counted, memory_order_acquire)) return -1;
    return t->len[i];
}

static size_t item_at(const struct ft_dataset *d, size_t i)
{
    return d->order ? d->order[i] : i;
}

static bool previewing(const struct ft_dataset *d)
{
    return d->source && !dataset_shown(d);
}

size_t ft_dataset_count(const struct ft_dataset *d)
{
    if (previewing(d)) return ft_table_rows(&d->source->tables[FT_PART_TRAIN]);
    if (!d->build) return 0;
    return d->order ? d->order_n : dataset_examples(d->build);
}

/* What was changed since it was built. */
static void take_edit(const struct ft_dataset *d, struct ft_dataset_row *r)
{
    const struct ft_edit *e = r->editable ? dataset_edit_of(d, r->row) : NULL;
    if (e) {
        r->label = !e->new_label         ? ""
                   : d->build->set_texts ? dataset_set_text(e->new_label)
                   : dataset_tagged(d->build)
                       ? dataset_tags_label(d->build, FT_PART_TRAIN, r->row, e->new_label)
                       : e->new_label;
        if (!e->new_label) r->left = ft_left_text(FT_LEFT_DROPPED);
    }
    if (!e && r->edited && dataset_tagged(d->build)) /* taken back since */
        r->label = dataset_tags_label(d->build, FT_PART_TRAIN, r->row, NULL);
    r->edited = e != NULL;
}

bool ft_dataset_row(const struct ft_dataset *d, size_t i, struct ft_dataset_row *r)
{
    memset(r, 0, sizeof *r);
    r->part = r->label = r->left = r->text = "";
    r->tokens = -1;
    if (i >= ft_dataset_count(d)) return false;
    if (previewing(d)) { /* while it is read: the longest cell of the row */
        const struct ft_table *t = &d->source->tables[FT_PART_TRAIN];
        r->row = i + 1;
        for (size_t c = 0; c < ft_table_columns(t); c++) {
            struct ft_text cell = ft_table_cell(t, i, c);
            if (!cell.data || cell.n < r->n) continue;
            r->text = cell.data;
            r->n = cell.n;
        }
        return true;
    }
    size_t at = item_at(d, i);
    dataset_item(d->build, at, r);
    r->tokens = at < dataset_examples(d->build) ? dataset_item_tokens(d->tokens, at) : -1;
    size_t length = dataset_block_length(d);
    if (length && r->tokens > 0 && *r->part != '-') {
        r->block = d->tokens->from[at] / length + 1;
        r->block_end = (d->tokens->from[at] + (uint64_t)r->tokens - 1) / length + 1;
    }
    r->cut = !(d->tokens && d->tokens->joined) && !dataset_is_squad(d->build) &&
             r->tokens > (long)ft_options_int(&d->wanted, FT_OPT_max_seq_length);
    take_edit(d, r);
    return true;
}

size_t ft_dataset_entities(const struct ft_dataset *d, size_t i, struct ft_dataset_entity *out,
                           size_t max)
{
    if (previewing(d) || !dataset_tagged(d->build) || i >= ft_dataset_count(d)) return 0;
    const struct ft_examples *x = &d->build->x;
    size_t at = item_at(d, i);
    int file = at < x->n ? x->items[at].file : x->left[at - x->n].file;
    size_t row = at < x->n ? x->items[at].row : x->left[at - x->n].row;
    const struct ft_edit *e = file == FT_PART_TRAIN ? dataset_edit_of(d, row) : NULL;
    return dataset_tags_entities(d->build, file, row, e ? e->new_label : NULL, out, max);
}

bool ft_dataset_tagged(const struct ft_dataset *d)
{
    return dataset_tagged(dataset_shown(d));
}

static int by_place(int file, size_t row, int other_file, size_t other_row)
{
    if (file != other_file) return file < other_file ? -1 : 1;
    return row < other_row ? -1 : row > other_row;
}

/* Examples, and what is left out, are by file, then by row. */
size_t dataset_item_of(const struct dataset_build *b, const struct ft_dataset_pick *place)
{
    const struct ft_examples *x = &b->x;
    size_t row = place->row, lo = 0, hi = x->n;
    if (dataset_is_squad(b))
        return !place->file && row && row <= b->source->squad.questions_n ? row - 1 : SIZE_MAX;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_place(x->items[mid].file, x->items[mid].row, place->file, row) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < x->n && !by_place(x->items[lo].file, x->items[lo].row, place->file, row)) return lo;
    for (lo = 0, hi = x->left_n; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_place(x->left[mid].file, x->left[mid].row, place->file, row) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < x->left_n && !by_place(x->left[lo].file, x->left[lo].row, place->file, row))
        return x->n + lo;
    return SIZE_MAX;
}

static size_t item_of_row(const struct dataset_build *b, size_t row)
{
    return dataset_item_of(b, &(struct ft_dataset_pick){0, row});
}

bool ft_dataset_row_at(const struct ft_dataset *d, const struct ft_dataset_pick *place,
                       struct ft_dataset_row *r)
{
    const struct dataset_build *b = dataset_shown(d);
    size_t i = b ? dataset_item_of(b, place) : SIZE_MAX;
    if (i == SIZE_MAX) return false;
    dataset_item(b, i, r);
    take_edit(d, r);
    return true;
}

size_t ft_dataset_find_row(const struct ft_dataset *d, size_t row)
{
    if (previewing(d)) return row - 1 < ft_dataset_count(d) ? row - 1 : SIZE_MAX;
    size_t want = d->build ? item_of_row(d->build, row) : SIZE_MAX;
    if (want == SIZE_MAX) return SIZE_MAX;
    if (!d->order) return want < ft_dataset_count(d) ? want : SIZE_MAX;
    for (size_t i = 0; i < d->order_n; i++)
        if (d->order[i] == want) return i;
    return SIZE_MAX;
}

/* Tagged words: predictions have them with blanks between. */
static bool same_words(const char *a, size_t n, const char *b, size_t m)
{
    size_t i = 0, k = 0;
    for (;; i++, k++) {
        while (i < n && isspace((unsigned char)a[i]))
            i++;
        while (k < m && isspace((unsigned char)b[k]))
            k++;
        if (i == n || k == m) return i == n && k == m;
        if (a[i] != b[k]) return false;
    }
}

bool ft_dataset_has(const struct ft_dataset *d, size_t row, const char *text, size_t n)
{
    size_t i = d->build ? item_of_row(d->build, row) : SIZE_MAX;
    if (i == SIZE_MAX) return false;
    struct ft_dataset_row r;
    dataset_item(d->build, i, &r);
    if (dataset_tagged(d->build)) return r.editable && same_words(r.text, r.n, text, n);
    return r.editable && r.n == n && !memcmp(r.text, text, n);
}

/* Is the text that of an item, once it is cleaned? Rows that are left out have it as in the file. */
static bool has_text(const struct ft_dataset *d, const struct ft_dataset_row *r, const char *text,
                     size_t n)
{
    unsigned steps = 0;
    struct ft_str clean = {0};
    bool same = r->n == n && !memcmp(r->text, text, n);
    if (same || !*r->left) return same;
    ft_clean_parse(ft_options_text(&d->wanted, FT_OPT_clean), &steps, NULL);
    if (ft_clean_text(steps, (struct ft_text){r->text, r->n}, &clean))
        same = clean.len == n && !memcmp(ft_str_text(&clean), text, n);
    ft_str_release(&clean);
    return same;
}

bool ft_dataset_known(const struct ft_dataset *d, size_t row, const char *text, size_t n,
                      struct ft_dataset_known *out)
{
    struct ft_dataset_row r;
    const struct dataset_build *b = dataset_shown(d);
    size_t i = b ? item_of_row(b, row) : SIZE_MAX;
    if (i == SIZE_MAX || dataset_is_squad(b)) return false;
    dataset_item(b, i, &r);
    bool gone = i >= b->x.n && b->x.left[i - b->x.n].why != FT_LEFT_DROPPED;
    if (!r.editable || gone || (text && !has_text(d, &r, text, n))) return false;
    const struct ft_edit *e = dataset_edit_of(d, row);
    *out = (struct ft_dataset_known){.edited = e, .kept = ft_dataset_kept(d, row)};
    out->file = e ? e->old_label : r.label;
    out->now = e ? e->new_label : r.label;
    return out->file != NULL;
}

/* --- finding --- */

bool dataset_text_holds(const char *text, size_t n, const char *what)
{
    size_t m = strlen(what);
    if (!m) return true;
    int first = tolower((unsigned char)*what);
    for (size_t i = 0; i + m <= n; i++) {
        if (tolower((unsigned char)text[i]) != first) continue;
        size_t k = 1;
        while (k < m && tolower((unsigned char)text[i + k]) == tolower((unsigned char)what[k]))
            k++;
        if (k == m) return true;
    }
    return false;
}

size_t ft_dataset_find(const struct ft_dataset *d, const char *what, size_t from, bool back)
{
    size_t n = ft_dataset_count(d);
    struct ft_dataset_row r;
    for (size_t seen = 0; seen < FIND_MOST && from < n; seen++) {
        ft_dataset_row(d, from, &r);
        if (dataset_text_holds(r.text, r.n, what) ||
            (r.pair && dataset_text_holds(r.pair, r.pair_n, what)))
            return from;
        if (back && !from) break;
        from = back ? from - 1 : from + 1;
    }
    return SIZE_MAX;
}

/* --- before and after --- */

bool ft_dataset_before(const struct ft_dataset *d, size_t i, const char **text, size_t *n,
                       struct ft_dataset_span *spans, size_t max, size_t *spans_n)
{
    *spans_n = 0;
    if (previewing(d) || !d->build || dataset_is_squad(d->build) || i >= ft_dataset_count(d))
        return false;
    const struct ft_examples *x = &d->build->x;
    size_t at = item_at(d, i);
    int file = at < x->n ? x->items[at].file : x->left[at - x->n].file;
    size_t row = at < x->n ? x->items[at].row : x->left[at - x->n].row;
    struct ft_text raw = raw_text(d->build, file, row);
    unsigned steps = 0;
    struct ft_clean_span found[64];
    ft_clean_parse(ft_options_text(&d->wanted, FT_OPT_clean), &steps, NULL);
    *text = raw.data ? raw.data : "";
    *n = raw.n;
    if (max > 64) max = 64;
    size_t all = raw.data ? ft_clean_spans(steps, raw, found, max) : 0;
    *spans_n = all < max ? all : max;
    for (size_t k = 0; k < *spans_n; k++)
        spans[k] = (struct ft_dataset_span){found[k].start, found[k].end};
    return true;
}

size_t ft_dataset_answers(const struct ft_dataset *d, size_t i, struct ft_dataset_span *spans,
                          size_t max)
{
    if (previewing(d) || !d->build || !dataset_is_squad(d->build) || i >= ft_dataset_count(d))
        return 0;
    const struct ft_squad *q = &d->build->source->squad;
    const struct ft_squad_question *x = &q->questions[item_at(d, i)];
    size_t n = 0;
    for (uint32_t k = 0; k < x->answers_n && n < max; k++) {
        const struct ft_squad_answer *a = &q->answers[x->answers_first + k];
        if (a->placed) spans[n++] = (struct ft_dataset_span){a->start, a->end};
    }
    return n;
}

const char *ft_dataset_title(const struct ft_dataset *d, size_t i)
{
    static _Thread_local char title[128];
    if (previewing(d) || !d->build || !dataset_is_squad(d->build) || i >= ft_dataset_count(d))
        return "";
    const struct ft_squad *q = &d->build->source->squad;
    const struct ft_squad_question *x = &q->questions[item_at(d, i)];
    return label_text(&q->articles[q->paragraphs[x->paragraph].article].title, title, sizeof title);
}
