/* Parts, samples and their rows as JSON: see split.h. */
#include "data/split.h"

#include "util/mem.h"
#include "util/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum ft_part part;
} part_words[] = {
    {"train", FT_PART_TRAIN},           {"training", FT_PART_TRAIN}, {"val", FT_PART_VALIDATION},
    {"valid", FT_PART_VALIDATION},      {"dev", FT_PART_VALIDATION}, {"test", FT_PART_TEST},
    {"validation", FT_PART_VALIDATION}, {"trn", FT_PART_TRAIN},      {"tst", FT_PART_TEST},
};

const char *ft_part_name(enum ft_part p)
{
    static const char *const names[] = {
#define X(id, name, abbrev) [FT_PART_##id] = name,
        FT_PART_LIST(X)
#undef X
    };
    return names[p];
}

const char *ft_part_abbrev(enum ft_part p)
{
    static const char *const names[] = {
#define X(id, name, abbrev) [FT_PART_##id] = abbrev,
        FT_PART_LIST(X)
#undef X
    };
    return names[p];
}

enum ft_part ft_part_parse(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof part_words / sizeof *part_words; i++) {
        if (strlen(part_words[i].name) == n && !strncasecmp(part_words[i].name, name, n))
            return part_words[i].part;
    }
    return FT_PART_COUNT;
}

enum ft_status ft_split_parse(const char *text, double share[FT_PART_COUNT], struct ft_err *err)
{
    double v[3] = {0}, sum = 0;
    const char *p = text;
    for (int i = 0; i < 3; i++) {
        const char *comma = strchr(p, ',');
        if ((i < 2) != (comma != NULL)) goto bad;
        char *one = ft_xstrndup(p, comma ? (size_t)(comma - p) : strlen(p));
        bool ok = ft_parse_double(one, &v[i]);
        free(one);
        if (!ok || !(v[i] >= 0) || v[i] > 1) goto bad;
        sum += v[i];
        p = comma ? comma + 1 : p;
    }
    if (fabs(sum - 1) > 1e-6)
        return ft_fail(err, FT_USAGE, "split %s: the three shares must sum to 1, not %g", text,
                       sum);
    share[FT_PART_TRAIN] = v[0];
    share[FT_PART_VALIDATION] = v[1];
    share[FT_PART_TEST] = v[2];
    return FT_OK;
bad:
    return ft_fail(
        err, FT_USAGE,
        "split %s: expected TRAIN,VALIDATION,TEST as shares from 0 to 1, such as 0.8,0.1,0.1",
        text);
}

void ft_split_default(bool has_validation, bool has_test, double share[FT_PART_COUNT])
{
    share[FT_PART_VALIDATION] = has_validation ? 0 : 0.1;
    share[FT_PART_TEST] = has_validation || has_test ? 0 : 0.1;
    share[FT_PART_TRAIN] = has_validation ? 1 : has_test ? 0.9 : 0.8;
}

/* Items grouped by label, -1 last: order[start[k]..start[k+1]). */
static void group(const int32_t *labels, size_t n, size_t labels_n, size_t **order, size_t **start)
{
    size_t *s = ft_xcalloc(labels_n + 2, sizeof *s), *o = ft_xmalloc(n * sizeof *o);
    for (size_t i = 0; i < n; i++)
        s[(labels[i] < 0 ? labels_n : (size_t)labels[i]) + 1]++;
    for (size_t k = 0; k <= labels_n; k++)
        s[k + 1] += s[k];
    size_t *at = ft_xmalloc((labels_n + 1) * sizeof *at);
    memcpy(at, s, (labels_n + 1) * sizeof *at);
    for (size_t i = 0; i < n; i++)
        o[at[labels[i] < 0 ? labels_n : (size_t)labels[i]]++] = i;
    free(at);
    *order = o;
    *start = s;
}

static size_t nearest(size_t n, double share)
{
    /* 1e-9: shares such as 0.1 are not exact, halves go up. */
    double x = floor((double)n * share + 0.5 + 1e-9);
    return x < 0 ? 0 : x > (double)n ? n : (size_t)x;
}

