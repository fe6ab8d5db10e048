/* Values of the option table: checking, setting, rules between options. Files, JSON and the command
 * are in options_file.c, presets in presets.c. Every value is kept as its text, so that what was
 * typed is what is saved, and as a number made once when it is set. */
#include "engine/options/options.h"

#include "core/optim.h"
#include "core/sched.h"
#include "data/columns.h"
#include "data/split.h"
#include "data/read.h"
#include "data/table.h"
#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "a|b|c" of a list X(ID, "a", ..) X(ID, "b", ..) ... */
#define FIRST(word, ...) "|" word
#define WORD(id, ...)    FIRST(__VA_ARGS__, )
#define FT_WORDS(list)   (&(list(WORD))[1])

static const struct ft_option table[FT_OPT_COUNT] = {
#define X(name, type, group, traits, live, fallback, min, max, choices, steps, usual, help)        \
    [FT_OPT_##name] = {#name,                                                                      \
                       FT_OPT_TYPE_##type,                                                         \
                       FT_OPT_GROUP_##group,                                                       \
                       traits,                                                                     \
                       live,                                                                       \
                       fallback,                                                                   \
                       (double)(min),                                                              \
                       (double)(max),                                                              \
                       choices,                                                                    \
                       steps,                                                                      \
                       usual,                                                                      \
                       help},
    FT_OPTION_LIST(X)
#undef X
};

static const char *const group_names[FT_OPT_GROUP_COUNT] = {
    [FT_OPT_GROUP_ESSENTIALS] = "Essentials", [FT_OPT_GROUP_DATA] = "Data",
    [FT_OPT_GROUP_OPTIMISER] = "Optimiser",   [FT_OPT_GROUP_DISTILLATION] = "Distillation",
    [FT_OPT_GROUP_SAVING] = "Saving",         [FT_OPT_GROUP_MACHINE] = "Machine",
};

const char *ft_opt_group_name(enum ft_opt_group group)
{
    return group_names[group];
}

const struct ft_option *ft_option_at(enum ft_opt id)
{
    return &table[id];
}

/* `-` counts as `_`; leading dashes are the caller's. */
static char *with_underscores(const char *name)
{
    char *s = ft_xstrdup(name);
    for (char *p = s; *p; p++)
        if (*p == '-') *p = '_';
    return s;
}

int ft_option_find(const char *name)
{
    char *s = with_underscores(name);
    int found = -1;
    for (int i = 0; i < FT_OPT_COUNT && found < 0; i++)
        if (!strcmp(table[i].name, s)) found = i;
    free(s);
    return found;
}

/* What people who know transformers and its example scripts type, and what it is here. */
static const struct {
    const char *name, *here;
} elsewhere[] = {
    {"model_name_or_path", "model"},
    {"train_file", "data"},
    {"dataset_name", "data"},
    {"validation_file", "validation"},
    {"test_file", "test"},
    {"bf16", "precision"},
    {"fp16", "precision"},
    {"int8", "precision"},
    {"quantize", "precision"},
    {"lr", "learning_rate"},
    {"batch_size", "per_device_train_batch_size"},
    {"epochs", "num_train_epochs"},
    {"group_by_length", "train_sampling_strategy group_by_length"},
};

const char *ft_option_nearest(const char *name)
{
    const char *names[FT_OPT_COUNT];
    for (int i = 0; i < FT_OPT_COUNT; i++)
        names[i] = table[i].name;
    char *s = with_underscores(name);
    const char *near = NULL;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (!strcmp(s, elsewhere[i].name)) near = elsewhere[i].here;
    if (!near) near = ft_nearest(s, names, FT_OPT_COUNT);
    /* A beginning is meant too: --epochs has no row, --num_train has one. */
    for (int i = 0; i < FT_OPT_COUNT && !near && strlen(s) >= 4; i++)
        if (strstr(names[i], s)) near = names[i];
    free(s);
    return near;
}

