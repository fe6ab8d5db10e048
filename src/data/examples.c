/* From rows to examples: see examples.h. Each stage of the fixed order is one function below. */
#include "data/examples_in.h"

#include "data/label_form.h"
#include "data/text.h"
#include "data/text_form.h"
#include "util/hash.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *ft_left_text(enum ft_left_why w)
{
    static const char *const texts[] = {
#define X(id, text) [FT_LEFT_##id] = text,
        FT_LEFT_LIST(X)
#undef X
    };
    return texts[w];
}

static bool cancelled(const struct ft_examples_build *b)
{
    return b->opt->cancel && atomic_load_explicit(b->opt->cancel, memory_order_relaxed);
}

static void leave(struct ft_examples_build *b, uint8_t file, size_t row, enum ft_left_why why)
{
    struct ft_examples *x = b->x;
    ft_grow(&x->left, &x->left_cap, x->left_n + 1, sizeof *x->left);
    x->left[x->left_n++] = (struct ft_left){row, file, (uint8_t)why};
    x->left_by[why]++;
}

/* ---- columns ---- */

static enum ft_status same_column(const struct ft_table *from, const struct ft_table *t, int col,
                                  int *out, bool needed, struct ft_err *err)
{
    *out = -1;
    if (col < 0) return FT_OK;
    const char *name = ft_table_name(from, (size_t)col);
    *out = ft_table_find(t, name);
    /* Files without a header have their columns at the same place. */
    if (*out < 0 && !from->has_header && !t->has_header && (size_t)col < ft_table_columns(t))
        *out = col;
    if (*out < 0 && needed)
        return ft_fail(err, FT_FORMAT,
                       "%s: no column \"%s\" (as in %s); rename the matching column", t->path, name,
                       from->path);
    return FT_OK;
}

/* Texts are text, in every column of them. */
static enum ft_status check_texts(const struct ft_examples_build *b, uint8_t file)
{
    const struct ft_table *t = b->opt->tables[file];
    const struct ft_columns *c = &b->columns[file];
    bool named = c->text_named;
    enum ft_status st = FT_OK;
    if (b->opt->json_texts) return FT_OK;
    for (size_t i = 0; i < b->opt->join_n && !st; i++)
        if (b->join[file][i] >= 0)
            st = ft_text_form_check(t, (size_t)b->join[file][i], false, b->err);
    if (!st && !b->opt->join_n) st = ft_text_form_check(t, (size_t)c->text, named, b->err);
    if (!st && c->pair >= 0) st = ft_text_form_check(t, (size_t)c->pair, named, b->err);
    return st;
}

static enum ft_status map_columns(struct ft_examples_build *b)
{
    for (size_t f = 0; f < FT_PART_COUNT; f++)
        b->answer[f] = b->opt->tables[f] ? ft_label_form_answers(b->opt->tables[f]) : -1;
    if (b->opt->tagged[FT_PART_TRAIN]) {
        ft_examples_tags_begin(b);
        return FT_OK;
    }
    const struct ft_table *t = b->opt->tables[FT_PART_TRAIN];
    struct ft_columns c = b->opt->columns;
    bool optional = b->opt->unlabelled || b->opt->some_unlabelled;
    if (!b->opt->unlabelled && !b->opt->numbers && !(optional && c.label < 0)) {
        enum ft_status st = ft_label_form_check(t, &c, b->opt->several, b->err);
        if (st) return st;
    }
    if (b->opt->join_n) c.text = b->opt->join[0];
    if (c.text < 0)
        return ft_fail(b->err, FT_USAGE, "%s: no text column found; name it with --text_column",
                       t->path);
    if (c.label < 0 && !optional)
        return ft_fail(b->err, FT_USAGE, "%s: no label column found; name it with --label_column",
                       t->path);
    b->columns[FT_PART_TRAIN] = c;
    memcpy(b->join[FT_PART_TRAIN], b->opt->join, sizeof b->opt->join);
    enum ft_status wrong = check_texts(b, FT_PART_TRAIN);
    if (wrong) return wrong;
    for (size_t f = 1; f < FT_PART_COUNT; f++) {
        const struct ft_table *o = b->opt->tables[f];
        struct ft_columns *k = &b->columns[f];
        if (!o) continue;
        enum ft_status st = same_column(t, o, c.text, &k->text, true, b->err);
        if (!st) st = same_column(t, o, c.pair, &k->pair, true, b->err);
        if (!st) st = same_column(t, o, c.label, &k->label, !optional, b->err);
        for (size_t i = 0; i < c.labels_n && !st; i++)
            st = same_column(t, o, c.labels[i], &k->labels[i], !optional, b->err);
        k->labels_n = c.labels_n;
        memcpy(k->delimiter, c.delimiter, sizeof k->delimiter);
        for (size_t i = 0; i < b->opt->join_n && !st; i++)
            st = same_column(t, o, b->opt->join[i], &b->join[f][i], true, b->err);
        k->text_named = c.text_named;
        if (!st && !b->opt->unlabelled && !b->opt->numbers && !(optional && k->label < 0))
            st = ft_label_form_check(o, k, b->opt->several, b->err);
        if (!st) st = check_texts(b, (uint8_t)f);
        if (st) return st;
    }
    return b->opt->numbers ? ft_examples_numbers_begin(b) : FT_OK;
}

