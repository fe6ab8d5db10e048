/* Downloads a model from the Hugging Face hub into the hub cache, on a thread of its own. First the
 * plan: revision, licence, files and sizes; then the files, each resumed, verified and renamed into
 * place (data/hub_fetch.h). Files that are in the cache are not downloaded again.
 *
 *     struct ft_pull *p = ft_pull_start("google/bert_uncased_L-2_H-128_A-2", true, &wake);
 *     ... each time `wake` is readable: struct ft_pull_view v; ft_pull_look(p, &v);
 *     ... at FT_PULL_READY show the plan, then ft_pull_go(p), or ft_pull_cancel(p);
 *     ... at the end: v.phase, v.err, ft_pull_folder(p);
 *     ft_pull_free(p);
 *
 * A pull that ends early, cancelled or failed, leaves blobs/ETAG.incomplete in the cache; the next
 * pull of the same model resumes there. A revision becomes visible (snapshots/, refs/) when all of
 * its files are in place. The environment (HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, proxies, ..) is
 * read on start, as huggingface_hub reads it (data/hub_settings.h).
 *
 * Threads: one thread starts, looks and frees; ft_pull_cancel is safe from any. */
#ifndef FT_ENGINE_MODEL_PULL_H
#define FT_ENGINE_MODEL_PULL_H

#include "util/err.h"
#include "util/wake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_pull_phase {
    FT_PULL_PLANNING,    /* asking the hub for revision, licence, files and sizes */
    FT_PULL_READY,       /* the plan is known; waits for ft_pull_go (only with `confirm`) */
    FT_PULL_DOWNLOADING, /* downloading and verifying */
    FT_PULL_DONE,        /* all files are in the cache */
    FT_PULL_FAILED,      /* see err; code FT_CANCELLED: cancelled */
    FT_PULL_PHASE_COUNT
};
const char *ft_pull_phase_name(enum ft_pull_phase phase); /* "planning", "ready", .. */

enum { FT_PULL_ID_MAX = 96 };

struct ft_pull_view { /* plain values; sizes and counts are 0 until the plan is known */
    enum ft_pull_phase phase;
    char id[FT_PULL_ID_MAX + 1], revision[128], commit[65]; /* commit "": not known yet */
    char licence[96];  /* as the hub states it: "apache-2.0"; "not stated" */
    char server[128];  /* the host that is asked, "huggingface.co" */
    char cache[256];   /* the hub cache's folder */
    char warning[256]; /* what the user should know first, such as an unsupported model type; "" */
    char doing[160];   /* now: a file, "verifying FILE", "retrying in 2 s: HTTP 503" */
    size_t files, files_done;
    int64_t bytes, bytes_done;  /* of all files; done: in the cache, partial files included */
    int64_t bytes_download;     /* of this pull, from the start: neither cached nor partial */
    int64_t disk_free_bytes;    /* where the cache is; -1: not known */
    double rate_bytes_s, eta_s; /* over the last seconds; eta_s -1: not known yet */
    double seconds;             /* since ft_pull_go, or the start without `confirm` */
    struct ft_err err;          /* FT_PULL_FAILED */
};

struct ft_pull;

/* `name` is ID or ID@REV (a branch, a tag, refs/pr/N or a commit; main when not given). With
 * `confirm` it waits at FT_PULL_READY. `wake` (may be NULL) is signalled at most 20 times a second,
 * and at each change of phase. A wrong name is a failed pull, too. Never NULL. */
struct ft_pull *ft_pull_start(const char *name, bool confirm, struct ft_wake *wake);
void ft_pull_look(struct ft_pull *p, struct ft_pull_view *view);
void ft_pull_go(struct ft_pull *p); /* nothing when it does not wait */
void ft_pull_cancel(struct ft_pull *p);
/* Cancels what still runs, waits for its end (well below a second) and frees it. NULL is fine. */
void ft_pull_free(struct ft_pull *p);

/* From FT_PULL_READY on. */
struct ft_pull_file {
    char *name; /* in the repository, "1_Pooling/config.json" */
    int64_t bytes, bytes_done;
    bool fetched; /* by this pull, at least in part; false: it is, or was, in the cache */
    bool done;
};
/* A copy of the list as it is now; ft_pull_files_free frees it. */
size_t ft_pull_files(struct ft_pull *p, struct ft_pull_file **files);
void ft_pull_files_free(struct ft_pull_file *files, size_t n);
/* FT_PULL_DONE: the snapshot's folder, else NULL; free() it. */
char *ft_pull_folder(struct ft_pull *p);

#endif
