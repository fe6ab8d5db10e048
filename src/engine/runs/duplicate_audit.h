/* The near duplicates of a run's data (near_duplicates.h): the files, columns, cleaning, edits and split
 * that the options of train name, embedded by the model that they name; and what is written about them.
 *
 *     struct ft_duplicate_audit *a = NULL;
 *     st = ft_duplicate_audit_make(&a, &options, 0.95, job, &err);
 *     for (i < ft_duplicate_audit_found(a)->n) ft_duplicate_audit_line(a, i, &out);
 *     ft_duplicate_audit_free(a);
 *
 * Of a text its first max_seq_length tokens are compared, as the run reads them. Nothing is trained and
 * labels are not needed. Threads: the caller's, which computes. */
#ifndef FT_ENGINE_RUNS_DUPLICATE_AUDIT_H
#define FT_ENGINE_RUNS_DUPLICATE_AUDIT_H

#include "engine/options/job.h"
#include "engine/options/options.h"
#include "engine/runs/near_duplicates.h"
#include "util/str.h"

struct ft_duplicate_audit;
/* Errors: those of the data files (FT_USAGE, FT_FORMAT, FT_IO) and of the model; FT_CANCELLED, FT_NOMEM. */
enum ft_status ft_duplicate_audit_make(struct ft_duplicate_audit **a, const struct ft_options *o,
                                       double threshold, struct ft_job *w, struct ft_err *err);
void ft_duplicate_audit_free(struct ft_duplicate_audit *a); /* NULL is fine */

const struct ft_near_duplicates *ft_duplicate_audit_found(const struct ft_duplicate_audit *a);
struct ft_duplicate_facts {
    size_t rows;      /* that were compared */
    size_t without;   /* rows without text, which were not */
    size_t texts;     /* different ones */
    size_t truncated; /* of them longer than what was compared */
    double threshold;
};
struct ft_duplicate_facts ft_duplicate_audit_facts(const struct ft_duplicate_audit *a);

/* A row as people and files name it: ft_near_item.row or .other. */
struct ft_duplicate_row {
    const char *file;
    const char *source;      /* the option that names it: "data", "validation", "test" */
    size_t row;              /* in it, from 1 */
    const char *part;        /* "trn", "val", "tst" */
    const char *text, *pair; /* pair NULL: none */
    size_t n, pair_n;
};
/* The label is appended to *label: nothing where there is none. */
struct ft_duplicate_row ft_duplicate_audit_row(const struct ft_duplicate_audit *a, size_t i,
                                               struct ft_str *label);
/* Appends the i-th item as a JSON object, without a line break (docs/FORMATS.md). */
void ft_duplicate_audit_line(const struct ft_duplicate_audit *a, size_t i, struct ft_str *out);
/* Writes all of them as DIR/duplicates.jsonl, whole or not at all. */
enum ft_status ft_duplicate_audit_write(const struct ft_duplicate_audit *a, const char *dir,
                                        struct ft_err *err);

#endif
