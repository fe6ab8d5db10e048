/* Rows that may be wrong: see doubts.h. The list is made by a worker; which of its items fit the open data,
 * and what was decided, is the main thread's. */
#include "engine/present/doubts_in.h"

#include "engine/runs/audit_find.h"

#include <stdlib.h>
#include <string.h>

struct reading_job {
    struct doubts_search search; /* build NULL: a folder is read */
    char *dir, *data;            /* dir NULL: the newest one of `data` */
    char sha256[65];
    struct doubts_list list;
};

struct ft_doubts {
    struct ft_wake *wake;
    struct reading_job *job, *next; /* next: asked for while one is read */
    struct ft_job *work;
    struct ft_err failed;
    char *dir;
    struct doubts_list list;
    size_t *fit, fit_n; /* items that fit the data */
    size_t stale;
    struct ft_doubts_searched searched;
    struct ft_text_vectors vectors; /* the worker's while there is one */
    struct {                        /* what was counted last, and of which content */
        uint64_t version;
        size_t decided, left[FT_DOUBT_KINDS];
    } counted;
};

static const char *const kind_names[FT_DOUBT_KINDS] = {"label", "leak", "conflict", "duplicate"};
static const char *const decision_names[FT_DOUBT_DECISIONS] = {"",        "kept",     "accepted",
                                                               "changed", "excluded", "settled"};

const char *ft_doubt_kind_name(enum ft_doubt_kind kind)
{
    return kind_names[kind];
}

const char *ft_doubt_decision_name(enum ft_doubt_decision decision)
{
    return decision_names[decision];
}

/* --- reading --- */

static void job_free(struct reading_job *j)
{
    if (!j) return;
    doubts_list_release(&j->list);
    doubts_search_release(&j->search);
    free(j->dir);
    free(j->data);
    free(j);
}

static enum ft_status run(struct ft_job *work, void *arg, struct ft_err *err)
{
    struct reading_job *j = arg;
    if (j->search.build) return doubts_search(&j->list, &j->search, work, err);
    if (!j->dir) j->dir = ft_audit_find(".", j->data, j->sha256, work);
    if (ft_job_cancelled(work)) return ft_fail(err, FT_CANCELLED, "cancelled");
    if (!j->dir) return ft_fail(err, FT_NOTFOUND, "no audit of this data");
    return doubts_read(&j->list, j->dir, work, err);
}

static void start(struct ft_doubts *x, struct reading_job *j)
{
    x->job = j;
    x->work =
        ft_job_start(j->search.build ? "comparing rows" : "reading the audit", run, j, x->wake);
}

struct ft_doubts *ft_doubts_new(struct ft_wake *wake)
{
    struct ft_doubts *x = ft_xcalloc(1, sizeof *x);
    x->wake = wake;
    x->dir = ft_xstrdup("");
    return x;
}

/* As soon as the work before has ended. */
static void start_next(struct ft_doubts *x, struct reading_job *j)
{
    x->failed = (struct ft_err){0};
    if (!x->work) {
        start(x, j);
        return;
    }
    ft_job_cancel(x->work);
    job_free(x->next);
    x->next = j;
}

bool ft_doubts_search(struct ft_doubts *x, const struct ft_dataset *d, const struct ft_options *o,
                      double threshold)
{
    struct dataset_build *b = dataset_shown(d);
    if (!b || !dataset_examples(b)) return false;
    struct reading_job *j = ft_xcalloc(1, sizeof *j);
    j->search = (struct doubts_search){.build = b, .threshold = threshold, .vectors = &x->vectors};
    atomic_fetch_add(&b->refs, 1);
    ft_options_copy(&j->search.o, o);
    start_next(x, j);
    return true;
}

void ft_doubts_open(struct ft_doubts *x, const char *dir, const char *data, const char *sha256)
{
    struct reading_job *j = ft_xcalloc(1, sizeof *j);
    j->dir = dir ? ft_xstrdup(dir) : NULL;
    j->data = ft_xstrdup(data);
    size_t n = strlen(sha256);
    memcpy(j->sha256, sha256, n < sizeof j->sha256 ? n : sizeof j->sha256 - 1);
    start_next(x, j);
}

void ft_doubts_cancel(struct ft_doubts *x)
{
    job_free(x->next);
    x->next = NULL;
    if (x->work) ft_job_cancel(x->work);
}

static void forget(struct ft_doubts *x)
{
    doubts_list_release(&x->list);
    free(x->fit);
    x->fit = NULL;
    x->fit_n = x->stale = 0;
    x->counted.version = 0;
    x->searched = (struct ft_doubts_searched){0};
}

bool ft_doubts_follow(struct ft_doubts *x)
{
    struct ft_job_view view;
    struct ft_err err = {0};
    if (!x->work) return false;
    ft_job_look(x->work, &view);
    if (!view.finished) return false;
    enum ft_status st = ft_job_join(x->work, &err);
    struct reading_job *j = x->job;
    x->work = NULL;
    x->job = NULL;
    if (x->next) {
        job_free(j);
        j = x->next;
        x->next = NULL;
        start(x, j);
        return false;
    }
    if (st) {
        x->failed = err;
    } else {
        forget(x);
        x->list = j->list;
        j->list = (struct doubts_list){0};
        x->searched = j->search.searched;
        free(x->dir);
        x->dir = ft_xstrdup(j->dir ? j->dir : "");
    }
    job_free(j);
    return true;
}

bool ft_doubts_busy(struct ft_doubts *x, struct ft_job_view *view)
{
    if (x->work && view) ft_job_look(x->work, view);
    return x->work != NULL;
}

