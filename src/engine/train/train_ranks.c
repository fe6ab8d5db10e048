/* Rank 0 and the others: see train_ranks.h. A command is a broadcast of a few numbers; what belongs
 * to it follows. */
#include "engine/train/train_ranks.h"

#include "core/comm.h"
#include "core/pool.h"
#include "engine/train/train_state.h"
#include "util/checksum.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum ft_status tell(const struct ft_ranks_command *c, struct ft_err *err)
{
    struct ft_ranks_command copy = *c;
    return ft_comm_bcast(&copy, sizeof copy, err);
}

/* A command with a text. */
static enum ft_status tell_text(enum ft_ranks_kind kind, const char *text, size_t n,
                                struct ft_err *err)
{
    enum ft_status st = tell(&(struct ft_ranks_command){.kind = kind, .bytes = n}, err);
    char *copy = ft_xstrndup(text, n);
    if (!st) st = ft_comm_bcast(copy, n, err);
    free(copy);
    return st;
}

/* The text of a command; free() it. */
static enum ft_status hear_text(const struct ft_ranks_command *c, char **text, struct ft_err *err)
{
    *text = ft_xcalloc(c->bytes + 1, 1);
    return ft_comm_bcast(*text, (size_t)c->bytes, err);
}

enum ft_status ft_train_ranks_skip(const struct ft_ranks_command *c, struct ft_err *err)
{
    char *text = NULL;
    enum ft_status st = hear_text(c, &text, err);
    free(text);
    return st;
}

static bool is_alone(void)
{
    return ft_comm_size() == 1;
}

enum ft_status ft_train_ranks_settle(struct ft_train *t, struct ft_err *err)
{
    char text[24];
    long long shards = ft_options_int(&t->o, FT_OPT_shards), ranks = ft_comm_world_size();
    if (!shards && !t->resumed) shards = ranks;
    if (!shards) shards = 1; /* a run from before there were any */
    if (shards % ranks) {
        struct ft_str counts = {0};
        for (long long n = 1; n <= shards; n *= 2)
            ft_str_addf(&counts, "%s%lld", n == 1 ? "" : n == shards ? " or " : ", ", n);
        ft_fail(err, FT_USAGE, "%lld shard%s cannot be divided among %lld processes: use %s%s",
                shards, ft_plural((size_t)shards), ranks, ft_str_text(&counts),
                t->resumed ? "" : ", or other --shards");
        ft_str_release(&counts);
        return FT_USAGE;
    }
    snprintf(text, sizeof text, "%lld", shards);
    return ft_options_set_id(&t->o, FT_OPT_shards, text,
                             shards > 1 || ft_options_given(&t->o, FT_OPT_shards), err);
}

/* --- preparing --- */

enum ft_status ft_train_ranks_prepare(struct ft_train *t, struct ft_err *err)
{
    struct ft_str s = {0};
    if (is_alone() || t->follows) return FT_OK;
    ft_str_addf(&s, "{\"task\":%d,\"resumed\":%d,\"dir\":", (int)t->task, t->resumed);
    ft_json_add_str(&s, t->dir, strlen(t->dir));
    if (t->fork_from) ft_json_put_text(&s, "fork", t->fork_from);
    ft_json_add_key(&s, "options");
    ft_options_to_json(&t->o, &s);
    ft_str_addc(&s, '}');
    enum ft_status st = tell_text(FT_RANKS_PREPARE, s.data, s.len, err);
    ft_str_release(&s);
    return st;
}

enum ft_status ft_train_ranks_options(struct ft_train *t, const struct ft_ranks_command *c,
                                      struct ft_err *err)
{
    char *text = NULL;
    const char *dir = NULL, *fork = NULL;
    cJSON *tree = NULL;
    enum ft_status st = hear_text(c, &text, err);
    if (!st) st = ft_json_parse(text, (size_t)c->bytes, "rank 0", &tree, err);
    if (!st) st = ft_options_from_json(&t->o, ft_json_get(tree, "options"), "rank 0", err);
    if (!st) st = ft_json_str(tree, "dir", &dir, "rank 0", err);
    if (!st) st = ft_json_str(tree, "fork", &fork, "rank 0", err);
    if (!st) {
        t->task = (enum ft_task)ft_json_number(tree, "task");
        t->resumed = ft_json_number(tree, "resumed") > 0;
        t->dir = ft_xstrdup(dir);
        t->fork_from = ft_xstrdup(fork);
        ft_options_copy(&t->base, &t->o);
    }
    cJSON_Delete(tree);
    free(text);
    return st;
}

