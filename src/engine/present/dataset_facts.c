/* What is said of a data set besides its rows: columns, labels, lengths, problems. */
#include "data/read.h"
#include "engine/present/dataset_in.h"
#include "engine/task/unknown.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_columns(struct ft_dataset *d)
{
    struct ft_dataset_facts *f = &d->facts;
    const struct ft_table *t = &d->source->tables[FT_PART_TRAIN];
    const struct dataset_checks *c = d->checks;
    const struct ft_columns *use = &d->build->columns;
    f->columns_n = ft_table_columns(t);
    if (f->columns_n > FT_DATASET_COLUMNS) f->columns_n = FT_DATASET_COLUMNS;
    for (size_t i = 0; i < f->columns_n; i++) {
        struct ft_dataset_column *col = &f->columns[i];
        *col = (struct ft_dataset_column){.name = ft_table_name(t, i), .use = "", .filled = -1};
        if (use->text == (int)i) f->text_column = col->name, col->use = "text";
        if (use->pair == (int)i) f->pair_column = col->name, col->use = "pair";
        if (use->label == (int)i) f->label_column = col->name, col->use = "label";
        if (!c || i >= c->columns_n) continue;
        col->filled = c->columns_rows ? (double)c->columns[i].filled / (double)c->columns_rows : 0;
        col->distinct = c->columns[i].distinct;
        struct ft_text e = c->columns[i].example;
        size_t n = e.n < sizeof col->example - 1 ? e.n : sizeof col->example - 1;
        if (e.data) memcpy(col->example, e.data, n);
        col->example[n] = 0;
    }
}

void dataset_facts_make(struct ft_dataset *d)
{
    struct ft_dataset_facts *f = &d->facts;
    uint64_t version = f->version;
    memset(f, 0, sizeof *f);
    f->version = version;
    f->path = f->text_column = f->pair_column = f->label_column = f->note = "";
    f->format = f->encoding = f->header = f->delimiter = f->quote = "";
    const struct dataset_source *s = d->source;
    const struct dataset_build *b = dataset_shown(d);
    for (int i = 0; i < FT_CLEAN_COUNT; i++)
        f->changed[i] = b && d->checks && !s->is_squad ? d->checks->changed[i] : SIZE_MAX;
    if (!s) return;
    if (s->tables[FT_PART_TRAIN].path) f->path = s->tables[FT_PART_TRAIN].path;
    f->rows = ft_table_rows(&s->tables[FT_PART_TRAIN]);
    f->all_rows = f->rows; /* the other files' are not there before they are read */
    f->open = b || f->rows;
    if (!b) return;
    for (int i = FT_PART_TRAIN + 1; i < FT_PART_COUNT; i++)
        f->all_rows += ft_table_rows(&s->tables[i]);
    f->squad = s->is_squad;
    if (s->is_squad) {
        const struct ft_squad *q = &s->squad;
        f->path = q->path;
        f->format = "SQuAD";
        f->encoding = ft_encoding_name(q->encoding);
        f->compression = q->compression;
        f->rows = f->all_rows = q->questions_n;
        f->articles = q->articles_n;
        f->paragraphs = q->paragraphs_n;
        f->impossible = q->impossible;
        for (size_t i = 0; i < q->questions_n; i++)
            if (q->questions[i].kept) f->part_n[q->questions[i].part]++;
        f->examples = f->part_n[0] + f->part_n[1] + f->part_n[2];
        f->text_column = "question";
        f->pair_column = "context";
        f->label_column = "answers";
        f->whole = true;
        memcpy(f->sha256, s->sha256, sizeof f->sha256);
        return;
    }
    const struct ft_table *t = &s->tables[FT_PART_TRAIN];
    f->format = ft_format_name(t->format);
    f->encoding = ft_encoding_name(t->encoding);
    f->not_utf8 = t->notes[FT_NOTE_UTF8].rows;
    f->compression = t->compression;
    if (t->format == FT_FORMAT_CSV || t->format == FT_FORMAT_TSV) {
        f->header = t->has_header ? "true" : "false";
        f->delimiter = ft_delimiter_name(t->delimiter);
        f->quote = ft_quote_name(t->quote);
    }
    f->running = t->format == FT_FORMAT_TEXT;
    bool anew = t->part_by_name && ft_options_given(&d->wanted, FT_OPT_split);
    f->own_parts = s->tables[FT_PART_VALIDATION].path || s->tables[FT_PART_TEST].path ||
                   (t->part_column >= 0 && !anew);
    memcpy(f->sha256, s->sha256, sizeof f->sha256);
    add_columns(d);
    f->examples = b->x.n;
    memcpy(f->part_n, b->x.part_n, sizeof f->part_n);
    f->several = b->x.several;
    f->unlabelled = b->x.left_by[FT_LEFT_NO_LABEL];
    f->edits_stale = b->x.edits_stale;
    f->edits_given = b->edits.n;
    f->note = b->note;
    f->whole = !*b->note;
}

