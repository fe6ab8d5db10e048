/* The members of a sweep: which configurations there are, their names, folders and options. See
 * sweep_in.h. */
#include "engine/runs/sweep_in.h"

#include "engine/runs/sweep_tpe.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Random numbers of the i-th configuration begin here in their stream. */
#define DRAWS_OF_ONE ((uint64_t)1 << 32)
enum { DRAWS_MAX = 1000 };

static size_t sizes(const struct ft_sweep *s)
{
    return s->spec.sizes_n ? s->spec.sizes_n : 1;
}

size_t ft_sweep_values_n(const struct ft_sweep *s)
{
    return s->spec.space.n + (s->spec.sizes_n > 0);
}

enum ft_opt ft_sweep_value_option(const struct ft_sweep *s, size_t i)
{
    return i < s->spec.space.n ? s->spec.space.params[i].option : FT_OPT_max_train_samples;
}

size_t sweep_members_planned(const struct ft_sweep *s)
{
    return (size_t)ft_sweep_spec_members(&s->spec);
}

/* ---- names and folders ---- */

static char *make_name(const struct ft_sweep *s, char *const *values)
{
    struct ft_str name = {0};
    char number[24];
    int digits = snprintf(number, sizeof number, "%zu", sweep_members_planned(s));
    ft_str_addf(&name, "%0*zu", digits, s->n + 1);
    if (s->spec.space.n) ft_str_addc(&name, '_');
    ft_sweep_space_name(&s->spec.space, values, &name);
    if (s->spec.sizes_n) {
        const char *size = values[s->spec.space.n];
        size_t n = strcspn(size, "%");
        ft_str_addf(&name, "_rows%.*s%s", (int)n, size, size[n] ? "pct" : "");
    }
    return ft_str_take(&name);
}

static char *run_path(const struct ft_sweep *s, const struct ft_sweep_member *m,
                      const struct ft_sweep_run *r)
{
    if (r->seed && r->fold)
        return ft_xprintf("%s/%s/seed-%zu-fold-%zu", s->dir, m->name, r->seed, r->fold);
    if (r->seed) return ft_xprintf("%s/%s/seed-%zu", s->dir, m->name, r->seed);
    if (r->fold) return ft_xprintf("%s/%s/fold-%zu", s->dir, m->name, r->fold);
    return ft_xprintf("%s/%s", s->dir, m->name);
}

struct ft_sweep_member *sweep_member_add(struct ft_sweep *s, char **values, char *name)
{
    size_t folds = s->spec.folds ? s->spec.folds : 1;
    if (!name) name = make_name(s, values);
    ft_grow(&s->members, &s->cap, s->n + 1, sizeof *s->members);
    struct ft_sweep_member *m = &s->members[s->n++];
    *m = (struct ft_sweep_member){.name = name, .values = values};
    m->mean = m->sd = (double)NAN;
    m->runs = ft_xcalloc(s->repeats, sizeof *m->runs);
    for (size_t i = 0; i < s->repeats; i++) {
        struct ft_sweep_run *r = &m->runs[i];
        r->seed = s->spec.seeds ? i / folds + 1 : 0;
        r->fold = s->spec.folds ? i % folds + 1 : 0;
        r->value = (double)NAN;
        r->path = run_path(s, m, r);
    }
    return m;
}

void sweep_member_release(struct ft_sweep *s, struct ft_sweep_member *m)
{
    for (size_t i = 0; i < s->repeats && m->runs; i++) {
        free(m->runs[i].path);
        free(m->runs[i].error);
    }
    for (size_t i = 0; i < ft_sweep_values_n(s) && m->values; i++)
        free(m->values[i]);
    free(m->runs);
    free(m->values);
    free(m->name);
}

/* ---- configurations ---- */

static bool is_there(const struct ft_sweep *s, char *const *values)
{
    for (size_t i = 0; i < s->n; i += sizes(s)) {
        size_t k = 0;
        while (k < s->spec.space.n && !strcmp(s->members[i].values[k], values[k]))
            k++;
        if (k == s->spec.space.n) return true;
    }
    return false;
}

