/* Breaks of a run: see run_segments.h. */
#include "engine/train/run_segments.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[FT_RUN_SEGMENT_COUNT] = {"forked", "resumed", "paused"};

void ft_run_segments_add(struct ft_run_segments *b, enum ft_run_segment_kind kind, uint64_t step)
{
    const struct ft_run_segment *last = b->n ? &b->items[b->n - 1] : NULL;
    if (last && last->step == step && last->kind == kind) return;
    ft_grow(&b->items, &b->cap, b->n + 1, sizeof *b->items);
    b->items[b->n++] = (struct ft_run_segment){step, kind};
}

void ft_run_segments_cut(struct ft_run_segments *b, uint64_t step)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++)
        if (b->items[i].step <= step) b->items[kept++] = b->items[i];
    b->n = kept;
}

void ft_run_segments_to_json(const struct ft_run_segments *b, struct ft_str *out)
{
    ft_str_addc(out, '[');
    for (size_t i = 0; i < b->n; i++)
        ft_str_addf(out, "%s{\"step\":%llu,\"kind\":\"%s\"}", i ? "," : "",
                    (unsigned long long)b->items[i].step, names[b->items[i].kind]);
    ft_str_addc(out, ']');
}

void ft_run_segments_from_json(struct ft_run_segments *b, const cJSON *list)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *step = ft_json_get(entry, "step"), *kind = ft_json_get(entry, "kind");
        if (!cJSON_IsNumber(step) || !(step->valuedouble >= 0 && step->valuedouble < 1e15) ||
            !cJSON_IsString(kind))
            continue;
        for (int k = 0; k < FT_RUN_SEGMENT_COUNT; k++)
            if (!strcmp(kind->valuestring, names[k]))
                ft_run_segments_add(b, (enum ft_run_segment_kind)k, (uint64_t)step->valuedouble);
    }
}

void ft_run_segments_release(struct ft_run_segments *b)
{
    free(b->items);
    *b = (struct ft_run_segments){0};
}
