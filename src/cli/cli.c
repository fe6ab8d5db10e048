/* Dispatch: finds the command's row, reads its words, runs it. Everything a command says goes to
 * stderr through log_lines.h; results are the commands' own, on stdout. */
#include "cli/cli.h"

#include "cli/args.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/log_lines.h"
#include "cli/mpirun.h"
#include "cli/report.h"
#include "engine/options/ranks.h"
#include "util/str.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static int fail_unknown(const char *word)
{
    const char *names[64];
    size_t n = 0;
    for (const struct ft_command *c; n < 64 && (c = ft_command_at(n)); n++)
        names[n] = c->name;
    const char *near = ft_nearest(word, names, n);
    struct ft_err err = {0};
    if (near)
        ft_fail(&err, FT_USAGE, "unknown command `%s`; did you mean %s?", word, near);
    else
        ft_fail(&err, FT_USAGE, "unknown command `%s`", word);
    ft_command_fail(NULL, &err);
    fprintf(stderr, "hint: fettle help\n");
    return 2;
}

bool ft_cli_is_ranks(void)
{
    return ft_ranks_size() > 1;
}

int ft_cli_refuse_ranks(void)
{
    return ft_mpirun_refuse("the workbench");
}

int ft_cli_main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "--help";
    ft_mpirun_begin();
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of the write, with its file */
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
        printf("fettle %s (%s, %s)\n", FETTLE_VERSION, FETTLE_BUILD, FETTLE_MARCH);
        return ft_command_done();
    }
    if (!strcmp(word, "--help") || !strcmp(word, "-h")) word = "help";
    const struct ft_command *c = ft_command_find(word);
    if (!c) return fail_unknown(word);
    for (int i = 2; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            ft_help_command(c, stdout);
            return ft_command_done();
        }
    ft_log_lines_begin();
    struct ft_args a;
    struct ft_err err = {0};
    int rc;
    if (ft_args_parse(&a, c, argc - 2, argv + 2, &err)) {
        a.command = c;
        rc = ft_command_fail(&a, &err);
    } else {
        rc = ft_mpirun_run(c, &a);
        ft_args_release(&a);
    }
    ft_log_lines_end();
    return rc;
}
