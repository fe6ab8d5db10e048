/* Rows of a data set as a screen lists them: one at a time by its place, filtered and sorted. Lists
 * of more than a few ten thousand rows are made by a worker; the one before stays meanwhile. */
#include "engine/present/dataset_in.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 20000, FIND_MOST = 200000, WORDS_MAX = 16 };

/* A filter, taken apart. */
struct terms {
    char copy[512];
    const char *words[WORDS_MAX], *label, *part, *problem;
    size_t words_n, row;
    long longer, shorter; /* -1: not asked */
    bool edited, cut;
};

static const char *const sort_names[] = {"row", "part", "label", "tokens", "text"};
const char *ft_dataset_sort_name(enum ft_dataset_sort s)
{
    return sort_names[s];
}

/* --- items --- */

static bool is_squad(const struct dataset_build *b)
{
    return b->source->is_squad;
}

static size_t items_of(const struct dataset_build *b)
{
    return is_squad(b) ? b->source->squad.questions_n : b->x.n + b->x.left_n;
}

static size_t examples_of(const struct dataset_build *b)
{
    return is_squad(b) ? b->source->squad.questions_n : b->x.n;
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

static void item(const struct dataset_build *b, size_t i, struct ft_dataset_row *r)
{
    if (is_squad(b)) {
        squad_item(b, i, r);
        return;
    }
    const struct ft_examples *x = &b->x;
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
    *r = (struct ft_dataset_row){.row = e->row,
                                 .part = ft_part_abbrev((enum ft_part)e->part),
                                 .label = e->label >= 0 ? x->labels.names[e->label] : "",
                                 .left = "",
                                 .text = e->text.data ? e->text.data : "",
                                 .n = e->text.n,
                                 .pair = e->pair.data,
                                 .pair_n = e->pair.n,
                                 .tokens = -1,
                                 .edited = e->edited,
                                 .editable = e->file == FT_PART_TRAIN && e->label >= 0};
}

static long length_of(const struct dataset_tokens *t, size_t i)
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
    return d->order ? d->order_n : examples_of(d->build);
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
    item(d->build, at, r);
    r->tokens = at < examples_of(d->build) ? length_of(d->tokens, at) : -1;
    size_t length = dataset_block_length(d);
    if (length && r->tokens > 0 && *r->part != '-') {
        r->block = d->tokens->from[at] / length + 1;
        r->block_end = (d->tokens->from[at] + (uint64_t)r->tokens - 1) / length + 1;
    }
    r->cut = !(d->tokens && d->tokens->joined) && !is_squad(d->build) &&
             r->tokens > (long)ft_options_int(&d->wanted, FT_OPT_max_seq_length);
    const struct ft_edit *e = r->editable ? dataset_edit_of(d, r->row) : NULL;
    if (e) { /* what was changed since it was built */
        r->label = e->new_label ? e->new_label : "";
        if (!e->new_label) r->left = ft_left_text(FT_LEFT_DROPPED);
    }
    r->edited = e != NULL;
    return true;
}

/* Items ascend by row within --data, which comes first: a binary search over examples, and over
 * what is left out. */
static size_t item_of_row(const struct dataset_build *b, size_t row)
{
    if (is_squad(b)) return row && row <= b->source->squad.questions_n ? row - 1 : SIZE_MAX;
    size_t lo = 0, hi = b->x.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct ft_example *e = &b->x.items[mid];
        if (e->file == FT_PART_TRAIN && e->row < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < b->x.n && b->x.items[lo].file == FT_PART_TRAIN && b->x.items[lo].row == row) return lo;
    for (size_t i = 0; i < b->x.left_n; i++)
        if (b->x.left[i].file == FT_PART_TRAIN && b->x.left[i].row == row) return b->x.n + i;
    return SIZE_MAX;
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

bool ft_dataset_has(const struct ft_dataset *d, size_t row, const char *text, size_t n)
{
    size_t i = d->build ? item_of_row(d->build, row) : SIZE_MAX;
    if (i == SIZE_MAX) return false;
    struct ft_dataset_row r;
    item(d->build, i, &r);
    return r.editable && r.n == n && !memcmp(r.text, text, n);
}

/* --- finding --- */

static bool holds(const char *text, size_t n, const char *what)
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
        if (holds(r.text, r.n, what) || (r.pair && holds(r.pair, r.pair_n, what))) return from;
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
    if (previewing(d) || !d->build || is_squad(d->build) || i >= ft_dataset_count(d)) return false;
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
    if (previewing(d) || !d->build || !is_squad(d->build) || i >= ft_dataset_count(d)) return 0;
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
    if (previewing(d) || !d->build || !is_squad(d->build) || i >= ft_dataset_count(d)) return "";
    const struct ft_squad *q = &d->build->source->squad;
    const struct ft_squad_question *x = &q->questions[item_at(d, i)];
    return label_text(&q->articles[q->paragraphs[x->paragraph].article].title, title, sizeof title);
}

