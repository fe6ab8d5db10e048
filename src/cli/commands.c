/* The command table. A row here and a function ft_cmd_NAME make a command. */
#include "cli/command.h"

#include "cli/args.h"

#include <string.h>

enum { ANY = 1 << 20 };

static const struct ft_command commands[] = {
    {"pull", "pull ID[@REV]", "fetch a model from the hub", NULL, true, 0, ANY, ft_cmd_missing},
    {"export", "export --model M --format hf|onnx|gguf --output F",
     "write a model in another format", NULL, true, 0, ANY, ft_cmd_missing},
    {"bench", "bench [WHAT] [options] [--json]", "measure kernels and steps", NULL, true, 0, ANY,
     ft_cmd_missing},
    {"help", "help [COMMAND]", "how to use a command", NULL, false, 0, 1, ft_cmd_help},
};

const struct ft_command *ft_command_at(size_t i)
{
    return i < sizeof commands / sizeof *commands ? &commands[i] : NULL;
}

const struct ft_command *ft_command_find(const char *name)
{
    const struct ft_command *c;
    for (size_t i = 0; (c = ft_command_at(i)); i++)
        if (!strcmp(c->name, name)) return c;
    return NULL;
}

/* What is on the command line's list and is not in this version: said plainly. */
int ft_cmd_missing(const struct ft_args *a)
{
    struct ft_err err = {0};
    ft_fail(&err, FT_UNSUPPORTED, "%s: not in this version of fettle (%s)", a->command->name,
            FETTLE_VERSION);
    return ft_command_fail(a, &err);
}
