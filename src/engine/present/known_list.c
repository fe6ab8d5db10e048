/* See known_list.h. */
#include "engine/present/known_list.h"

#include "engine/present/plan.h"
#include "engine/task/model_flops.h"
#include "engine/task/model_memory.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

enum { SEQUENCES = 1000, LOOK_EVERY_S = 1 };

struct ft_known_list {
    struct ft_known_row *all; /* as in the table */
    size_t *order, *shown;    /* of the last search: by match; as listed */
    size_t n;
    char *key;       /* of the last plan */
    double looked_s; /* at the free memory */
    size_t length;
};

struct ft_known_list *ft_known_list_new(void)
{
    struct ft_known_list *l = ft_xcalloc(1, sizeof *l);
    size_t n = ft_known_models_count();
    l->all = ft_xcalloc(n, sizeof *l->all);
    l->order = ft_xcalloc(n, sizeof *l->order);
    l->shown = ft_xcalloc(n, sizeof *l->shown);
    for (size_t i = 0; i < n; i++)
        l->all[i] = (struct ft_known_row){.model = ft_known_model_at(i), .fits = true};
    return l;
}

void ft_known_list_free(struct ft_known_list *l)
{
    if (!l) return;
    free(l->all);
    free(l->order);
    free(l->shown);
    free(l->key);
    free(l);
}

/* --- plans --- */

/* What the plans depend on. */
static char *key_of(const struct ft_known_in *in)
{
    static const enum ft_opt options[] = {FT_OPT_per_device_train_batch_size,
                                          FT_OPT_max_seq_length,
                                          FT_OPT_block_size,
                                          FT_OPT_line_by_line,
                                          FT_OPT_mlm_probability,
                                          FT_OPT_optim,
                                          FT_OPT_freeze};
    struct ft_str s = {0};
    ft_str_addf(&s, "%d %zu %g", in->task, in->length, in->speed ? in->speed->flops_per_s : 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        ft_str_addf(&s, "\n%s", ft_options_text(in->o, options[i]));
    return ft_str_take(&s);
}

static void plan_row(struct ft_known_list *l, struct ft_known_row *r, const struct ft_known_in *in)
{
    struct ft_model_facts f;
    struct ft_model_memory m;
    struct ft_model_ask ask = {.task = in->task, .freeze = ft_options_text(in->o, FT_OPT_freeze)};
    if (ft_known_model_facts(&f, r->model, &ask, NULL)) return; /* stays as it is: not planned */
    ft_model_memory(&f, in->o, &m);
    size_t length = in->length && in->length < m.length ? in->length : m.length;
    double share = ft_options_num(in->o, FT_OPT_mlm_probability);
    r->parameters = f.parameters;
    r->max_tokens = f.max_tokens;
    r->memory = m.total;
    r->refused = f.refused != NULL;
    r->seconds = 0;
    if (in->speed && in->speed->flops_per_s > 0)
        r->seconds = ft_model_flops_of_token(&f, f.task, share, length) * (double)length *
                     SEQUENCES / in->speed->flops_per_s;
    if (length > l->length) l->length = length;
    ft_model_facts_release(&f);
}

void ft_known_list_plan(struct ft_known_list *l, const struct ft_known_in *in)
{
    char *key = key_of(in);
    double now = ft_now_s();
    bool same = l->key && !strcmp(l->key, key);
    if (same && now - l->looked_s < LOOK_EVERY_S) {
        free(key);
        return;
    }
    free(l->key);
    l->key = key;
    l->looked_s = now;
    int64_t free_bytes = ft_mem_available();
    if (!same) l->length = 0;
    for (size_t i = 0; i < ft_known_models_count(); i++) {
        struct ft_known_row *r = &l->all[i];
        if (!same) plan_row(l, r, in);
        r->fits = free_bytes < 0 || r->memory <= (uint64_t)free_bytes;
    }
}

/* --- search --- */

static bool is_here(const struct ft_known_model *k, const struct ft_model_list *local)
{
    for (size_t i = 0; local && i < ft_model_list_count(local); i++) {
        const struct ft_model_entry *e = ft_model_list_entry(local, i);
        size_t n = strcspn(e->name, "@");
        bool id = strlen(k->id) == n && !strncmp(e->name, k->id, n);
        bool also = k->also && strlen(k->also) == n && !strncmp(e->name, k->also, n);
        if (!strcmp(e->kind, "cache") && !e->why && (id || also)) return true;
    }
    return false;
}

static bool comes_first(const struct ft_known_row *r, const char *typed)
{
    return (r->fits && !r->refused) || ft_known_model(typed) == r->model;
}

size_t ft_known_list_find(struct ft_known_list *l, const char *typed,
                          const struct ft_model_list *local)
{
    size_t n = ft_known_models_find(typed, l->order);
    l->n = 0;
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < n; i++) {
            struct ft_known_row *r = &l->all[l->order[i]];
            r->here = is_here(r->model, local);
            if (comes_first(r, typed) == !last) l->shown[l->n++] = l->order[i];
        }
    return l->n;
}

const struct ft_known_row *ft_known_list_row(const struct ft_known_list *l, size_t i)
{
    return i < l->n ? &l->all[l->shown[i]] : NULL;
}

size_t ft_known_list_length(const struct ft_known_list *l)
{
    return l->length;
}
