/* See run_list.h. Three kinds of work, each on a thread of its own while it lasts: the list, the
 * inside of one run, and a change of one. A run's inside is read by its worker once; what a running
 * one adds to its metrics later is little, and is read where it is asked for. */
#include "engine/present/run_list.h"

#include "engine/train/checkpoint_list.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double refresh_s = 2, refresh_times = 10;
enum { LOG_BYTES = 8192 };

struct items {
    struct ft_run_item *items;
    size_t n, cap;
    bool cut;
};

struct list_job {
    char *dir, *also;
    struct items made;
};

struct look_job {
    char *path, *real, *stamp;
    struct ft_run_look look;
};

/* A run that was looked at. */
struct kept {
    char *real, *stamp; /* stamp: of its run.json */
    char *path;
    struct ft_run_look look;
    bool has, due, running;
    uint64_t used; /* when, as a count */
};

struct ft_run_list {
    struct ft_wake *wake;
    uint64_t version, uses;

    struct items list;
    bool whole, again, given_up;
    char *dir, *also;
    struct list_job *listing;
    struct ft_job *list_work;
    double read_s, took_s; /* the end of the last reading, how long it took */
    struct ft_err failed;

    struct kept kept[FT_RUN_LOOKS_MAX];
    size_t kept_n;
    struct look_job *looking;
    struct ft_job *look_work;

    struct ft_run_changed *changing;
    struct ft_job *change_work;
    struct ft_run_changed changed;
    bool has_changed;
};

/* --- life --- */

static void items_release(struct items *x)
{
    for (size_t i = 0; i < x->n; i++) {
        ft_run_release(&x->items[i].run);
        free(x->items[i].real);
        free(x->items[i].sweep);
    }
    free(x->items);
    *x = (struct items){0};
}

static void look_release(struct ft_run_look *k)
{
    ft_run_series_release(&k->series);
    free(k->saved);
    free(k->log);
    *k = (struct ft_run_look){0};
}

static void kept_release(struct kept *k)
{
    look_release(&k->look);
    free(k->real);
    free(k->stamp);
    free(k->path);
    *k = (struct kept){0};
}

static void list_job_free(struct list_job *j)
{
    items_release(&j->made);
    free(j->dir);
    free(j->also);
    free(j);
}

static void look_job_free(struct look_job *j)
{
    look_release(&j->look);
    free(j->path);
    free(j->real);
    free(j->stamp);
    free(j);
}

void ft_run_changed_release(struct ft_run_changed *c)
{
    free(c->path);
    free(c->to);
    *c = (struct ft_run_changed){0};
}

struct ft_run_list *ft_run_list_new(struct ft_wake *wake)
{
    struct ft_run_list *l = ft_xcalloc(1, sizeof *l);
    l->wake = wake;
    l->dir = ft_xstrdup("");
    l->also = ft_xstrdup("");
    return l;
}

void ft_run_list_free(struct ft_run_list *l)
{
    if (!l) return;
    ft_job_cancel(l->list_work);
    ft_job_cancel(l->look_work);
    ft_job_cancel(l->change_work);
    if (l->list_work) ft_job_join(l->list_work, NULL);
    if (l->look_work) ft_job_join(l->look_work, NULL);
    if (l->change_work) ft_job_join(l->change_work, NULL);
    if (l->listing) list_job_free(l->listing);
    if (l->looking) look_job_free(l->looking);
    if (l->changing) ft_run_changed_release(l->changing);
    free(l->changing);
    ft_run_changed_release(&l->changed);
    items_release(&l->list);
    for (size_t i = 0; i < l->kept_n; i++)
        kept_release(&l->kept[i]);
    free(l->dir);
    free(l->also);
    free(l);
}

/* --- the list --- */

/* What sweep.json says; read once for members that follow one another. */
static void add_sweep(struct ft_run_item *item, const struct ft_run_item *before)
{
    struct ft_sweep s;
    if (before && before->sweep && !strcmp(before->sweep, item->sweep)) {
        item->sweep_state = before->sweep_state;
        item->sweep_damaged = before->sweep_damaged;
        item->sweep_done = before->sweep_done;
        item->sweep_members = before->sweep_members;
        return;
    }
    if (ft_sweep_read(&s, item->sweep, NULL)) {
        item->sweep_state = FT_SWEEP_FAILED;
        item->sweep_damaged = true;
        return;
    }
    item->sweep_state = s.state;
    item->sweep_members = (size_t)ft_sweep_spec_members(&s.spec);
    for (size_t i = 0; i < s.n; i++)
        item->sweep_done +=
            s.members[i].state == FT_SWEEP_DONE || s.members[i].state == FT_SWEEP_STOPPED;
    ft_sweep_release(&s);
}

