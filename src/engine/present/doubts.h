/* Rows of the open data that may be wrong, as one list, the worst first, whatever found them: labels that an
 * audit doubts, near duplicates, rows that resemble rows of another split. It is read in the background from
 * the folder of an audit, or near duplicates are searched in the open data; what was decided about each is
 * read off the data set's label edits, so that it is the same after a restart and whoever made the edit.
 *
 *     struct ft_doubts *x = ft_doubts_new(&wake);
 *     ft_doubts_open(x, NULL, "reviews.csv", sha256);             NULL: the newest audit of that file
 *     ... each time `wake` is readable: if (ft_doubts_follow(x)) ft_doubts_fit(x, dataset);
 *     for (i = 0; i < ft_doubts_count(x); i++) ft_doubts_at(x, i) ..
 *     ft_doubts_free(x);
 *
 * Files of a folder: labels.jsonl (engine/runs/audit.h), duplicates.jsonl (duplicate_audit.h). Another source
 * is a reader in doubts_read.c that appends items.
 *
 * Threads: main thread only; its worker is met inside. No call waits for it, but for ft_doubts_free. */
#ifndef FT_ENGINE_PRESENT_DOUBTS_H
#define FT_ENGINE_PRESENT_DOUBTS_H

#include "engine/options/job.h"
#include "engine/present/dataset.h"

#include <stdbool.h>
#include <stddef.h>

enum ft_doubt_kind {
    FT_DOUBT_LABEL,     /* its label is probably another one */
    FT_DOUBT_LEAK,      /* nearly the text of `other`, which is in a later split */
    FT_DOUBT_CONFLICT,  /* of `other`, which is in the same split and has another label */
    FT_DOUBT_DUPLICATE, /* of `other`, an earlier row of the same split */
    FT_DOUBT_KINDS
};
const char *ft_doubt_kind_name(enum ft_doubt_kind kind);

enum ft_doubt_decision {
    FT_DOUBT_OPEN,
    FT_DOUBT_KEPT,     /* somebody found it correct */
    FT_DOUBT_ACCEPTED, /* has the suggested label, or is excluded as suggested */
    FT_DOUBT_CHANGED,  /* has a third label */
    FT_DOUBT_EXCLUDED,
    FT_DOUBT_SETTLED, /* by what was done with `other`: it is excluded, or has the same label by now */
    FT_DOUBT_DECISIONS
};
const char *ft_doubt_decision_name(enum ft_doubt_decision decision); /* "" of OPEN */

struct ft_doubt {
    enum ft_doubt_kind kind;
    struct ft_dataset_pick row;   /* the row that is decided about */
    struct ft_dataset_pick other; /* of near duplicates: which it is like; row 0: none */
    const char *text;             /* of the row when it was found; NULL: not known */
    const char *given;            /* its label then; NULL: not known */
    const char *suggested;        /* the label to accept; NULL: to exclude the row */
    double value; /* LABEL: margin, 0 worst, below 0.5; else similarity, 1 the same */
};

struct ft_doubts;
struct ft_doubts *ft_doubts_new(struct ft_wake *wake);
void ft_doubts_free(struct ft_doubts *x);

/* Reads `dir` (a folder, or a file in it); NULL: the newest one below the working folder that is about `data`.
 * What was there is replaced when it is read. */
void ft_doubts_open(struct ft_doubts *x, const char *dir, const char *data, const char *sha256);
void ft_doubts_cancel(struct ft_doubts *x);
bool ft_doubts_follow(struct ft_doubts *x); /* true: it has ended */
/* Searches the examples of `d` as they are for near duplicates (engine/runs/near_duplicates.h) by the model that
 * `o` names; replaces the list as ft_doubts_open does. Vectors are kept for the next search. Of very long
 * lists the first FT_DOUBTS_MOST are taken. false: there is nothing to search. */
enum { FT_DOUBTS_MOST = 20000 };
bool ft_doubts_search(struct ft_doubts *x, const struct ft_dataset *d, const struct ft_options *o,
                      double threshold);
/* Of the search that made the list; threshold 0: none did. */
struct ft_doubts_searched {
    double threshold;
    char model[64];
    size_t rows, found; /* compared; items, of which count and stale are the first */
    double alike;       /* share of all pairs of different texts that is similar */
};
struct ft_doubts_searched ft_doubts_searched(const struct ft_doubts *x);
bool ft_doubts_busy(struct ft_doubts *x, struct ft_job_view *view); /* view: may be NULL */
/* Why the last reading failed; code 0: it did not; FT_NOTFOUND: there is no audit of the data. */
const struct ft_err *ft_doubts_failed(const struct ft_doubts *x);
const char *ft_doubts_dir(const struct ft_doubts *x); /* that was read last; "" none */

/* Leaves in the list the items whose row has the text and the label that it had when it was found; a row
 * whose label is the suggested one by now stays too. Again when the data is another. */
void ft_doubts_fit(struct ft_doubts *x, const struct ft_dataset *d);
size_t ft_doubts_count(const struct ft_doubts *x);                          /* that fit */
size_t ft_doubts_stale(const struct ft_doubts *x);                          /* that do not */
size_t ft_doubts_kinds(const struct ft_doubts *x, enum ft_doubt_kind kind); /* of those that fit */
const struct ft_doubt *ft_doubts_at(const struct ft_doubts *x, size_t i);
enum ft_doubt_decision ft_doubts_decision(const struct ft_doubts *x, size_t i,
                                          const struct ft_dataset *d);
size_t ft_doubts_decided(struct ft_doubts *x, const struct ft_dataset *d);
/* Those of a kind that nobody has decided. */
size_t ft_doubts_left(struct ft_doubts *x, enum ft_doubt_kind kind, const struct ft_dataset *d);

#endif
