/* See cmdline.h. */
#include "ui/app/cmdline.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ft_command_arg(const char **rest, char *buf, size_t size)
{
    const char *p = *rest;
    size_t n = 0;
    p += strspn(p, " \t");
    if (!*p) {
        *rest = p;
        return false;
    }
    char quote = *p == '"' || *p == '\'' ? *p++ : 0;
    for (; *p && (quote ? *p != quote : *p != ' ' && *p != '\t'); p++)
        if (n + 1 < size) buf[n++] = *p;
    if (quote && *p) p++;
    buf[n] = 0;
    p += strspn(p, " \t");
    *rest = p;
    return true;
}

/* A shell's quotes and backslashes taken off; free() it. */
static char *unquoted(const char *text)
{
    struct ft_str s = {0};
    char quote = 0;
    for (const char *p = text; *p; p++) {
        if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? 0 : *p;
        else if (*p == '\\' && quote != '\'' && p[1])
            ft_str_addc(&s, *++p);
        else
            ft_str_addc(&s, *p);
    }
    ft_str_addz(&s, "");
    return s.data ? ft_str_take(&s) : ft_xstrdup("");
}

char *ft_command_path(const char *rest)
{
    char *path = ft_path_home(rest);
    if (!*rest || ft_path_exists(path) || !strpbrk(rest, "\"'\\")) return path;
    char *plain = unquoted(rest), *real = ft_path_home(plain);
    bool quoted = *rest == '"' || *rest == '\'';
    free(plain);
    if (quoted || ft_path_exists(real)) {
        free(path);
        return real;
    }
    free(real);
    return path;
}

enum ft_status ft_command_parse(enum ft_scope scope, const char *line, enum ft_action *action,
                                const char **rest, struct ft_err *err)
{
    char word[64];
    while (*line == ':' || *line == ' ')
        line++;
    *action = FT_ACT_NONE;
    *rest = line;
    if (!*line) return FT_OK;
    size_t n = strcspn(line, " \t");
    *rest = line + n + strspn(line + n, " \t");
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), line);
    for (char *p = word; *p; p++)
        if (*p == '_') *p = '-';
    *action = ft_action_of_word(scope, word);
    if (*action) return FT_OK;
    const char *near = ft_action_nearest(word);
    if (near) return ft_fail(err, FT_USAGE, "no command '%s'; did you mean :%s?", word, near);
    return ft_fail(err, FT_USAGE, "no command '%s'; ? lists this screen's commands", word);
}

enum ft_status ft_command_choice(const char *usage, const char *rest, struct ft_err *err)
{
    size_t n = strlen(rest);
    while (n && rest[n - 1] == ' ')
        n--;
    if (!n || !strchr(usage, '|')) return FT_OK;
    for (const char *one = usage; *one;) {
        size_t len = strcspn(one, "|");
        if (len == n && !strncmp(one, rest, n)) return FT_OK;
        one += len + (one[len] == '|');
    }
    struct ft_str list = {0};
    for (const char *p = usage; *p; p++)
        ft_str_addz(&list, *p != '|' ? (char[]){*p, 0} : strchr(p + 1, '|') ? ", " : " or ");
    enum ft_status st =
        ft_fail(err, FT_USAGE, "expected %s, not '%.*s'", ft_str_text(&list), (int)n, rest);
    ft_str_release(&list);
    return st;
}

/* --- where the cursor is --- */

static size_t blanks(const char *p)
{
    return strspn(p, " \t");
}

/* The i-th blank-separated word of a usage column, its length to *n; the last one repeats. */
static const char *usage_word(const char *usage, int i, size_t *n)
{
    const char *word = usage;
    *n = strcspn(word, " ");
    while (i-- > 0 && word[*n]) {
        word += *n + 1;
        *n = strcspn(word, " ");
    }
    return word;
}

/* What the value of a named argument is: of "text=C" for the word "text=ti" it is C; "" for a key
 * that the usage does not have. */