static void add_item(struct items *x, struct ft_run run)
{
    ft_grow(&x->items, &x->cap, x->n + 1, sizeof *x->items);
    x->items[x->n++] = (struct ft_run_item){
        .run = run, .real = ft_path_real(run.path), .bytes = ft_run_bytes(run.path)};
    struct ft_run_item *last = &x->items[x->n - 1];
    if (last->real)
        last->sweep = ft_sweep_of(last->real);
    else
        last->real = ft_xstrdup(run.path); /* gone since */
    if (last->sweep) add_sweep(last, x->n > 1 ? last - 1 : NULL);
}

static void add_also(struct items *x, const char *path)
{
    struct ft_run run;
    char *real = *path ? ft_path_real(path) : NULL;
    bool there = !real;
    for (size_t i = 0; i < x->n && !there; i++)
        there = !strcmp(x->items[i].real, real);
    if (!there && !ft_run_read(&run, path, NULL)) {
        free(run.name);
        run.name = ft_xstrdup(path);
        add_item(x, run);
    }
    free(real);
}

static enum ft_status run_list(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct list_job *j = arg;
    struct ft_runs runs;
    enum ft_status st = ft_runs_list(&runs, j->dir, w, err);
    if (st) return st;
    for (size_t i = 0; i < runs.n; i++)
        add_item(&j->made, runs.items[i]);
    j->made.cut = runs.cut;
    free(runs.items); /* their insides were taken over */
    add_also(&j->made, j->also);
    return FT_OK;
}

static void start_list(struct ft_run_list *l)
{
    struct list_job *j = ft_xcalloc(1, sizeof *j);
    j->dir = ft_xstrdup(l->dir);
    j->also = ft_xstrdup(l->also);
    l->again = false;
    l->listing = j;
    l->list_work = ft_job_start("looking for runs", run_list, j, l->wake);
}

void ft_run_list_read(struct ft_run_list *l, const char *dir, const char *also)
{
    bool other = strcmp(dir, l->dir) != 0;
    char *dir_copy = ft_xstrdup(dir), *also_copy = ft_xstrdup(also);
    free(l->dir);
    free(l->also);
    l->given_up = false;
    l->dir = dir_copy;
    l->also = also_copy;
    if (other) { /* nothing of another folder is shown under this one's name */
        items_release(&l->list);
        l->whole = false;
        l->version++;
    }
    if (!l->list_work) {
        start_list(l);
        return;
    }
    l->again = true;
    if (other) ft_job_cancel(l->list_work);
}

void ft_run_list_refresh(struct ft_run_list *l)
{
    double wait = refresh_times * l->took_s > refresh_s ? refresh_times * l->took_s : refresh_s;
    if (*l->dir && !l->given_up && !l->list_work && ft_now_s() - l->read_s >= wait) start_list(l);
}

static bool take_list(struct ft_run_list *l)
{
    struct ft_job_view view;
    struct ft_err err = {0};
    if (!l->listing) return false;
    ft_job_look(l->list_work, &view);
    if (!view.finished) return false;
    enum ft_status st = ft_job_join(l->list_work, &err);
    bool wanted = !strcmp(l->listing->dir, l->dir);
    l->read_s = ft_now_s();
    l->took_s = view.seconds;
    if (wanted && st != FT_CANCELLED) {
        l->failed = err;
        l->whole = true;
        items_release(&l->list);
        l->list = l->listing->made;
        l->listing->made = (struct items){0};
        l->version++;
    }
    if (st == FT_CANCELLED && !l->again) {
        l->given_up = true;
        l->failed = err;
    }
    list_job_free(l->listing);
    l->listing = NULL;
    l->list_work = NULL;
    if (l->again) start_list(l);
    return true;
}

/* --- inside a run --- */