int ft_choice_index(const char *choices, const char *w, size_t n)
{
    int i = 0;
    for (const char *p = choices;; i++) {
        size_t len = strcspn(p, "|");
        if (len == n && !memcmp(p, w, n)) return i;
        if (!p[len]) return -1;
        p += len + 1;
    }
}

static enum ft_status fail_choice(const struct ft_option *o, const char *word, struct ft_err *err)
{
    char *list = ft_xstrdup(o->choices), *rest = list;
    const char *names[32];
    size_t n = 0;
    for (char *p; n < 32 && (p = strsep(&rest, "|"));)
        names[n++] = p;
    const char *near = ft_nearest(word, names, n);
    enum ft_status st =
        near ? ft_fail(err, FT_USAGE,
                       "%s: unknown value `%s`; did you mean %s? (expected one of %s)", o->name,
                       word, near, o->choices)
             : ft_fail(err, FT_USAGE, "%s: unknown value `%s`; expected one of %s", o->name, word,
                       o->choices);
    free(list);
    return st;
}

static bool parse_bool(const char *text, double *num)
{
    static const char *const words[2][4] = {{"false", "no", "off", "0"},
                                            {"true", "yes", "on", "1"}};
    for (int v = 0; v < 2; v++)
        for (int i = 0; i < 4; i++)
            if (!strcasecmp(text, words[v][i])) {
                *num = v;
                return true;
            }
    return false;
}

static enum ft_status check_range(const struct ft_option *o, const char *text, double x,
                                  struct ft_err *err)
{
    if (x >= o->min && x <= o->max) return FT_OK;
    if (o->min > 0 && o->min <= 1e-300)
        return ft_fail(err, FT_USAGE, "%s: %s is out of range; expected above 0, to %.15g", o->name,
                       text, o->max);
    if (o->max >= 1e9)
        return ft_fail(err, FT_USAGE, "%s: %s is out of range; expected %.15g or more", o->name,
                       text, o->min);
    return ft_fail(err, FT_USAGE, "%s: %s is out of range; expected %.15g to %.15g", o->name, text,
                   o->min, o->max);
}

static enum ft_status check_set(const struct ft_option *o, const char *text, struct ft_err *err)
{
    for (const char *p = text;;) {
        size_t n = strcspn(p, ",");
        if (ft_choice_index(o->choices, p, n) < 0) {
            char *word = ft_xstrndup(p, n);
            enum ft_status st = fail_choice(o, word, err);
            free(word);
            return st;
        }
        if (!p[n]) return FT_OK;
        p += n + 1;
    }
}

/* Rules of single TEXT options. */
static enum ft_status check_text(enum ft_opt id, const char *text, struct ft_err *err)
{
    const char *name = table[id].name;
    double share[FT_PART_COUNT], x;
    struct ft_fold fold;
    struct ft_sample_size size;
    long long n;
    char c;
    enum ft_encoding encoding;
    switch ((int)id) {
    case FT_OPT_split:
        return ft_split_parse(text, share, err);
    case FT_OPT_fold:
        return ft_fold_parse(text, &fold, err);
    case FT_OPT_max_train_samples:
        return ft_sample_size_parse(text, &size, err);
    case FT_OPT_delimiter:
        return ft_delimiter_parse(text, &c, err);
    case FT_OPT_quote:
        return ft_quote_parse(text, &c, err);
    case FT_OPT_encoding:
        return ft_encoding_parse(text, &encoding, err);
    case FT_OPT_freeze:
        if (!strcmp(text, "none") || !strcmp(text, "embeddings")) return FT_OK;
        if (ft_parse_i64(text, &n) && n >= 0 && n <= 10000) return FT_OK;
        return ft_fail(err, FT_USAGE, "%s: `%s`: expected none, embeddings, or a number of layers",
                       name, text);
    case FT_OPT_dropout:
        if (!*text || (ft_parse_double(text, &x) && x >= 0 && x < 1)) return FT_OK;
        return ft_fail(err, FT_USAGE, "%s: `%s`: expected a share from 0 to below 1", name, text);
    case FT_OPT_label_delimiter:
        if (strlen(text) < FT_COLUMNS_DELIMITER) return FT_OK;
        return ft_fail(err, FT_USAGE, "%s: `%s` is too long, expected at most %d bytes", name, text,
                       FT_COLUMNS_DELIMITER - 1);
    case FT_OPT_class_weights:
        if (*text) return FT_OK;
        return ft_fail(err, FT_USAGE, "%s: expected none, balanced, or a JSON file", name);
    default:
        return FT_OK;
    }
}

