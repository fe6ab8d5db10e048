/* The one option table: name, type, range, default, help. From it come the flags, --config files,
 * the form, --help, shell completion and run.json. A value is kept as its text and as a number, and
 * is checked when it is set.
 *
 *     struct ft_options o;
 *     ft_options_init(&o);
 *     if (ft_options_set(&o, "learning_rate", "3e-5", true, &err)) ...
 *     double lr = ft_options_num(&o, FT_OPT_learning_rate);
 *     ft_options_release(&o);
 *
 * Threads: a struct ft_options belongs to one thread at a time; copy it to hand it on. */
#ifndef FT_ENGINE_OPTIONS_OPTIONS_H
#define FT_ENGINE_OPTIONS_OPTIONS_H

#include "engine/options/options_list.h"
#include "util/err.h"
#include "util/json.h"
#include "util/kinds.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

enum ft_opt_type {
    FT_OPT_TYPE_INT,
    FT_OPT_TYPE_FLOAT,
    FT_OPT_TYPE_BOOL,
    FT_OPT_TYPE_CHOICE, /* one of `choices`; "" where the default is worked out */
    FT_OPT_TYPE_SET,    /* comma-separated, each one of `choices` */
    FT_OPT_TYPE_TEXT,   /* checked by a rule of its own where it has one (split, freeze, dropout) */
    FT_OPT_TYPE_PATH,
};

enum ft_opt_group {
    FT_OPT_GROUP_ESSENTIALS,
    FT_OPT_GROUP_DATA,
    FT_OPT_GROUP_OPTIMISER,
    FT_OPT_GROUP_DISTILLATION,
    FT_OPT_GROUP_SAVING,
    FT_OPT_GROUP_MACHINE,
    FT_OPT_GROUP_COUNT,
};
const char *ft_opt_group_name(enum ft_opt_group group);

enum ft_opt {
#define X(name, ...) FT_OPT_##name,
    FT_OPTION_LIST(X)
#undef X
        FT_OPT_COUNT
};

struct ft_option {
    const char *name;
    enum ft_opt_type type;
    enum ft_opt_group group;
    unsigned traits;      /* enum ft_trait: tasks with one of them use it */
    bool live;            /* may change during a run */
    const char *fallback; /* default as text; "" when it is computed (see `help`) */
    double min, max;      /* of INT and FLOAT, included */
    const char *choices;  /* "a|b|c" or NULL */
    const char *steps;    /* sensible values for + and -, blank-separated, or NULL */
    const char *usual;    /* usual values in words, or NULL */
    const char *help;     /* what it does, what too much and too little do */
};
const struct ft_option *ft_option_at(enum ft_opt id);
int ft_option_find(const char *name); /* `-` for `_` is accepted; -1: none */
/* The name that was meant (also where transformers or its example scripts call it otherwise), with
 * the value where the name stands for one; NULL: none is near. */
const char *ft_option_nearest(const char *name);

struct ft_opt_value {
    char *text; /* never NULL */
    double num; /* INT, FLOAT, BOOL (0 or 1), CHOICE (index, -1 for "") */
    bool given; /* by the user, a preset or a file; not the default */
};
struct ft_options {
    struct ft_opt_value v[FT_OPT_COUNT];
};

void ft_options_init(struct ft_options *o);
void ft_options_release(struct ft_options *o);
void ft_options_copy(struct ft_options *to,
                     const struct ft_options *from); /* `to`: uninitialised */

/* The place of the word [w, w+n) in "a|b|c", -1 when it is not there. */
int ft_choice_index(const char *choices, const char *w, size_t n);

/* Only checks, as one types. The text says the range, the choices or the nearest one. */
enum ft_status ft_option_check(enum ft_opt id, const char *text, struct ft_err *err);
/* Checks and sets; on an error the old value stays. */
enum ft_status ft_options_set_id(struct ft_options *o, enum ft_opt id, const char *text, bool given,
                                 struct ft_err *err);
enum ft_status ft_options_set(struct ft_options *o, const char *name, const char *text, bool given,
                              struct ft_err *err);
void ft_options_reset(struct ft_options *o, enum ft_opt id); /* back to the default */

double ft_options_num(const struct ft_options *o, enum ft_opt id);
long long ft_options_int(const struct ft_options *o, enum ft_opt id);
bool ft_options_bool(const struct ft_options *o, enum ft_opt id);
/* The index of a CHOICE, a value of its enum in choices.h, core or util; -1 for "". */
int ft_options_choice(const struct ft_options *o, enum ft_opt id);
const char *ft_options_text(const struct ft_options *o, enum ft_opt id);
bool ft_options_given(const struct ft_options *o, enum ft_opt id);

/* The same value, however it is written: 1e-3 and 0.001. */
bool ft_options_same(const struct ft_options *a, const struct ft_options *b, enum ft_opt id);

/* Rules between options, such as best model against eval and save strategy. Those of a task:
 * ft_task_check(). */
enum ft_status ft_options_check_all(const struct ft_options *o, struct ft_err *err);

/* A --config file: a JSON object, or lines `option = value` with # comments. Options given already
 * keep their value: flags win over files. What is wrong in it is FT_USAGE, with file and line or
 * option. */
enum ft_status ft_options_load(struct ft_options *o, const char *path, struct ft_err *err);
/* Writes the given options as such a JSON file. */
enum ft_status ft_options_save(const struct ft_options *o, const char *path, struct ft_err *err);
/* {"learning_rate":{"value":5e-05,"given":false},..}: run.json's form, and back. A text that is not
 * UTF-8 has "value_bytes", too (ft_json_put_bytes). An unknown name is
 * passed over, so that an older fettle reads a newer one's run. The value of notify, a command, is
 * neither written nor read. */
void ft_options_to_json(const struct ft_options *o, struct ft_str *out);
enum ft_status ft_options_from_json(struct ft_options *o, const cJSON *tree, const char *name,
                                    struct ft_err *err);
/* The options that the run in folder `dir` was started with, from its run.json. */
enum ft_status ft_options_of_run(const char *dir, struct ft_options *o, struct ft_err *err);
/* `fettle train --model M ..` with the given options (all: every one), one line, quoted for any
 * POSIX shell: bytes that a screen does not show as they are (control, no UTF-8) are written by
 * printf. fork: FOLDER@STEP, NULL: not one. */
void ft_options_command(const struct ft_options *o, const char *fork, bool all, struct ft_str *out);
/* One word of such a command. */
void ft_shell_quote(struct ft_str *out, const char *text);

/* Presets: named sets of options, built in and the user's ($XDG_CONFIG_HOME/fettle/presets/NAME, a
 * --config file each). */
struct ft_preset {
    const char *name, *help, *values; /* values: "learning_rate=2e-5 num_train_epochs=3" */
};
const struct ft_preset *ft_presets_built_in(size_t *n);
/* Names of the user's own, sorted; ft_names_free. */
size_t ft_presets_own(char ***names);
enum ft_status ft_preset_apply(struct ft_options *o, const char *name, struct ft_err *err);
enum ft_status ft_preset_save(const struct ft_options *o, const char *name, struct ft_err *err);

#endif
