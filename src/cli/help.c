/* `fettle help [COMMAND]` and `fettle COMMAND --help`. */
#include "cli/help.h"

#include "engine/tools/bench.h"
#include "util/kinds.h"
#include "util/str.h"

#include <string.h>

enum { WIDTH = 96, INDENT = 8 };

/* `text` in lines of at most WIDTH columns, each after INDENT blanks. */
static void put_wrapped(FILE *to, const char *text)
{
    size_t column = 0;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        if (column && column + 1 + n > WIDTH) {
            fputc('\n', to);
            column = 0;
        }
        if (!column)
            column = (size_t)fprintf(to, "%*s", INDENT, "");
        else
            column += (size_t)fprintf(to, " ");
        column += fwrite(p, 1, n, to);
        p += n + strspn(p + n, " ");
    }
    fputc('\n', to);
}

/* The usage lines, each after `before`. */
static void put_usage(FILE *to, const struct ft_command *c, const char *before)
{
    for (const char *p = c->usage; *p;) {
        size_t n = strcspn(p, "\n");
        fprintf(to, "%sfettle %.*s\n", before, (int)n, p);
        p += n + (p[n] == '\n');
    }
}

void ft_help_overview(const struct ft_command *commands, size_t n, FILE *to)
{
    struct ft_str families = {0};
    ft_family_titles(&families, FT_FAMILY_ALL, "and");
    fprintf(to, "fettle fine-tunes %s on a CPU, in the terminal.\n\n", ft_str_text(&families));
    ft_str_release(&families);
    fputs("    fettle             the workbench (same as `fettle ui`)\n"
          "    fettle --version\n\n",
          to);
    fprintf(to, "    %-10s %s\n", "ui", "the workbench (interactive)");
    for (size_t i = 0; i < n; i++)
        fprintf(to, "    %-10s %s\n", commands[i].name, commands[i].help);
    fputs("\n`fettle help COMMAND` shows its options. Exit status: 0 success, 1 failure, 2 usage "
          "error, 130 or\n143 stopped by a signal after saving. Results go to stdout, messages to "
          "stderr.\n",
          to);
}

const char *ft_help_value_name(const struct ft_option *o)
{
    switch (o->type) {
    case FT_OPT_TYPE_INT:
        return "N";
    case FT_OPT_TYPE_FLOAT:
        return "X";
    case FT_OPT_TYPE_BOOL:
        return "true|false";
    case FT_OPT_TYPE_CHOICE:
    case FT_OPT_TYPE_SET:
        return o->choices;
    case FT_OPT_TYPE_PATH:
        return "PATH";
    default:
        return "TEXT";
    }
}

static void put_option(FILE *to, const struct ft_option *o)
{
    fprintf(to, "    --%s %s", o->name, ft_help_value_name(o));
    if (*o->fallback) fprintf(to, "  [%s]", o->fallback);
    fputc('\n', to);
    put_wrapped(to, o->help);
}

static void put_presets(FILE *to)
{
    size_t n;
    const struct ft_preset *p = ft_presets_built_in(&n);
    fputs("    --preset NAME\n        A named set of options. Flags override it. Built in:\n", to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "        %-12s %s\n", p[i].name, p[i].help);
}

static void put_options(FILE *to, const struct ft_command *c)
{
    fputs("\nOptions (`--flag value`, `--flag=value`; `-` for `_` is accepted; [default]):\n\n    "
          "--config FILE\n        A file of options: a JSON object or lines `option = value`. "
          "Flags override it.\n",
          to);
    if (c->run == ft_cmd_train) put_presets(to);
    for (int g = 0; g < FT_OPT_GROUP_COUNT; g++) {
        bool first = true;
        for (int i = 0; i < FT_OPT_COUNT; i++) {
            const struct ft_option *o = ft_option_at((enum ft_opt)i);
            if ((int)o->group != g || !ft_command_reads(c, (enum ft_opt)i)) continue;
            if (first) fprintf(to, "\n%s\n", ft_opt_group_name(o->group));
            first = false;
            put_option(to, o);
        }
    }
}

static void put_benchmarks(FILE *to)
{
    fputs("\nBenchmarks (default: all that suit the model):\n\n", to);
    for (int i = 0; i < FT_BENCH_COUNT; i++)
        fprintf(to, "    %-11s %s\n", ft_bench_name((enum ft_bench_what)i),
                ft_bench_help((enum ft_bench_what)i));
}

void ft_help_command(const struct ft_command *c, FILE *to)
{
    fprintf(to, "fettle %s: %s\n\n", c->name, c->help);
    put_usage(to, c, "    ");
    if (c->run == ft_cmd_bench) put_benchmarks(to);
    if (c->flags) fputc('\n', to);
    for (const struct ft_flag *f = c->flags; f && f->name; f++) {
        fprintf(to, "    --%s%s%s\n", f->name, f->value ? " " : "", f->value ? f->value : "");
        put_wrapped(to, f->help);
    }
    if (c->options) put_options(to, c);
}