static enum ft_status parse(enum ft_opt id, const char *text, double *num, struct ft_err *err)
{
    const struct ft_option *o = &table[id];
    long long n;
    *num = 0;
    switch (o->type) {
    case FT_OPT_TYPE_INT:
        if (!ft_parse_i64(text, &n))
            return ft_fail(err, FT_USAGE, "%s: `%s` is not a whole number", o->name, text);
        *num = (double)n;
        return check_range(o, text, *num, err);
    case FT_OPT_TYPE_FLOAT:
        if (!ft_parse_double(text, num) || !isfinite(*num))
            return ft_fail(err, FT_USAGE, "%s: `%s` is not a number", o->name, text);
        return check_range(o, text, *num, err);
    case FT_OPT_TYPE_BOOL:
        if (parse_bool(text, num)) return FT_OK;
        return ft_fail(err, FT_USAGE, "%s: `%s`: expected true or false", o->name, text);
    case FT_OPT_TYPE_CHOICE:
        *num = ft_choice_index(o->choices, text, strlen(text));
        if (*num >= 0 || (!*text && !*o->fallback)) return FT_OK;
        return fail_choice(o, text, err);
    case FT_OPT_TYPE_SET:
        return check_set(o, text, err);
    case FT_OPT_TYPE_TEXT:
        return check_text(id, text, err);
    case FT_OPT_TYPE_PATH:
        return FT_OK;
    }
    return FT_OK;
}

enum ft_status ft_option_check(enum ft_opt id, const char *text, struct ft_err *err)
{
    double num;
    return parse(id, text, &num, err);
}

enum ft_status ft_options_set_id(struct ft_options *o, enum ft_opt id, const char *text, bool given,
                                 struct ft_err *err)
{
    double num;
    enum ft_status st = parse(id, text, &num, err);
    if (st) return st;
    struct ft_opt_value *v = &o->v[id];
    char *copy = table[id].type == FT_OPT_TYPE_BOOL ? ft_xstrdup(num != 0 ? "true" : "false")
                                                    : ft_xstrdup(text);
    free(v->text);
    *v = (struct ft_opt_value){copy, num, given};
    return FT_OK;
}

enum ft_status ft_options_set(struct ft_options *o, const char *name, const char *text, bool given,
                              struct ft_err *err)
{
    int id = ft_option_find(name);
    if (id >= 0) return ft_options_set_id(o, (enum ft_opt)id, text, given, err);
    const char *near = ft_option_nearest(name);
    if (near) return ft_fail(err, FT_USAGE, "unknown option `%s`; did you mean %s?", name, near);
    return ft_fail(err, FT_USAGE, "unknown option `%s`; `fettle help train` lists them", name);
}

void ft_options_reset(struct ft_options *o, enum ft_opt id)
{
    struct ft_err err;
    enum ft_status st = ft_options_set_id(o, id, table[id].fallback, false, &err);
    assert(st == FT_OK); /* every default passes its own check */
    (void)st;
}

void ft_options_init(struct ft_options *o)
{
    memset(o, 0, sizeof *o);
    for (int i = 0; i < FT_OPT_COUNT; i++)
        ft_options_reset(o, (enum ft_opt)i);
}

void ft_options_release(struct ft_options *o)
{
    for (int i = 0; i < FT_OPT_COUNT; i++)
        free(o->v[i].text);
    memset(o, 0, sizeof *o);
}

