/* See pull.h. The worker owns settings and connection; what the looking thread sees is copied under
 * the lock. What is downloaded, and in which order, is planned in pull_plan.c. */
#include "engine/model/pull.h"

#include "data/hub.h"
#include "data/hub_fetch.h"
#include "engine/model/pull_plan.h"
#include "engine/options/job.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 32 };
#define SAMPLE_EVERY_S 0.25 /* so that the rate is that of the last SAMPLES / 4 seconds */
#define WAKE_EVERY_S   0.05
#define ETA_AFTER_S    3.0
#define ETA_AFTER_PART 0.02

struct sample {
    double at_s;
    int64_t bytes;
};

struct ft_pull {
    char *name;
    bool confirm;
    struct ft_wake *wake;
    struct ft_job *job;
    pthread_t starter;
    pthread_mutex_t mu;
    pthread_cond_t changed;
    bool go;                  /* guarded by mu, as all below */
    struct ft_pull_view view; /* without times, rate and what `files` says */
    double started_s, ended_s, woke_s;
    char *folder;
    struct ft_pull_file *files;
    size_t files_n, current;
    int64_t before_bytes; /* that were there when the transfer began */
    struct sample samples[SAMPLES];
    size_t samples_n; /* taken in all */
};

/* The worker's own. */
struct worker {
    struct ft_pull *p;
    struct ft_job *job;
    struct ft_hub_settings settings;
    struct ft_hub_repo repo;
    struct ft_pull_plan plan;
};

const char *ft_pull_phase_name(enum ft_pull_phase phase)
{
    static const char *const names[FT_PULL_PHASE_COUNT] = {[FT_PULL_PLANNING] = "planning",
                                                           [FT_PULL_READY] = "ready",
                                                           [FT_PULL_DOWNLOADING] = "downloading",
                                                           [FT_PULL_DONE] = "done",
                                                           [FT_PULL_FAILED] = "failed"};
    return names[phase];
}

static void set_phase(struct ft_pull *p, enum ft_pull_phase phase)
{
    pthread_mutex_lock(&p->mu);
    p->view.phase = phase;
    pthread_mutex_unlock(&p->mu);
    if (p->wake) ft_wake_signal(p->wake);
}

/* Splits `name` into view.id and view.revision. */
static enum ft_status read_name(struct ft_pull *p, struct ft_err *err)
{
    const char *at = strchr(p->name, '@'), *rev = at ? at + 1 : "main";
    char *id = ft_xstrndup(p->name, at ? (size_t)(at - p->name) : strlen(p->name));
    enum ft_status st = FT_OK;
    if (!ft_hub_id_is_valid(id))
        st = ft_fail(err, FT_FORMAT,
                     "%s: is not the id of a model on the hub; expected NAME or ORGANISATION/NAME, "
                     "such as google/bert_uncased_L-2_H-128_A-2",
                     p->name);
    else if (!ft_hub_revision_is_valid(rev) || strlen(rev) >= sizeof p->view.revision)
        st = ft_fail(err, FT_FORMAT,
                     "%s: the revision after @ is not valid; expected a branch, a tag or a commit",
                     p->name);
    pthread_mutex_lock(&p->mu);
    snprintf(p->view.id, sizeof p->view.id, "%s", st ? p->name : id);
    snprintf(p->view.revision, sizeof p->view.revision, "%s", st ? "" : rev);
    pthread_mutex_unlock(&p->mu);
    free(id);
    return st;
}

/* The files of a snapshot's folder, and of the folders in it. */
static void list_folder(struct ft_pull *p, const char *folder, const char *below, size_t *cap)
{
    char *dir = ft_path_join(folder, below), **names;
    size_t n;
    if (!ft_dir_list(dir, &names, &n, NULL)) {
        for (size_t i = 0; i < n; i++) {
            char *name = *below ? ft_xprintf("%s/%s", below, names[i]) : ft_xstrdup(names[i]),
                 *path = ft_path_join(folder, name);
            if (ft_path_is_dir(path) && !*below) list_folder(p, folder, name, cap);
            if (ft_path_is_file(path)) {
                int64_t bytes = ft_file_size(path);
                ft_grow(&p->files, cap, p->files_n + 1, sizeof *p->files);
                p->files[p->files_n++] = (struct ft_pull_file){
                    .name = ft_xstrdup(name), .bytes = bytes, .bytes_done = bytes, .done = true};
                p->view.bytes += bytes;
            }
            free(name);
            free(path);
        }
        ft_names_free(names, n);
    }
    free(dir);
}

