/* The models that can be given as --model on this machine: bundled models, folders that were
 * opened before, the local hub cache, and the models of the runs below a folder. The
 * configuration and the header of the weights of each are read, so that a damaged one is listed with
 * its error; the weights are not read.
 *
 *     struct ft_models_from from = {.runs = "runs", .runs_each = ft_runs_each};
 *     st = ft_models_each(&from, NULL, take, arg, &err);        take() owns each entry it is given
 *
 * Threads: nothing is kept between calls. */
#ifndef FT_ENGINE_MODEL_MODELS_H
#define FT_ENGINE_MODEL_MODELS_H

#include "engine/options/job.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The pretrained model in assets/models that a first start opens. */
#define FT_MODELS_BUNDLED "minilm-l4"

struct ft_model_entry {
    const char *kind;   /* "bundled", "folder", "cache", "run" */
    char *name;         /* as --model takes it: a path, an id, the name of a bundled model */
    char *label;        /* short, for a list */
    char *path;         /* the folder with config.json */
    char *real;         /* the same, absolute and without links; NULL when it is not there */
    char *revision;     /* cache: the commit; else NULL */
    int64_t size_bytes; /* of its files; -1: not known */
    bool complete;      /* has config.json and weights of a kind that is read */
    char *why;          /* what is wrong with it, one line; NULL: nothing, and all below is known */
    const char *family;
    char *architecture;
    int task;      /* enum ft_task of its head; -1: a body without one */
    int text_task; /* enum ft_task of its family for plain text */
    int64_t layers, hidden, vocab;
    uint64_t parameters; /* in the file */
};
void ft_model_entry_release(struct ft_model_entry *e);

/* FT_OK: there is a model of this name (a path, an id, the name of a bundled model), whole or not; or where it
 * was looked for. */
enum ft_status ft_models_find(const char *name, struct ft_err *err);
/* The name may be that of a model on the hub, ID or ID@REV, and is no path: "org/name" where there
 * is a folder org is a path. */
bool ft_models_is_id(const char *name);
/* The nearest of the bundled and the known models by spelling; NULL: none is near. free() it. */
char *ft_models_near(const char *name);

/* A run below the folder of runs: its name, "" for that folder itself, and its path. */
typedef void ft_models_run_fn(void *arg, const char *name, const char *path);

struct ft_models_from {
    const char *runs; /* the folder of runs; NULL or not there: none */
    /* Lists the runs below a folder (ft_runs_each); needed with `runs`. */
    void (*runs_each)(const char *dir, ft_models_run_fn *found, void *arg);
    const char
        *also; /* a model that is asked for by name; listed, also when it is broken or missing,
                  unless it is among the others. A folder is remembered. NULL: none */
};
/* Calls `take` for each model, in the order above; folders newest first, the others by name. `take`
 * runs on this thread and owns the entry. Progress goes to `w` (may be NULL). */
typedef void ft_models_fn(void *arg, struct ft_model_entry *e);
enum ft_status ft_models_each(const struct ft_models_from *from, struct ft_job *w,
                              ft_models_fn *take, void *arg, struct ft_err *err);

/* `fettle models`: a JSON object a line, or text for a person. */
enum ft_status ft_models_text(const struct ft_models_from *from, bool json, struct ft_str *out,
                              struct ft_err *err);

/* Folders that were opened, $XDG_STATE_HOME/fettle/models.txt, a path a line, newest first. */
enum { FT_MODELS_REMEMBERED = 50 };
enum ft_status ft_models_remember(const char *path, struct ft_err *err);

#endif