void ft_options_copy(struct ft_options *to, const struct ft_options *from)
{
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        to->v[i] = from->v[i];
        to->v[i].text = ft_xstrdup(from->v[i].text);
    }
}

double ft_options_num(const struct ft_options *o, enum ft_opt id)
{
    return o->v[id].num;
}

long long ft_options_int(const struct ft_options *o, enum ft_opt id)
{
    return (long long)o->v[id].num;
}

bool ft_options_bool(const struct ft_options *o, enum ft_opt id)
{
    return o->v[id].num != 0;
}

int ft_options_choice(const struct ft_options *o, enum ft_opt id)
{
    assert(table[id].type == FT_OPT_TYPE_CHOICE);
    return (int)o->v[id].num;
}

const char *ft_options_text(const struct ft_options *o, enum ft_opt id)
{
    return o->v[id].text;
}

bool ft_options_same(const struct ft_options *a, const struct ft_options *b, enum ft_opt id)
{
    enum ft_opt_type type = ft_option_at(id)->type;
    bool number = type == FT_OPT_TYPE_INT || type == FT_OPT_TYPE_FLOAT ||
                  type == FT_OPT_TYPE_BOOL || type == FT_OPT_TYPE_CHOICE;
    if (number)
        return !(ft_options_num(a, id) < ft_options_num(b, id)) &&
               !(ft_options_num(a, id) > ft_options_num(b, id));
    return !strcmp(ft_options_text(a, id), ft_options_text(b, id));
}

bool ft_options_given(const struct ft_options *o, enum ft_opt id)
{
    return o->v[id].given;
}

enum ft_status ft_options_check_all(const struct ft_options *o, struct ft_err *err)
{
    bool never = ft_options_choice(o, FT_OPT_eval_strategy) == FT_STRATEGY_NEVER;
    if (ft_options_choice(o, FT_OPT_save_strategy) == FT_STRATEGY_BEST && never)
        return ft_fail(err, FT_USAGE,
                       "save_strategy best needs evaluations: set eval_strategy to epoch or steps");
    if (o->v[FT_OPT_early_stopping_patience].num > 0 && never)
        return ft_fail(err, FT_USAGE,
                       "early_stopping_patience needs evaluations: set eval_strategy "
                       "to epoch or steps");
    if (o->v[FT_OPT_num_train_epochs].num <= 0 && o->v[FT_OPT_max_steps].num <= 0)
        return ft_fail(err, FT_USAGE,
                       "nothing to train: set num_train_epochs or max_steps above 0");
    long long shards = (long long)o->v[FT_OPT_shards].num;
    if (shards & (shards - 1))
        return ft_fail(err, FT_USAGE, "shards is %lld, expected a power of two (1, 2, 4 ..)",
                       shards);
    static const enum ft_opt other_splits[] = {FT_OPT_validation, FT_OPT_test, FT_OPT_split};
    for (size_t i = 0; i < sizeof other_splits / sizeof *other_splits; i++)
        if (*o->v[FT_OPT_fold].text && o->v[other_splits[i]].given)
            return ft_fail(err, FT_USAGE,
                           "fold: the validation split is a fold of --data; leave "
                           "out --%s",
                           table[other_splits[i]].name);
    static const enum ft_opt of_teacher[] = {FT_OPT_distill_alpha, FT_OPT_distill_temperature,
                                             FT_OPT_distill_hidden};
    for (size_t i = 0; i < sizeof of_teacher / sizeof *of_teacher; i++)
        if (!*o->v[FT_OPT_teacher].text && o->v[of_teacher[i]].given)
            return ft_fail(err, FT_USAGE, "%s needs a teacher: use --teacher M",
                           table[of_teacher[i]].name);
    if (o->v[FT_OPT_clean].text[0] && strcmp(o->v[FT_OPT_clean].text, "none") &&
        strstr(o->v[FT_OPT_clean].text, "none"))
        return ft_fail(err, FT_USAGE, "clean: `none` cannot be combined with other steps");
    return FT_OK;
}
