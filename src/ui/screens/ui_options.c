/* One table of options: parsing and help come from it. */
#include "ui/screens/ui_options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, FLAG, SIZE };

static const struct row {
    struct ft_ui_option o;
    enum kind kind;
    size_t offset;
} rows[] = {
    {{"open", "F", "open this data file or folder"}, TEXT, offsetof(struct ft_ui_options, open)},
    {{"model", "M", "fine-tune this model"}, TEXT, offsetof(struct ft_ui_options, model)},
    {{"run", "D", "open this run with its data and model"},
     TEXT,
     offsetof(struct ft_ui_options, run)},
    {{"theme", "NAME", "dark, light, plain or contrast"},
     TEXT,
     offsetof(struct ft_ui_options, app.theme)},
    {{"no-color", "", "use no colours"}, FLAG, offsetof(struct ft_ui_options, app.no_color)},
    {{"no-unicode", "", "use ASCII characters only"},
     FLAG,
     offsetof(struct ft_ui_options, app.no_unicode)},
    {{"no-mouse", "", "leave the mouse to the terminal"},
     FLAG,
     offsetof(struct ft_ui_options, app.no_mouse)},
    {{"script", "F", "run a script of keys and commands, without a terminal"},
     TEXT,
     offsetof(struct ft_ui_options, app.script)},
    {{"dump", "F",
      "write the screen to a file (a picture if F ends in .svg) once it is loaded, and exit"},
     TEXT,
     offsetof(struct ft_ui_options, app.dump)},
    {{"size", "WxH", "size of the screen with --script or --dump [80x24]"}, SIZE, 0},
    {{"help", "", "show this help"}, FLAG, offsetof(struct ft_ui_options, help)},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* Compares n bytes of an option as typed with its name, "_" as "-". */
static bool same(const char *typed, size_t n, const char *name)
{
    if (strlen(name) != n) return false;
    for (size_t i = 0; i < n; i++)
        if ((typed[i] == '_' ? '-' : typed[i]) != name[i]) return false;
    return true;
}

/* WIDTHxHEIGHT, each 1 to 1000. */
static bool size(const char *text, int *w, int *h)
{
    char *end;
    long a = strtol(text, &end, 10), b = 0;
    if (end == text || *end != 'x') return false;
    text = end + 1;
    b = strtol(text, &end, 10);
    if (end == text || *end || a < 1 || b < 1 || a > 1000 || b > 1000) return false;
    *w = (int)a;
    *h = (int)b;
    return true;
}

static enum ft_status store(struct ft_ui_options *o, const struct row *r, const char *value,
                            struct ft_err *err)
{
    char *at = (char *)o + r->offset;
    switch (r->kind) {
    case FLAG:
        *(bool *)at = true;
        break;
    case TEXT:
        *(const char **)(void *)at = value;
        break;
    case SIZE:
        if (!size(value, &o->app.w, &o->app.h))
            return ft_fail(err, FT_USAGE, "--size %s: expected WIDTHxHEIGHT such as 80x24", value);
        break;
    }
    return FT_OK;
}

/* `--learning_rate 3e-5` and the like: a setting, as `fettle train` takes it; its value may be the
 * next word, then *took is true. FT_NOTFOUND: there is no such option. */
static enum ft_status take_setting(struct ft_ui_options *o, const char *name, const char *value,
                                   const char *next, bool *took, struct ft_err *err)
{
    int id = ft_option_find(name);
    *took = false;
    if (id < 0) return FT_NOTFOUND;
    bool truth = ft_option_at((enum ft_opt)id)->type == FT_OPT_TYPE_BOOL;
    if (!value && truth && (!next || next[0] == '-')) value = "true";
    if (!value) {
        if (!next) return ft_fail(err, FT_USAGE, "--%s needs a value", name);
        value = next;
        *took = true;
    }
    struct ft_options check;
    ft_options_init(&check);
    enum ft_status st = ft_options_set_id(&check, (enum ft_opt)id, value, true, err);
    ft_options_release(&check);
    if (st) return st;
    if (id == FT_OPT_data) {
        o->open = value;
    } else if (o->set_n == FT_UI_SET_MAX) {
        return ft_fail(err, FT_USAGE,
                       "more than %d options; `fettle train --config` reads them from a file",
                       FT_UI_SET_MAX);
    } else {
        o->set[o->set_n].id = (enum ft_opt)id;
        o->set[o->set_n++].value = value;
    }
    return FT_OK;
}

static enum ft_status unknown(const char *typed, struct ft_err *err)
{
    const char *names[ROWS];
    for (int i = 0; i < ROWS; i++)
        names[i] = rows[i].o.name;
    const char *near = ft_nearest(typed, names, ROWS);
    if (near) return ft_fail(err, FT_USAGE, "no option --%s; did you mean --%s?", typed, near);
    return ft_fail(err, FT_USAGE, "no option --%s; `fettle ui --help` lists them", typed);
}

enum ft_status ft_ui_options_parse(struct ft_ui_options *o, int argc, char **argv,
                                   struct ft_err *err)
{
    *o = (struct ft_ui_options){0};
    int i = argc > 1 && !strcmp(argv[1], "ui") ? 2 : 1;
    for (; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        if (strncmp(arg, "--", 2))
            return ft_fail(err, FT_USAGE,
                           "unexpected argument '%s'; to open a file: fettle ui --open %s", arg,
                           arg);
        arg += 2;
        size_t n = strcspn(arg, "=");
        const struct row *r = NULL;
        for (int k = 0; k < ROWS; k++)
            if (same(arg, n, rows[k].o.name)) r = &rows[k];
        if (!r) {
            char typed[64];
            bool took;
            snprintf(typed, sizeof typed, "%.*s", (int)(n < 63 ? n : 63), arg);
            enum ft_status st = take_setting(o, typed, arg[n] ? arg + n + 1 : NULL,
                                             i + 1 < argc ? argv[i + 1] : NULL, &took, err);
            if (st) return st == FT_NOTFOUND ? unknown(typed, err) : st;
            i += took;
            continue;
        }
        if (arg[n]) value = arg + n + 1;
        if (r->kind == FLAG && value)
            return ft_fail(err, FT_USAGE, "--%s takes no value", r->o.name);
        if (r->kind != FLAG && !value) {
            if (i + 1 >= argc)
                return ft_fail(err, FT_USAGE, "--%s needs a value: %s", r->o.name, r->o.value);
            value = argv[++i];
        }
        enum ft_palette palette;
        enum ft_status st = store(o, r, value, err);
        if (st) return st;
        if (o->app.theme && !ft_palette_parse(o->app.theme, &palette))
            return ft_fail(err, FT_USAGE, "--theme %s: expected dark, light, plain or contrast",
                           o->app.theme);
    }
    return FT_OK;
}

const struct ft_ui_option *ft_ui_option_at(size_t i)
{
    return i < ROWS ? &rows[i].o : NULL;
}

void ft_ui_options_help(struct ft_str *out)
{
    ft_str_addz(out,
                "usage: fettle ui [options]    the workbench: seven screens in the terminal\n\n");
    for (int i = 0; i < ROWS; i++) {
        char name[40];
        snprintf(name, sizeof name, "--%s %s", rows[i].o.name, rows[i].o.value);
        ft_str_addf(out, "  %-16s %s\n", name, rows[i].o.help);
    }
    ft_str_addz(out, "\nAll options of `fettle train` are accepted too; --data is the same as "
                     "--open:\n  fettle ui --data mails.csv --model minilm --learning_rate 3e-5\n");
    ft_str_addz(out, "\nPress ? in the workbench for all keys. NO_COLOR, COLORTERM and COLORFGBG "
                     "are respected.\n");
}
