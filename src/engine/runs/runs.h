/* The runs in a folder and its subfolders: options and results of each, differences between
 * several; notes, renaming, trimming and deleting. Their metrics: run_series.h. Everything is read
 * from the run's files; a run that goes on in another process is never touched.
 *
 *     struct ft_runs runs;
 *     if ((st = ft_runs_list(&runs, "runs", NULL, &err))) ...
 *     for (size_t i = 0; i < runs.n; i++) puts(runs.items[i].name);
 *     ft_runs_release(&runs);
 *
 * Threads: each struct belongs to one thread at a time. */
#ifndef FT_ENGINE_RUNS_RUNS_H
#define FT_ENGINE_RUNS_RUNS_H

#include "engine/train/run_segments.h"
#include "engine/train/snapshot.h"
#include "engine/options/options.h"
#include "engine/options/job.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_run_state {
    FT_RUN_RUNNING, /* a living process holds the folder's lock */
    FT_RUN_STOPPED, /* also: its process was killed */
    FT_RUN_DONE,
    FT_RUN_FAILED,
    FT_RUN_UNREADABLE, /* `why` says what is wrong with its run.json */
};
const char *ft_run_state_name(enum ft_run_state state);

/* The scores of eval.json; examples 0: there are none yet. */
struct ft_run_scores {
    char part[16]; /* "test" or "validation" */
    uint64_t step, examples;
    double loss, accuracy, f1; /* f1: of the second of two labels, else the macro average */
    double pearson, mae;       /* regression; NaN: another task, or not defined */
};

struct ft_run {
    char *name; /* its path below the folder that was looked through */
    char *path;
    enum ft_run_state state;
    enum ft_run_state
        stored;   /* as run.json says; RUNNING of a STOPPED run: its process was killed */
    int64_t pid;  /* the process that has the lock; 0: none has; -1: one whose pid is not known */
    bool is_live; /* that process says how far it is: in `live`, step and steps */
    struct ft_snapshot live;
    char *why;         /* UNREADABLE: one line; else NULL. All below is empty then. */
    char *note;        /* never NULL */
    enum ft_task kind; /* its task and problem type; NONE: unknown */
    char *task, *model, *family, *data, *started, *updated; /* never NULL; data: the path */
    char *data_key;                /* SHA-256 of each data file, or its path where it is a folder */
    char *split_key;               /* SHA-256 of the rows of each part */
    struct ft_options options;     /* in force at the end */
    uint64_t changes;              /* options changed while it ran */
    struct ft_run_segments breaks; /* forks, resumes, pauses */
    uint64_t step, steps, parameters;
    double seconds;
    char *metric;  /* metric_for_best_model */
    bool has_best; /* best and best_step are known */
    double best;
    uint64_t best_step;
    char *processor; /* it ran on; never NULL */
    struct ft_run_scores scores;
};

/* One run's folder. A folder without run.json: FT_NOTFOUND. A broken one is no error: UNREADABLE.
 * Release it in both cases of FT_OK. */
enum ft_status ft_run_read(struct ft_run *r, const char *path, struct ft_err *err);
void ft_run_release(struct ft_run *r);
/* "process 4711", or "another process" when its pid is not known, into buf; returns buf. For a run
 * that is running. */
char *ft_run_process(const struct ft_run *r, char *buf, size_t size);
/* How a run that is active gets on: "process 4711, step 40 of 120, 0:42 left", or "paused" and so on
 * in place of the time; "" for others. Returns buf. */
char *ft_run_progress(const struct ft_run *r, char *buf, size_t size);

struct ft_runs {
    struct ft_run *items; /* sorted by name */
    size_t n;
    bool cut; /* there are more: it was not looked deeper than 6 folders or into more than 20000 */
};
/* Every folder with a run.json: `dir` itself and those below it. Links are not followed; hidden
 * folders and a run's own (checkpoints, model, evals) are passed over. `work` (may be NULL) may
 * cancel it. FT_NOTFOUND: no such folder. On an error *r is empty. */