/* As huggingface_hub: what is in the cache is the answer. */
static enum ft_status pull_offline(struct ft_pull *p, const struct ft_hub_settings *s,
                                   struct ft_err *err)
{
    struct ft_hub_model m;
    char *name = ft_xprintf("%s@%s", p->view.id, p->view.revision);
    size_t cap = 0;
    enum ft_status st = ft_hub_resolve(&m, name, NULL);
    if (!st && m.kind == FT_HUB_KIND_CACHE && m.complete) {
        char *repo = ft_hub_repo_path(s->cache, p->view.id);
        pthread_mutex_lock(&p->mu);
        p->folder = ft_xprintf("%s/snapshots/%s", repo, m.revision);
        snprintf(p->view.commit, sizeof p->view.commit, "%.64s", m.revision);
        list_folder(p, p->folder, "", &cap);
        p->view.files = p->files_n;
        pthread_mutex_unlock(&p->mu);
        free(repo);
    } else {
        ft_fail(err, FT_NOTFOUND,
                "%s: not in the hub cache %s, and %s disables downloads; unset it and pull again",
                p->name, s->cache, s->offline_by);
    }
    if (!st) ft_hub_model_release(&m);
    free(name);
    return p->folder ? FT_OK : FT_NOTFOUND;
}

/* ---- what the client reports ---- */

static bool is_cancelled(void *arg)
{
    return ft_job_cancelled(((struct worker *)arg)->job);
}

/* Signals, unless it did a moment ago. */
static void wake_now_and_then(struct ft_pull *p, double now_s)
{
    pthread_mutex_lock(&p->mu);
    bool due = now_s - p->woke_s >= WAKE_EVERY_S;
    if (due) p->woke_s = now_s;
    pthread_mutex_unlock(&p->mu);
    if (due && p->wake) ft_wake_signal(p->wake);
}

static void set_doing(void *arg, const char *text)
{
    struct ft_pull *p = ((struct worker *)arg)->p;
    pthread_mutex_lock(&p->mu);
    snprintf(p->view.doing, sizeof p->view.doing, "%s", text);
    p->view.doing[ft_utf8_prefix(p->view.doing, strlen(p->view.doing))] = 0;
    ft_text_tame(p->view.doing, strlen(p->view.doing));
    pthread_mutex_unlock(&p->mu);
    wake_now_and_then(p, ft_now_s());
}

static int64_t done_bytes(const struct ft_pull *p)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p->files_n; i++)
        sum += p->files[i].bytes_done;
    return sum;
}

static void set_bytes(void *arg, int64_t bytes)
{
    struct ft_pull *p = ((struct worker *)arg)->p;
    double now_s = ft_now_s();
    pthread_mutex_lock(&p->mu);
    if (p->view.phase == FT_PULL_DOWNLOADING && p->current < p->files_n) {
        p->files[p->current].bytes_done = bytes;
        const struct sample *last = p->samples_n ? &p->samples[(p->samples_n - 1) % SAMPLES] : NULL;
        if (!last || now_s - last->at_s >= SAMPLE_EVERY_S)
            p->samples[p->samples_n++ % SAMPLES] =
                (struct sample){now_s, done_bytes(p) - p->before_bytes};
    }
    pthread_mutex_unlock(&p->mu);
    wake_now_and_then(p, now_s);
}

/* ---- the work ---- */

static void publish_plan(struct worker *w)
{
    struct ft_pull *p = w->p;
    const struct ft_pull_plan *plan = &w->plan;
    struct ft_pull_file *files = ft_xcalloc(plan->n ? plan->n : 1, sizeof *files);
    struct ft_pull_view *v = &p->view;
    for (size_t i = 0; i < plan->n; i++) {
        const struct ft_pull_item *item = &plan->items[i];
        files[i] = (struct ft_pull_file){.name = ft_xstrdup(item->name),
                                         .bytes = item->head.bytes,
                                         .bytes_done = item->bytes_here,
                                         .fetched = item->fetched,
                                         .done = item->cached};
    }
    pthread_mutex_lock(&p->mu);
    p->files = files;
    p->files_n = plan->n;
    v->files = plan->n;
    v->bytes = plan->bytes;
    v->bytes_download = plan->bytes_download;
    v->disk_free_bytes = plan->disk_free_bytes;
    snprintf(v->commit, sizeof v->commit, "%s", plan->info.commit);
    snprintf(v->licence, sizeof v->licence, "%s", plan->info.licence);
    snprintf(v->warning, sizeof v->warning, "%s", plan->warning);
    v->doing[0] = 0;
    pthread_mutex_unlock(&p->mu);
}

