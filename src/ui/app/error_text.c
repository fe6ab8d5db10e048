#include "ui/app/error_text.h"

#include "engine/options/options.h"
#include "util/str.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const commands[] = {"resume", "fork"};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Is text[at] inside a shell command: behind "fettle " in the same clause? */
static bool in_shell(const char *text, size_t at)
{
    while (at > 0 && !strchr(";,(`", text[at - 1]) && strncmp(text + at, "fettle ", 7))
        at--;
    return !strncmp(text + at, "fettle ", 7);
}

/* Does a value follow the name of a switch? */
static bool has_value(const char *p)
{
    return !strncmp(p, " true", 5) || !strncmp(p, " false", 6);
}

/* Writes the command for the option at p, "--NAME"; returns the bytes read, 0 when it is none. */
static size_t put_option(const char *p, struct ft_str *out)
{
    char name[64];
    size_t n = 2;
    while (is_name(p[n]))
        n++;
    snprintf(name, sizeof name, "%.*s", (int)(n - 2), p + 2);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(name, commands[i])) {
            ft_str_addf(out, ":%s", name);
            return n;
        }
    int id = ft_option_find(name);
    if (id < 0 || n - 2 >= sizeof name) return 0;
    const struct ft_option *o = ft_option_at((enum ft_opt)id);
    bool bare = o->type == FT_OPT_TYPE_BOOL && !has_value(p + n);
    ft_str_addf(out, ":set %s%s", o->name, bare ? " true" : "");
    return n;
}

char *ft_error_text(const struct ft_err *err, char *buf, size_t size)
{
    return ft_engine_text(*err->msg ? err->msg : ft_status_name(err->code), buf, size);
}

char *ft_engine_text(const char *text, char *buf, size_t size)
{
    struct ft_str out = {0};
    for (size_t i = 0; text[i];) {
        bool start = !i || strchr(" ('`", text[i - 1]);
        bool option = start && !strncmp(text + i, "--", 2) && is_name(text[i + 2]);
        size_t n = option && !in_shell(text, i) ? put_option(text + i, &out) : 0;
        if (!n) ft_str_addc(&out, text[i++]);
        i += n;
    }
    snprintf(buf, size, "%s", ft_str_text(&out));
    ft_str_release(&out);
    return buf;
}