/* ---- one row ---- */

static struct ft_text clean_one(struct ft_examples_build *b, struct ft_text s, bool *changed)
{
    struct ft_text now = s;
    int which = 0;
    for (int step = 0; step < FT_CLEAN_COUNT; step++) {
        if (step == FT_CLEAN_DEDUP || !(b->opt->clean & FT_CLEAN_BIT(step)) || !now.n) continue;
        struct ft_str *out = &b->buf[which];
        if (!ft_clean_text(FT_CLEAN_BIT(step), now, out)) continue;
        changed[step] = true;
        now = (struct ft_text){ft_str_text(out), out->len};
        which = !which;
    }
    if (now.data == s.data) return s;
    char *own = ft_arena_alloc(&b->x->arena, now.n ? now.n : 1);
    if (now.n) memcpy(own, now.data, now.n);
    return (struct ft_text){own, now.n};
}

/* Applies the row's edit; *drop when it goes. */
static struct ft_text edited_label(struct ft_examples_build *b, size_t row, struct ft_text text,
                                   struct ft_text label, bool *edited, bool *drop)
{
    const struct ft_edit *e = b->opt->edits ? ft_edits_find(b->opt->edits, row) : NULL;
    if (!e || !ft_edit_fits(e, text, label, b->opt->several)) return label;
    b->x->edits_applied++;
    if (!e->new_label) {
        *drop = true;
        return label;
    }
    *edited = true;
    size_t n = strlen(e->new_label);
    return (struct ft_text){ft_arena_strndup(&b->x->arena, e->new_label, n), n};
}

/* Do the options say how rows are split? */
static bool is_split(const struct ft_examples_opt *opt)
{
    for (size_t p = 0; p < FT_PART_COUNT; p++)
        if (opt->share[p] > 0) return true;
    return false;
}

static enum ft_part row_part(const struct ft_examples_build *b, uint8_t file, size_t row)
{
    const struct ft_table *t = b->opt->tables[file];
    if (file != FT_PART_TRAIN) return (enum ft_part)file;
    bool anew = t->part_by_name && is_split(b->opt);
    if (t->part_column < 0 || b->opt->every_row || anew) return FT_PART_TRAIN;
    struct ft_text s = ft_table_cell(t, row - 1, (size_t)t->part_column);
    enum ft_part p = ft_part_parse(s.data ? s.data : "", s.n);
    return p == FT_PART_COUNT ? FT_PART_TRAIN : p;
}