static enum ft_status wait_for_go(struct worker *w, struct ft_err *err)
{
    struct ft_pull *p = w->p;
    if (pthread_equal(pthread_self(), p->starter))
        return ft_fail(err, FT_NOMEM, "no thread can be started for the download; close programs");
    set_phase(p, FT_PULL_READY);
    pthread_mutex_lock(&p->mu);
    while (!p->go && !ft_job_cancelled(w->job))
        pthread_cond_wait(&p->changed, &p->mu);
    pthread_mutex_unlock(&p->mu);
    return ft_job_cancelled(w->job) ? ft_fail(err, FT_CANCELLED, "cancelled") : FT_OK;
}

static enum ft_status download(struct worker *w, struct ft_err *err)
{
    struct ft_pull *p = w->p;
    enum ft_status st = FT_OK;
    pthread_mutex_lock(&p->mu);
    p->before_bytes = done_bytes(p);
    p->started_s = ft_now_s();
    p->samples[0] = (struct sample){p->started_s, 0};
    p->samples_n = 1;
    pthread_mutex_unlock(&p->mu);
    set_phase(p, FT_PULL_DOWNLOADING);
    for (size_t i = 0; i < w->plan.n && !st; i++) {
        struct ft_pull_item *item = &w->plan.items[i];
        bool fetched = false;
        pthread_mutex_lock(&p->mu);
        p->current = i;
        pthread_mutex_unlock(&p->mu);
        st = ft_hub_fetch(&w->repo, w->plan.info.commit, item->name, &item->head, &fetched, err);
        pthread_mutex_lock(&p->mu);
        p->files[i].fetched = p->files[i].fetched || fetched;
        if (!st) {
            p->files[i].bytes_done = item->head.bytes;
            p->files[i].done = true;
        }
        pthread_mutex_unlock(&p->mu);
        wake_now_and_then(p, ft_now_s());
    }
    return st;
}

/* All files are there: the revision becomes visible. */
static enum ft_status link_files(struct worker *w, struct ft_err *err)
{
    const struct ft_pull_plan *plan = &w->plan;
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < plan->n && !st; i++)
        st = ft_hub_link(&w->repo, plan->info.commit, plan->items[i].name, &plan->items[i].head,
                         !plan->items[i].last_use || !w->p->files[i].fetched, err);
    if (!st) st = ft_hub_set_ref(&w->repo, plan->info.commit, err);
    if (st) return st;
    pthread_mutex_lock(&w->p->mu);
    w->p->folder = ft_hub_snapshot_path(&w->repo, plan->info.commit);
    pthread_mutex_unlock(&w->p->mu);
    return FT_OK;
}

static enum ft_status pull_online(struct worker *w, struct ft_err *err)
{
    struct ft_pull *p = w->p;
    struct ft_hub_watch watch = {
        .cancelled = is_cancelled, .doing = set_doing, .progress = set_bytes, .arg = w};
    enum ft_status st =
        ft_hub_repo_open(&w->repo, &w->settings, p->view.id, p->view.revision, &watch, err);
    if (st) return st;
    pthread_mutex_lock(&p->mu);
    snprintf(p->view.server, sizeof p->view.server, "%s", w->repo.host);
    pthread_mutex_unlock(&p->mu);
    st = ft_pull_plan_make(&w->plan, &w->repo, err);
    if (!st) {
        publish_plan(w);
        st = ft_pull_plan_check_disk(&w->plan, &w->repo, err);
    }
    if (!st && p->confirm) st = wait_for_go(w, err);
    if (!st) st = download(w, err);
    if (!st) st = link_files(w, err);
    ft_pull_plan_release(&w->plan);
    ft_hub_repo_close(&w->repo);
    return st;
}

