/* `fettle embed`: the vectors of a file's texts. */
#include "cli/args.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "engine/predict/embed_file.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

struct work {
    struct ft_embed_file f;
    struct ft_embed_done done;
};

static enum ft_status embed(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct work *x = arg;
    return ft_embed_file(&x->f, &x->done, w, err);
}

static void say_done(const struct ft_embed_done *d, const char *output)
{
    char rows[32], tokens[32];
    ft_command_say("%s vector%s of %llu numbers, %s tokens in %.1f s: %s",
                   ft_format_count(rows, sizeof rows, (long long)d->rows),
                   ft_plural((size_t)d->rows), (unsigned long long)d->size,
                   ft_format_count(tokens, sizeof tokens, (long long)d->tokens), d->seconds,
                   output);
}

int ft_cmd_embed(const struct ft_args *a)
{
    struct ft_err err = {0};
    enum ft_embed_form form;
    struct work x = {.f = {.model = ft_args_option(a, FT_OPT_model),
                           .input = ft_args_flag(a, "input"),
                           .output = ft_args_flag(a, "output"),
                           .o = &a->o,
                           .to = stdout,
                           .normalise = ft_args_flag(a, "normalize") != NULL}};
    const char *input = x.f.input, *output = x.f.output;
    if (!x.f.model) return ft_command_usage(a, "--model is required");
    if (!input) return ft_command_usage(a, "--input is required");
    if (!ft_path_is_file(input) && !ft_path_is_dir(input) &&
        (!strcmp(input, "-") || ft_path_exists(input)))
        return ft_command_usage(
            a, "--input %s: expected a file, not a pipe: save it to a file first", input);
    if (output && ft_embed_form_of(output, &form, &err))
        return ft_command_usage(a, "--output %s", err.msg);
    enum ft_status st = ft_stop_work("reading", embed, &x, &err);
    if (st == FT_CANCELLED && ft_stop_signal()) {
        ft_command_say("stopped%s%s%s", output ? "; " : "", output ? output : "",
                       output ? " was not written" : "");
        return 128 + ft_stop_signal();
    }
    if (st) return ft_command_fail(a, &err);
    if (output) say_done(&x.done, output);
    return ft_command_done();
}