const struct ft_dataset_facts *ft_dataset_facts(const struct ft_dataset *d)
{
    return &d->facts;
}

const char *ft_dataset_clean_name(size_t step)
{
    return step < FT_CLEAN_COUNT ? ft_clean_name((enum ft_clean)step) : NULL;
}

const char *ft_dataset_clean_help(size_t step)
{
    return step < FT_CLEAN_COUNT ? ft_clean_help((enum ft_clean)step) : NULL;
}

/* --- labels --- */

size_t ft_dataset_labels(const struct ft_dataset *d)
{
    if (!dataset_shown(d)) return 0;
    if (dataset_tagged(d->build)) return d->build->x.types.n;
    return d->build->source->is_squad ? 2 : d->build->x.labels.n;
}

uint64_t *ft_dataset_together(const struct ft_dataset *d)
{
    const struct ft_examples *x = d->build ? &d->build->x : NULL;
    if (!x || !x->several) return NULL;
    size_t K = x->labels.n, n;
    uint64_t *counts = ft_xcalloc(K * K + 1, sizeof *counts);
    for (size_t i = 0; i < x->n; i++) {
        if (x->items[i].label < 0) continue;
        const int32_t *ids = ft_label_sets_at(&x->sets, x->items[i].label, &n);
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++)
                counts[(size_t)ids[a] * K + (size_t)ids[b]]++;
    }
    return counts;
}

const char *ft_dataset_label(const struct ft_dataset *d, size_t label, size_t part_n[3])
{
    size_t none[3];
    if (!part_n) part_n = none;
    memset(part_n, 0, 3 * sizeof *part_n);
    if (label >= ft_dataset_labels(d)) return "";
    const struct dataset_build *b = d->build;
    if (b->source->is_squad) {
        const struct ft_squad *q = &b->source->squad;
        for (size_t i = 0; i < q->questions_n; i++)
            if (q->questions[i].kept && q->questions[i].impossible == (label == 1))
                part_n[q->questions[i].part]++;
        return label ? "impossible" : "answered";
    }
    if (dataset_tagged(b)) {
        memcpy(part_n, b->x.type_counts[label], 3 * sizeof *part_n);
        return b->x.types.names[label];
    }
    memcpy(part_n, b->x.counts[label], 3 * sizeof *part_n);
    return b->x.labels.names[label];
}

/* --- lengths --- */

void dataset_lengths_reset(struct ft_dataset *d)
{
    memset(d->lengths, 0, sizeof d->lengths);
    d->lengths_sum = 0;
    d->lengths_n = d->longest = 0;
}

bool dataset_lengths_follow(struct ft_dataset *d)
{
    if (!d->tokens) return false;
    size_t n = atomic_load_explicit(&d->tokens->counted, memory_order_acquire);
    bool any = n > d->lengths_n;
    for (; d->lengths_n < n; d->lengths_n++) {
        size_t len = (size_t)d->tokens->len[d->lengths_n];
        d->lengths[len < DATASET_LENGTHS ? len : DATASET_LENGTHS - 1]++;
        d->lengths_sum += len;
        if (len > d->longest) d->longest = len;
    }
    return any;
}

/* The length that `share` of the examples do not exceed. */
static size_t quantile(const struct ft_dataset *d, double share)
{
    uint64_t want = (uint64_t)(share * (double)(d->lengths_n - 1)), seen = 0;
    for (size_t i = 0; i < DATASET_LENGTHS; i++) {
        seen += d->lengths[i];
        if (seen > want) return i;
    }
    return d->longest;
}

bool ft_dataset_tokens(const struct ft_dataset *d, struct ft_dataset_tokens *t)
{
    memset(t, 0, sizeof *t);
    if (!dataset_shown(d) || !d->tokens || !d->lengths_n) return false;
    t->counted = d->lengths_n;
    t->all = d->tokens->n;
    t->median = quantile(d, 0.5);
    t->p95 = quantile(d, 0.95);
    t->p99 = quantile(d, 0.99);
    t->longest = d->longest;
    t->mean = (double)d->lengths_sum / (double)d->lengths_n;
    return true;
}

