/* The search space of a sweep: options and the values that they may have, as typed with --over:
 *
 *     learning_rate=1e-5,3e-5,5e-5       these values
 *     learning_rate=1e-5..1e-4           any number of the range
 *     learning_rate=1e-5..1e-4:log       the same, on a logarithmic scale
 *     model=A,B                          paths and words, too
 *     clean=none,html+whitespace         of an option that is a list: + between its words
 *
 * A configuration is one value of each option, as texts. Whether a value is legal is checked when the
 * space is parsed.
 *
 *     struct ft_sweep_space space = {0};
 *     st = ft_sweep_space_add(&space, "learning_rate=1e-5..1e-4:log", &err);
 *     st = ft_sweep_space_draw(&space, &rng, values);
 *     ft_sweep_space_release(&space);
 *
 * Threads: a space belongs to one thread at a time. */
#ifndef FT_ENGINE_RUNS_SWEEP_SPACE_H
#define FT_ENGINE_RUNS_SWEEP_SPACE_H

#include "engine/options/options.h"
#include "util/err.h"
#include "util/rng.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    FT_SWEEP_PARAMS_MAX = 16,
    FT_SWEEP_VALUES_MAX = 1000, /* of one option */
    FT_SWEEP_VALUE_BYTES_MAX = 4096,
};

enum ft_sweep_scale { FT_SWEEP_LIST, FT_SWEEP_LINEAR, FT_SWEEP_LOG };
/* One option of the space. */
struct ft_sweep_param {
    enum ft_opt option;
    enum ft_sweep_scale scale;
    char **values; /* (n) of a LIST */
    size_t n;
    double low, high; /* of a range, both included */
    char *range;      /* the range as typed; NULL: a LIST */
    bool whole;       /* its numbers are whole ones */
};
struct ft_sweep_space { /* zero-initialise it */
    struct ft_sweep_param params[FT_SWEEP_PARAMS_MAX];
    size_t n;
};

/* Parses OPTION=VALUES and adds it. Errors: FT_USAGE for an option that is not one, that cannot be
 * swept (it names the reason) or that the space has already; for no values, one that is not legal, the
 * same one twice, a range of an option without numbers, an empty range, a log range from 0 or less. */
enum ft_status ft_sweep_space_add(struct ft_sweep_space *s, const char *text, struct ft_err *err);
/* The same in place of what the space has of this option, at its place. On an error the space is as before. */
enum ft_status ft_sweep_space_set(struct ft_sweep_space *s, const char *text, struct ft_err *err);
void ft_sweep_space_drop(struct ft_sweep_space *s, enum ft_opt option);
/* Whether the option may be swept at all. */
enum ft_status ft_sweep_space_allows(enum ft_opt option, struct ft_err *err);
/* The same text again, as it is kept in sweep.json. */
void ft_sweep_space_text(const struct ft_sweep_param *p, struct ft_str *out);
void ft_sweep_space_release(struct ft_sweep_space *s);

/* How many configurations there are; infinite (a range of numbers): INFINITY. */
double ft_sweep_space_size(const struct ft_sweep_space *s);
/* The i-th configuration of a finite space: the first option varies slowest. values: (s->n) texts,
 * each the caller's to free. */
void ft_sweep_space_at(const struct ft_sweep_space *s, size_t i, char **values);
/* A random one, each option by itself: uniform over its values, or over its range on its scale. */
void ft_sweep_space_draw(const struct ft_sweep_space *s, struct ft_rng *rng, char **values);

/* Numbers between 0 and 1 for those of a range on its scale, and back to a text: three digits, or a
 * whole number. */
double ft_sweep_param_unit(const struct ft_sweep_param *p, const char *value);
char *ft_sweep_param_text(const struct ft_sweep_param *p, double unit);
/* The place of a value in a list; p->n: it is not there. */
size_t ft_sweep_param_index(const struct ft_sweep_param *p, const char *value);
/* Whether it has numbers, so that it can be an axis of a plot. */
bool ft_sweep_param_number(const struct ft_sweep_param *p, const char *value, double *number);

/* A short name of a configuration, for a folder: "lr3e-5_batch16". Only letters, digits and . - + _ are
 * in it; at most 80 bytes. */
void ft_sweep_space_name(const struct ft_sweep_space *s, char *const *values, struct ft_str *out);

#endif