/* --- the list: filter and sort --- */

static bool number(const char *text, long *out)
{
    long long v;
    if (!ft_parse_i64(text, &v) || v < 0 || v > 1000000000) return false;
    *out = (long)v;
    return true;
}

/* Cuts the next word off *rest; "two words" in quotes are one. */
static char *next_word(char **rest)
{
    char *s = *rest + strspn(*rest, " ");
    if (!*s) return NULL;
    char end = *s == '"' ? '"' : ' ';
    if (end == '"') s++;
    char *stop = strchr(s, end);
    *rest = stop ? stop + 1 : s + strlen(s);
    if (stop) *stop = 0;
    return s;
}

/* The part as rows have it ("trn"), also by its name ("train"); NULL: there is no such part. */
static const char *part_of(const char *word)
{
    enum ft_part part = ft_part_parse(word, strlen(word));
    for (int i = 0; part == FT_PART_COUNT && i < FT_PART_COUNT; i++)
        if (!strcasecmp(word, ft_part_abbrev((enum ft_part)i))) part = (enum ft_part)i;
    if (!strcmp(word, "-")) return "-";
    return part == FT_PART_COUNT ? NULL : ft_part_abbrev(part);
}

static enum ft_status parse(struct terms *t, const char *expression, struct ft_err *err)
{
    memset(t, 0, sizeof *t);
    t->longer = t->shorter = -1;
    if (strlen(expression) >= sizeof t->copy)
        return ft_fail(err, FT_USAGE, "the filter is too long");
    snprintf(t->copy, sizeof t->copy, "%s", expression);
    char *rest = t->copy, *word;
    while ((word = next_word(&rest))) {
        long v;
        if (!strncmp(word, "label:", 6)) {
            t->label = word + 6;
        } else if (!strncmp(word, "part:", 5)) {
            t->part = part_of(word + 5);
            if (!t->part)
                return ft_fail(err, FT_USAGE,
                               "part:%s: expected part:train, part:validation or part:test",
                               word + 5);
        } else if (!strncmp(word, "problem:", 8)) {
            t->problem = word + 8;
        } else if (!strncmp(word, "row:", 4)) {
            if (!number(word + 4, &v))
                return ft_fail(err, FT_USAGE, "row:%s is not a number", word + 4);
            t->row = (size_t)v;
        } else if (!strncmp(word, "len>", 4) || !strncmp(word, "len<", 4)) {
            if (!number(word + 4, &v)) return ft_fail(err, FT_USAGE, "%s: expected a number", word);
            *(word[3] == '>' ? &t->longer : &t->shorter) = v;
        } else if (!strcmp(word, "edited")) {
            t->edited = true;
        } else if (!strcmp(word, "cut")) {
            t->cut = true;
        } else if (t->words_n < WORDS_MAX) {
            t->words[t->words_n++] = word;
        }
    }
    return FT_OK;
}

struct place { /* of a row in one of the files */
    uint8_t file;
    size_t row;
};

struct dataset_sorter {
    struct terms terms;
    struct dataset_build *build;
    struct dataset_tokens *tokens;
    enum ft_dataset_sort by;
    bool descending;
    long cut;
    size_t *edited, edited_n; /* rows of --data, ascending */
    struct place *places;     /* of the problem asked for */
    size_t places_n;
    bool left_too; /* the problem is about rows that are left out */
    size_t *order, order_n;
    struct ft_job *work;
};

