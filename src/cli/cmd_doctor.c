/* `fettle doctor`: what the program finds on this machine. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/tools/doctor.h"
#include "util/str.h"

#include <stdio.h>

int ft_cmd_doctor(const struct ft_args *a)
{
    struct ft_str s = {0};
    ft_doctor(ft_args_flag(a, "json") != NULL, &s);
    ft_command_print(a, &s);
    ft_str_release(&s);
    return ft_command_done();
}