int32_t ft_examples_label(struct ft_examples_build *b, struct ft_text s, uint8_t file, size_t row,
                          enum ft_part part)
{
    struct ft_labels *l = &b->x->labels;
    size_t before = l->n;
    int32_t at = ft_labels_add(l, s.data, s.n);
    if (l->n > before) {
        ft_grow(&b->trained, &b->trained_cap, l->n, sizeof *b->trained);
        ft_grow(&b->first_row, &b->first_cap, l->n, sizeof *b->first_row);
        b->trained[at] = false;
        b->first_row[at].row = row;
        b->first_row[at].file = file;
    }
    if (part == FT_PART_TRAIN) b->trained[at] = true;
    return at;
}

/* The texts of several columns as one; those that are empty are left out. */
static struct ft_text joined(struct ft_examples_build *b, uint8_t file, size_t row)
{
    struct ft_str s = {0};
    for (size_t i = 0; i < b->opt->join_n; i++) {
        struct ft_text cell =
            ft_table_cell(b->opt->tables[file], row - 1, (size_t)b->join[file][i]);
        if (!ft_text_trim(cell).n) continue;
        if (s.len) ft_str_addc(&s, '\n');
        ft_str_add(&s, cell.data, cell.n);
    }
    struct ft_text text = {ft_arena_strndup(&b->x->arena, ft_str_text(&s), s.len), s.len};
    ft_str_release(&s);
    return text;
}

/* A row of tagged words. */
static void take_sentence(struct ft_examples_build *b, uint8_t file, size_t row)
{
    struct ft_examples *x = b->x;
    const struct ft_sentence *s = &b->opt->tagged[file]->sentences[row - 1];
    bool optional = b->opt->unlabelled || b->opt->some_unlabelled;
    if (!optional && ft_examples_decision(b, file, row) != FT_DECISION_ACCEPT) {
        leave(b, file, row, FT_LEFT_REJECTED);
        return;
    }
    if (!s->n && !b->opt->every_row) {
        leave(b, file, row, FT_LEFT_EMPTY);
        return;
    }
    if (!s->tagged && !optional && !s->dropped) {
        leave(b, file, row, FT_LEFT_NO_LABEL);
        return;
    }
    enum ft_part part = row_part(b, file, row);
    b->dropped += s->dropped;
    ft_grow(&x->items, &b->cap, x->n + 1, sizeof *x->items);
    x->items[x->n++] = (struct ft_example){.text = s->text,
                                           .row = row,
                                           .label = -1,
                                           .file = file,
                                           .part = (uint8_t)part,
                                           .given_part = (uint8_t)part,
                                           .edited = s->edited,
                                           .dropped = s->dropped,
                                           .stratum = ft_examples_tags_stratum(b, file, s)};
}

