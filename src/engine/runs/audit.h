/* An audit of labels: every row gets its probabilities from a model that did not see it, and the labels
 * that confident learning doubts (label_issues.h) are listed, worst first. The models are ordinary
 * runs, one for each fold, in DIR/fold-1 .. DIR/fold-K; an audit that was stopped goes on with the same
 * call.
 *
 *     struct ft_audit_plan plan;
 *     if ((st = ft_audit_plan(&plan, &options, "audit", 5, &err))) return st;
 *     while (ft_audit_next(&plan, &how)) .. train with plan.o and how (session.h) ..
 *     struct ft_audit a = {0};
 *     st = ft_audit_runs(&a, &plan, &err);
 *     for (i < a.found.n) ft_audit_line(&a, i, &out);
 *     ft_audit_release(&a);
 *     ft_audit_plan_release(&plan);
 *
 * Threads: the caller's. */
#ifndef FT_ENGINE_RUNS_AUDIT_H
#define FT_ENGINE_RUNS_AUDIT_H

#include "engine/options/options.h"
#include "engine/runs/label_issues.h"
#include "engine/train/session.h"
#include "util/mem.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- the runs ---- */

enum { FT_AUDIT_FOLDS_MAX = 100 };

struct ft_audit_plan {
    struct ft_options o; /* of the next run */
    char *dir;
    size_t folds, fold; /* fold: the one that ft_audit_next found, from 1 */
    char *run;          /* its folder */
};
/* What its runs have where the options do not say it, and whether they can be an audit's: before anything is
 * made. Errors: FT_USAGE, FT_UNSUPPORTED for another task. */
enum ft_status ft_audit_options(struct ft_options *io, size_t folds, struct ft_err *err);
/* How many folds of the audit in a folder have been scored. */
size_t ft_audit_scored(const char *dir, size_t folds);
/* Takes the options of train; the runs keep the last model and evaluate at their end only, unless the
 * options say otherwise. Makes the folder with audit.json, which has the options. Errors: FT_USAGE,
 * FT_EXISTS (the folder has an audit with other options), those of the disk. */
enum ft_status ft_audit_plan(struct ft_audit_plan *p, const struct ft_options *o, const char *dir,
                             size_t folds, struct ft_err *err);
/* The first fold that has not been scored; false: all are. *how resumes a run that was begun. */
bool ft_audit_next(struct ft_audit_plan *p, struct ft_session_how *how);
void ft_audit_plan_release(struct ft_audit_plan *p);

/* ---- the labels ---- */

struct ft_audit {
    char **labels; /* (k) */
    size_t k, n;
    double *p;       /* (n, k) */
    int32_t *given;  /* (n) */
    size_t *row;     /* (n) in the data file, from 1 */
    char **text;     /* (n); NULL: not known */
    size_t unscored; /* rows that no model was asked about: their label has no other row */
    struct ft_label_issues found;
    struct ft_arena arena;
};
/* From the predictions of a plan's runs. Errors: FT_FORMAT, naming file and line. */
enum ft_status ft_audit_runs(struct ft_audit *a, const struct ft_audit_plan *p, struct ft_err *err);
/* From the best member of a sweep with folds; rows that several seeds scored get the mean of their
 * probabilities. *member (may be NULL; free() it): its name. Errors: FT_USAGE for a sweep without folds or
 * without a member that is done, FT_FORMAT. */
enum ft_status ft_audit_sweep(struct ft_audit *a, const char *dir, char **member,
                              struct ft_err *err);
/* From a table: the label first, then a column of probabilities for each label, named like it. */
enum ft_status ft_audit_table(struct ft_audit *a, const char *path, const struct ft_options *o,
                              struct ft_err *err);
/* Appends the i-th of a->found as a JSON object, without a line break. */
void ft_audit_line(const struct ft_audit *a, size_t i, struct ft_str *out);
/* Writes all of them as DIR/labels.jsonl. */
enum ft_status ft_audit_write(const struct ft_audit *a, const char *dir, struct ft_err *err);
void ft_audit_release(struct ft_audit *a);

#endif
