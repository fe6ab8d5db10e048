/* `fettle baseline`: what the commonest label and a linear classifier reach. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/task/baseline.h"
#include "util/str.h"

#include <stdio.h>

int ft_cmd_baseline(const struct ft_args *a)
{
    struct ft_err err = {0};
    struct ft_str out = {0};
    struct ft_baseline b = {0};
    if (!ft_args_option(a, FT_OPT_data)) return ft_command_usage(a, "--data is required");
    enum ft_status st = ft_baseline_file(&b, &a->o, NULL, &err);
    if (st) return ft_command_fail(a, &err);
    if (ft_args_flag(a, "json")) {
        ft_baseline_json(&b, &out);
        ft_str_addc(&out, '\n');
    } else {
        ft_baseline_text(&b, &out);
    }
    ft_command_print(a, &out);
    ft_str_release(&out);
    ft_baseline_release(&b);
    return ft_command_done();
}
