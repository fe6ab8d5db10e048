/* Breaks of a run: see breaks.h. */
#include "engine/train/breaks.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[FT_BREAK_COUNT] = {"forked", "resumed", "paused"};

void ft_breaks_add(struct ft_breaks *b, enum ft_break_kind kind, uint64_t step)
{
    const struct ft_break *last = b->n ? &b->items[b->n - 1] : NULL;
    if (last && last->step == step && last->kind == kind) return;
    ft_grow(&b->items, &b->cap, b->n + 1, sizeof *b->items);
    b->items[b->n++] = (struct ft_break){step, kind};
}

void ft_breaks_cut(struct ft_breaks *b, uint64_t step)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++)
        if (b->items[i].step <= step) b->items[kept++] = b->items[i];
    b->n = kept;
}

void ft_breaks_to_json(const struct ft_breaks *b, struct ft_str *out)
{
    ft_str_addc(out, '[');
    for (size_t i = 0; i < b->n; i++)
        ft_str_addf(out, "%s{\"step\":%llu,\"kind\":\"%s\"}", i ? "," : "",
                    (unsigned long long)b->items[i].step, names[b->items[i].kind]);
    ft_str_addc(out, ']');
}

void ft_breaks_from_json(struct ft_breaks *b, const cJSON *list)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *step = ft_json_get(entry, "step"), *kind = ft_json_get(entry, "kind");
        if (!cJSON_IsNumber(step) || !(step->valuedouble >= 0 && step->valuedouble < 1e15) ||
            !cJSON_IsString(kind))
            continue;
        for (int k = 0; k < FT_BREAK_COUNT; k++)
            if (!strcmp(kind->valuestring, names[k]))
                ft_breaks_add(b, (enum ft_break_kind)k, (uint64_t)step->valuedouble);
    }
}

void ft_breaks_release(struct ft_breaks *b)
{
    free(b->items);
    *b = (struct ft_breaks){0};
}