enum ft_status ft_runs_list(struct ft_runs *r, const char *dir, struct ft_job *work,
                            struct ft_err *err);
void ft_runs_release(struct ft_runs *r);
/* Calls `found` with name and path of each; of a folder that cannot be listed with none. */
void ft_runs_each(const char *dir, void (*found)(void *arg, const char *name, const char *path),
                  void *arg);

/* Replaces a run's note (note.txt, so that a running process's run.json is left alone); an empty
 * text removes it. Shorter than FT_RUN_NOTE_MAX bytes. */
enum { FT_RUN_NOTE_MAX = 64 << 10 };
enum ft_status ft_run_note(const char *path, const char *text, struct ft_err *err);
/* Removes what a run has written in its folder, and the folder when nothing else is in it (*left
 * says whether something is; may be NULL). FT_BUSY while it runs, FT_NOTFOUND without run.json. */
enum ft_status ft_run_delete(const char *path, bool *left, struct ft_err *err);

/* Gives the folder another name beside where it lies; `name` is no path. *to (free() it) is the new
 * path, relative where `path` was. FT_BUSY while it runs, FT_EXISTS when the name is taken,
 * FT_USAGE for a name that is none. run.json keeps the output_dir it was started with; nothing
 * depends on it. */
enum ft_status ft_run_rename(const char *path, const char *name, char **to, struct ft_err *err);
/* Bytes of everything in the folder; links are not followed. */
int64_t ft_run_bytes(const char *path);

/* Checkpoints that go and that stay when a run is trimmed: the best one stays, and of a run that is
 * not done (or has no best one) the last, from which it goes on. */
struct ft_run_trim {
    size_t n;      /* that go */
    int64_t bytes; /* of them */
    uint64_t kept[2];
    size_t kept_n;
};
/* Only looks. FT_NOTFOUND without run.json, FT_FORMAT when it is broken. */
enum ft_status ft_run_trim_plan(const char *path, struct ft_run_trim *plan, struct ft_err *err);
/* Does it; `done` may be NULL. FT_BUSY while it runs. */
enum ft_status ft_run_trim(const char *path, struct ft_run_trim *done, struct ft_err *err);

/* Options whose values differ between the runs, but output_dir, into which[FT_OPT_COUNT]; returns
 * how many. Unreadable runs are passed over. */
size_t ft_runs_differ(const struct ft_run *const *runs, size_t n, enum ft_opt *which);
/* Whether the results may be set side by side: same task, data, split and seed. `why` (may be NULL)
 * gets a sentence for each thing that is not the same. */
bool ft_runs_comparable(const struct ft_run *const *runs, size_t n, struct ft_str *why);
/* Whether a's best evaluation is better than b's, both being of the same metric; a run without one
 * is never better. */
bool ft_run_better(const struct ft_run *a, const struct ft_run *b);
/* The run's row for programs: `runs --json`. */
void ft_run_json(const struct ft_run *r, struct ft_str *out);

/* The paired test of two runs. Errors: as ft_paired_test_make. */
struct ft_paired_test;
enum ft_status ft_runs_paired(const struct ft_run *const runs[2], struct ft_paired_test *t,
                              struct ft_err *err);
/* Runs beside each other, for programs: `compare --json`. */
void ft_runs_compare_json(const struct ft_run *const *runs, size_t n, struct ft_str *out);
/* The same as a table with a column for each run: what it was, what came of it, and the options that
 * differ. `delimiter` as in util/text_table.h. */
void ft_runs_compare_table(const struct ft_run *const *runs, size_t n, char delimiter,
                           struct ft_str *out);
/* By the end of the name: .csv, .tsv, .md or .json; FT_USAGE for another. */
enum ft_status ft_runs_compare_write(const struct ft_run *const *runs, size_t n, const char *path,
                                     struct ft_err *err);

#endif