void ft_dataset_cut(const struct ft_dataset *d, size_t cut, double *rows, double *kept,
                    size_t *rows_n)
{
    uint64_t longer = 0, tokens = 0;
    for (size_t i = 0; i < DATASET_LENGTHS; i++) {
        longer += i > cut ? d->lengths[i] : 0;
        tokens += (i > cut ? cut : i) * d->lengths[i];
    }
    if (rows) *rows = d->lengths_n ? (double)longer / (double)d->lengths_n : 0;
    if (kept) *kept = d->lengths_sum ? (double)tokens / (double)d->lengths_sum : 0;
    if (rows_n) *rows_n = longer;
}

void ft_dataset_bins(const struct ft_dataset *d, size_t span, uint64_t *bins, size_t n)
{
    memset(bins, 0, n * sizeof *bins);
    for (size_t i = 0; i < DATASET_LENGTHS && n && span; i++)
        bins[i * n / span < n ? i * n / span : n - 1] += d->lengths[i];
}

/* --- blocks --- */

static bool counted(const struct ft_dataset *d)
{
    const struct dataset_tokens *t = d->tokens;
    return dataset_shown(d) && t && t->n &&
           atomic_load_explicit(&t->counted, memory_order_acquire) == t->n;
}

size_t dataset_block_length(const struct ft_dataset *d)
{
    if (!counted(d) || !d->tokens->joined) return 0;
    size_t length = (size_t)ft_options_int(&d->wanted, FT_OPT_block_size);
    return length && length < d->tokens->max_tokens ? length : d->tokens->max_tokens;
}

bool ft_dataset_blocks(const struct ft_dataset *d, struct ft_dataset_blocks *b)
{
    memset(b, 0, sizeof *b);
    b->length = dataset_block_length(d);
    if (!b->length) return false;
    for (int k = 0; k < 3; k++) {
        b->tokens[k] = d->tokens->part_tokens[k];
        b->blocks[k] = b->tokens[k] / b->length;
        if (!b->blocks[k] && b->tokens[k] > 1)
            b->blocks[k] = 1; /* a short one is better than none */
    }
    return true;
}

/* --- sequences --- */

static void add_sequence(struct ft_dataset_sequences *s, uint64_t tokens)
{
    s->n++;
    s->tokens += tokens;
    if (tokens > s->longest) s->longest = tokens;
}

/* Windows of `cut` tokens over a context, each with the question: as ft_tok_windows lays them, and
 * with a question that is cut when it leaves no room. */
static void add_windows(struct ft_dataset_sequences *s, uint64_t question, uint64_t context,
                        uint64_t cut, uint64_t stride)
{
    uint64_t room = cut > question ? cut - question : 0;
    if (!room || (context > room && room <= stride)) {
        room = cut > 2 * stride ? 2 * stride : cut - 1;
        question = cut - room;
    }
    uint64_t step = room > stride ? room - stride : 1;
    for (; context > room; context -= step < context ? step : context)
        add_sequence(s, cut);
    add_sequence(s, question + context);
}

bool ft_dataset_sequences(const struct ft_dataset *d, const struct ft_options *o, size_t max_tokens,
                          struct ft_dataset_sequences parts[3])
{
    struct ft_dataset_blocks blocks;
    memset(parts, 0, 3 * sizeof *parts);
    if (!counted(d)) return false;
    bool joined = ft_dataset_blocks(d, &blocks);
    for (int k = 0; k < 3 && joined; k++) {
        parts[k].n = blocks.blocks[k];
        parts[k].longest = blocks.tokens[k] < blocks.length ? blocks.tokens[k] : blocks.length;
        parts[k].tokens = parts[k].n * parts[k].longest;
    }
    const struct dataset_build *b = d->build;
    uint64_t cut = (uint64_t)ft_options_int(o, FT_OPT_max_seq_length);
    uint64_t stride = (uint64_t)ft_options_int(o, FT_OPT_doc_stride);
    if (max_tokens && cut > max_tokens) cut = max_tokens;
    if (!ft_options_given(o, FT_OPT_doc_stride) && stride > cut / 3) stride = cut / 3;
    for (size_t i = 0; i < d->tokens->n && !joined; i++) {
        uint64_t len = (uint64_t)d->tokens->len[i];
        uint64_t question = d->tokens->question ? (uint64_t)d->tokens->question[i] : 0;
        if (b->source->is_squad)
            add_windows(&parts[b->source->squad.questions[i].part], question, len - question, cut,
                        stride);
        else
            add_sequence(&parts[b->x.items[i].part], len < cut ? len : cut);
    }
    return parts[0].n > 0;
}

