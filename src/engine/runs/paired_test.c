/* Two runs on the same examples: see paired_test.h. Examples are found by a hash of their text; one that is in
 * a run several times is paired in the order of the rows. */
#include "engine/runs/paired_test.h"

#include "engine/runs/example_score.h"
#include "engine/runs/sample_stats.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json_lines.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.05;

/* --- the examples of a run --- */

struct outcome {
    uint64_t key; /* of the text */
    size_t row;
    uint64_t label, predicted; /* hashes; 0: it has no single label */
    double value;
};
struct outcomes {
    struct outcome *items;
    size_t n, cap;
    const char *what;
    bool lower, binary;
    char part[16];
    const char *path;
};

static uint64_t mix(const char *text, uint64_t key)
{
    return (key ^ ft_hash64(text, strlen(text))) * 0x9E3779B97F4A7C15u + 1;
}

/* Of a text, or of its words. */
static uint64_t hash_of(const cJSON *text, uint64_t key)
{
    const cJSON *word;
    if (cJSON_IsString(text)) return mix(text->valuestring, key);
    if (cJSON_IsArray(text))
        cJSON_ArrayForEach(word, text) if (cJSON_IsString(word)) key = mix(word->valuestring, key);
    return key * 31;
}

static uint64_t key_of(const cJSON *tree)
{
    static const char *const parts[] = {"text", "text_pair", "question", "context", "tokens"};
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        key = hash_of(ft_json_get(tree, parts[i]), key);
    return key;
}

static enum ft_status take_line(void *arg, const cJSON *tree, size_t line, struct ft_err *err)
{
    struct outcomes *o = arg;
    if (!tree) return err->code;
    const cJSON *label = ft_json_get(tree, "label"), *predicted = ft_json_get(tree, "predicted");
    const cJSON *part = ft_json_get(tree, "part");
    struct outcome x = {.key = key_of(tree), .row = ft_json_count(tree, "row")};
    struct ft_example_score score;
    if (!x.row) return ft_fail(err, FT_FORMAT, "%s, line %zu: has no row", o->path, line);
    if (!ft_example_score_read(&score, tree, false)) return FT_OK; /* no label */
    if (o->what && strcmp(o->what, score.what) != 0)
        return ft_fail(err, FT_FORMAT, "%s, line %zu: is of another task", o->path, line);
    o->what = score.what;
    o->lower = score.lower;
    o->binary = score.binary;
    x.value = score.value;
    if (cJSON_IsString(label) && cJSON_IsString(predicted)) {
        x.label = hash_of(label, 1) | 1;
        x.predicted = hash_of(predicted, 1) | 1;
    }
    if (cJSON_IsString(part)) snprintf(o->part, sizeof o->part, "%s", part->valuestring);
    ft_grow(&o->items, &o->cap, o->n + 1, sizeof *o->items);
    o->items[o->n++] = x;
    return FT_OK;
}