void ft_split_stratified(const int32_t *labels, size_t n, size_t labels_n,
                         const double share[FT_PART_COUNT], uint64_t seed, uint8_t *parts)
{
    size_t *order, *start;
    group(labels, n, labels_n, &order, &start);
    struct ft_rng rng;
    ft_rng_init(&rng, seed, FT_RNG_SPLIT);
    for (size_t k = 0; k <= labels_n; k++) {
        size_t *own = order + start[k], count = start[k + 1] - start[k];
        size_t val = nearest(count, share[FT_PART_VALIDATION]);
        size_t test = nearest(count, share[FT_PART_TEST]);
        if (test > count - val) test = count - val;
        if (val || test) ft_rng_shuffle(&rng, own, count);
        for (size_t i = 0; i < count; i++)
            parts[own[i]] = i < val          ? FT_PART_VALIDATION
                            : i < val + test ? FT_PART_TEST
                                             : FT_PART_TRAIN;
    }
    free(order);
    free(start);
}

void ft_split_in_order(size_t n, const double share[FT_PART_COUNT], uint8_t *parts)
{
    size_t val = nearest(n, share[FT_PART_VALIDATION]), test = nearest(n, share[FT_PART_TEST]);
    if (test > n - val) test = n - val;
    for (size_t i = 0; i < n; i++)
        parts[i] = i < n - val - test ? FT_PART_TRAIN
                   : i < n - test     ? FT_PART_VALIDATION
                                      : FT_PART_TEST;
}

void ft_split_groups(const size_t *sizes, size_t n, const double share[FT_PART_COUNT],
                     uint64_t seed, uint8_t *parts)
{
    static const enum ft_part fill[2] = {FT_PART_VALIDATION, FT_PART_TEST};
    size_t *order = ft_xmalloc(n * sizeof *order), total = 0, at = 0;
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        total += sizes[i];
        parts[i] = FT_PART_TRAIN;
    }
    struct ft_rng rng;
    ft_rng_init(&rng, seed, FT_RNG_SPLIT);
    ft_rng_shuffle(&rng, order, n);
    size_t wanted = 0;
    for (int p = 0; p < FT_PART_COUNT; p++)
        wanted += share[p] > 0;
    for (size_t k = 0; k < 2; k++) {
        double goal = share[fill[k]] * (double)total, have = 0;
        if (share[fill[k]] <= 0) continue;
        /* Groups that the parts after this one still need. */
        size_t later =
            (k == 0 && share[FT_PART_TEST] > 0 ? 1u : 0u) + (share[FT_PART_TRAIN] > 0 ? 1u : 0u);
        for (bool first = true; at + later < n; first = false) {
            double with = have + (double)sizes[order[at]];
            if (!(first && n >= wanted) && fabs(with - goal) > fabs(have - goal)) break;
            have = with;
            parts[order[at++]] = (uint8_t)fill[k];
        }
    }
    if (share[FT_PART_TRAIN] <= 0 && n) {
        enum ft_part rest = share[FT_PART_TEST] > 0 ? FT_PART_TEST : FT_PART_VALIDATION;
        while (at < n)
            parts[order[at++]] = (uint8_t)rest;
    }
    free(order);
}

/* ---- folds ---- */

enum ft_status ft_fold_parse(const char *text, struct ft_fold *fold, struct ft_err *err)
{
    *fold = (struct ft_fold){0};
    if (!*text) return FT_OK;
    const char *slash = strchr(text, '/');
    char *first = ft_xstrndup(text, slash ? (size_t)(slash - text) : 0);
    long long at, of;
    bool ok = slash && ft_parse_i64(first, &at) && ft_parse_i64(slash + 1, &of) && at >= 1 &&
              of >= 2 && at <= of && of <= FT_FOLDS_MAX;
    free(first);
    if (!ok)
        return ft_fail(err, FT_USAGE, "fold `%s`: expected K/N, such as 2/5: the second of 2 to %d",
                       text, FT_FOLDS_MAX);
    *fold = (struct ft_fold){(size_t)at, (size_t)of};
    return FT_OK;
}