enum ft_status ft_train_ranks_from(struct ft_train *t, struct ft_err *err)
{
    struct ft_ranks_command c;
    if (is_alone()) return FT_OK;
    if (!t->follows)
        return tell_text(FT_RANKS_FROM, t->from ? t->from : "", t->from ? strlen(t->from) : 0, err);
    enum ft_status st = ft_comm_bcast(&c, sizeof c, err);
    if (!st && c.kind != FT_RANKS_FROM) {
        t->ended = true;
        return ft_fail(err, FT_CANCELLED, "rank 0 has ended");
    }
    if (!st) st = hear_text(&c, &t->from, err);
    if (!st && !*t->from) {
        free(t->from);
        t->from = NULL;
    }
    return st;
}

/* --- whether all have the same --- */

struct facts {
    int32_t status, threads, precision; /* enum ft_net_precision */
    char msg[512];
    char sha256[FT_PART_COUNT][65];
    uint64_t sequences, floats;
};

static void add(struct ft_checksum *c, const void *data, size_t n)
{
    if (data && n) ft_checksum_add(c, data, n);
}

static uint64_t sum_sequences(const struct ft_train *t)
{
    struct ft_checksum c;
    ft_checksum_init(&c);
    for (int part = 0; part < FT_PART_COUNT; part++) {
        const struct ft_sequences *s = &t->seq[part];
        add(&c, &s->n, sizeof s->n);
        if (!s->n) continue;
        size_t tokens = (size_t)s->start[s->n];
        add(&c, s->start, (s->n + 1) * sizeof *s->start);
        add(&c, s->ids, tokens * sizeof *s->ids);
        add(&c, s->types, tokens * sizeof *s->types);
        add(&c, s->labels, s->n * sizeof *s->labels);
        add(&c, s->ends, s->n * sizeof *s->ends);
        add(&c, s->targets, tokens * sizeof *s->targets);
        for (size_t i = 0; s->numbers && i < s->n; i++)
            add(&c, &s->numbers[s->example[i]].value, sizeof s->numbers->value);
    }
    size_t labels = t->data.x.labels.n;
    for (size_t i = 0; i < labels; i++)
        add(&c, t->data.x.labels.names[i], strlen(t->data.x.labels.names[i]));
    add(&c, t->class_weights, labels * sizeof *t->class_weights);
    add(&c, &t->teacher.checksum, sizeof t->teacher.checksum);
    return ft_checksum_end(&c);
}

static void gather_facts(struct facts *f, const struct ft_train *t, enum ft_status st,
                         const struct ft_err *err)
{
    memset(f, 0, sizeof *f);
    f->status = (int32_t)st;
    f->threads = ft_pool_threads();
    if (st) snprintf(f->msg, sizeof f->msg, "%.*s", (int)sizeof f->msg - 1, err->msg);
    if (st) return;
    memcpy(f->sha256, t->data.sha256, sizeof f->sha256);
    f->sequences = sum_sequences(t);
    f->floats = t->model.net->params.floats;
    f->precision = (int32_t)t->model.net->precision;
}

static enum ft_status compare(const struct ft_train *t, const struct facts *all, struct ft_err *err)
{
    const struct facts *a = &all[0];
    for (int r = 1; r < ft_comm_size(); r++) {
        const struct facts *b = &all[r];
        const char *name = ft_comm_name(r);
        if (b->status) return ft_fail(err, (enum ft_status)b->status, "%s: %s", name, b->msg);
        for (int part = 0; part < FT_PART_COUNT; part++)
            if (memcmp(a->sha256[part], b->sha256[part], sizeof a->sha256[part]))
                return ft_fail(err, FT_FORMAT,
                               "%s: %s is another file there (sha256 %.12s.., on rank 0 "
                               "%.12s..); all need the same data",
                               name, ft_run_data_path(&t->data, (enum ft_part)part),
                               b->sha256[part], a->sha256[part]);
        if (a->floats != b->floats)
            return ft_fail(err, FT_FORMAT, "%s: %s is another model there; all need the same", name,
                           ft_options_text(&t->o, FT_OPT_model));
        if (a->sequences != b->sequences)
            return ft_fail(err, FT_FORMAT,
                           "%s: has other token sequences than rank 0: a file of the model or the "
                           "data differs there",
                           name);
        if (a->precision != b->precision)
            return ft_fail(err, FT_USAGE,
                           "%s: computes in %s, rank 0 in %s: use --precision fp32, or machines "
                           "that all have bf16 products (fettle doctor)",
                           name, ft_net_precision_name((enum ft_net_precision)b->precision),
                           ft_net_precision_name((enum ft_net_precision)a->precision));
        if (a->threads != b->threads)
            return ft_fail(err, FT_USAGE,
                           "%s: computes with %d thread%s, rank 0 with %d: use --threads N, the "
                           "same for all",
                           name, b->threads, ft_plural((size_t)b->threads), a->threads);
    }
    return FT_OK;
}