static char *read_end(const char *dir)
{
    char *path = ft_path_join(dir, "log.txt"), *text = ft_xcalloc(1, LOG_BYTES + 1);
    int64_t size = ft_file_size(path);
    FILE *f = ft_path_is_file(path) ? fopen(path, "rbe") : NULL;
    free(path);
    if (!f) return text;
    bool part = size > LOG_BYTES && !fseeko(f, (off_t)(size - LOG_BYTES), SEEK_SET);
    size_t n = fread(text, 1, LOG_BYTES, f);
    fclose(f);
    for (size_t i = 0; i < n; i++)
        if (!text[i]) text[i] = ' ';
    char *line = part ? memchr(text, '\n', n) : NULL; /* the first one may be cut */
    if (line) memmove(text, line + 1, n - (size_t)(line - text));
    return text;
}

static enum ft_status run_look(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct look_job *j = arg;
    (void)w, (void)err;
    ft_run_series_follow(&j->look.series, j->path);
    ft_checkpoint_list(j->path, &j->look.saved, &j->look.saved_n, NULL);
    j->look.may_trim = !ft_run_trim_plan(j->path, &j->look.trim, NULL);
    j->look.log = read_end(j->path);
    return FT_OK;
}

static void start_look(struct ft_run_list *l)
{
    struct kept *next = NULL;
    if (l->looking) return;
    for (size_t i = 0; i < l->kept_n; i++)
        if (l->kept[i].due && (!next || l->kept[i].used > next->used)) next = &l->kept[i];
    if (!next) return;
    struct look_job *j = ft_xcalloc(1, sizeof *j);
    j->path = ft_xstrdup(next->path);
    j->real = ft_xstrdup(next->real);
    j->stamp = ft_xstrdup(next->stamp);
    next->due = false;
    l->looking = j;
    l->look_work = ft_job_start("reading a run", run_look, j, l->wake);
}

static bool take_look(struct ft_run_list *l)
{
    struct ft_job_view view;
    if (!l->looking) return false;
    ft_job_look(l->look_work, &view);
    if (!view.finished) return false;
    struct look_job *j = l->looking;
    ft_job_join(l->look_work, NULL);
    for (size_t i = 0; i < l->kept_n; i++) {
        struct kept *k = &l->kept[i];
        if (strcmp(k->real, j->real)) continue;
        look_release(&k->look);
        k->look = j->look;
        k->has = true;
        j->look = (struct ft_run_look){0};
    }
    look_job_free(j);
    l->looking = NULL;
    l->look_work = NULL;
    start_look(l);
    return true;
}

static struct kept *keep(struct ft_run_list *l, const struct ft_run_item *item)
{
    struct kept *oldest = &l->kept[0];
    for (size_t i = 0; i < l->kept_n; i++) {
        if (!strcmp(l->kept[i].real, item->real)) return &l->kept[i];
        if (l->kept[i].used < oldest->used) oldest = &l->kept[i];
    }
    struct kept *k = l->kept_n < FT_RUN_LOOKS_MAX ? &l->kept[l->kept_n++] : oldest;
    kept_release(k);
    k->real = ft_xstrdup(item->real);
    k->path = ft_xstrdup(item->run.path);
    k->stamp = ft_xstrdup("");
    k->due = true;
    return k;
}

const struct ft_run_look *ft_run_list_look(struct ft_run_list *l, size_t i)
{
    const struct ft_run_item *item = ft_run_list_item(l, i);
    if (!item) return NULL;
    struct kept *k = keep(l, item);
    char *stamp =
        ft_xprintf("%s %d %lld", item->run.updated, (int)item->run.state, (long long)item->bytes);
    k->used = ++l->uses;
    k->running = item->run.state == FT_RUN_RUNNING;
    if (strcmp(stamp, k->stamp) != 0) {
        free(k->stamp);
        k->stamp = stamp;
        k->due = true;
    } else {
        free(stamp);
    }
    start_look(l);
    return k->has ? &k->look : NULL;
}

/* --- changes --- */

