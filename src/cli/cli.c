/* Dispatch: finds the command's row, reads its words, runs it. Everything a command says goes to
 * stderr through the log's listener here; results are the commands' own, on stdout. */
#include "cli/cli.h"

#include "cli/args.h"
#include "cli/command.h"
#include "cli/help.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ft_command_fail(const struct ft_args *a, const struct ft_err *err)
{
    fflush(stdout);
    fprintf(stderr, "error: %s\n", err->msg[0] ? err->msg : ft_status_name(err->code));
    if (err->code == FT_USAGE && a && a->command)
        fprintf(stderr, "hint: fettle help %s\n", a->command->name);
    return err->code == FT_USAGE ? 2 : err->code == FT_CANCELLED ? 130 : 1;
}

int ft_command_usage(const struct ft_args *a, const char *fmt, ...)
{
    struct ft_err err = {0};
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ft_fail(&err, FT_USAGE, "%s: %s", a->command->name, text);
    return ft_command_fail(a, &err);
}

void ft_command_print(const struct ft_args *a, struct ft_str *s)
{
    if (ft_args_flag(a, "json"))
        fwrite(ft_str_text(s), 1, s->len, stdout);
    else
        ft_command_show(s);
}

void ft_command_show(const struct ft_str *s)
{
    struct ft_str shown = {0};
    ft_str_add_shown(&shown, ft_str_text(s), s->len, false);
    fwrite(ft_str_text(&shown), 1, shown.len, stdout);
    ft_str_release(&shown);
}

void ft_command_say(const char *fmt, ...)
{
    struct ft_str text = {0};
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *line = ft_xmalloc(n < 0 ? 1 : (size_t)n + 1);
    line[0] = 0;
    if (n > 0) vsnprintf(line, (size_t)n + 1, fmt, again);
    va_end(again);
    ft_str_add_shown(&text, line, strlen(line), true);
    fprintf(stderr, "%s\n", ft_str_text(&text));
    ft_str_release(&text);
    free(line);
}

int ft_command_done(void)
{
    if (!fflush(stdout) && !ferror(stdout)) return 0;
    fprintf(stderr, "error: stdout: %s\n", strerror(errno));
    return 1;
}

static void say(void *arg, enum ft_log_level level, const char *line)
{
    (void)arg;
    if (level < FT_LOG_NOTE) return;
    const char *before = level == FT_LOG_WARN    ? "warning: "
                         : level == FT_LOG_ERROR ? "error: "
                                                 : "";
    fprintf(stderr, "%s%s\n", before, line);
}

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

int ft_cli_main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "--help";
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
    ft_log_listen(say, NULL);
    struct ft_args a;
    struct ft_err err = {0};
    int rc;
    bool missing = c->run == ft_cmd_missing; /* its words have no meaning yet */
    if (ft_args_parse(&a, c, missing ? 0 : argc - 2, argv + 2, &err)) {
        a.command = c;
        rc = ft_command_fail(&a, &err);
    } else {
        rc = c->run(&a);
        ft_args_release(&a);
    }
    ft_log_listen(NULL, NULL);
    return rc;
}
