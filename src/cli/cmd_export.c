/* `fettle export`: a model as another program wants it; data with label edits in its own format. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/runs/export.h"
#include "engine/tools/data_rewrite.h"
#include "util/str.h"

#include <stdio.h>

static int export_data(const struct ft_args *a, const char *output)
{
    struct ft_err err = {0};
    struct ft_data_rewritten done;
    struct ft_options o;
    const char *model = ft_args_flag(a, "model");
    ft_options_copy(&o, &a->o);
    enum ft_status st = FT_OK;
    if (model) st = ft_options_set_id(&o, FT_OPT_model, model, true, &err);
    if (!st) st = ft_data_rewrite(&o, output, &done, &err);
    ft_options_release(&o);
    if (st) return ft_command_fail(a, &err);
    ft_command_say("%s: %zu row%s changed, %zu removed, of %zu", output, done.changed,
                   ft_plural(done.changed), done.dropped, done.rows);
    if (done.stale)
        ft_command_say("%zu label edit%s not applied: %s text or label is another one", done.stale,
                       ft_by_count(done.stale, " was", "s were"),
                       done.stale == 1 ? "the row's" : "their rows'");
    if (done.encoding) ft_command_say("%s: UTF-8; the data is %s", output, done.encoding);
    return ft_command_done();
}

int ft_cmd_export(const struct ft_args *a)
{
    const char *model = ft_args_flag(a, "model"), *output = ft_args_flag(a, "output");
    const char *format = ft_args_flag(a, "format");
    if (ft_args_option(a, FT_OPT_data) && !format && output) return export_data(a, output);
    if (ft_args_option(a, FT_OPT_data) && output)
        return ft_command_usage(a, "--format is for models; data keeps its format");
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