static uint8_t part_of(struct ft_fold fold, size_t number)
{
    return number % fold.of + 1 == fold.at ? FT_PART_VALIDATION : FT_PART_TRAIN;
}

void ft_fold_stratified(const int32_t *labels, size_t n, size_t labels_n, struct ft_fold fold,
                        uint64_t seed, uint8_t *parts)
{
    size_t *order, *start;
    group(labels, n, labels_n, &order, &start);
    struct ft_rng rng;
    ft_rng_init(&rng, seed, FT_RNG_SPLIT);
    for (size_t k = 0; k <= labels_n; k++)
        ft_rng_shuffle(&rng, order + start[k], start[k + 1] - start[k]);
    size_t dealt = 0; /* a label goes on with the fold after the last one's */
    for (size_t k = 0; k <= labels_n; k++) {
        size_t from = start[k], to = start[k + 1];
        if (to - from == 1 && k < labels_n) {
            parts[order[from]] = FT_PART_TRAIN;
            continue;
        }
        while (from < to)
            parts[order[from++]] = part_of(fold, dealt++);
    }
    free(order);
    free(start);
}

void ft_fold_in_order(size_t n, struct ft_fold fold, uint8_t *parts)
{
    for (size_t i = 0; i < n; i++)
        parts[i] = part_of(fold, (size_t)((double)i * (double)fold.of / (double)n));
}

struct group_size {
    size_t size, place, group; /* place: in the shuffled order */
};

static int by_size(const void *a, const void *b)
{
    const struct group_size *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return x->place < y->place ? -1 : x->place > y->place;
}

void ft_fold_groups(const size_t *sizes, size_t n, struct ft_fold fold, uint64_t seed,
                    uint8_t *parts)
{
    size_t *order = ft_xcalloc(n + 1, sizeof *order), *filled = ft_xcalloc(fold.of, sizeof *filled);
    struct group_size *groups = ft_xcalloc(n + 1, sizeof *groups);
    struct ft_rng rng;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    ft_rng_init(&rng, seed, FT_RNG_SPLIT);
    ft_rng_shuffle(&rng, order, n);
    for (size_t i = 0; i < n; i++)
        groups[i] = (struct group_size){sizes[order[i]], i, order[i]};
    qsort(groups, n, sizeof *groups, by_size);
    for (size_t i = 0; i < n; i++) {
        size_t least = 0;
        for (size_t f = 1; f < fold.of; f++)
            if (filled[f] < filled[least]) least = f;
        filled[least] += groups[i].size;
        parts[groups[i].group] = part_of(fold, least);
    }
    free(order);
    free(filled);
    free(groups);
}

struct rest {
    size_t label;
    double rest;
};

static int by_rest(const void *a, const void *b)
{
    const struct rest *x = a, *y = b;
    if (x->rest != y->rest) return x->rest < y->rest ? 1 : -1;
    return x->label < y->label ? -1 : x->label > y->label;
}

void ft_sample_stratified(const int32_t *labels, size_t n, size_t labels_n, size_t limit,
                          uint64_t seed, bool *keep)
{
    if (!limit || limit >= n) {
        memset(keep, 1, n * sizeof *keep);
        return;
    }
    size_t *order, *start, given = 0;
    group(labels, n, labels_n, &order, &start);
    size_t *take = ft_xcalloc(labels_n + 1, sizeof *take);
    struct rest *rests = ft_xcalloc(labels_n + 1, sizeof *rests);
    for (size_t k = 0; k <= labels_n; k++) {
        double exact = (double)limit * (double)(start[k + 1] - start[k]) / (double)n;
        take[k] = (size_t)exact;
        given += take[k];
        rests[k] = (struct rest){k, exact - (double)take[k]};
    }
    qsort(rests, labels_n + 1, sizeof *rests, by_rest);
    for (size_t i = 0; given < limit; i = (i + 1) % (labels_n + 1)) {
        size_t k = rests[i].label;
        if (take[k] >= start[k + 1] - start[k]) continue;
        take[k]++;
        given++;
    }
    memset(keep, 0, n * sizeof *keep);
    struct ft_rng rng;
    ft_rng_init(&rng, seed, FT_RNG_SAMPLE);
    for (size_t k = 0; k <= labels_n; k++) {
        ft_rng_shuffle(&rng, order + start[k], start[k + 1] - start[k]);
        for (size_t i = 0; i < take[k]; i++)
            keep[order[start[k] + i]] = true;
    }
    free(rests);
    free(take);
    free(order);
    free(start);
}

