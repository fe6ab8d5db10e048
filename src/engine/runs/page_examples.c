/* Examples of a page: see page_examples.h. */
#include "engine/runs/page_examples.h"

#include "data/entities.h"
#include "util/json_lines.h"
#include "util/rng.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 400, SAMPLES = 1000 };

/* ---- one line ---- */

/* At most so many bytes, without line breaks; in the arena. */
static char *cut(struct ft_arena *arena, struct ft_str *s)
{
    if (s->len > TEXT_MOST) {
        size_t n = TEXT_MOST;
        while (n && ((unsigned char)s->data[n] & 0xc0) == 0x80)
            n--; /* not within a character */
        s->len = n;
        ft_str_addz(s, " ..");
    }
    ft_text_tame(s->data, s->len);
    return ft_arena_strndup(arena, ft_str_text(s), s->len);
}

/* A string as it is, a list with `between`, else as JSON; cut. */
static char *shown(struct ft_arena *arena, const cJSON *v, const char *between)
{
    struct ft_str s = {0};
    const cJSON *item;
    if (cJSON_IsString(v)) {
        ft_str_addz(&s, v->valuestring);
    } else if (cJSON_IsArray(v)) {
        cJSON_ArrayForEach(item, v)
        {
            const cJSON *text = cJSON_IsObject(item) ? ft_json_get(item, "text") : item;
            if (s.len) ft_str_addz(&s, between);
            if (cJSON_IsString(text)) ft_str_addz(&s, text->valuestring);
            if (cJSON_IsNumber(text)) ft_json_add_num(&s, text->valuedouble);
        }
    } else if (cJSON_IsNumber(v)) {
        ft_json_add_num(&s, v->valuedouble);
    }
    char *out = cut(arena, &s);
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

static void add_ratio(struct ft_page_examples *x, size_t at, const char *metric, double part,
                      double whole)
{
    struct ft_page_values *v = &x->values[at];
    if (!isfinite(part)) return;
    v->metric = metric;
    ft_grow(&v->items, &v->cap, v->n + 1, sizeof *v->items);
    v->items[v->n][0] = part;
    v->items[v->n++][1] = whole;
}

static void add_value(struct ft_page_examples *x, size_t at, const char *metric, double value)
{
    add_ratio(x, at, metric, value, 1);
}

/* Keeps it if it is among the worst. gold, predicted: NULL, or their texts, in the arena. */
static void keep(struct ft_page_examples *x, const cJSON *tree, double loss, char *gold,
                 char *predicted)
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
    const cJSON *answer = first_of(tree, answers), *words = ft_json_get(tree, "tokens");
    if (cJSON_IsObject(answer)) answer = ft_json_get(answer, "text");
    x->items[at] = (struct ft_page_example){
        .row = ft_json_count(tree, "row"),
        .text = words ? shown(&x->arena, words, " ") : shown(&x->arena, first_of(tree, texts), ""),
        .gold = gold ? gold : shown(&x->arena, first_of(tree, golds), ", "),
        .predicted = predicted ? predicted : shown(&x->arena, answer, ", "),
        .loss = loss};
}

/* ---- sentences with tags ---- */

struct sentence {
    struct ft_labels names; /* of its tags */
    struct ft_tag_set set;
    int32_t *places[2];     /* true and predicted */
    struct ft_entity *e[2]; /* by place */
    size_t words[2], n[2];
};

static void add_tags(struct sentence *s, int side, const cJSON *tags)
{
    size_t n = (size_t)cJSON_GetArraySize(tags);
    const cJSON *tag;
    s->places[side] = ft_xcalloc(n + 1, sizeof *s->places[side]);
    s->e[side] = ft_xcalloc(n + 1, sizeof *s->e[side]);
    cJSON_ArrayForEach(tag, tags)
    {
        const char *name = cJSON_IsString(tag) ? tag->valuestring : "O";
        s->places[side][s->words[side]++] = ft_labels_add(&s->names, name, strlen(name));
    }
}

/* "PER: Ana Smith, LOC: Riga", in the arena. */
static char *entities_text(struct ft_page_examples *x, const struct sentence *s, int side,
                           const cJSON *words)
{
    struct ft_str out = {0};
    for (size_t i = 0; i < s->n[side] && out.len <= TEXT_MOST; i++) {
        const struct ft_entity *e = &s->e[side][i];
        ft_str_addf(&out, "%s%s:", i ? ", " : "", s->set.types.names[e->type]);
        const cJSON *word = cJSON_GetArrayItem(words, (int)e->first);
        for (size_t k = e->first; k < e->end && word; k++, word = word->next)
            ft_str_addf(&out, " %s", cJSON_IsString(word) ? word->valuestring : "");
    }
    char *text = cut(&x->arena, &out);
    ft_str_release(&out);
    return text;
}