enum ft_status ft_train_ranks_meet(const struct ft_train *t, enum ft_status mine,
                                   const struct ft_err *why, struct ft_err *err)
{
    struct facts *all = ft_xcalloc((size_t)ft_comm_size(), sizeof *all);
    gather_facts(&all[ft_comm_rank()], t, mine, why);
    enum ft_status st = ft_comm_gather(all, sizeof *all, err);
    if (!st && !t->follows) st = compare(t, all, err);
    free(all);
    return st;
}

enum ft_status ft_train_ranks_share_weights(const struct ft_train *t, struct ft_err *err)
{
    const struct ft_net *net = t->model.net;
    enum ft_status st = ft_comm_bcast(net->w, net->params.floats * sizeof *net->w, err);
    ft_net_weights_changed(net);
    return st;
}

/* Rank 0 has all moments in t->whole where there are any. */
enum ft_status ft_train_ranks_share_moments(struct ft_train *t, bool apart, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (int k = 0; k < ft_optim_states(t->optim.kind) && !st; k++)
        st = ft_shards_moments(&t->shards, t->moments[k], t->whole[k], apart, err);
    return st;
}

enum ft_status ft_train_ranks_ready(struct ft_train *t, struct ft_err *err)
{
    if (is_alone()) return FT_OK;
    enum ft_status st = tell(&(struct ft_ranks_command){.kind = FT_RANKS_READY}, err);
    return st ? st : ft_train_ranks_meet(t, FT_OK, NULL, err);
}

enum ft_status ft_train_ranks_begin(struct ft_train *t, struct ft_err *err)
{
    if (is_alone()) return FT_OK;
    struct ft_ranks_command begin = {
        .kind = FT_RANKS_BEGIN, .a = t->teacher.cache != NULL, .b = t->whole[0] != NULL};
    enum ft_status st = tell(&begin, err);
    if (!st) st = ft_train_ranks_share_weights(t, err);
    if (!st && begin.b) st = ft_train_ranks_share_moments(t, true, err);
    ft_train_ranks_drop(t);
    return st;
}

/* --- commands --- */

enum ft_status ft_train_ranks_update(const struct ft_train *t, struct ft_err *err)
{
    if (is_alone()) return FT_OK;
    struct ft_ranks_command c = {
        .kind = FT_RANKS_UPDATE, .a = t->s.step, .b = t->s.micro, .rate = t->optim.lr};
    return tell(&c, err);
}

enum ft_status ft_train_ranks_score(const struct ft_train *t, enum ft_part part,
                                    enum ft_train_score what, struct ft_err *err)
{
    if (is_alone() || t->follows) return FT_OK;
    return tell(&(struct ft_ranks_command){.kind = FT_RANKS_SCORE, .a = part, .b = what}, err);
}

enum ft_status ft_train_ranks_weights(const struct ft_train *t, struct ft_err *err)
{
    if (is_alone()) return FT_OK;
    enum ft_status st = tell(&(struct ft_ranks_command){.kind = FT_RANKS_WEIGHTS}, err);
    return st ? st : ft_train_ranks_share_weights(t, err);
}

enum ft_status ft_train_ranks_room(struct ft_train *t, struct ft_err *err)
{
    size_t bytes = t->model.net->params.floats * sizeof(float);
    if (is_alone()) return FT_OK;
    for (int k = 0; k < ft_optim_states(t->optim.kind); k++)
        if (!t->whole[k] && !(t->whole[k] = ft_try_big(bytes)))
            return ft_fail(err, FT_NOMEM, "no memory for the moments of all processes (%zu bytes)",
                           bytes);
    return FT_OK;
}

enum ft_status ft_train_ranks_moments(struct ft_train *t, struct ft_err *err)
{
    if (is_alone()) return FT_OK;
    enum ft_status st = ft_train_ranks_room(t, err);
    if (!st) st = tell(&(struct ft_ranks_command){.kind = FT_RANKS_MOMENTS}, err);
    return st ? st : ft_train_ranks_share_moments(t, false, err);
}

void ft_train_ranks_drop(struct ft_train *t)
{
    for (int k = 0; k < 2; k++) {
        if (t->whole[k]) ft_big_free(t->whole[k], t->model.net->params.floats * sizeof(float));
        t->whole[k] = NULL;
    }
}

void ft_train_ranks_end(void)
{
    if (!is_alone()) tell(&(struct ft_ranks_command){.kind = FT_RANKS_END}, NULL);
}
