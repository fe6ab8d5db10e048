/* See example_score.h. */
#include "engine/runs/example_score.h"

#include "data/entities.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char accuracy[] = "accuracy", subset[] = "subset accuracy", exact[] = "exact match",
                  f1[] = "f1", squared[] = "squared error", loss[] = "loss";

/* ---- several labels ---- */

static bool has_text(const cJSON *list, const char *text)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list) if (cJSON_IsString(item) &&
                                       !strcmp(item->valuestring, text)) return true;
    return false;
}

static bool same_sets(const cJSON *a, const cJSON *b)
{
    const cJSON *item;
    if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b)) return false;
    cJSON_ArrayForEach(item, a) if (!cJSON_IsString(item) ||
                                    !has_text(b, item->valuestring)) return false;
    return true;
}

/* ---- tagged words ---- */

static bool take_tags(const cJSON *list, struct ft_labels *names, int32_t *tags)
{
    const cJSON *item;
    size_t i = 0;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item)) return false;
        tags[i++] = ft_labels_add(names, item->valuestring, strlen(item->valuestring));
    }
    return true;
}

static bool same_entities(const struct ft_tag_set *set, const int32_t *a, const int32_t *b,
                          size_t n)
{
    struct ft_entity *x = ft_xcalloc(n + 1, sizeof *x), *y = ft_xcalloc(n + 1, sizeof *y);
    size_t xs = ft_entities(set, a, n, x), ys = ft_entities(set, b, n, y);
    bool same = xs == ys;
    for (size_t i = 0; i < xs && same; i++)
        same = x[i].first == y[i].first && x[i].end == y[i].end && x[i].type == y[i].type;
    free(x);
    free(y);
    return same;
}

/* NaN: it is no line of tagged words. */
static double match_of(const cJSON *truth, const cJSON *predicted)
{
    size_t n = (size_t)cJSON_GetArraySize(truth);
    double value = (double)NAN;
    struct ft_labels names;
    struct ft_tag_set set;
    if (n != (size_t)cJSON_GetArraySize(predicted)) return value;
    int32_t *tags = ft_xcalloc(2 * n + 1, sizeof *tags);
    ft_labels_init(&names);
    if (take_tags(truth, &names, tags) && take_tags(predicted, &names, tags + n)) {
        ft_tag_set_init(&set, (const char *const *)names.names, names.n);
        value = same_entities(&set, tags, tags + n, n);
        ft_tag_set_release(&set);
    }
    ft_labels_release(&names);
    free(tags);
    return value;
}

/* ---- by the form of the line ---- */

bool ft_example_score_read(struct ft_example_score *s, const cJSON *line, bool by_loss)
{
    const cJSON *label = ft_json_get(line, "label"), *labels = ft_json_get(line, "labels");
    const cJSON *predicted = ft_json_get(line, "predicted"), *best = ft_json_get(line, "best");
    const cJSON *number = ft_json_get(line, "value");
    *s = (struct ft_example_score){.value = ft_json_number(line, "loss"), .what = loss};
    if (by_loss) {
        s->what = loss;
    } else if (cJSON_IsString(label) && cJSON_IsString(predicted)) {
        s->value = !strcmp(label->valuestring, predicted->valuestring);
        s->what = accuracy;
    } else if (cJSON_IsArray(label) && cJSON_IsArray(labels)) {
        s->value = same_sets(label, labels);
        s->what = subset;
    } else if (cJSON_IsNumber(label) && cJSON_IsNumber(number)) {
        double d = number->valuedouble - label->valuedouble;
        s->value = d * d;
        s->what = squared;
    } else if (cJSON_IsArray(labels) && cJSON_IsArray(predicted)) {
        s->value = match_of(labels, predicted);
        s->what = exact;
    } else if (cJSON_IsObject(best)) {
        s->value = ft_json_number(best, "f1");
        s->what = f1;
    }
    s->lower = s->what == loss || s->what == squared;
    s->binary = s->what == accuracy || s->what == subset || s->what == exact;
    return isfinite(s->value);
}

const char *ft_example_score_text(const char *what)
{
    if (!strcmp(what, exact)) return "exact match (all entities of a sentence)";
    if (!strcmp(what, subset)) return "subset accuracy (all labels of a text)";
    return what;
}