static void take_row(struct ft_examples_build *b, uint8_t file, size_t row)
{
    if (b->opt->tagged[file]) {
        take_sentence(b, file, row);
        return;
    }
    struct ft_examples *x = b->x;
    const struct ft_table *t = b->opt->tables[file];
    const struct ft_columns *c = &b->columns[file];
    struct ft_text text = ft_table_cell(t, row - 1, (size_t)c->text), pair = {NULL, 0},
                   label = {NULL, 0};
    if (b->opt->join_n) text = joined(b, file, row);
    if (c->pair >= 0) pair = ft_table_cell(t, row - 1, (size_t)c->pair);
    if (b->opt->several)
        label = ft_examples_set_text(b, file, row);
    else if (c->label >= 0)
        label = ft_table_cell(t, row - 1, (size_t)c->label);
    if (!b->opt->several && label.n && ft_label_form_of(label) == FT_LABEL_FORM_NONE)
        label = (struct ft_text){NULL, 0};
    bool edited = false, drop = false, changed[FT_CLEAN_COUNT] = {false};
    struct ft_text before = ft_text_trim(label);
    bool not_it = ft_examples_negative(b, file, row, label);
    if (!b->opt->unlabelled && !not_it &&
        ft_examples_decision(b, file, row) != FT_DECISION_ACCEPT) {
        leave(b, file, row, FT_LEFT_REJECTED);
        return;
    }
    if (before.n && before.n != label.n && !x->label_spaces.rows++) x->label_spaces.first = row;
    if (file == FT_PART_TRAIN) label = edited_label(b, row, text, label, &edited, &drop);
    if (not_it) before = b->binary[1];
    if (not_it && !edited) {
        label = b->binary[1];
        x->negatives++;
    }
    text = clean_one(b, text, changed);
    if (pair.data) pair = clean_one(b, pair, changed);
    for (int i = 0; i < FT_CLEAN_COUNT; i++)
        x->changed[i] += changed[i];
    bool keep_empty = b->opt->keep_empty || b->opt->every_row;
    if (!keep_empty && !ft_text_trim(text).n && !ft_text_trim(pair).n) {
        leave(b, file, row, FT_LEFT_EMPTY);
        return;
    }
    bool optional = b->opt->unlabelled || b->opt->some_unlabelled;
    double value = NAN;
    enum ft_number_form form = b->opt->numbers ? ft_examples_number(b, file, label, edited, &value)
                               : ft_text_trim(label).n ? FT_NUMBER
                                                       : FT_NUMBER_MISSING;
    if (form != FT_NUMBER && !optional && !drop) {
        leave(b, file, row, form == FT_NUMBER_MISSING ? FT_LEFT_NO_LABEL : FT_LEFT_NOT_NUMBER);
        return;
    }
    enum ft_part part = row_part(b, file, row);
    bool labelled = form == FT_NUMBER && !drop;
    int32_t index = !labelled         ? -1
                    : b->opt->numbers ? 0
                    : b->opt->several ? ft_examples_set(b, label, file, row, part)
                                      : ft_examples_label(b, label, file, row, part);
    int32_t stratum = b->opt->numbers ? ft_examples_number_stratum(b, file, before)
                      : before.n      ? ft_labels_add(&b->strata, before.data, before.n)
                                      : -1;
    b->dropped += drop;
    ft_grow(&x->items, &b->cap, x->n + 1, sizeof *x->items);
    x->items[x->n++] = (struct ft_example){.text = text,
                                           .pair = pair,
                                           .row = row,
                                           .label = index,
                                           .value = value,
                                           .file = file,
                                           .part = (uint8_t)part,
                                           .given_part = (uint8_t)part,
                                           .edited = edited,
                                           .dropped = drop,
                                           .stratum = stratum};
}

/* ---- after the rows ---- */

static uint64_t example_hash(const struct ft_example *e)
{
    uint64_t h = ft_hash64(e->text.data, e->text.n);
    if (e->pair.data) h ^= ft_hash64(e->pair.data, e->pair.n) * 0x9E3779B97F4A7C15u + 1;
    h ^= ft_hash64((const char *)&e->value, sizeof e->value);
    h ^= ((uint64_t)(uint32_t)e->label << 8 | e->part) * 0xD6E8FEB86659FD93u;
    return h ^ h >> 29;
}

static bool same_text(struct ft_text a, struct ft_text b)
{
    return a.n == b.n && (!a.n || !memcmp(a.data, b.data, a.n));
}

static bool same_example(const struct ft_example *a, const struct ft_example *b)
{
    return a->label == b->label && !memcmp(&a->value, &b->value, sizeof a->value) &&
           a->part == b->part && same_text(a->text, b->text) && same_text(a->pair, b->pair);
}