static void named_kind(const char *usage, const char *word, char *kind, size_t size)
{
    size_t n, key = strcspn(word, "=") + 1;
    kind[0] = 0;
    for (const char *u = usage; *u; u += n + (u[n] == ' ')) {
        n = strcspn(u, " ");
        if (n > key && !strncmp(u, word, key))
            snprintf(kind, size, "%.*s", (int)(n - key), u + key);
    }
}

/* Walks over the arguments that end before the cursor. The last word of the usage takes all that is
 * left, blanks too (a path, a label); "text=C label=C" is one of several words. */
static void place_argument(const char *usage, const char *line, size_t from,
                           struct ft_command_place *at)
{
    bool named = strchr(usage, '=') != NULL;
    size_t n;
    for (int i = 0;; i++) {
        const char *kind = usage_word(usage, i, &n);
        size_t end = from + strcspn(line + from, " \t");
        bool last = !named && !kind[n];
        if (last || !line[end]) {
            snprintf(at->kind, sizeof at->kind, "%.*s", (int)n, kind);
            break;
        }
        snprintf(at->before, sizeof at->before, "%.*s", (int)(end - from < 255 ? end - from : 255),
                 line + from);
        from = end + blanks(line + end);
    }
    const char *mark = named ? strchr(at->kind, '=') : NULL;
    const char *value = mark ? strchr(line + from, '=') : NULL;
    const char *comma = strcmp(at->kind, "CLEAN") ? NULL : strrchr(line + from, ',');
    if (value)
        named_kind(usage, line + from, at->kind, sizeof at->kind);
    else if (mark)
        at->kind[0] = 0;
    if (value || comma) from = (size_t)((value ? value : comma) - line) + 1;
    at->from = from;
}

void ft_command_place(enum ft_scope scope, const char *line, struct ft_command_place *at)
{
    *at = (struct ft_command_place){0};
    const char *rest;
    size_t from = strspn(line, ": "), end = from + strcspn(line + from, " \t");
    if (!line[end]) {
        at->word = true;
        at->from = from;
        return;
    }
    at->from = end + blanks(line + end);
    if (!ft_command_parse(scope, line, &at->action, &rest, NULL) && at->action)
        place_argument(ft_action_row(at->action)->usage, line, at->from, at);
}

static enum ft_scope screen_of(enum ft_scope s)
{
    while (ft_scope_outer(s) != FT_SCOPE_ALL)
        s = ft_scope_outer(s);
    return s;
}

static void add_word(enum ft_scope scope, enum ft_action a, struct ft_matches *out)
{
    const struct ft_action_row *row = ft_action_row(a);
    if (!*row->word || ft_action_of_word(scope, row->word) != a) return; /* another one has it */
    char *note = ft_xprintf("%s%s%s", row->usage, *row->usage ? "  " : "", row->help);
    ft_matches_add_note(out, row->word, note);
    free(note);
}

void ft_command_words(enum ft_scope scope, const char *prefix, struct ft_matches *out)
{
    static const enum ft_action often[] = {FT_ACT_OPEN,   FT_ACT_TRAIN, FT_ACT_SET,
                                           FT_ACT_MODEL,  FT_ACT_RUN,   FT_ACT_PREDICT,
                                           FT_ACT_EXPORT, FT_ACT_HELP,  FT_ACT_QUIT};
    for (size_t i = 0; !*prefix && i < sizeof often / sizeof *often; i++)
        add_word(scope, often[i], out);
    for (int pass = 0; pass < 3; pass++)
        for (int i = 1; i < FT_ACT_COUNT; i++) {
            enum ft_scope s = screen_of(ft_action_row((enum ft_action)i)->scope);
            int when = s == FT_SCOPE_ALL ? 1 : s == screen_of(scope) ? 0 : 2;
            if (when == pass) add_word(scope, (enum ft_action)i, out);
        }
}
