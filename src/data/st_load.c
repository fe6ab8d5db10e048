/* One pass over the files: a piece that was read is still in a cache when it is added to the checksum,
 * searched for NaN and converted. Two threads take pieces in the order of the file and read them where
 * they belong. The checksum is a chain through the whole file: whoever has read a piece sums up what
 * is next in order and was read, unless the other thread is at it; nobody waits but with bytes that
 * are in no place of their own. What one pass cannot do (torch.save's files, types that are not
 * floats, a tensor that is wanted twice) is read by itself behind it. */
#include "data/safetensors_in.h"
#include "data/st_sum.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { NOBODY = 0 }; /* in `reader_of`; others are numbers in `wanted`, from 1 */

/* Bytes of one file that lie together: of one tensor, or what lies before the first. */
struct piece {
    size_t shard, wanted,
        first; /* NOBODY: only for the checksum; its first element of the tensor */
    uint64_t at;
    size_t bytes;
    size_t turn; /* of the checksum */
};

/* A piece that was read and waits for its turn. */
struct read_piece {
    void *bytes; /* NULL: it was not read yet */
    size_t shard, n;
    uint64_t at;
};

struct loading {
    const struct ft_st *st;
    const struct ft_st_wanted *wanted;
    size_t n;
    size_t *reader_of;  /* of each tensor */
    bool *summed;       /* of each shard: it has a checksum */
    atomic_size_t *bad; /* values of each wanted that are not finite */
    bool *alone;        /* wanted that is read by itself */

    pthread_mutex_t mu;
    pthread_cond_t turned;
    size_t shard, tensor, next_alone; /* what comes next */
    uint64_t at;                      /* in the shard */
    struct read_piece *read;          /* by turn */
    size_t turns, turn;               /* handed out; of the piece that is next in the checksum */
    bool summing, stop;
    struct ft_checksum sum;
    char want[FT_CHECKSUM_DIGITS + 1];

    enum ft_status damaged, unread; /* of a file; of the first wanted that cannot be read.. */
    size_t unread_at;               /* ..this one */
    struct ft_err damage, err;
};

/* --- what comes next --- */

/* The rest of the tensor at the cursor, at most a piece. */
static void cut(struct loading *x, const struct ft_st_tensor *t, struct piece *p)
{
    uint64_t left = t->offset + t->size_bytes - x->at;
    size_t reader = x->reader_of[x->tensor];
    *p = (struct piece){.shard = x->shard, .wanted = reader, .at = x->at};
    p->bytes = left < FT_ST_PIECE_BYTES ? (size_t)left : FT_ST_PIECE_BYTES;
    if (reader) p->first = (size_t)((x->at - t->offset) / (ft_dtype_bits(t->dtype) / 8));
    x->at += p->bytes;
    if (x->at == t->offset + t->size_bytes) x->tensor++;
}

/* Under the lock. */
static bool next_piece(struct loading *x, struct piece *p)
{
    const struct ft_st *st = x->st;
    for (; x->shard < st->shard_count; x->shard++, x->at = 0) {
        for (; x->tensor < st->count && st->tensors[x->tensor].shard == x->shard; x->tensor++) {
            const struct ft_st_tensor *t = &st->tensors[x->tensor];
            if (x->summed[x->shard] && x->at < t->offset) break; /* the header */
            if (!t->size_bytes || (!x->summed[x->shard] && !x->reader_of[x->tensor])) continue;
            if (x->at < t->offset) x->at = t->offset;
            cut(x, t, p);
            p->turn = x->summed[x->shard] ? x->turns++ : 0;
            return true;
        }
        bool more = x->tensor < st->count && st->tensors[x->tensor].shard == x->shard;
        uint64_t end = more ? st->tensors[x->tensor].offset : st->shards[x->shard].size_bytes;
        if (!x->summed[x->shard] || x->at == end) continue;
        *p = (struct piece){.shard = x->shard, .at = x->at, .turn = x->turns++};
        p->bytes = end - x->at < FT_ST_PIECE_BYTES ? (size_t)(end - x->at) : FT_ST_PIECE_BYTES;
        x->at += p->bytes;
        return true;
    }
    return false;
}