static enum ft_status run_change(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct ft_run_changed *c = arg;
    switch (c->what) {
    case FT_RUN_CHANGE_DELETE:
        return ft_run_delete(c->path, &c->left, err);
    case FT_RUN_CHANGE_TRIM:
        return ft_run_trim(c->path, &c->trim, err);
    case FT_RUN_CHANGE_EXPORT:
        return ft_export(c->path, NULL, c->to, w, &c->done, err);
    case FT_RUN_CHANGE_MEMBER:
        return ft_sweep_delete(c->path, FT_SWEEP_DELETE_MEMBER, c->to, &c->members, err);
    case FT_RUN_CHANGE_REST:
        return ft_sweep_delete(c->path, FT_SWEEP_DELETE_REST, NULL, &c->members, err);
    case FT_RUN_CHANGE_SWEEP:
        return ft_sweep_delete(c->path, FT_SWEEP_DELETE_ALL, NULL, &c->members, err);
    }
    return FT_OK;
}

bool ft_run_list_change(struct ft_run_list *l, enum ft_run_change what, const char *path,
                        const char *to)
{
    static const char *const words[] = {"deleting",         "deleting checkpoints", "exporting",
                                        "deleting members", "deleting members",     "deleting"};
    if (l->changing) return false;
    l->changing = ft_xcalloc(1, sizeof *l->changing);
    *l->changing = (struct ft_run_changed){
        .what = what, .path = ft_xstrdup(path), .to = to ? ft_xstrdup(to) : NULL};
    l->change_work = ft_job_start(words[what], run_change, l->changing, l->wake);
    return true;
}

static bool take_change(struct ft_run_list *l)
{
    struct ft_job_view view;
    if (!l->changing) return false;
    ft_job_look(l->change_work, &view);
    if (!view.finished) return false;
    struct ft_run_changed *out = l->changing;
    out->status = ft_job_join(l->change_work, &out->err);
    ft_run_changed_release(&l->changed);
    l->changed = *out;
    l->has_changed = true;
    free(l->changing);
    l->changing = NULL;
    l->change_work = NULL;
    if (*l->dir && l->list_work)
        l->again = true; /* what is being read may be older */
    else if (*l->dir)
        start_list(l);
    return true;
}

bool ft_run_list_changed(struct ft_run_list *l, struct ft_run_changed *out)
{
    if (!l->has_changed) return false;
    *out = l->changed;
    l->changed = (struct ft_run_changed){0};
    l->has_changed = false;
    return true;
}

/* --- for the screen --- */

bool ft_run_list_follow(struct ft_run_list *l)
{
    bool list = take_list(l), look = take_look(l), change = take_change(l), grew = false;
    for (size_t i = 0; i < l->kept_n; i++)
        if (l->kept[i].running && l->kept[i].has)
            grew = ft_run_series_follow(&l->kept[i].look.series, l->kept[i].path) || grew;
    return list || look || change || grew;
}

bool ft_run_list_whole(const struct ft_run_list *l)
{
    return l->whole;
}

bool ft_run_list_idle(const struct ft_run_list *l)
{
    return !l->list_work && !l->look_work && !l->change_work && !l->has_changed;
}

bool ft_run_list_busy(struct ft_run_list *l, struct ft_job_view *view)
{
    struct ft_job *w = l->change_work ? l->change_work : l->whole ? NULL : l->list_work;
    if (w) ft_job_look(w, view);
    return w != NULL;
}

void ft_run_list_cancel(struct ft_run_list *l)
{
    ft_job_cancel(l->change_work ? l->change_work : l->whole ? NULL : l->list_work);
}

uint64_t ft_run_list_version(const struct ft_run_list *l)
{
    return l->version;
}

const struct ft_err *ft_run_list_failed(const struct ft_run_list *l)
{
    return &l->failed;
}

const char *ft_run_list_dir(const struct ft_run_list *l)
{
    return l->dir;
}

bool ft_run_list_cut(const struct ft_run_list *l)
{
    return l->list.cut;
}

size_t ft_run_list_count(const struct ft_run_list *l)
{
    return l->list.n;
}

char *ft_run_item_sweep(const struct ft_run_item *item)
{
    const char *own = item->real + strlen(item->sweep);
    size_t inner = strlen(own), n = strlen(item->run.path);
    if (n > inner && !strcmp(item->run.path + n - inner, own))
        return ft_xstrndup(item->run.path, n - inner);
    return ft_xstrdup(item->sweep);
}

const struct ft_run_item *ft_run_list_item(const struct ft_run_list *l, size_t i)
{
    return i < l->list.n ? &l->list.items[i] : NULL;
}
