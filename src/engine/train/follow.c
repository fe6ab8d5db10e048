/* A rank other than 0: see follow.h. */
#include "engine/train/follow.h"

#include "core/comm.h"
#include "core/pool.h"
#include "engine/task/classify.h"
#include "engine/task/task.h"
#include "engine/train/session_link.h"
#include "engine/train/train_prepare.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "engine/train/train_update.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The teacher's outputs, kept in a file that goes with this process. */
static enum ft_status begin_cache(struct ft_train *t, struct ft_err *err)
{
    const char *dir = getenv("TMPDIR");
    char *path = ft_xprintf("%s/fettle-XXXXXX", dir && *dir ? dir : "/tmp");
    int fd = mkstemp(path);
    enum ft_status st = fd < 0 ? ft_fail(err, FT_IO, "%s: cannot be created", path) : FT_OK;
    if (fd >= 0) close(fd);
    if (!st) st = ft_train_cache_begin(t, path, err);
    if (fd >= 0) unlink(path);
    free(path);
    return st;
}

static enum ft_status score(struct ft_train *t, const struct ft_ranks_command *c,
                            struct ft_err *err)
{
    enum ft_part part = (enum ft_part)c->a;
    struct ft_scoring in = {
        .o = &t->o, .d = &t->data, .m = &t->model, .s = &t->seq[part], .part = part};
    struct ft_scores scores = {0};
    if (t->teacher.m.net) in.teacher = &t->teacher;
    if (c->b == FT_TRAIN_SCORE_LOGITS) {
        float *logits = NULL;
        size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_eval_batch_size);
        enum ft_status st = ft_classify_logits(&logits, t->model.net, in.s, batch, NULL, err);
        free(logits);
        return st;
    }
    FILE *lines = c->b == FT_TRAIN_SCORE_LINES ? fopen("/dev/null", "we") : NULL;
    enum ft_status st = ft_task_ops(t->task)->score(&in, &scores, lines, NULL, err);
    if (lines) fclose(lines);
    if (!st) ft_scores_release(&scores);
    return st;
}

static enum ft_status obey(struct ft_train *t, struct ft_update *u,
                           const struct ft_ranks_command *c, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    switch ((enum ft_ranks_kind)c->kind) {
    case FT_RANKS_BEGIN:
        st = ft_train_ranks_share_weights(t, err);
        if (!st && c->b) st = ft_train_ranks_share_moments(t, true, err);
        return !st && c->a ? begin_cache(t, err) : st;
    case FT_RANKS_UPDATE:
        t->s.step = c->a;
        t->s.micro = c->b;
        t->optim.lr = c->rate;
        ft_pool_take();
        st = ft_update_once(u, t, err);
        ft_pool_give();
        return st == FT_NUMERIC ? FT_OK : st; /* rank 0 says so, and ends */
    case FT_RANKS_SCORE:
        return score(t, c, err);
    case FT_RANKS_WEIGHTS:
        return ft_train_ranks_share_weights(t, err);
    case FT_RANKS_MOMENTS:
        return ft_train_ranks_share_moments(t, false, err);
    case FT_RANKS_END:
    case FT_RANKS_PREPARE:
    case FT_RANKS_FROM:
    case FT_RANKS_READY:
        break;
    }
    return ft_fail(err, FT_FORMAT, "rank 0 said what was not expected");
}

static enum ft_status work(struct ft_train *t, struct ft_err *err)
{
    struct ft_ranks_command c;
    struct ft_err why = {0};
    struct ft_update u = {0};
    enum ft_status st = ft_comm_bcast(&c, sizeof c, err);
    if (st || c.kind != FT_RANKS_PREPARE) return st;
    enum ft_status mine = ft_train_ranks_options(t, &c, &why);
    if (!mine) mine = ft_train_prepare(t, &why);
    if (!mine) mine = ft_update_begin(&u, t, &why);
    while (!st && !t->ended && !(st = ft_comm_bcast(&c, sizeof c, err)) && c.kind != FT_RANKS_END) {
        if (c.kind == FT_RANKS_READY)
            st = ft_train_ranks_meet(t, mine, &why, err);
        else if (c.kind == FT_RANKS_FROM && mine) /* it failed before it got there */
            st = ft_train_ranks_skip(&c, err);
        else
            st = obey(t, &u, &c, err);
    }
    ft_update_end(&u);
    return st;
}

enum ft_status ft_follow(struct ft_err *err)
{
    struct ft_session_link link;
    struct ft_train *t = ft_xcalloc(1, sizeof *t);
    ft_session_link_init(&link, t, NULL);
    ft_options_init(&t->o);
    t->link = &link;
    t->lock = -1;
    t->follows = true;
    t->s.lr_factor = 1;
    ft_comm_enter();
    enum ft_status st = work(t, err);
    ft_comm_leave();
    ft_session_link_release(&link);
    ft_train_release(t);
    free(t);
    return st;
}