static size_t count_right(const struct sentence *s)
{
    size_t right = 0;
    for (size_t i = 0, k = 0; i < s->n[0]; i++) {
        const struct ft_entity *a = &s->e[0][i], *b = s->e[1];
        while (k < s->n[1] && b[k].first < a->first)
            k++;
        right +=
            k < s->n[1] && b[k].first == a->first && b[k].end == a->end && b[k].type == a->type;
    }
    return right;
}

static void take_sentence(struct ft_page_examples *x, const cJSON *tree)
{
    const cJSON *words = ft_json_get(tree, "tokens");
    struct sentence s = {0};
    double loss = ft_json_number(tree, "loss");
    ft_labels_init(&s.names);
    add_tags(&s, 0, ft_json_get(tree, "labels"));
    add_tags(&s, 1, ft_json_get(tree, "predicted"));
    ft_tag_set_init(&s.set, (const char *const *)s.names.names, s.names.n);
    for (int i = 0; i < 2; i++)
        s.n[i] = ft_entities(&s.set, s.places[i], s.words[i], s.e[i]);
    size_t right = count_right(&s);
    add_ratio(x, 0, "precision", (double)right, (double)s.n[1]);
    add_ratio(x, 1, "recall", (double)right, (double)s.n[0]);
    add_ratio(x, 3, "f1", 2 * (double)right, (double)(s.n[0] + s.n[1]));
    if ((right < s.n[0] || right < s.n[1]) && isfinite(loss))
        keep(x, tree, loss, entities_text(x, &s, 0, words), entities_text(x, &s, 1, words));
    for (int i = 0; i < 2; i++) {
        free(s.places[i]);
        free(s.e[i]);
    }
    ft_tag_set_release(&s.set);
    ft_labels_release(&s.names);
}

static enum ft_status take_line(void *arg, const cJSON *tree, size_t line, struct ft_err *err)
{
    struct ft_page_examples *x = arg;
    (void)line, (void)err;
    if (!tree) return FT_OK;
    const cJSON *label = ft_json_get(tree, "label"), *predicted = ft_json_get(tree, "predicted");
    const cJSON *best = ft_json_get(tree, "best"), *labels = ft_json_get(tree, "labels");
    double loss = ft_json_number(tree, "loss");
    bool right = false;
    if (ft_json_get(tree, "tokens") && labels && predicted) {
        take_sentence(x, tree);
        return FT_OK;
    }
    if (cJSON_IsString(label) && cJSON_IsString(predicted)) {
        right = !strcmp(label->valuestring, predicted->valuestring);
        add_value(x, 0, "accuracy", right);
    } else if (cJSON_IsArray(label) && cJSON_IsArray(labels)) {
        right = cJSON_Compare(label, labels, true);
        add_value(x, 0, "subset_accuracy", right);
    } else if (cJSON_IsObject(best)) {
        double f1 = ft_json_number(best, "f1");
        add_value(x, 0, "exact", ft_json_number(best, "exact"));
        add_value(x, 1, "f1", f1);
        if (!isfinite(loss)) loss = 1 - f1;
        right = f1 >= 1;
    }
    add_value(x, 2, "loss", ft_json_number(tree, "loss"));
    if (!right && isfinite(loss)) keep(x, tree, loss, NULL, NULL);
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
    double part = 0, whole = 0;
    for (size_t i = 0; i < v->n; i++) {
        part += v->items[i][0];
        whole += v->items[i][1];
    }
    return whole > 0 ? part / whole : 0;
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
        double part = 0, whole = 0;
        for (size_t k = 0; k < v->n; k++) {
            const double *item = v->items[ft_rng_below(&rng, v->n)];
            part += item[0];
            whole += item[1];
        }
        means[s] = whole > 0 ? part * scale / whole : 0;
    }
    qsort(means, SAMPLES, sizeof *means, ascending);
    i->low = means[SAMPLES / 40];
    i->high = means[SAMPLES - 1 - SAMPLES / 40];
    free(means);
    return true;
}
