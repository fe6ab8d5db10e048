/* What a sweep is asked to do: see sweep_spec.h. */
#include "engine/runs/sweep_spec.h"

#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const strategies[FT_SWEEP_STRATEGY_COUNT] = {
#define X(id, word) [FT_SWEEP_##id] = word,
    FT_SWEEP_STRATEGY_LIST(X)
#undef X
};

const char *ft_sweep_strategy_name(enum ft_sweep_strategy s)
{
    return strategies[s];
}

int ft_sweep_strategy_parse(const char *word)
{
    for (int i = 0; i < FT_SWEEP_STRATEGY_COUNT; i++)
        if (!strcmp(strategies[i], word)) return i;
    return -1;
}

void ft_sweep_spec_init(struct ft_sweep_spec *spec)
{
    *spec = (struct ft_sweep_spec){.eta = 3};
}

void ft_sweep_spec_release(struct ft_sweep_spec *spec)
{
    ft_sweep_space_release(&spec->space);
    for (size_t i = 0; i < spec->sizes_n; i++)
        free(spec->sizes[i]);
    spec->sizes_n = 0;
}

void ft_sweep_spec_copy(struct ft_sweep_spec *to, const struct ft_sweep_spec *from)
{
    struct ft_sweep_space none = {0};
    *to = *from;
    to->space = none;
    for (size_t i = 0; i < from->space.n; i++) {
        struct ft_str text = {0};
        ft_sweep_space_text(&from->space.params[i], &text);
        ft_sweep_space_add(&to->space, ft_str_text(&text), NULL); /* it was checked */
        ft_str_release(&text);
    }
    for (size_t i = 0; i < from->sizes_n; i++)
        to->sizes[i] = ft_xstrdup(from->sizes[i]);
}

enum ft_status ft_sweep_spec_sizes(struct ft_sweep_spec *spec, const char *text, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (const char *w = text; !st; w += strcspn(w, ",") + 1) {
        size_t n = strcspn(w, ",");
        char *size = ft_xstrndup(w, n);
        if (!*size)
            st = ft_fail(err, FT_USAGE, "sizes: `%s`: expected such as 10%%,30%%,100%%", text);
        if (!st && ft_option_check(FT_OPT_max_train_samples, size, NULL))
            st = ft_fail(
                err, FT_USAGE,
                "sizes: `%.40s`: expected a number of rows, or a share of them such as 30%%", size);
        for (size_t i = 0; i < spec->sizes_n && !st; i++)
            if (!strcmp(spec->sizes[i], size))
                st =
                    ft_fail(err, FT_USAGE, "sizes: %.*s is there twice", (int)(n < 40 ? n : 40), w);
        if (!st && spec->sizes_n == FT_SWEEP_SIZES_MAX)
            st = ft_fail(err, FT_USAGE, "sizes: more than %d", FT_SWEEP_SIZES_MAX);
        if (!st) {
            spec->sizes[spec->sizes_n++] = size;
            size = NULL;
        }
        free(size);
        if (!w[n]) break;
    }
    return st;
}

enum ft_status ft_sweep_spec_budget(struct ft_sweep_spec *spec, const char *text,
                                    struct ft_err *err)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
    size_t n = strlen(text);
    double unit = 1, x = 0;
    char number[32];
    for (size_t i = 0; i < sizeof units / sizeof *units && n; i++)
        if (text[n - 1] == units[i].unit) unit = units[i].seconds;
    bool has_unit = n && (text[n - 1] < '0' || text[n - 1] > '9');
    snprintf(number, sizeof number, "%.*s", (int)(has_unit ? n - 1 : n), text);
    bool known = !has_unit || text[n - 1] == 's' || unit > 1;
    if (!n || n >= sizeof number || !known || !ft_parse_double(number, &x) || !isfinite(x) ||
        x <= 0 || x * unit > 1e9)
        return ft_fail(err, FT_USAGE, "budget: `%.40s`: expected a time such as 90s, 30m or 2h",
                       text);
    spec->budget_s = x * unit;
    return FT_OK;
}

