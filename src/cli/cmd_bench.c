/* `fettle bench`: how fast this machine is with a given model. `fettle plan`: what a training step
 * would take by several processes over a network. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/tools/bench.h"
#include "util/str.h"

#include <stdio.h>

/* A flag's whole number in [1, most]; false after saying what is wrong. */
static bool take_number(const struct ft_args *a, const char *flag, long long most, size_t *out)
{
    const char *text = ft_args_flag(a, flag);
    long long n;
    if (!text) return true;
    if (!ft_parse_i64(text, &n) || n < 1 || n > most) {
        ft_command_usage(a, "%s is %s, expected 1 to %lld", flag, text, most);
        return false;
    }
    *out = (size_t)n;
    return true;
}

static int measure(const struct ft_args *a, const struct ft_bench_opt *opt)
{
    struct ft_bench b = {0};
    struct ft_err err = {0};
    struct ft_str out = {0};
    enum ft_status st = ft_bench_run(&b, &a->o, opt, &err);
    if (!st) (ft_args_flag(a, "json") ? ft_bench_json : ft_bench_text)(&b, &out);
    ft_command_print(a, &out);
    ft_bench_release(&b);
    ft_str_release(&out);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}

int ft_cmd_bench(const struct ft_args *a)
{
    struct ft_bench_opt opt = {.rounds = 5, .megabytes = 16};
    for (size_t i = 0; i < a->words_n; i++) {
        int what = ft_bench_parse(a->words[i]);
        if (what < 0) {
            const char *names[FT_BENCH_COUNT];
            for (int k = 0; k < FT_BENCH_COUNT; k++)
                names[k] = ft_bench_name((enum ft_bench_what)k);
            const char *near = ft_nearest(a->words[i], names, FT_BENCH_COUNT);
            return near ? ft_command_usage(a, "unknown benchmark `%s`; did you mean %s?",
                                           a->words[i], near)
                        : ft_command_usage(a, "unknown benchmark `%s`", a->words[i]);
        }
        opt.what[what] = true;
    }
    if (!take_number(a, "rounds", FT_BENCH_ROUNDS_MAX, &opt.rounds) ||
        !take_number(a, "megabytes", FT_BENCH_MEGABYTES_MAX, &opt.megabytes))
        return 2;
    return measure(a, &opt);
}

int ft_cmd_plan(const struct ft_args *a)
{
    struct ft_bench_opt opt = {
        .rounds = 5, .megabytes = 1, .seconds = 30, .what = {[FT_BENCH_NETWORK] = true}};
    if (!ft_args_option(a, FT_OPT_model)) return ft_command_usage(a, "--model is required");
    return measure(a, &opt);
}
