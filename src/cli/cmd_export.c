/* `fettle export`: a model as another program wants it. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/runs/export.h"
#include "util/str.h"

#include <stdio.h>

int ft_cmd_export(const struct ft_args *a)
{
    const char *model = ft_args_flag(a, "model"), *output = ft_args_flag(a, "output");
    const char *format = ft_args_flag(a, "format");
    if (!model || !output)
        return ft_command_usage(a, "--%s is missing", model ? "output" : "model");
    struct ft_err err = {0};
    struct ft_exported done;
    if (ft_export(model, format, output, NULL, &done, &err)) return ft_command_fail(a, &err);
    char size[32];
    ft_command_say("%s: %zu file%s, %s", output, done.files, ft_plural(done.files),
                   ft_format_bytes(size, sizeof size, (double)done.bytes));
    return ft_command_done();
}