static void sorter_free(struct dataset_sorter *s)
{
    if (!s) return;
    dataset_build_unref(s->build);
    dataset_tokens_unref(s->tokens);
    free(s->edited);
    free(s->places);
    free(s->order);
    free(s);
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->file != y->file) return x->file < y->file ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

static bool match(const struct dataset_sorter *s, size_t i)
{
    const struct terms *t = &s->terms;
    struct ft_dataset_row r;
    item(s->build, i, &r);
    long len = i < examples_of(s->build) ? length_of(s->tokens, i) : -1;
    if (t->label && strcasecmp(t->label, r.label) && !holds(r.label, strlen(r.label), t->label))
        return false;
    if (t->part && strcmp(t->part, r.part) != 0) return false;
    if (t->row && t->row != r.row) return false;
    if (t->longer >= 0 && len <= t->longer) return false;
    if (t->shorter >= 0 && (len < 0 || len >= t->shorter)) return false;
    if (t->cut && len <= s->cut) return false;
    if (t->edited &&
        (!r.editable || !bsearch(&r.row, s->edited, s->edited_n, sizeof r.row, by_size)))
        return false;
    if (t->problem) {
        const struct ft_examples *x = &s->build->x;
        struct place p = {0, r.row};
        if (!is_squad(s->build)) p.file = i < x->n ? x->items[i].file : x->left[i - x->n].file;
        if (!s->places_n || !bsearch(&p, s->places, s->places_n, sizeof p, by_place)) return false;
    }
    for (size_t k = 0; k < t->words_n; k++)
        if (!holds(r.text, r.n, t->words[k]) && !(r.pair && holds(r.pair, r.pair_n, t->words[k])))
            return false;
    return true;
}

static int compare(const void *a, const void *b, void *arg)
{
    const struct dataset_sorter *s = arg;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    struct ft_dataset_row x, y;
    int c = 0;
    if (s->by == FT_DATASET_BY_TOKENS) {
        long p = i < examples_of(s->build) ? length_of(s->tokens, i) : -1;
        long q = j < examples_of(s->build) ? length_of(s->tokens, j) : -1;
        c = p < q ? -1 : p > q;
    } else if (s->by != FT_DATASET_BY_ROW) {
        char label[128];
        item(s->build, i, &x);
        snprintf(label, sizeof label, "%s", x.label); /* SQuAD's share one buffer */
        item(s->build, j, &y);
        if (s->by == FT_DATASET_BY_PART) c = strcmp(x.part, y.part);
        if (s->by == FT_DATASET_BY_LABEL) c = strcmp(label, y.label);
        if (s->by == FT_DATASET_BY_TEXT) {
            size_t n = x.n < y.n ? x.n : y.n;
            c = memcmp(x.text, y.text, n);
            if (!c) c = x.n < y.n ? -1 : x.n > y.n;
        }
    }
    if (!c) c = i < j ? -1 : i > j;
    return s->descending ? -c : c;
}

static enum ft_status sort_rows(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct dataset_sorter *s = arg;
    const struct terms *t = &s->terms;
    bool all = t->problem || t->row || t->edited; /* rows that are left out too */
    size_t n = all ? items_of(s->build) : examples_of(s->build), kept = 0;
    s->order = ft_xmalloc((n ? n : 1) * sizeof *s->order);
    for (size_t i = 0; i < n; i++) {
        if (i % 4096 == 0) {
            ft_job_report(w, (double)i, (double)n, "rows");
            if (ft_job_cancelled(w)) return ft_fail(err, FT_CANCELLED, "cancelled");
        }
        if (match(s, i)) s->order[kept++] = i;
    }
    s->order_n = kept;
    if (s->by != FT_DATASET_BY_ROW || s->descending)
        qsort_r(s->order, kept, sizeof *s->order, compare, s);
    return FT_OK;
}

