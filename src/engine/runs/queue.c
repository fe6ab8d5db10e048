/* The queue of a folder: see queue.h; its file is read and written in queue_list.c. Every change reads the
 * file, changes it and replaces it, under one lock. */
#include "engine/runs/queue.h"

#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- changing the file --- */

/* Waits for the other one for a moment only: a change takes milliseconds. */
static enum ft_status lock_file(const char *root, int *lock, struct ft_err *err)
{
    char *path = ft_path_join(root, ".queue-change.lock");
    enum ft_status st = ft_mkdirs(root, err);
    if (!st) {
        struct ft_err busy = {0};
        for (int i = 0; i < 100; i++) {
            busy = (struct ft_err){0};
            if ((st = ft_lock_take(lock, path, &busy)) != FT_BUSY) break;
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
        if (st) ft_fail(err, st, "%s", busy.msg);
    }
    free(path);
    return st;
}

static enum ft_status begin(struct ft_queue *q, const char *root, int *lock, struct ft_err *err)
{
    *lock = -1;
    *q = (struct ft_queue){0};
    enum ft_status st = lock_file(root, lock, err);
    if (!st && (st = ft_queue_read(q, root, err))) ft_lock_release(lock);
    return st;
}

/* Writes what was changed unless `st` says that it was not. */
static enum ft_status finish(struct ft_queue *q, const char *root, int *lock, enum ft_status st,
                             struct ft_err *err)
{
    if (!st) st = ft_queue_write(q, root, err);
    ft_queue_release(q);
    ft_lock_release(lock);
    return st;
}

static size_t place_of(const struct ft_queue *q, uint64_t id)
{
    size_t i = 0;
    while (i < q->n && q->items[i].id != id)
        i++;
    return i;
}

static void take_out(struct ft_queue *q, size_t i)
{
    ft_queue_item_release(&q->items[i]);
    q->n--;
    memmove(&q->items[i], &q->items[i + 1], (q->n - i) * sizeof *q->items);
}

static char *copy_of(const char *text)
{
    return text && *text ? ft_xstrdup(text) : NULL;
}

enum ft_status ft_queue_add(const char *root, const struct ft_queue_entry *e, uint64_t *id,
                            struct ft_err *err)
{
    struct ft_queue q;
    int lock;
    enum ft_status st = begin(&q, root, &lock, err);
    if (st) return st;
    for (size_t i = 0; i < q.n && !st; i++)
        if (q.items[i].state != FT_QUEUE_FAILED && ft_path_same(q.items[i].dir, e->dir))
            st = ft_fail(err, FT_EXISTS, "%s is in the queue already", e->dir);
    if (!st && q.n >= FT_QUEUE_MAX)
        st = ft_fail(err, FT_BUSY, "the queue has %d entries, which is the most: remove some",
                     (int)FT_QUEUE_MAX);
    if (!st) {
        q.items = ft_xrealloc(q.items, (q.n + 1) * sizeof *q.items);
        struct ft_queue_item *x = &q.items[q.n++];
        *x = (struct ft_queue_item){.id = q.next++, .kind = e->kind, .folds = e->folds};
        x->dir = ft_xstrdup(e->dir);
        x->fork = copy_of(e->fork);
        x->after = copy_of(e->after);
        if (e->o) {
            ft_options_copy(&x->o, e->o);
            x->notify = copy_of(ft_options_text(e->o, FT_OPT_notify));
        } else {
            ft_options_init(&x->o);
        }
        ft_wall_iso(x->added, sizeof x->added, ft_wall_s());
        *id = x->id;
    }
    return finish(&q, root, &lock, st, err);
}

static enum ft_status fail_missing(uint64_t id, struct ft_err *err)
{
    return ft_fail(err, FT_NOTFOUND, "the queue has no entry %llu", (unsigned long long)id);
}

enum ft_status ft_queue_remove(const char *root, uint64_t id, struct ft_err *err)
{
    struct ft_queue q;
    int lock;
    enum ft_status st = begin(&q, root, &lock, err);
    if (st) return st;
    size_t i = place_of(&q, id);
    if (i == q.n)
        st = fail_missing(id, err);
    else if (q.items[i].state == FT_QUEUE_RUNNING && ft_queue_runner(root))
        st = ft_fail(err, FT_BUSY, "%s is being trained: stop the run", q.items[i].dir);
    else
        take_out(&q, i);
    return finish(&q, root, &lock, st, err);
}

enum ft_status ft_queue_move(const char *root, uint64_t id, int by, struct ft_err *err)
{
    struct ft_queue q;
    int lock;
    enum ft_status st = begin(&q, root, &lock, err);
    if (st) return st;
    size_t i = place_of(&q, id);
    if (i == q.n) st = fail_missing(id, err);
    for (; !st && by; by += by < 0 ? 1 : -1) {
        size_t to = by < 0 ? i - 1 : i + 1; /* below 0: past the end */
        if (to >= q.n || q.items[to].state == FT_QUEUE_RUNNING ||
            q.items[i].state == FT_QUEUE_RUNNING)
            break;
        struct ft_queue_item moved = q.items[i];
        q.items[i] = q.items[to];
        q.items[to] = moved;
        i = to;
    }
    return finish(&q, root, &lock, st, err);
}

enum ft_status ft_queue_clear(const char *root, size_t *n, struct ft_err *err)
{
    struct ft_queue q;
    int lock;
    *n = 0;
    enum ft_status st = begin(&q, root, &lock, err);
    if (st) return st;
    bool runs = ft_queue_runner(root) != 0;
    for (size_t i = q.n; i-- > 0;)
        if (q.items[i].state != FT_QUEUE_RUNNING || !runs) {
            take_out(&q, i);
            ++*n;
        }
    return finish(&q, root, &lock, st, err);
}

/* --- working through it --- */

static char *runner_lock(const char *root)
{
    return ft_path_join(root, ".queue.lock");
}

enum ft_status ft_queue_claim(const char *root, int *lock, struct ft_err *err)
{
    char *path = runner_lock(root);
    *lock = -1;
    enum ft_status st = ft_mkdirs(root, err);
    if (!st) st = ft_lock_take(lock, path, err);
    free(path);
    return st;
}

int64_t ft_queue_runner(const char *root)
{
    char *path = runner_lock(root);
    int64_t pid = ft_lock_holder(path);
    free(path);
    return pid;
}

static bool has_file(const char *dir, const char *name)
{
    char *path = ft_path_join(dir, name);
    bool there = ft_path_exists(path);
    free(path);
    return there;
}

static bool is_active(const char *dir)
{
    char *path = ft_path_join(dir, ".lock");
    bool active = ft_lock_holder(path) != 0;
    free(path);
    return active;
}

static void item_copy(struct ft_queue_item *to, const struct ft_queue_item *from)
{
    *to = *from;
    to->dir = ft_xstrdup(from->dir);
    to->fork = copy_of(from->fork);
    to->after = copy_of(from->after);
    to->notify = copy_of(from->notify);
    to->why = NULL;
    ft_options_copy(&to->o, &from->o);
}

static size_t first_of(const struct ft_queue *q)
{
    size_t i = 0;
    while (i < q->n && q->items[i].state == FT_QUEUE_FAILED)
        i++;
    return i;
}

static bool has_to_wait(const struct ft_queue_item *x)
{
    return (x->after && is_active(x->after)) || is_active(x->dir);
}

enum ft_status ft_queue_waits(const char *root, bool *waiting, struct ft_err *err)
{
    struct ft_queue q;
    enum ft_status st = ft_queue_read(&q, root, err);
    size_t i = first_of(&q);
    *waiting = !st && i < q.n && has_to_wait(&q.items[i]);
    ft_queue_release(&q);
    return st;
}

enum ft_status ft_queue_next(const char *root, struct ft_queue_item *item, bool *waiting,
                             struct ft_err *err)
{
    struct ft_queue q;
    int lock;
    *item = (struct ft_queue_item){0};
    *waiting = false;
    enum ft_status st = begin(&q, root, &lock, err);
    if (st) return st;
    size_t i = first_of(&q);
    if (i < q.n) {
        struct ft_queue_item *x = &q.items[i];
        *waiting = has_to_wait(x);
        if (!*waiting) {
            /* begun before: its process was killed */
            if (x->state == FT_QUEUE_RUNNING && x->kind == FT_QUEUE_TRAIN &&
                has_file(x->dir, "run.json"))
                x->kind = FT_QUEUE_RESUME;
            x->state = FT_QUEUE_RUNNING;
            item_copy(item, x);
        }
    }
    st = finish(&q, root, &lock, st, err);
    if (st && item->id) ft_queue_item_release(item);
    return st;
}

enum ft_status ft_queue_ended(const char *root, uint64_t id, const char *why, struct ft_err *err)
{
    struct ft_queue q;
    int lock;
    enum ft_status st = begin(&q, root, &lock, err);
    if (st) return st;
    size_t i = place_of(&q, id);
    if (i == q.n) st = fail_missing(id, err);
    if (!st && !why) take_out(&q, i);
    if (!st && why) {
        q.items[i].state = FT_QUEUE_FAILED;
        free(q.items[i].why);
        q.items[i].why = ft_xstrdup(why);
    }
    return finish(&q, root, &lock, st, err);
}
