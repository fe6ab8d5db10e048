/* Examples of a page: see page_examples.h. */
#include "engine/runs/page_examples.h"

#include "util/json_lines.h"
#include "util/rng.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 400, SAMPLES = 1000 };

/* ---- one line ---- */

/* A string as it is, a list with commas, else as JSON; cut, without line breaks. */
static char *shown(struct ft_arena *arena, const cJSON *v)
{
    struct ft_str s = {0};
    const cJSON *item;
    if (cJSON_IsString(v)) {
        ft_str_addz(&s, v->valuestring);
    } else if (cJSON_IsArray(v)) {
        cJSON_ArrayForEach(item, v)
        {
            const cJSON *text = cJSON_IsObject(item) ? ft_json_get(item, "text") : item;
            if (s.len) ft_str_addz(&s, ", ");
            if (cJSON_IsString(text)) ft_str_addz(&s, text->valuestring);
            if (cJSON_IsNumber(text)) ft_json_add_num(&s, text->valuedouble);
        }
    } else if (cJSON_IsNumber(v)) {
        ft_json_add_num(&s, v->valuedouble);
    }
    size_t n = s.len;
    if (n > TEXT_MOST) {
        n = TEXT_MOST;
        while (n && ((unsigned char)s.data[n] & 0xc0) == 0x80)
            n--; /* not within a character */
        s.len = n;
        ft_str_addz(&s, " ..");
    }
    ft_text_tame(s.data, s.len);
    char *out = ft_arena_strndup(arena, ft_str_text(&s), s.len);
    ft_str_release(&s);
    return out;
}

static const cJSON *first_of(const cJSON *tree, const char *const *keys)
{
    const cJSON *v = NULL;
    for (size_t i = 0; keys[i] && !v; i++)
        v = ft_json_get(tree, keys[i]);
    return v;
}

static void add_value(struct ft_page_examples *x, size_t at, const char *metric, double value)
{
    struct ft_page_values *v = &x->values[at];
    if (!isfinite(value)) return;
    v->metric = metric;
    ft_grow(&v->items, &v->cap, v->n + 1, sizeof *v->items);
    v->items[v->n++] = value;
}

/* Keeps it if it is among the worst. */
static void keep(struct ft_page_examples *x, const cJSON *tree, double loss)
{
    static const char *const texts[] = {"question", "text", NULL};
    static const char *const golds[] = {"label", "answers", NULL};
    static const char *const answers[] = {"predicted", "value", "labels", "entities", "best", NULL};
    size_t at = x->n;
    while (at && x->items[at - 1].loss < loss)
        at--;
    if (at >= FT_PAGE_EXAMPLES) return;
    if (x->n < FT_PAGE_EXAMPLES) x->n++;
    memmove(&x->items[at + 1], &x->items[at], (x->n - at - 1) * sizeof *x->items);
    const cJSON *answer = first_of(tree, answers);
    if (cJSON_IsObject(answer)) answer = ft_json_get(answer, "text");
    x->items[at] = (struct ft_page_example){.row = ft_json_count(tree, "row"),
                                            .text = shown(&x->arena, first_of(tree, texts)),
                                            .gold = shown(&x->arena, first_of(tree, golds)),
                                            .predicted = shown(&x->arena, answer),
                                            .loss = loss};
}

static enum ft_status take_line(void *arg, const cJSON *tree, size_t line, struct ft_err *err)
{
    struct ft_page_examples *x = arg;
    (void)line, (void)err;
    if (!tree) return FT_OK;
    const cJSON *label = ft_json_get(tree, "label"), *predicted = ft_json_get(tree, "predicted");
    const cJSON *best = ft_json_get(tree, "best");
    double loss = ft_json_number(tree, "loss");
    bool right = false;
    if (cJSON_IsString(label) && cJSON_IsString(predicted)) {
        right = !strcmp(label->valuestring, predicted->valuestring);
        add_value(x, 0, "accuracy", right);
    } else if (cJSON_IsObject(best)) {
        double f1 = ft_json_number(best, "f1");
        add_value(x, 0, "exact", ft_json_number(best, "exact"));
        add_value(x, 1, "f1", f1);
        if (!isfinite(loss)) loss = 1 - f1;
        right = f1 >= 1;
    }
    add_value(x, 2, "loss", ft_json_number(tree, "loss"));
    if (!right && isfinite(loss)) keep(x, tree, loss);
    return FT_OK;
}

enum ft_status ft_page_examples_read(struct ft_page_examples *x, const char *path,
                                     struct ft_err *err)
{
    *x = (struct ft_page_examples){0};
    return ft_json_lines(path, take_line, x, err);
}

void ft_page_examples_release(struct ft_page_examples *x)
{
    for (size_t i = 0; i < sizeof x->values / sizeof *x->values; i++)
        free(x->values[i].items);
    ft_arena_release(&x->arena);
    *x = (struct ft_page_examples){0};
}

/* ---- intervals ---- */

static int ascending(const void *pa, const void *pb)
{
    const double *a = pa, *b = pb;
    return *a < *b ? -1 : *a > *b;
}

static double mean(const struct ft_page_values *v)
{
    double sum = 0;
    for (size_t i = 0; i < v->n; i++)
        sum += v->items[i];
    return sum / (double)v->n;
}

bool ft_page_interval(const struct ft_page_examples *x, const char *metric, double value,
                      double scale, struct ft_page_interval *i)
{
    const struct ft_page_values *v = NULL;
    for (size_t k = 0; k < sizeof x->values / sizeof *x->values; k++)
        if (x->values[k].n && !strcmp(x->values[k].metric, metric)) v = &x->values[k];
    if (!v || fabs(mean(v) * scale - value) > 1e-5 * fmax(1, fabs(value))) return false;
    double *means = ft_xcalloc(SAMPLES, sizeof *means);
    struct ft_rng rng;
    ft_rng_init(&rng, 42, FT_RNG_BOOTSTRAP);
    for (size_t s = 0; s < SAMPLES; s++) {
        for (size_t k = 0; k < v->n; k++)
            means[s] += v->items[ft_rng_below(&rng, v->n)];
        means[s] *= scale / (double)v->n;
    }
    qsort(means, SAMPLES, sizeof *means, ascending);
    i->low = means[SAMPLES / 40];
    i->high = means[SAMPLES - 1 - SAMPLES / 40];
    free(means);
    return true;
}
