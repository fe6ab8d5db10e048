/* `fettle plan`: what a training step would take by several processes over a network. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/tools/bench.h"
#include "util/str.h"

int ft_cmd_plan(const struct ft_args *a)
{
    struct ft_bench_opt opt = {
        .rounds = 5, .megabytes = 1, .seconds = 30, .what = {[FT_BENCH_NETWORK] = true}};
    struct ft_bench b = {0};
    struct ft_err err = {0};
    struct ft_str out = {0};
    if (!ft_args_option(a, FT_OPT_model)) return ft_command_usage(a, "--model is required");
    enum ft_status st = ft_bench_run(&b, &a->o, &opt, &err);
    if (!st) (ft_args_flag(a, "json") ? ft_bench_json : ft_bench_text)(&b, &out);
    ft_command_print(a, &out);
    ft_bench_release(&b);
    ft_str_release(&out);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}
