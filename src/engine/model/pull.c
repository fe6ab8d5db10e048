/* See pull.h. The worker owns plan and settings; what the looking thread sees is copied under the
 * lock. */
#include "engine/model/pull.h"

#include "data/hub.h"
#include "data/hub_settings.h"
#include "engine/options/job.h"
#include "util/clock.h"
#include "util/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ft_pull {
    char *name;
    bool confirm;
    struct ft_wake *wake;
    struct ft_job *job;
    pthread_mutex_t mu;
    pthread_cond_t changed;
    bool go;                  /* guarded by mu, as all below */
    struct ft_pull_view view; /* without its times */
    double started_s, ended_s;
    char *folder;
    struct ft_pull_file *files;
    size_t files_n;
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
    if (phase == FT_PULL_DOWNLOADING) p->started_s = ft_now_s();
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

static enum ft_status pull_offline(struct ft_pull *p, const struct ft_hub_settings *s,
                                   struct ft_err *err)
{
    struct ft_hub_model m;
    char *name = ft_xprintf("%s@%s", p->view.id, p->view.revision);
    enum ft_status st = ft_hub_resolve(&m, name, NULL);
    if (!st && m.kind == FT_HUB_KIND_CACHE && m.complete) {
        pthread_mutex_lock(&p->mu);
        p->folder = ft_xstrdup(m.path);
        snprintf(p->view.commit, sizeof p->view.commit, "%s", m.revision);
        pthread_mutex_unlock(&p->mu);
    } else {
        ft_fail(err, FT_NOTFOUND,
                "%s: is not in the hub cache %s, and %s forbids to download it; unset it", p->name,
                s->cache, s->offline_by);
    }
    if (!st) ft_hub_model_release(&m);
    free(name);
    return p->folder ? FT_OK : FT_NOTFOUND;
}

static enum ft_status work(struct ft_job *job, void *arg, struct ft_err *err)
{
    struct ft_pull *p = arg;
    struct ft_hub_settings s;
    (void)job;
    enum ft_status st = read_name(p, err);
    if (!st) st = ft_hub_settings_load(&s, err);
    if (!st) {
        st = s.offline
                 ? pull_offline(p, &s, err)
                 : ft_fail(err, FT_UNSUPPORTED,
                           "pull: not supported in this version of fettle (%s)", FETTLE_VERSION);
        ft_hub_settings_release(&s);
    }
    pthread_mutex_lock(&p->mu);
    if (st) p->view.err = *err;
    p->ended_s = ft_now_s();
    pthread_mutex_unlock(&p->mu);
    set_phase(p, st ? FT_PULL_FAILED : FT_PULL_DONE);
    return st;
}

struct ft_pull *ft_pull_start(const char *name, bool confirm, struct ft_wake *wake)
{
    struct ft_pull *p = ft_xcalloc(1, sizeof *p);
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->name = ft_xstrdup(name);
    p->confirm = confirm;
    p->wake = wake;
    p->started_s = ft_now_s();
    p->view.eta_s = -1;
    p->view.disk_free_bytes = -1;
    p->job = ft_job_start("pull", work, p, wake);
    return p;
}

void ft_pull_look(struct ft_pull *p, struct ft_pull_view *view)
{
    pthread_mutex_lock(&p->mu);
    *view = p->view;
    view->seconds = (p->ended_s > 0 ? p->ended_s : ft_now_s()) - p->started_s;
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
