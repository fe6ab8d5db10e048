/* Results and messages of commands: see report.h. */
#include "cli/report.h"

#include "cli/args.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ft_err last;

const struct ft_err *ft_command_last(void)
{
    return &last;
}

int ft_command_fail(const struct ft_args *a, const struct ft_err *err)
{
    last = *err;
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
