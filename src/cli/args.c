/* Reading words into flags, options and plain words; see args.h. */
#include "cli/args.h"

#include "engine/options/data_folder.h"
#include "util/mem.h"
#include "util/str.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool same_name(const char *name, const char *word, size_t n)
{
    if (strlen(name) != n) return false;
    for (size_t i = 0; i < n; i++)
        if (name[i] != (word[i] == '-' ? '_' : word[i])) return false;
    return true;
}

static int flag_index(const struct ft_command *c, const char *word, size_t n)
{
    for (int i = 0; c->flags && c->flags[i].name; i++)
        if (same_name(c->flags[i].name, word, n)) return i;
    return -1;
}

const char *ft_args_flag(const struct ft_args *a, const char *name)
{
    int i = flag_index(a->command, name, strlen(name));
    assert(i >= 0);
    return a->flags[i];
}

const char *ft_args_option(const struct ft_args *a, enum ft_opt id)
{
    const char *text = ft_options_text(&a->o, id);
    return *text ? text : NULL;
}

static enum ft_status fail_unknown(const struct ft_command *c, const char *word, size_t n,
                                   struct ft_err *err)
{
    const char *names[FT_FLAGS_MAX];
    size_t count = 0;
    char *name = ft_xstrndup(word, n);
    for (; c->flags && c->flags[count].name; count++)
        names[count] = c->flags[count].name;
    const char *near = c->options ? ft_option_nearest(name) : NULL;
    if (!near) near = ft_nearest(name, names, count);
    for (size_t i = 0; i < count && !near; i++) { /* resume, of --resume_from_checkpoint */
        size_t len = strlen(names[i]);
        if (!strncmp(name, names[i], len) && (name[len] == '_' || name[len] == '-'))
            near = names[i];
    }
    enum ft_status st = near ? ft_fail(err, FT_USAGE, "%s: unknown option --%s; did you mean --%s?",
                                       c->name, name, near)
                             : ft_fail(err, FT_USAGE, "%s: unknown option --%s", c->name, name);
    free(name);
    return st;
}

static bool is_number(const char *s)
{
    if (!*s) return false;
    for (; *s; s++)
        if (!isdigit((unsigned char)*s)) return false;
    return true;
}

static bool is_truth(const char *s)
{
    struct ft_err err;
    return !ft_option_check(FT_OPT_load_best_model_at_end, s, &err);
}

/* One `--name[=value]` at argv[*i]; moves *i over a value that follows. */
static enum ft_status take_flag(struct ft_args *a, int argc, char **argv, int *i,
                                struct ft_err *err)
{
    const struct ft_command *c = a->command;
    const char *word = argv[*i] + 2, *eq = strchr(word, '=');
    size_t n = eq ? (size_t)(eq - word) : strlen(word);
    const char *next = *i + 1 < argc ? argv[*i + 1] : NULL, *value = eq ? eq + 1 : NULL;
    char *name = ft_xstrndup(word, n);
    int flag = flag_index(c, word, n), opt = c->options ? ft_option_find(name) : -1;
    bool config = c->options && !strcmp(name, "config");
    bool preset = c->options && !strcmp(name, "preset");
    enum ft_status st = FT_OK;
    bool takes_next;
    if (flag >= 0) {
        enum ft_flag_kind kind = c->flags[flag].kind;
        takes_next = kind == FT_FLAG_VALUE || kind == FT_FLAG_EACH ||
                     (kind == FT_FLAG_COUNT && next && is_number(next)) ||
                     (kind == FT_FLAG_MAYBE && next && next[0] != '-');
        if (kind == FT_FLAG_SWITCH && value)
            st = ft_fail(err, FT_USAGE, "%s: --%s takes no value", c->name, name);
        else if (kind == FT_FLAG_COUNT && value && !is_number(value))
            st = ft_fail(err, FT_USAGE, "%s: --%s takes a whole number", c->name, name);
        else if (!value && !takes_next)
            value = "";
    } else if (config || preset) {
        takes_next = true;
    } else if (opt >= 0 && ft_option_at((enum ft_opt)opt)->type == FT_OPT_TYPE_BOOL) {
        /* where no plain word can follow, what follows is meant as its value */
        takes_next = next && (is_truth(next) || (!c->words_max && next[0] != '-'));
        if (!value && !takes_next) value = "true";
    } else {
        takes_next = true;
        if (opt < 0) st = fail_unknown(c, word, n, err);
    }
    if (!st && !value) {
        if (!next)
            st = ft_fail(err, FT_USAGE, "%s: --%s needs a value", c->name, name);
        else
            value = argv[++*i];
    }
    if (!st) {
        if (flag >= 0 && c->flags[flag].kind == FT_FLAG_EACH) a->each[a->each_n++] = value;
        if (flag >= 0)
            a->flags[flag] = value;
        else if (config)
            a->config = value;
        else if (preset)
            a->preset = value;
        else if ((st = ft_options_set_id(&a->o, (enum ft_opt)opt, value, true, err)))
            ft_fail_in(err, "%s", c->name);
    }
    free(name);
    return st;
}

enum ft_status ft_args_parse(struct ft_args *a, const struct ft_command *command, int argc,
                             char **argv, struct ft_err *err)
{
    memset(a, 0, sizeof *a);
    a->command = command;
    ft_options_init(&a->o);
    a->words = ft_xcalloc((size_t)argc + 1, sizeof *a->words);
    a->each = ft_xcalloc((size_t)argc + 1, sizeof *a->each);
    enum ft_status st = FT_OK;
    bool flags = true;
    for (int i = 0; i < argc && !st; i++) {
        if (flags && !strcmp(argv[i], "--"))
            flags = false;
        else if (flags && !strncmp(argv[i], "--", 2))
            st = take_flag(a, argc, argv, &i, err);
        else if (flags && argv[i][0] == '-' && argv[i][1] && !is_number(argv[i] + 1))
            st = ft_fail(err, FT_USAGE, "%s: unexpected `%s`; options begin with --", command->name,
                         argv[i]);
        else
            a->words[a->words_n++] = argv[i];
    }
    if (!st && a->words_n > command->words_max)
        st = ft_fail(err, FT_USAGE, "%s: unexpected argument `%s`", command->name,
                     a->words[command->words_max]);
    if (!st && a->words_n < command->words_min)
        st = ft_fail(err, FT_USAGE, "%s: missing argument; usage: fettle %.*s", command->name,
                     (int)strcspn(command->usage, "\n"), command->usage);
    if (!st && a->config) st = ft_options_load(&a->o, a->config, err);
    if (!st && a->preset) st = ft_preset_apply(&a->o, a->preset, err);
    if (!st) ft_data_folder_open(&a->o, false);
    if (st) ft_args_release(a);
    return st;
}

void ft_args_release(struct ft_args *a)
{
    ft_options_release(&a->o);
    free(a->words);
    free(a->each);
    memset(a, 0, sizeof *a);
}