static bool claim(struct loading *x, struct piece *p)
{
    pthread_mutex_lock(&x->mu);
    bool there = !x->stop && next_piece(x, p);
    pthread_mutex_unlock(&x->mu);
    return there;
}

/* --- one piece --- */

static void stop(struct loading *x, enum ft_status st, const struct ft_err *err)
{
    pthread_mutex_lock(&x->mu);
    if (!x->damaged) {
        x->damaged = st;
        x->damage = *err;
    }
    x->stop = true;
    pthread_cond_broadcast(&x->turned);
    pthread_mutex_unlock(&x->mu);
}

static enum ft_status check_sum(struct loading *x, const struct ft_st_shard *s, struct ft_err *err)
{
    char is[FT_CHECKSUM_DIGITS + 1];
    ft_checksum_text(ft_checksum_end(&x->sum), is);
    return strcmp(is, x->want) ? ft_st_fail_sum(s, is, x->want, err) : FT_OK;
}

static void sum_up(struct loading *x, const struct read_piece *r)
{
    const struct ft_st_shard *s = &x->st->shards[r->shard];
    struct ft_err err = {0};
    if (!r->at) {
        ft_checksum_init(&x->sum);
        ft_st_sum_take(r->bytes, x->want);
    }
    ft_checksum_add(&x->sum, r->bytes, r->n);
    enum ft_status st = r->at + r->n == s->size_bytes ? check_sum(x, s, &err) : FT_OK;
    if (st) stop(x, st, &err);
}

/* The piece was read; `wait` until it is in the checksum too. */
static void was_read(struct loading *x, const struct piece *p, void *bytes, bool wait)
{
    pthread_mutex_lock(&x->mu);
    x->read[p->turn] =
        (struct read_piece){.bytes = bytes, .shard = p->shard, .n = p->bytes, .at = p->at};
    if (!x->summing) {
        x->summing = true;
        while (x->turn < x->turns && x->read[x->turn].bytes && !x->stop) {
            struct read_piece r = x->read[x->turn];
            pthread_mutex_unlock(&x->mu);
            sum_up(x, &r);
            pthread_mutex_lock(&x->mu);
            x->turn++;
            pthread_cond_broadcast(&x->turned);
        }
        x->summing = false;
    }
    while (wait && x->turn <= p->turn && !x->stop)
        pthread_cond_wait(&x->turned, &x->mu);
    pthread_mutex_unlock(&x->mu);
}

/* buffer: FT_ST_PIECE_BYTES, for what is not read into its place. */
static bool read_piece(struct loading *x, const struct piece *p, uint8_t *buffer)
{
    const struct ft_st_wanted *w = p->wanted ? &x->wanted[p->wanted - 1] : NULL;
    bool direct = w && w->tensor->dtype == FT_DTYPE_F32;
    void *to = direct ? (void *)(w->dst + p->first) : buffer;
    struct ft_err err = {0};
    enum ft_status st = ft_st_read_at(&x->st->shards[p->shard], p->at, to, p->bytes, &err);
    if (st) {
        stop(x, st, &err);
        return false;
    }
    if (x->summed[p->shard]) was_read(x, p, to, !direct);
    if (!w) return true;
    size_t n = p->bytes / (ft_dtype_bits(w->tensor->dtype) / 8);
    size_t bad = direct ? ft_f32_bad(w->dst + p->first, n)
                        : ft_dtype_to_f32(w->tensor->dtype, buffer, w->dst + p->first, n);
    if (bad) atomic_fetch_add(&x->bad[p->wanted - 1], bad);
    return true;
}

/* --- what is read by itself --- */

static void cannot_read(struct loading *x, size_t i, enum ft_status st, const struct ft_err *err)
{
    pthread_mutex_lock(&x->mu);
    if (!x->unread || i < x->unread_at) {
        x->unread = st;
        x->unread_at = i;
        x->err = *err;
    }
    pthread_mutex_unlock(&x->mu);
}