enum ft_status ft_sample_size_parse(const char *text, struct ft_sample_size *size,
                                    struct ft_err *err)
{
    size_t len = strlen(text);
    bool share = len && text[len - 1] == '%';
    char number[32];
    long long n = 0;
    double percent = 0;
    *size = (struct ft_sample_size){0};
    if (!len) return FT_OK;
    snprintf(number, sizeof number, "%.*s", (int)(share ? len - 1 : len), text);
    if (len < sizeof number && share && ft_parse_double(number, &percent) && percent > 0 &&
        percent <= 100)
        *size = (struct ft_sample_size){0, percent / 100};
    else if (len < sizeof number && !share && ft_parse_i64(number, &n) && n > 0)
        *size = (struct ft_sample_size){(size_t)n, 0};
    else
        return ft_fail(err, FT_USAGE,
                       "max_train_samples: `%.40s`: expected a number of rows, or a share of them "
                       "such as 30%%",
                       text);
    return FT_OK;
}

size_t ft_sample_size_of(struct ft_sample_size size, size_t n)
{
    size_t want = size.n;
    if (size.share > 0) want = (size_t)(size.share * (double)n + 0.5);
    if (size.share > 0 && !want) want = 1;
    return want < n ? want : 0;
}

void ft_rows_json_add(struct ft_str *out, const size_t *rows, size_t n)
{
    ft_str_addc(out, '[');
    for (size_t i = 0; i < n;) {
        size_t j = i;
        while (j + 1 < n && rows[j + 1] == rows[j] + 1)
            j++;
        if (i) ft_str_addc(out, ',');
        if (j == i)
            ft_str_addf(out, "%zu", rows[i]);
        else
            ft_str_addf(out, "[%zu,%zu]", rows[i], rows[j]);
        i = j + 1;
    }
    ft_str_addc(out, ']');
}

static bool row_number(const cJSON *x, size_t *out)
{
    if (!cJSON_IsNumber(x) || !(x->valuedouble >= 1) || x->valuedouble > 1e15 ||
        floor(x->valuedouble) != x->valuedouble)
        return false;
    *out = (size_t)x->valuedouble;
    return true;
}

enum ft_status ft_rows_json_parse(const cJSON *list, const char *name, size_t max, size_t **rows,
                                  size_t *n, struct ft_err *err)
{
    size_t *out = NULL, count = 0, cap = 0;
    if (!cJSON_IsArray(list)) goto bad;
    for (const cJSON *x = list->child; x; x = x->next) {
        size_t a, b;
        if (cJSON_IsArray(x)) {
            if (cJSON_GetArraySize(x) != 2 || !row_number(x->child, &a) ||
                !row_number(x->child->next, &b))
                goto bad;
        } else if (row_number(x, &a)) {
            b = a;
        } else {
            goto bad;
        }
        if (b < a || b - a >= max || count + (b - a + 1) > max || (count && a <= out[count - 1]))
            goto bad;
        ft_grow(&out, &cap, count + (b - a + 1), sizeof *out);
        for (; a <= b; a++)
            out[count++] = a;
    }
    *rows = out;
    *n = count;
    return FT_OK;
bad:
    free(out);
    return ft_fail(err, FT_FORMAT,
                   "%s: invalid list of rows; expected ascending numbers and [first,last] pairs",
                   name);
}