static enum ft_status work(struct ft_job *job, void *arg, struct ft_err *err)
{
    struct ft_pull *p = arg;
    struct worker w = {.p = p, .job = job};
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE); /* a connection that a server closed is an error, not the end */
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    enum ft_status st = read_name(p, err);
    if (!st) st = ft_hub_settings_load(&w.settings, err);
    if (!st) {
        pthread_mutex_lock(&p->mu);
        snprintf(p->view.cache, sizeof p->view.cache, "%s", w.settings.cache);
        pthread_mutex_unlock(&p->mu);
        st = w.settings.offline ? pull_offline(p, &w.settings, err) : pull_online(&w, err);
        ft_hub_settings_release(&w.settings);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (st == FT_CANCELLED)
        ft_fail(err, st, "%s: cancelled; the next pull resumes the download", p->name);
    pthread_mutex_lock(&p->mu);
    if (st) p->view.err = *err;
    p->view.doing[0] = 0;
    p->ended_s = ft_now_s();
    pthread_mutex_unlock(&p->mu);
    set_phase(p, st ? FT_PULL_FAILED : FT_PULL_DONE);
    return st;
}

/* ---- the looking side ---- */

struct ft_pull *ft_pull_start(const char *name, bool confirm, struct ft_wake *wake)
{
    struct ft_pull *p = ft_xcalloc(1, sizeof *p);
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->name = ft_xstrdup(name);
    p->confirm = confirm;
    p->wake = wake;
    p->started_s = ft_now_s();
    p->starter = pthread_self();
    p->view.disk_free_bytes = -1;
    p->job = ft_job_start("pull", work, p, wake);
    return p;
}

/* Over the samples of the last seconds. */
static void look_at_rate(const struct ft_pull *p, struct ft_pull_view *v, double now_s)
{
    size_t oldest = p->samples_n > SAMPLES ? p->samples_n % SAMPLES : 0;
    double since_s = now_s - p->samples[oldest].at_s;
    int64_t bytes = v->bytes_done - p->before_bytes - p->samples[oldest].bytes;
    v->eta_s = -1;
    if (p->samples_n && since_s >= SAMPLE_EVERY_S && bytes > 0)
        v->rate_bytes_s = (double)bytes / since_s;
    if (v->rate_bytes_s > 0 &&
        (v->seconds >= ETA_AFTER_S ||
         (double)(v->bytes_done - p->before_bytes) >= ETA_AFTER_PART * (double)v->bytes_download))
        v->eta_s = (double)(v->bytes - v->bytes_done) / v->rate_bytes_s;
}

void ft_pull_look(struct ft_pull *p, struct ft_pull_view *view)
{
    pthread_mutex_lock(&p->mu);
    double now_s = p->ended_s > 0 ? p->ended_s : ft_now_s();
    *view = p->view;
    view->seconds = now_s - p->started_s;
    view->bytes_done = done_bytes(p);
    for (size_t i = 0; i < p->files_n; i++)
        view->files_done += p->files[i].done;
    look_at_rate(p, view, now_s);
    pthread_mutex_unlock(&p->mu);
}

void ft_pull_go(struct ft_pull *p)
{
    pthread_mutex_lock(&p->mu);
    p->go = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->mu);
}

void ft_pull_cancel(struct ft_pull *p)
{
    ft_job_cancel(p->job);
    pthread_mutex_lock(&p->mu);
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->mu);
}

void ft_pull_free(struct ft_pull *p)
{
    if (!p) return;
    ft_pull_cancel(p);
    ft_job_join(p->job, NULL);
    ft_pull_files_free(p->files, p->files_n);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->mu);
    free(p->folder);
    free(p->name);
    free(p);
}

size_t ft_pull_files(struct ft_pull *p, struct ft_pull_file **files)
{
    pthread_mutex_lock(&p->mu);
    size_t n = p->files_n;
    *files = n ? ft_xcalloc(n, sizeof **files) : NULL;
    for (size_t i = 0; i < n; i++) {
        (*files)[i] = p->files[i];
        (*files)[i].name = ft_xstrdup(p->files[i].name);
    }
    pthread_mutex_unlock(&p->mu);
    return n;
}

void ft_pull_files_free(struct ft_pull_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(files[i].name);
    free(files);
}

char *ft_pull_folder(struct ft_pull *p)
{
    pthread_mutex_lock(&p->mu);
    char *folder = ft_xstrdup(p->folder);
    pthread_mutex_unlock(&p->mu);
    return folder;
}