/* --- problems --- */

bool ft_dataset_unknown(const struct ft_dataset *d, char *text, size_t size)
{
    struct dataset_tokens *t = dataset_shown(d) ? d->tokens : NULL;
    char said[FT_UNKNOWN_TEXT];
    if (!t || !t->n) return false;
    uint64_t unknown = atomic_load_explicit(&t->unknown, memory_order_relaxed);
    uint64_t seen = atomic_load_explicit(&t->seen, memory_order_relaxed);
    bool is = ft_unknown_text(t->unknown_name, seen, unknown < seen ? unknown : seen, said);
    if (is) snprintf(text, size, "%s", said);
    return is;
}

/* Kinds in the order they are listed: those that occur, then the fine ones. */
static size_t listed(const struct ft_dataset *d, int kinds[FT_PROBLEM_COUNT])
{
    size_t n = 0;
    for (int fine = 0; fine < 2; fine++) {
        for (int k = 0; k < FT_PROBLEM_COUNT; k++) {
            size_t count = d->checks->problems.count[k];
            bool names_fine = ft_problem_fine((enum ft_problem_kind)k) != NULL;
            bool squad = k == FT_PROBLEM_ANSWER || k == FT_PROBLEM_CONTEXT;
            if (k == FT_PROBLEM_CUT && !(d->tokens && d->tokens->joined))
                ft_dataset_cut(d, (size_t)ft_options_int(&d->wanted, FT_OPT_max_seq_length), NULL,
                               NULL, &count);
            char text[FT_UNKNOWN_TEXT];
            if (k == FT_PROBLEM_UNKNOWN) count = ft_dataset_unknown(d, text, sizeof text);
            if (fine ? !count && names_fine && squad == d->source->is_squad : count > 0)
                kinds[n++] = k;
        }
    }
    return n;
}

size_t ft_dataset_problems(const struct ft_dataset *d)
{
    int kinds[FT_PROBLEM_COUNT];
    return dataset_shown(d) && d->checks ? listed(d, kinds) : 0;
}

/* Kinds whose only problem says more than its kind. */
static bool told_by_itself(enum ft_problem_kind k)
{
    return k == FT_PROBLEM_FORM || k == FT_PROBLEM_LABEL_SPELLING || k == FT_PROBLEM_LABEL_LIST ||
           k == FT_PROBLEM_ONE_LABEL || k == FT_PROBLEM_LABEL_AMOUNT;
}

bool ft_dataset_problem(const struct ft_dataset *d, size_t i, struct ft_dataset_problem *p)
{
    int kinds[FT_PROBLEM_COUNT];
    memset(p, 0, sizeof *p);
    p->name = "";
    if (!dataset_shown(d) || !d->checks || i >= listed(d, kinds)) return false;
    enum ft_problem_kind k = (enum ft_problem_kind)kinds[i];
    char n[32];
    p->count = d->checks->problems.count[k];
    if (k == FT_PROBLEM_CUT) {
        double share;
        size_t cut = (size_t)ft_options_int(&d->wanted, FT_OPT_max_seq_length);
        ft_dataset_cut(d, cut, &share, NULL, &p->count);
        snprintf(p->text, sizeof p->text, "%s %s %zu token%s (%.1f%%)",
                 ft_format_count(n, sizeof n, (long long)p->count),
                 d->source->is_squad
                     ? ft_by_count(p->count, "question takes several windows of",
                                   "questions take several windows of")
                     : ft_by_count(p->count, "row is truncated at", "rows are truncated at"),
                 cut, ft_plural(cut), 100 * share);
    } else if (k == FT_PROBLEM_UNKNOWN) {
        ft_dataset_unknown(d, p->text, sizeof p->text);
        p->sign = ft_problem_sign(k);
        return true; /* no rows of its own, so no name to filter by */
    } else if (p->count == 1 && told_by_itself(k)) {
        const struct ft_problems *all = &d->checks->problems;
        snprintf(p->text, sizeof p->text, "%s", all->items[all->first[k]].what);
    } else if (p->count) {
        snprintf(p->text, sizeof p->text, "%s %s",
                 ft_format_count(n, sizeof n, (long long)p->count), ft_problem_bad(k, p->count));
    } else {
        snprintf(p->text, sizeof p->text, "%s", ft_problem_fine(k));
    }
    p->sign = p->count ? ft_problem_sign(k) : 'v';
    if (k == FT_PROBLEM_CUT && d->source->is_squad) p->sign = '-'; /* nothing is lost */
    if (p->count) p->name = ft_problem_name(k);
    return true;
}
