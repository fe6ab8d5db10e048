/* See run_pair.h. The worker reads the runs' folders again: what a list of runs holds may go meanwhile. */
#include "engine/present/run_pair.h"

#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair_job {
    char *key, *paths[2];
    struct ft_paired_test test;
};

struct ft_run_pair {
    struct ft_wake *wake;
    struct pair_job *job, *next, *last; /* next: asked for while one is made */
    struct ft_job *work;
};

static void job_free(struct pair_job *j)
{
    if (!j) return;
    free(j->key);
    free(j->paths[0]);
    free(j->paths[1]);
    free(j);
}

static enum ft_status run(struct ft_job *work, void *arg, struct ft_err *err)
{
    struct pair_job *j = arg;
    struct ft_run runs[2];
    size_t read = 0;
    enum ft_status st = FT_OK;
    (void)work;
    while (!st && read < 2)
        if (!(st = ft_run_read(&runs[read], j->paths[read], err))) read++;
    const struct ft_run *const two[2] = {&runs[0], &runs[1]};
    if (!st) st = ft_runs_paired(two, &j->test, err);
    while (read)
        ft_run_release(&runs[--read]);
    return st;
}

static void start(struct ft_run_pair *p, struct pair_job *j)
{
    p->job = j;
    p->work = ft_job_start("comparing", run, j, p->wake);
}

struct ft_run_pair *ft_run_pair_new(struct ft_wake *wake)
{
    struct ft_run_pair *p = ft_xcalloc(1, sizeof *p);
    p->wake = wake;
    return p;
}

static bool is_of(const struct pair_job *j, const char *key)
{
    return j && !strcmp(j->key, key);
}

const struct ft_paired_test *ft_run_pair_test(struct ft_run_pair *p, const struct ft_run *a,
                                              const struct ft_run *b)
{
    char *key = ft_xprintf("%s\n%s\n%d\n%s\n%s\n%d", a->path, a->updated, (int)a->state, b->path,
                           b->updated, (int)b->state);
    bool known = is_of(p->last, key),
         asked = is_of(p->next, key) || (!p->next && is_of(p->job, key));
    if (!known && !asked) {
        struct pair_job *j = ft_xcalloc(1, sizeof *j);
        j->key = ft_xstrdup(key);
        j->paths[0] = ft_xstrdup(a->path);
        j->paths[1] = ft_xstrdup(b->path);
        job_free(p->next);
        p->next = NULL;
        if (p->work)
            p->next = j;
        else
            start(p, j);
    }
    free(key);
    return known ? &p->last->test : NULL;
}

bool ft_run_pair_follow(struct ft_run_pair *p)
{
    struct ft_job_view view;
    if (!p->work) return false;
    ft_job_look(p->work, &view);
    if (!view.finished) return false;
    if (ft_job_join(p->work, NULL)) p->job->test = (struct ft_paired_test){.better = -1};
    job_free(p->last);
    p->last = p->job;
    p->job = NULL;
    p->work = NULL;
    if (p->next) start(p, p->next);
    p->next = NULL;
    return true;
}

bool ft_run_pair_busy(const struct ft_run_pair *p)
{
    return p->work != NULL;
}

void ft_run_pair_free(struct ft_run_pair *p)
{
    if (!p) return;
    if (p->work) ft_job_join(p->work, NULL);
    job_free(p->job);
    job_free(p->next);
    job_free(p->last);
    free(p);
}