double ft_sweep_spec_members(const struct ft_sweep_spec *spec)
{
    double n = spec->trials ? (double)spec->trials : ft_sweep_space_size(&spec->space);
    return n * (double)(spec->sizes_n ? spec->sizes_n : 1);
}

double ft_sweep_spec_runs(const struct ft_sweep_spec *spec)
{
    return ft_sweep_spec_members(spec) * (double)(spec->seeds ? spec->seeds : 1) *
           (double)(spec->folds ? spec->folds : 1);
}

size_t ft_sweep_spec_rungs(const struct ft_sweep_spec *spec, size_t members)
{
    size_t cuts = (size_t)lround(log((double)members) / log(spec->eta));
    return members < 2 ? 0 : cuts ? cuts : 1;
}

double ft_sweep_spec_rung_share(const struct ft_sweep_spec *spec, size_t members, size_t rung)
{
    size_t cuts = ft_sweep_spec_rungs(spec, members);
    return rung < cuts ? 0.5 / pow(spec->eta, (double)(cuts - 1 - rung)) : 1;
}

size_t ft_sweep_spec_keep(const struct ft_sweep_spec *spec, size_t members)
{
    size_t keep = (size_t)ceil((double)members / spec->eta - 1e-9);
    return keep ? keep : 1;
}

double ft_sweep_spec_share(const struct ft_sweep_spec *spec)
{
    double all = ft_sweep_spec_members(spec), runs = ft_sweep_spec_runs(spec), done = 0;
    if (spec->strategy != FT_SWEEP_HALVING || !(all <= FT_SWEEP_RUNS_MAX) || spec->min_steps)
        return runs;
    size_t left = (size_t)all, rungs = ft_sweep_spec_rungs(spec, left);
    double sum = 0;
    for (size_t k = 0; k <= rungs; k++) {
        double share = left == 1 ? 1 : ft_sweep_spec_rung_share(spec, (size_t)all, k);
        sum += (double)left * (share - done);
        done = share;
        left = ft_sweep_spec_keep(spec, left);
    }
    return sum * runs / all;
}

static enum ft_status check_strategy(const struct ft_sweep_spec *spec, struct ft_err *err)
{
    double size = ft_sweep_space_size(&spec->space);
    bool halving = spec->strategy == FT_SWEEP_HALVING, grid = spec->strategy == FT_SWEEP_GRID;
    const char *name = ft_sweep_strategy_name(spec->strategy);
    if (grid && spec->trials)
        return ft_fail(err, FT_USAGE,
                       "trials: strategy grid takes all configurations; use "
                       "--strategy random or tpe");
    if (!grid && !halving && !spec->trials)
        return ft_fail(err, FT_USAGE, "strategy %s needs --trials N", name);
    if (!spec->trials && !isfinite(size))
        return ft_fail(
            err, FT_USAGE,
            "strategy %s needs values, and a range has any number of them: list some, or "
            "use --trials N%s",
            name, grid ? " with --strategy random, tpe or halving" : "");
    if ((double)spec->trials > size)
        return ft_fail(
            err, FT_USAGE,
            "trials: the search space has only %.0f configuration%s; use --strategy grid", size,
            size > 1 ? "s" : "");
    if (!grid && !spec->space.n)
        return ft_fail(err, FT_USAGE, "strategy %s needs --over OPTION=VALUES", name);
    if (spec->sizes_n && (halving || spec->strategy == FT_SWEEP_TPE))
        return ft_fail(err, FT_USAGE,
                       "sizes: strategy %s would prefer the largest; use grid or random", name);
    if (!(spec->eta >= 1.5 && spec->eta <= 100))
        return ft_fail(err, FT_USAGE, "eta: expected 1.5 to 100, such as 3");
    if (spec->min_steps && !halving)
        return ft_fail(err, FT_USAGE, "min_steps: only strategy halving has rungs");
    return FT_OK;
}