static int by_place(const void *a, const void *b)
{
    const struct ft_left *x = a, *y = b;
    if (x->file != y->file) return x->file < y->file ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static bool is_limited(const struct ft_examples_build *b)
{
    for (size_t f = 0; f < FT_PART_COUNT; f++)
        if (b->opt->limit[f]) return true;
    return false;
}

/* Keeps the first of equal examples of a part; or only notes the others, where a sample is taken
 * that may not have them. */
static void dedup(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    bool drop = b->opt->clean & FT_CLEAN_BIT(FT_CLEAN_DEDUP);
    if ((!drop && !is_limited(b)) || b->opt->every_row || !x->n) return;
    x->repeats_known = !drop;
    size_t cap = 64, kept = 0;
    while (cap < x->n * 2)
        cap *= 2;
    size_t *slots = ft_xcalloc(cap, sizeof *slots); /* index of the kept one, plus 1 */
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example e = x->items[i];
        size_t s = (size_t)example_hash(&e) & (cap - 1);
        while (!e.dropped && slots[s] && !same_example(&x->items[slots[s] - 1], &e))
            s = (s + 1) & (cap - 1);
        bool again = !e.dropped && slots[s];
        if (again && drop) {
            leave(b, e.file, e.row, FT_LEFT_DUPLICATE);
            x->changed[FT_CLEAN_DEDUP]++;
            continue;
        }
        if (again) {
            const struct ft_example *o = &x->items[slots[s] - 1];
            ft_grow(&x->repeats, &x->repeats_cap, x->repeats_n + 1, sizeof *x->repeats);
            x->repeats[x->repeats_n++] = (struct ft_repeat){e.row, o->row, e.file, o->file};
        } else if (!e.dropped) {
            slots[s] = kept + 1;
        }
        x->items[kept++] = e;
    }
    x->n = kept;
    free(slots);
}

/* Strata have one order, whatever order the labels have. */
static void order_strata(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    if (b->opt->numbers) {
        ft_examples_number_ranges(b);
        return;
    }
    if (b->opt->several) ft_examples_set_strata(b);
    b->strata_n = b->strata.n;
    int32_t *to = ft_xcalloc(b->strata.n + 1, sizeof *to);
    ft_labels_sort(&b->strata, to);
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].stratum >= 0) x->items[i].stratum = to[x->items[i].stratum];
    free(to);
}

/* Items [from, to) that are of one file: sampled down to its limit. */
static void limit_files(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    size_t kept = 0;
    for (size_t from = 0, to; from < x->n; from = to) {
        uint8_t file = x->items[from].file;
        for (to = from; to < x->n && x->items[to].file == file;)
            to++;
        size_t n = to - from;
        int32_t *strata = ft_xmalloc(n * sizeof *strata);
        bool *keep = ft_xmalloc(n * sizeof *keep);
        for (size_t i = 0; i < n; i++)
            strata[i] = x->items[from + i].stratum;
        ft_sample_stratified(strata, n, b->strata_n, b->opt->limit[file], b->opt->seed, keep);
        for (size_t i = 0; i < n; i++)
            if (keep[i]) x->items[kept++] = x->items[from + i];
        free(strata);
        free(keep);
    }
    x->n = kept;
}

/* Deals all rows to the folds, whatever parts the file names. */
static void deal(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    struct ft_fold fold = b->opt->fold;
    int32_t *strata = ft_xmalloc((x->n + 1) * sizeof *strata);
    uint8_t *parts = ft_xmalloc(x->n + 1);
    for (size_t i = 0; i < x->n; i++)
        strata[i] = x->items[i].stratum;
    if (b->opt->in_order)
        ft_fold_in_order(x->n, fold, parts);
    else
        ft_fold_stratified(strata, x->n, b->strata.n, fold, b->opt->seed, parts);
    for (size_t i = 0; i < x->n; i++)
        x->items[i].part = parts[i];
    x->share[FT_PART_VALIDATION] = 1.0 / (double)fold.of;
    x->share[FT_PART_TRAIN] = 1 - x->share[FT_PART_VALIDATION];
    free(strata);
    free(parts);
}