static void read_alone(struct loading *x)
{
    for (;;) {
        pthread_mutex_lock(&x->mu);
        while (x->next_alone < x->n && !x->alone[x->next_alone])
            x->next_alone++;
        size_t i = x->stop ? x->n : x->next_alone++;
        pthread_mutex_unlock(&x->mu);
        if (i >= x->n) return;
        struct ft_err err = {0};
        enum ft_status st = ft_st_read_f32(x->st, x->wanted[i].tensor, x->wanted[i].dst, &err);
        if (st) cannot_read(x, i, st, &err);
    }
}

static void *work(void *arg)
{
    struct loading *x = arg;
    struct piece p;
    uint8_t *buffer = ft_xmalloc(FT_ST_PIECE_BYTES);
    while (claim(x, &p) && read_piece(x, &p, buffer))
        ;
    free(buffer);
    read_alone(x);
    return NULL;
}

/* torch.save's files have other checksums, which need a pass of their own. */
static void *verify_and_work(void *arg)
{
    struct loading *x = arg;
    struct ft_err err = {0};
    enum ft_status st = x->st->pytorch ? ft_st_verify(x->st, &err) : FT_OK;
    if (st) stop(x, st, &err);
    return work(x);
}

/* --- the pass --- */

static void prepare(struct loading *x)
{
    const struct ft_st *st = x->st;
    x->reader_of = ft_xcalloc(st->count, sizeof *x->reader_of);
    x->summed = ft_xcalloc(st->shard_count, sizeof *x->summed);
    x->bad = ft_xcalloc(x->n, sizeof *x->bad);
    x->alone = ft_xcalloc(x->n, sizeof *x->alone);
    size_t turns = st->count; /* at least one for each tensor, and for each header */
    for (size_t i = 0; i < st->shard_count; i++) {
        struct ft_err err = {0};
        enum ft_status code =
            st->pytorch ? FT_OK : ft_st_has_sum(&st->shards[i], &x->summed[i], &err);
        if (code) stop(x, code, &err);
        turns += (size_t)(st->shards[i].size_bytes / FT_ST_PIECE_BYTES) + 2;
    }
    x->read = ft_xcalloc(turns, sizeof *x->read);
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_st_tensor *t = x->wanted[i].tensor;
        size_t *reader = &x->reader_of[t - st->tensors];
        x->alone[i] = st->pytorch || t->strided || !ft_dtype_is_float(t->dtype) || *reader;
        if (!x->alone[i]) *reader = i + 1;
    }
}

/* Signals are for the other threads. */
static bool start(pthread_t *thread, struct loading *x)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = !pthread_create(thread, NULL, verify_and_work, x);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

enum ft_status ft_st_load(const struct ft_st *st, const struct ft_st_wanted *wanted, size_t n,
                          struct ft_err *err)
{
    struct loading x = {.st = st,
                        .wanted = wanted,
                        .n = n,
                        .mu = PTHREAD_MUTEX_INITIALIZER,
                        .turned = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    prepare(&x);
    if (start(&thread, &x)) {
        work(&x);
        pthread_join(thread, NULL);
    } else {
        verify_and_work(&x);
    }
    for (size_t i = 0; i < n && !x.damaged; i++) {
        struct ft_err bad = {0};
        if (!x.bad[i]) continue;
        enum ft_status code = ft_st_fail_bad(st, wanted[i].tensor, wanted[i].dst, x.bad[i], &bad);
        cannot_read(&x, i, code, &bad);
        break;
    }
    pthread_cond_destroy(&x.turned);
    pthread_mutex_destroy(&x.mu);
    free(x.reader_of);
    free(x.read);
    free(x.summed);
    free(x.bad);
    free(x.alone);
    if (err && (x.damaged || x.unread)) *err = x.damaged ? x.damage : x.err;
    return x.damaged ? x.damaged : x.unread;
}
