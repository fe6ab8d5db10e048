/* The runs of a folder for screens: the list, the contents of selected runs, and long operations
 * on one of them, all in the background.
 *
 *     struct ft_run_list *l = ft_run_list_new(&wake);
 *     ft_run_list_read(l, ".", "");
 *     ... each time `wake` is readable, and now and then: if (ft_run_list_follow(l)) redraw;
 *     const struct ft_run_look *look = ft_run_list_look(l, i);      NULL: it comes
 *     ft_run_list_change(l, FT_RUN_CHANGE_DELETE, path, NULL);
 *     ft_run_list_free(l);
 *
 * Threads: main thread only; its own workers are met inside. No call waits for them, but for
 * ft_run_list_free. */
#ifndef FT_ENGINE_PRESENT_RUN_LIST_H
#define FT_ENGINE_PRESENT_RUN_LIST_H

#include "engine/runs/export.h"
#include "engine/runs/sweep_change.h"
#include "engine/train/run_series.h"
#include "engine/runs/runs.h"
#include "engine/options/job.h"

struct ft_run_item {
    struct ft_run run;
    char *real;                       /* its folder without links: tells two runs apart */
    int64_t bytes;                    /* of the folder */
    char *sweep;                      /* real folder of the sweep whose member it is; NULL: none */
    enum ft_sweep_state sweep_state;  /* of that sweep, */
    size_t sweep_done, sweep_members; /* and how many of its members are done or out */
    bool sweep_damaged;               /* its sweep.json cannot be read */
};

/* What is inside a run. */
struct ft_run_look {
    struct ft_run_series series; /* of one that runs it grows */
    uint64_t *saved;             /* steps of the checkpoints, ascending */
    size_t saved_n;
    struct ft_run_trim trim; /* what trimming would do */
    bool may_trim;           /* false: it is not known */
    char *log;               /* the end of its log.txt; never NULL */
};

struct ft_run_list;
struct ft_run_list *ft_run_list_new(struct ft_wake *wake);
void ft_run_list_free(struct ft_run_list *l);

/* Reads the runs in and below `dir` anew, and `also` ("" none) wherever it lies. What was read
 * before stays until the new list is whole. */
void ft_run_list_read(struct ft_run_list *l, const char *dir, const char *also);
/* The same folder again when that is due: after two seconds, later where it takes long. */
void ft_run_list_refresh(struct ft_run_list *l);
bool ft_run_list_follow(struct ft_run_list *l);      /* true when something changed */
bool ft_run_list_whole(const struct ft_run_list *l); /* it was read once */
bool ft_run_list_idle(const struct ft_run_list *l);  /* no work in progress */
/* Work to report: the first reading, or a change. */
bool ft_run_list_busy(struct ft_run_list *l, struct ft_job_view *view);
void ft_run_list_cancel(struct ft_run_list *l);            /* of that: what can be */
uint64_t ft_run_list_version(const struct ft_run_list *l); /* counts lists */
/* Why the last reading failed; code 0: it did not. */
const struct ft_err *ft_run_list_failed(const struct ft_run_list *l);
const char *ft_run_list_dir(const struct ft_run_list *l); /* "" before the first reading */
bool ft_run_list_cut(const struct ft_run_list *l);        /* there are more: see runs.h */

size_t ft_run_list_count(const struct ft_run_list *l);
const struct ft_run_item *ft_run_list_item(const struct ft_run_list *l, size_t i);
/* The folder of its sweep as its runs are listed, such as "runs/lr"; for a member only. free() it. */
char *ft_run_item_sweep(const struct ft_run_item *item);
/* Of item i; it is kept for the FT_RUN_LOOKS_MAX ones that were looked at last. */
enum { FT_RUN_LOOKS_MAX = 16 };
const struct ft_run_look *ft_run_list_look(struct ft_run_list *l, size_t i);

/* --- changes that may take long, one at a time --- */
enum ft_run_change {
    FT_RUN_CHANGE_DELETE,
    FT_RUN_CHANGE_TRIM,
    FT_RUN_CHANGE_EXPORT,
    FT_RUN_CHANGE_MEMBER, /* deletes a member of a sweep, */
    FT_RUN_CHANGE_REST,   /* all but the promoted ones (sweep_change.h), */
    FT_RUN_CHANGE_SWEEP   /* the whole of it */
};
struct ft_run_changed {
    enum ft_run_change what;
    char *path, *to;       /* as given; `to`: of EXPORT, and the name of a MEMBER; else NULL */
    enum ft_status status; /* not FT_OK: see err */
    struct ft_err err;
    bool left;                       /* DELETE: other files stay in the folder */
    struct ft_run_trim trim;         /* TRIM: what went */
    struct ft_exported done;         /* EXPORT */
    struct ft_sweep_deleted members; /* MEMBER, REST, SWEEP: what went */
};
void ft_run_changed_release(struct ft_run_changed *c);
/* `to`: where EXPORT writes; the name of a MEMBER. false: another change is in progress. */
bool ft_run_list_change(struct ft_run_list *l, enum ft_run_change what, const char *path,
                        const char *to);
/* What came of the last one; once for each (release it). The list is read anew by itself. */
bool ft_run_list_changed(struct ft_run_list *l, struct ft_run_changed *out);

#endif