static void split(struct ft_examples_build *b)
{
    if (b->opt->fold.of) {
        deal(b);
        return;
    }
    struct ft_examples *x = b->x;
    bool has[FT_PART_COUNT] = {false}, said = false;
    for (size_t p = 0; p < FT_PART_COUNT; p++) {
        has[p] = p != FT_PART_TRAIN && b->opt->tables[p];
        said |= b->opt->share[p] > 0;
    }
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].part != FT_PART_TRAIN) has[x->items[i].part] = true;
    double share[FT_PART_COUNT];
    if (said)
        memcpy(share, b->opt->share, sizeof share);
    else
        ft_split_default(has[FT_PART_VALIDATION], has[FT_PART_TEST], share);
    for (size_t p = 1; p < FT_PART_COUNT; p++) {
        if (!has[p]) continue; /* it has its own rows; its share trains */
        share[FT_PART_TRAIN] += share[p];
        share[p] = 0;
    }
    if (share[FT_PART_VALIDATION] <= 0 && share[FT_PART_TEST] <= 0 && !said) return;
    memcpy(x->share, share, sizeof share);
    size_t n = 0, k = 0;
    for (size_t i = 0; i < x->n; i++)
        n += x->items[i].part == FT_PART_TRAIN;
    int32_t *strata = ft_xmalloc(n * sizeof *strata);
    uint8_t *parts = ft_xmalloc(n);
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].part == FT_PART_TRAIN) strata[k++] = x->items[i].stratum;
    if (b->opt->in_order)
        ft_split_in_order(n, share, parts);
    else
        ft_split_stratified(strata, n, b->strata_n, share, b->opt->seed, parts);
    k = 0;
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].part == FT_PART_TRAIN) x->items[i].part = parts[k++];
    free(strata);
    free(parts);
}

/* Takes out the rows that edits leave out. */
static void drop(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    size_t kept = 0;
    for (size_t i = 0; i < x->n; i++) {
        if (x->items[i].dropped)
            leave(b, x->items[i].file, x->items[i].row, FT_LEFT_DROPPED);
        else
            x->items[kept++] = x->items[i];
    }
    x->n = kept;
}

/* Leaves a sample of the training part; of running text its beginning. */
static void sample_training(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    size_t n = 0, k = 0, kept = 0;
    for (size_t i = 0; i < x->n; i++)
        n += x->items[i].part == FT_PART_TRAIN;
    size_t want = ft_sample_size_of(b->opt->train_size, n);
    if (!want) return;
    int32_t *strata = ft_xmalloc((n + 1) * sizeof *strata);
    bool *keep = ft_xmalloc((n + 1) * sizeof *keep);
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].part == FT_PART_TRAIN) strata[k++] = x->items[i].stratum;
    if (b->opt->in_order)
        for (size_t i = 0; i < n; i++)
            keep[i] = i < want;
    else
        ft_sample_stratified(strata, n, b->strata_n, want, b->opt->seed, keep);
    k = 0;
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].part != FT_PART_TRAIN || keep[k++]) x->items[kept++] = x->items[i];
    x->n = kept;
    free(strata);
    free(keep);
}

static void count(struct ft_examples *x)
{
    x->counts = ft_xcalloc(x->labels.n, sizeof *x->counts);
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i];
        x->part_n[e->part]++;
        if (e->label < 0) continue;
        size_t n = 1;
        const int32_t *ids = x->several ? ft_label_sets_at(&x->sets, e->label, &n) : &e->label;
        for (size_t k = 0; k < n; k++)
            x->counts[ids[k]][e->part]++;
    }
    if (x->tagged[FT_PART_TRAIN]) ft_examples_tags_count(x);
}