enum ft_status ft_sweep_spec_check(const struct ft_sweep_spec *spec, const struct ft_options *o,
                                   struct ft_err *err)
{
    bool repeats = spec->seeds || spec->folds || spec->sizes_n;
    if (!spec->space.n && !repeats)
        return ft_fail(err, FT_USAGE,
                       "the search space is empty: use --over OPTION=VALUES, --seeds, --folds or "
                       "--sizes");
    if (spec->seeds > FT_SWEEP_SEEDS_MAX)
        return ft_fail(err, FT_USAGE, "seeds: expected 1 to %d", FT_SWEEP_SEEDS_MAX);
    if (spec->folds && (spec->folds < 2 || spec->folds > FT_SWEEP_FOLDS_MAX))
        return ft_fail(err, FT_USAGE, "folds: expected 2 to %d, such as 5", FT_SWEEP_FOLDS_MAX);
    if (ft_options_given(o, FT_OPT_fold))
        return ft_fail(err, FT_USAGE, "fold: a sweep trains all folds; use --folds K");
    for (size_t i = 0; i < spec->space.n; i++) {
        enum ft_opt id = spec->space.params[i].option;
        if (id == FT_OPT_seed && spec->seeds)
            return ft_fail(err, FT_USAGE, "seed cannot be swept: --seeds repeats with other seeds");
        if (ft_options_given(o, id))
            return ft_fail(err, FT_USAGE,
                           "%s is swept, and given as an option: leave one of them out",
                           ft_option_at(id)->name);
    }
    if (spec->sizes_n && ft_options_given(o, FT_OPT_max_train_samples))
        return ft_fail(err, FT_USAGE, "max_train_samples: --sizes sets it");
    if (ft_options_given(o, FT_OPT_overwrite_output_dir))
        return ft_fail(err, FT_USAGE,
                       "overwrite_output_dir: a sweep replaces nothing; choose another output_dir");
    return check_strategy(spec, err);
}

/* ---- as a command ---- */

static void flag(struct ft_str *out, const char *name, const char *text)
{
    ft_str_addf(out, " --%s ", name);
    ft_shell_quote(out, text);
}

static void flag_count(struct ft_str *out, const char *name, uint64_t n)
{
    if (n) ft_str_addf(out, " --%s %llu", name, (unsigned long long)n);
}

void ft_sweep_spec_flags(const struct ft_sweep_spec *spec, struct ft_str *out)
{
    struct ft_str text = {0};
    for (size_t i = 0; i < spec->space.n; i++) {
        ft_str_clear(&text);
        ft_sweep_space_text(&spec->space.params[i], &text);
        flag(out, "over", ft_str_text(&text));
    }
    if (spec->strategy != FT_SWEEP_GRID)
        flag(out, "strategy", ft_sweep_strategy_name(spec->strategy));
    flag_count(out, "trials", spec->trials);
    if (spec->strategy == FT_SWEEP_HALVING) ft_str_addf(out, " --eta %g", spec->eta);
    flag_count(out, "min_steps", spec->min_steps);
    flag_count(out, "seeds", spec->seeds);
    flag_count(out, "folds", spec->folds);
    ft_str_clear(&text);
    for (size_t i = 0; i < spec->sizes_n; i++)
        ft_str_addf(&text, "%s%s", i ? "," : "", spec->sizes[i]);
    if (spec->sizes_n) flag(out, "sizes", ft_str_text(&text));
    if (spec->budget_s > 0) ft_str_addf(out, " --budget %.15gs", spec->budget_s);
    ft_str_release(&text);
}

void ft_sweep_spec_command(const struct ft_sweep_spec *spec, const struct ft_options *o,
                           const char *dir, struct ft_str *out)
{
    static const char train[] = "fettle train";
    struct ft_str options = {0};
    ft_options_command(o, NULL, false, &options);
    ft_str_addz(out, "fettle sweep");
    ft_sweep_spec_flags(spec, out);
    flag(out, "output_dir", dir);
    ft_str_addz(out, ft_str_text(&options) + sizeof train - 1);
    ft_str_release(&options);
}