static void take_places(struct dataset_sorter *s, const struct ft_dataset *d)
{
    const struct ft_problems *p = d->checks ? &d->checks->problems : NULL;
    for (int k = 0; p && k < FT_PROBLEM_COUNT; k++) {
        if (strcmp(ft_problem_name((enum ft_problem_kind)k), s->terms.problem)) continue;
        s->places = ft_xcalloc(2 * p->kept[k] + 1, sizeof *s->places);
        for (size_t i = 0; i < p->kept[k]; i++) {
            const struct ft_problem *x = &p->items[p->first[k] + i];
            if (x->row) s->places[s->places_n++] = (struct place){x->file, x->row};
            if (x->other_row)
                s->places[s->places_n++] = (struct place){x->other_file, x->other_row};
        }
        qsort(s->places, s->places_n, sizeof *s->places, by_place);
    }
}

static void take_order(struct ft_dataset *d, struct dataset_sorter *s)
{
    free(d->order);
    d->order = s->order;
    d->order_n = s->order_n;
    s->order = NULL;
    d->facts.version++;
}

static void sorter_end(struct ft_dataset *d, bool use)
{
    struct dataset_sorter *s = d->sorter;
    if (!s) return;
    if (!use) ft_job_cancel(s->work);
    enum ft_status st = ft_job_join(s->work, NULL);
    if (use && !st && s->build == d->build) take_order(d, s);
    d->sorter = NULL;
    sorter_free(s);
}

void dataset_order_refresh(struct ft_dataset *d)
{
    sorter_end(d, false);
    if (!d->build) return;
    bool plain = !*d->filter && d->sort == FT_DATASET_BY_ROW && !d->descending;
    if (plain || (d->order && d->order_n > items_of(d->build))) {
        free(d->order);
        d->order = NULL;
    }
    if (plain) return;
    struct dataset_sorter *s = ft_xcalloc(1, sizeof *s);
    if (parse(&s->terms, d->filter, NULL)) *d->filter = 0;
    s->by = d->sort;
    s->descending = d->descending;
    s->cut = (long)ft_options_int(&d->wanted, FT_OPT_max_seq_length);
    if (s->terms.problem && !strcmp(s->terms.problem, "cut"))
        s->terms.problem = NULL, s->terms.cut = true;
    s->build = d->build;
    atomic_fetch_add(&s->build->refs, 1);
    if ((s->tokens = d->tokens)) atomic_fetch_add(&s->tokens->refs, 1);
    s->edited = ft_xcalloc(d->edits.n + 1, sizeof *s->edited);
    for (size_t i = 0; i < d->edits.n; i++)
        if (dataset_edit_of(d, d->edits.items[i].row))
            s->edited[s->edited_n++] = d->edits.items[i].row;
    if (s->terms.problem) take_places(s, d);
    if (items_of(s->build) <= AT_ONCE) {
        if (!sort_rows(NULL, s, NULL)) take_order(d, s);
        sorter_free(s);
        return;
    }
    /* old places mean other items when the content is new */
    if (d->order) {
        for (size_t i = 0; i < d->order_n; i++)
            if (d->order[i] >= items_of(d->build)) d->order[i] = 0;
    }
    d->sorter = s;
    s->work = ft_job_start("sorting", sort_rows, s, d->wake);
}

bool dataset_order_follow(struct ft_dataset *d)
{
    struct ft_job_view view;
    if (!d->sorter) return false;
    ft_job_look(d->sorter->work, &view);
    if (!view.finished) return false;
    sorter_end(d, true);
    return true;
}

void dataset_order_release(struct ft_dataset *d)
{
    sorter_end(d, false);
    free(d->order);
    d->order = NULL;
}

enum ft_status ft_dataset_filter(struct ft_dataset *d, const char *expression, struct ft_err *err)
{
    struct terms t;
    enum ft_status st = parse(&t, expression, err);
    if (st) return st;
    snprintf(d->filter, sizeof d->filter, "%s", expression);
    dataset_order_refresh(d);
    return FT_OK;
}

const char *ft_dataset_filter_now(const struct ft_dataset *d)
{
    return d->filter;
}

void ft_dataset_sort(struct ft_dataset *d, enum ft_dataset_sort by, bool descending)
{
    d->sort = by;
    d->descending = descending;
    dataset_order_refresh(d);
}

enum ft_dataset_sort ft_dataset_sort_now(const struct ft_dataset *d, bool *descending)
{
    *descending = d->descending;
    return d->sort;
}
