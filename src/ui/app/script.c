/* Reading of scripts: a line at a time, a key at a time. What the steps do is the app's matter. */
#include "ui/app/script.h"

#include "ui/term/canvas.h"
#include "util/fs.h"
#include "util/mem.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_BYTES = 1 << 20 };

struct ft_script {
    char *path, *data, *next; /* next line */
    char *line;               /* the one being worked on */
    char *rest;               /* of its keys; NULL: none */
    bool by_name;             /* rest holds names, not characters */
    int number;
    char place[512];
};

enum ft_status ft_script_open(struct ft_script **out, const char *path, struct ft_err *err)
{
    size_t n;
    char *data;
    enum ft_status st = ft_file_read(path, SCRIPT_BYTES, &data, &n, err);
    if (st) return st;
    if (memchr(data, 0, n)) {
        free(data);
        return ft_fail(err, FT_FORMAT, "%s: not a text file (contains NUL bytes)", path);
    }
    struct ft_script *s = ft_xcalloc(1, sizeof *s);
    s->path = ft_xstrdup(path);
    s->data = s->next = data;
    *out = s;
    return FT_OK;
}

void ft_script_close(struct ft_script *s)
{
    if (!s) return;
    free(s->path);
    free(s->data);
    free(s);
}

const char *ft_script_place(const struct ft_script *s)
{
    return s->place;
}

/* The rest of the line after `word` and a blank, or NULL when the line does not start so. */
static char *after(char *line, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(line, word, n)) return NULL;
    if (!line[n]) return line + n;
    return line[n] == ' ' ? line + n + 1 : NULL;
}

/* One key from s->rest. */
static enum ft_status take_key(struct ft_script *s, struct ft_script_step *step, struct ft_err *err)
{
    step->kind = FT_SCRIPT_KEY;
    step->key = (struct ft_key){.code = FT_KEY_CHAR};
    if (!s->by_name) {
        s->rest += ft_text_next(s->rest, strlen(s->rest), &step->key.cp);
        if (!*s->rest) s->rest = NULL;
        return FT_OK;
    }
    char *name = s->rest, *end = name + strcspn(name, " ");
    s->rest = *end ? end + 1 + strspn(end + 1, " ") : NULL;
    if (s->rest && !*s->rest) s->rest = NULL;
    *end = 0;
    if (ft_key_parse(name, &step->key)) return FT_OK;
    return ft_fail(err, FT_USAGE,
                   "%s: unknown key '%s'; keys are named Down, PgUp, Ctrl-R, Alt-1, x", s->place,
                   name);
}

/* Reads n whole numbers, parted by blanks, and nothing after them. */
static bool integers(const char *arg, int *const *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *end;
        long value = strtol(arg, &end, 10);
        if (end == arg || value < INT_MIN || value > INT_MAX) return false;
        *out[i] = (int)value;
        arg = end;
    }
    return !arg[strspn(arg, " ")];
}

enum ft_status ft_script_next(struct ft_script *s, struct ft_script_step *step, struct ft_err *err)
{
    char *arg;
    *step = (struct ft_script_step){.kind = FT_SCRIPT_END};
    if (s->rest) return take_key(s, step, err);
    for (;;) {
        if (!*s->next) return FT_OK;
        s->line = s->next;
        s->next += strcspn(s->next, "\n");
        if (*s->next) *s->next++ = 0;
        s->line[strcspn(s->line, "\r")] = 0;
        s->number++;
        snprintf(s->place, sizeof s->place, "%s line %d", s->path, s->number);
        s->line += strspn(s->line, " ");
        if (*s->line && *s->line != '#') break;
    }
    if ((arg = after(s->line, "key")) || (arg = after(s->line, "keys"))) {
        s->by_name = !strncmp(s->line, "key ", 4);
        s->rest = s->by_name ? arg + strspn(arg, " ") : arg;
        if (*s->rest) return take_key(s, step, err);
        s->rest = NULL;
        return ft_fail(err, FT_USAGE, "%s: expected a key", s->place);
    }
    if ((arg = after(s->line, ":size")) || (arg = after(s->line, "size"))) {
        if (!integers(arg, (int *[]){&step->w, &step->h}, 2) || step->w < 1 || step->h < 1 ||
            step->w > 1000 || step->h > 1000)
            return ft_fail(err, FT_USAGE, "%s: expected :size WIDTH HEIGHT, 1 to 1000", s->place);
        step->kind = FT_SCRIPT_SIZE;
    } else if (*s->line == ':') {
        step->kind = FT_SCRIPT_COMMAND;
        step->text = s->line;
    } else if ((arg = after(s->line, "expect"))) {
        step->kind = FT_SCRIPT_EXPECT;
        step->text = arg;
    } else if ((arg = after(s->line, "reject"))) {
        step->kind = FT_SCRIPT_REJECT;
        step->text = arg;
    } else if ((arg = after(s->line, "paste"))) {
        step->kind = FT_SCRIPT_KEY;
        step->key = (struct ft_key){.code = FT_KEY_PASTE, .text = arg, .n = strlen(arg)};
    } else if ((arg = after(s->line, "click"))) {
        step->kind = FT_SCRIPT_KEY;
        step->key = (struct ft_key){.code = FT_KEY_MOUSE, .button = FT_BUTTON_LEFT};
        if (!integers(arg, (int *[]){&step->key.y, &step->key.x}, 2))
            return ft_fail(err, FT_USAGE, "%s: expected click ROW COLUMN", s->place);
    } else if ((arg = after(s->line, "pause"))) {
        step->kind = FT_SCRIPT_PAUSE;
        if (!integers(arg, (int *[]){&step->ms}, 1) || step->ms < 0 || step->ms > 600000)
            return ft_fail(err, FT_USAGE, "%s: expected pause MILLISECONDS", s->place);
    } else if ((arg = after(s->line, "signal"))) {
        step->kind = FT_SCRIPT_SIGNAL;
        step->text = arg;
        if (strcmp(arg, "RESIZE") && strcmp(arg, "TERM"))
            return ft_fail(err, FT_USAGE, "%s: expected signal RESIZE or TERM", s->place);
    } else {
        return ft_fail(
            err, FT_USAGE,
            "%s: unknown step '%.60s'; expected key, keys, paste, click, expect, reject, "
            "pause, signal or a :command",
            s->place, s->line);
    }
    return FT_OK;
}