static enum ft_status run(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    enum ft_status st = map_columns(b);
    if (!st) ft_examples_find_binary(b);
    for (uint8_t f = 0; !st && f < FT_PART_COUNT; f++) {
        size_t rows = b->opt->tables[f] ? ft_table_rows(b->opt->tables[f]) : 0;
        for (size_t r = 1; r <= rows; r++) {
            take_row(b, f, r);
            if (r % 1024 == 0 && cancelled(b))
                return ft_fail(b->err, FT_CANCELLED, "cancelled after %zu rows", r);
        }
    }
    if (st) return st;
    const struct ft_tagged *tagged = b->opt->tagged[FT_PART_TRAIN];
    if (tagged) x->edits_applied = tagged->edits_applied;
    if (b->opt->edits) x->edits_stale = b->opt->edits->n - x->edits_applied;
    if (!b->opt->numbers) ft_examples_merge_floats(b);
    dedup(b);
    if (x->n == b->dropped)
        return ft_fail(b->err, FT_FORMAT,
                       "%s: no examples left: %zu row%s, %zu without text, %zu without label",
                       b->opt->tables[0]->path, ft_table_rows(b->opt->tables[0]),
                       ft_plural(ft_table_rows(b->opt->tables[0])), x->left_by[FT_LEFT_EMPTY],
                       x->left_by[FT_LEFT_NO_LABEL]);
    if (tagged) {
        if ((st = ft_examples_tags_settle(b))) return st;
    } else if (!b->opt->numbers) {
        ft_examples_settle_ids(b);
        if ((st = ft_examples_check_labels(b))) return st;
        ft_examples_order_labels(b);
    }
    order_strata(b);
    limit_files(b);
    if (b->opt->fold.of > x->n)
        return ft_fail(b->err, FT_USAGE, "%s: %zu folds of %zu example%s, expected fewer folds",
                       b->opt->tables[0]->path, b->opt->fold.of, x->n, ft_plural(x->n));
    split(b);
    drop(b);
    sample_training(b);
    if (x->left_n) qsort(x->left, x->left_n, sizeof *x->left, by_place);
    count(x);
    return FT_OK;
}

enum ft_status ft_examples_build(struct ft_examples *x, const struct ft_examples_opt *opt,
                                 struct ft_err *err)
{
    memset(x, 0, sizeof *x);
    ft_labels_init(&x->labels);
    ft_labels_init(&x->types);
    memcpy(x->tables, opt->tables, sizeof x->tables);
    x->several = opt->several;
    struct ft_examples_build b = {.x = x, .opt = opt, .err = err};
    ft_labels_init(&b.strata);
    enum ft_status st = run(&b);
    ft_str_release(&b.buf[0]);
    ft_str_release(&b.buf[1]);
    free(b.trained);
    free(b.first_row);
    ft_labels_release(&b.strata);
    ft_examples_tags_end(&b);
    if (st) ft_examples_release(x);
    return st;
}

void ft_examples_release(struct ft_examples *x)
{
    free(x->items);
    free(x->counts);
    free(x->left);
    free(x->repeats);
    free(x->type_counts);
    ft_labels_release(&x->labels);
    ft_labels_release(&x->types);
    ft_label_sets_release(&x->sets);
    ft_arena_release(&x->arena);
    memset(x, 0, sizeof *x);
}

bool ft_examples_has(const struct ft_examples *x, const struct ft_example *e, size_t label)
{
    if (e->label < 0) return false;
    return x->several ? ft_label_sets_has(&x->sets, e->label, (int32_t)label)
                      : (size_t)e->label == label;
}

void ft_examples_label_text(const struct ft_examples *x, const struct ft_example *e,
                            struct ft_str *out)
{
    if (e->label < 0)
        ft_str_addz(out, "(none)");
    else if (x->numbers)
        ft_str_addf(out, "%.9g", e->value);
    else if (x->several)
        ft_label_sets_text(&x->sets, e->label, x->labels.names, out);
    else
        ft_str_addz(out, x->labels.names[e->label]);
}

void ft_examples_part(const struct ft_examples *x, enum ft_part part, size_t **index, size_t *n)
{
    size_t *out = ft_xmalloc(x->part_n[part] * sizeof *out), k = 0;
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].part == part) out[k++] = i;
    *index = out;
    *n = k;
}

void ft_examples_split_json(const struct ft_examples *x, struct ft_str *out)
{
    ft_str_addc(out, '{');
    for (int p = 0; p < FT_PART_COUNT; p++) {
        size_t *rows, n;
        ft_examples_part(x, (enum ft_part)p, &rows, &n);
        for (size_t i = 0; i < n; i++)
            rows[i] = x->items[rows[i]].row;
        ft_json_add_key(out, ft_part_name((enum ft_part)p));
        ft_rows_json_add(out, rows, n);
        free(rows);
    }
    ft_str_addc(out, '}');
}