static int by_key(const void *pa, const void *pb)
{
    const struct outcome *a = pa, *b = pb;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static enum ft_status read_run(struct outcomes *o, const char *run, struct ft_err *err)
{
    char *path = ft_path_join(run, "predictions.jsonl");
    *o = (struct outcomes){.path = path};
    enum ft_status st = ft_path_is_file(path) ? ft_json_lines(path, take_line, o, err) : FT_OK;
    if (!st && o->n) qsort(o->items, o->n, sizeof *o->items, by_key);
    free(path);
    o->path = NULL;
    return st;
}

/* --- the pairs --- */

struct pairs {
    double *d, *value[2]; /* (n) */
    size_t n;
};

/* The values of a pair, by the labels of the later run. */
static void values_of(const struct outcome *const x[2], int later, double value[2])
{
    for (int k = 0; k < 2; k++)
        value[k] = x[k]->label ? x[k]->predicted == x[later]->label : x[k]->value;
}

static void add_pair(struct ft_paired_test *t, struct pairs *p, const struct outcome *const x[2])
{
    double value[2];
    values_of(x, t->labels_of, value);
    t->relabelled += x[0]->label != x[1]->label;
    for (int k = 0; k < 2; k++)
        p->value[k][p->n] = value[k];
    double d = t->lower ? value[1] - value[0] : value[0] - value[1];
    t->only[0] += d > 0;
    t->only[1] += d < 0;
    p->d[p->n++] = d;
}

/* Both are by key: equal ones in the order of their rows. */
static void pair(struct ft_paired_test *t, struct pairs *p, const struct outcomes o[2])
{
    size_t i = 0, j = 0;
    while (i < o[0].n && j < o[1].n) {
        const struct outcome *const x[2] = {&o[0].items[i], &o[1].items[j]};
        if (x[0]->key == x[1]->key) add_pair(t, p, x);
        bool first = x[0]->key <= x[1]->key, second = x[1]->key <= x[0]->key;
        i += first;
        j += second;
    }
}

static void judge(struct ft_paired_test *t, const struct pairs *p, bool binary, uint64_t seed)
{
    t->examples = p->n;
    t->better = -1;
    if (!p->n) return;
    for (int k = 0; k < 2; k++)
        t->mean[k] = ft_sample_mean(p->value[k], p->n);
    t->difference = ft_sample_mean(p->d, p->n);
    ft_sample_bootstrap(p->d, p->n, seed, &t->low, &t->high);
    t->p = ft_sample_permutation(p->d, p->n, seed);
    if (binary) t->mcnemar = ft_sample_mcnemar(t->only[0], t->only[1]);
    if (t->p < level && t->difference > 0) t->better = 0;
    if (t->p < level && t->difference < 0) t->better = 1;
}

enum ft_status ft_paired_test_make(struct ft_paired_test *t, const struct ft_paired_run runs[2],
                                   uint64_t seed, struct ft_err *err)
{
    struct outcomes o[2] = {{0}, {0}};
    struct pairs p = {0};
    *t = (struct ft_paired_test){.better = -1};
    t->labels_of = strcmp(runs[0].started, runs[1].started) <= 0;
    t->difference = t->low = t->high = t->p = t->mcnemar = t->mean[0] = t->mean[1] = (double)NAN;
    enum ft_status st = read_run(&o[0], runs[0].path, err);
    if (!st) st = read_run(&o[1], runs[1].path, err);
    if (!st && o[0].what && o[1].what && !strcmp(o[0].what, o[1].what)) {
        size_t most = o[0].n + 1;
        t->what = o[0].what;
        t->lower = o[0].lower;
        t->all[0] = o[0].n;
        t->all[1] = o[1].n;
        bool same = !strcmp(o[0].part, o[1].part);
        snprintf(t->part, sizeof t->part, "%.10s%s%.10s", o[0].part, same ? "" : ", ",
                 same ? "" : o[1].part);
        p.d = ft_xcalloc(most, sizeof *p.d);
        p.value[0] = ft_xcalloc(most, sizeof *p.d);
        p.value[1] = ft_xcalloc(most, sizeof *p.d);
        pair(t, &p, o);
        judge(t, &p, o[0].binary, seed);
    }
    free(p.d);
    free(p.value[0]);
    free(p.value[1]);
    free(o[0].items);
    free(o[1].items);
    return st;
}

/* --- in words --- */

void ft_paired_test_text(const struct ft_paired_test *t, const char *a, const char *b,
                         struct ft_str *out)
{
    const char *names[2] = {a, b};
    int first = t->better == 1; /* the better one first */
    if (!t->examples) return;
    if (t->better >= 0)
        ft_str_addf(out, "%s is better", names[first]);
    else
        ft_str_addz(out, "no difference shown");
    ft_str_addf(out, " (p %.2g): %s %.3g against %.3g on %zu example%s", t->p, t->what,
                t->mean[first], t->mean[!first], t->examples, ft_plural(t->examples));
    if (t->relabelled)
        ft_str_addf(out, ", by the labels of %s (%zu changed)", names[t->labels_of], t->relabelled);
}

void ft_paired_test_json(const struct ft_paired_test *t, struct ft_str *out)
{
    if (!t->examples) {
        ft_str_addz(out, "null");
        return;
    }
    ft_str_addc(out, '{');
    ft_json_put_text(out, "metric", t->what);
    ft_json_put_text(out, "part", t->part);
    ft_json_put_num(out, "examples", (double)t->examples);
    ft_json_put_num(out, "relabelled", (double)t->relabelled);
    ft_json_put_num(out, "labels_of", (double)t->labels_of);
    ft_json_add_key(out, "means");
    ft_str_addc(out, '[');
    ft_json_add_num(out, t->mean[0]);
    ft_str_addc(out, ',');
    ft_json_add_num(out, t->mean[1]);
    ft_str_addc(out, ']');
    ft_json_put_num(out, "difference", t->difference);
    ft_json_put_num(out, "low", t->low);
    ft_json_put_num(out, "high", t->high);
    ft_json_put_num(out, "permutation_p", t->p);
    ft_json_put_num(out, "mcnemar_p", t->mcnemar);
    ft_json_add_key(out, "better");
    ft_str_addz(out, t->better < 0 ? "null" : t->better ? "1" : "0");
    ft_str_addc(out, '}');
}