static void free_values(const struct ft_sweep *s, char **values)
{
    for (size_t k = 0; k < s->spec.space.n; k++) {
        free(values[k]);
        values[k] = NULL;
    }
}

/* The results so far, for the estimator. */
static void propose(const struct ft_sweep *s, struct ft_rng *rng, char **values)
{
    struct ft_sweep_trial *trials = ft_xcalloc(s->n + 1, sizeof *trials);
    for (size_t i = 0; i < s->n; i++) {
        double mean = s->members[i].mean;
        bool failed = s->members[i].state == FT_SWEEP_FAILED && !s->members[i].n;
        trials[i].values = s->members[i].values;
        trials[i].loss = failed || !isfinite(mean) ? (double)INFINITY : s->lower ? mean : -mean;
    }
    ft_sweep_tpe(&s->spec.space, trials, s->n, s->spec.trials, rng, values);
    free(trials);
}

/* The values of configuration i, one that is not there yet. */
static void choose(const struct ft_sweep *s, size_t i, char **values)
{
    const struct ft_sweep_space *space = &s->spec.space;
    struct ft_rng rng;
    if (!s->spec.trials) {
        ft_sweep_space_at(space, i, values);
        return;
    }
    ft_rng_init(&rng, (uint64_t)ft_options_int(&s->o, FT_OPT_seed), FT_RNG_SWEEP);
    rng.n = (uint64_t)i * DRAWS_OF_ONE;
    for (size_t draw = 0; draw < DRAWS_MAX; draw++) {
        if (draw) free_values(s, values);
        if (s->spec.strategy == FT_SWEEP_TPE)
            propose(s, &rng, values);
        else
            ft_sweep_space_draw(space, &rng, values);
        if (!is_there(s, values)) return;
    }
    double all = ft_sweep_space_size(space); /* few are left, so that there are not many */
    for (size_t k = 0; (double)k < all && is_there(s, values); k++) {
        free_values(s, values);
        ft_sweep_space_at(space, k, values);
    }
}

static void create(struct ft_sweep *s)
{
    size_t n = ft_sweep_values_n(s), at = s->spec.space.n;
    char **first = ft_xcalloc(n + 1, sizeof *first);
    choose(s, s->n / sizes(s), first);
    for (size_t k = 0; k < sizes(s); k++) {
        char **values = first;
        if (k) {
            values = ft_xcalloc(n + 1, sizeof *values);
            for (size_t i = 0; i < at; i++)
                values[i] = ft_xstrdup(first[i]);
        }
        if (s->spec.sizes_n) values[at] = ft_xstrdup(s->spec.sizes[k]);
        sweep_member_add(s, values, NULL);
    }
}

bool sweep_members_create(struct ft_sweep *s)
{
    size_t planned = sweep_members_planned(s);
    if (s->n >= planned) return false;
    do
        create(s);
    while (s->n < planned && s->spec.strategy != FT_SWEEP_TPE);
    return true;
}

/* ---- options ---- */

enum ft_status sweep_member_options(const struct ft_sweep *s, size_t member, size_t repeat,
                                    struct ft_options *o, struct ft_err *err)
{
    const struct ft_sweep_member *m = &s->members[member];
    const struct ft_sweep_run *r = &m->runs[repeat];
    ft_options_copy(o, &s->o);
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < ft_sweep_values_n(s) && !st; i++)
        st = ft_options_set_id(o, ft_sweep_value_option(s, i), m->values[i], true, err);
    char text[64];
    snprintf(text, sizeof text, "%zu", r->seed);
    if (!st && r->seed) st = ft_options_set_id(o, FT_OPT_seed, text, true, err);
    snprintf(text, sizeof text, "%zu/%zu", r->fold, s->spec.folds);
    if (!st && r->fold) st = ft_options_set_id(o, FT_OPT_fold, text, true, err);
    return st ? st : ft_options_set_id(o, FT_OPT_output_dir, r->path, true, err);
}