struct ft_doubts_searched ft_doubts_searched(const struct ft_doubts *x)
{
    return x->searched;
}

const struct ft_err *ft_doubts_failed(const struct ft_doubts *x)
{
    return &x->failed;
}

const char *ft_doubts_dir(const struct ft_doubts *x)
{
    return x->dir;
}

void ft_doubts_free(struct ft_doubts *x)
{
    if (!x) return;
    if (x->work) {
        ft_job_cancel(x->work);
        ft_job_join(x->work, NULL);
    }
    job_free(x->job);
    job_free(x->next);
    forget(x);
    ft_text_vectors_release(&x->vectors);
    free(x->dir);
    free(x);
}

/* --- what fits the data --- */

/* Near duplicates are listed also where nothing can be edited. */
static bool near_fits(const struct ft_doubt *x, const struct ft_dataset *d)
{
    struct ft_dataset_row r;
    struct ft_dataset_known k;
    if (!ft_dataset_row_at(d, &x->other, &r) || !ft_dataset_row_at(d, &x->row, &r)) return false;
    size_t n = x->text ? strlen(x->text) : 0;
    bool same_text = !x->text || (r.n == n && !memcmp(r.text, x->text, n));
    return same_text || (!x->row.file && ft_dataset_known(d, x->row.row, x->text, n, &k));
}

static bool fits(const struct ft_doubt *x, const struct ft_dataset *d)
{
    struct ft_dataset_known k;
    if (x->kind != FT_DOUBT_LABEL) return near_fits(x, d);
    if (x->row.file) return false; /* only --data has edits */
    size_t n = x->text ? strlen(x->text) : 0;
    if (!ft_dataset_known(d, x->row.row, x->text, n, &k)) return false;
    /* the file has the suggested label when an edit that had made it the given one was undone */
    return !x->given || dataset_same_label(d, x->given, k.file) ||
           dataset_same_label(d, x->given, k.now) || dataset_same_label(d, x->suggested, k.file);
}

void ft_doubts_fit(struct ft_doubts *x, const struct ft_dataset *d)
{
    free(x->fit);
    x->fit = ft_xcalloc(x->list.n + 1, sizeof *x->fit);
    x->fit_n = 0;
    for (size_t i = 0; i < x->list.n; i++)
        if (fits(&x->list.items[i], d)) x->fit[x->fit_n++] = i;
    x->stale = x->list.n - x->fit_n;
    x->counted.version = 0;
}

size_t ft_doubts_count(const struct ft_doubts *x)
{
    return x->fit_n;
}

size_t ft_doubts_stale(const struct ft_doubts *x)
{
    return x->stale;
}

size_t ft_doubts_kinds(const struct ft_doubts *x, enum ft_doubt_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < x->fit_n; i++)
        n += x->list.items[x->fit[i]].kind == kind;
    return n;
}

const struct ft_doubt *ft_doubts_at(const struct ft_doubts *x, size_t i)
{
    return i < x->fit_n ? &x->list.items[x->fit[i]] : NULL;
}

/* --- what was decided --- */

/* What was done with the row that it is like. */
static bool is_settled(const struct ft_doubt *q, const struct ft_dataset *d, const char *now)
{
    struct ft_dataset_known k;
    if (!q->other.row || q->other.file) return false;
    if (!ft_dataset_known(d, q->other.row, NULL, 0, &k)) return false;
    return !k.now || (q->kind == FT_DOUBT_CONFLICT && dataset_same_label(d, now, k.now));
}

enum ft_doubt_decision ft_doubts_decision(const struct ft_doubts *x, size_t i,
                                          const struct ft_dataset *d)
{
    const struct ft_doubt *q = ft_doubts_at(x, i);
    struct ft_dataset_known k;
    if (!q) return FT_DOUBT_OPEN;
    if (q->row.file || !ft_dataset_known(d, q->row.row, NULL, 0, &k))
        return is_settled(q, d, NULL) ? FT_DOUBT_SETTLED : FT_DOUBT_OPEN;
    if (!k.now) return q->suggested ? FT_DOUBT_EXCLUDED : FT_DOUBT_ACCEPTED;
    const char *now = k.now;
    bool kept = k.kept, other = q->suggested && q->given && !dataset_same_label(d, q->given, now);
    if (other)
        return dataset_same_label(d, q->suggested, now) ? FT_DOUBT_ACCEPTED : FT_DOUBT_CHANGED;
    if (is_settled(q, d, now)) return FT_DOUBT_SETTLED;
    return kept ? FT_DOUBT_KEPT : FT_DOUBT_OPEN;
}

/* Once for each content: a list may have thousands of items, and is drawn at every key. */
static void count_decisions(struct ft_doubts *x, const struct ft_dataset *d)
{
    uint64_t version = ft_dataset_facts(d)->version + 1;
    if (x->counted.version == version) return;
    memset(&x->counted, 0, sizeof x->counted);
    x->counted.version = version;
    for (size_t i = 0; i < x->fit_n; i++) {
        bool open = ft_doubts_decision(x, i, d) == FT_DOUBT_OPEN;
        x->counted.decided += !open;
        x->counted.left[ft_doubts_at(x, i)->kind] += open;
    }
}

size_t ft_doubts_left(struct ft_doubts *x, enum ft_doubt_kind kind, const struct ft_dataset *d)
{
    count_decisions(x, d);
    return x->counted.left[kind];
}

size_t ft_doubts_decided(struct ft_doubts *x, const struct ft_dataset *d)
{
    count_decisions(x, d);
    return x->counted.decided;
}
