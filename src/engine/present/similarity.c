/* See similarity.h. A round of work owns copies of the texts whose vectors are missing; it reads the
 * vectors that are there, which nobody changes before it has been joined. */
#include "engine/present/similarity.h"

#include "engine/predict/embed.h"
#include "engine/predict/text_vectors.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64, AT_ONCE = 20000000 /* products on the main thread */ };
#define ALWAYS_FIRST 2.0 /* above every cosine */

/* Vectors of length 1 (or 0), by the hash of their text. */
struct store {
    char *key; /* model, its weights' time, tokens; NULL: nothing is kept */
    size_t size, n, cap;
    float *v; /* (n, size) */
    struct ft_strmap places;
    struct ft_arena arena; /* keys of the map */
};

struct hit {
    size_t row;
    double value;
};
struct hits {
    struct hit items[FT_SIMILARITY_TOP]; /* self, then best first; of equals the earlier row */
    size_t n, compared;
};

/* One question and what it takes to answer it. Place p of a text is a vector of the store, or, from
 * the store's n on, one of those that are missing. */
struct round {
    struct ft_options o;
    char *model;
    const struct store *store;
    size_t rows, left_out, self;
    size_t query; /* place */
    size_t *next; /* (rows) the next row of the same place, SIZE_MAX ends */
    /* missing */
    struct ft_arena arena;
    struct ft_strmap places;
    struct ft_text *texts;
    uint64_t *hashes;
    size_t *first; /* (store n + missing) the first row of a place */
    size_t first_cap, missing, cap, texts_cap, hashes_cap;
    float *v;
    size_t size;
    size_t made; /* of the missing vectors */
    struct ft_err err;
    pthread_mutex_t mu; /* guards hits */
    struct hits hits;
};

struct ft_similarity {
    struct ft_wake *wake;
    struct store store;
    struct round *round; /* the question; NULL: none was asked */
    struct ft_job *work; /* of `round` */
    struct ft_err failed;
    size_t seen; /* compared rows that follow has told of */
};

/* ---- vectors ---- */

static void store_release(struct store *st)
{
    free(st->key);
    free(st->v);
    ft_strmap_release(&st->places);
    ft_arena_release(&st->arena);
    *st = (struct store){0};
}

/* Eight bytes a step: megabytes of text are hashed between two keys. */
static uint64_t text_hash(const char *text, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ n, word = 0;
    size_t i = 0;
    for (; i + sizeof word <= n; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    word = 0;
    if (i < n) memcpy(&word, text + i, n - i);
    h = (h ^ word) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 29;
}

static void map_put(struct ft_strmap *m, struct ft_arena *a, uint64_t hash, size_t place)
{
    const char *key = ft_arena_strndup(a, (const char *)&hash, sizeof hash);
    ft_strmap_put(m, key, sizeof hash, place);
}

static size_t map_get(const struct ft_strmap *m, uint64_t hash)
{
    const size_t *place = ft_strmap_get(m, (const char *)&hash, sizeof hash);
    return place ? *place : SIZE_MAX;
}

/* The vectors that a round made, also one that was cancelled. */
static void store_take(struct store *st, const struct round *r)
{
    if (!r->made) return;
    if (!st->n) st->size = r->size;
    if ((st->n + r->made) > st->cap) {
        st->cap = st->n + r->made;
        st->v = ft_xrealloc(st->v, st->cap * st->size * sizeof *st->v);
    }
    memcpy(st->v + st->n * st->size, r->v, r->made * st->size * sizeof *st->v);
    for (size_t i = 0; i < r->made; i++)
        map_put(&st->places, &st->arena, r->hashes[i], st->n + i);
    st->n += r->made;
}

static void to_unit(float *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    double length = sqrt(sum);
    for (size_t i = 0; i < n && length > 0; i++)
        v[i] = (float)((double)v[i] / length);
}

static const float *vector(const struct round *r, size_t place)
{
    size_t kept = r->store->n;
    return place < kept ? r->store->v + place * r->size : r->v + (place - kept) * r->size;
}

/* ---- rows ---- */

static bool better(double value, size_t row, const struct hit *than)
{
    return value > than->value || (!(value < than->value) && row < than->row);
}

/* All rows of a place, whose vector is there. */
static void compare(struct round *r, struct hits *hits, size_t place)
{
    if (r->first[place] == SIZE_MAX) return;
    const float *a = vector(r, r->query), *b = vector(r, place);
    double value = 0;
    for (size_t i = 0; i < r->size; i++)
        value += (double)a[i] * (double)b[i];
    value = fmin(value, 1);
    for (size_t row = r->first[place]; row != SIZE_MAX; row = r->next[row]) {
        double rank = row == r->self ? ALWAYS_FIRST : value;
        hits->compared++;
        size_t at = hits->n;
        if (at == FT_SIMILARITY_TOP && !better(rank, row, &hits->items[at - 1])) continue;
        if (at == FT_SIMILARITY_TOP)
            at--;
        else
            hits->n++;
        for (; at && better(rank, row, &hits->items[at - 1]); at--)
            hits->items[at] = hits->items[at - 1];
        hits->items[at] = (struct hit){row, rank};
    }
}

static void compare_from(struct round *r, size_t from, size_t to)
{
    enum { AT_A_TIME = 1024 }; /* the main thread does not wait long for the lock */
    while (from < to) {
        size_t end = to - from < AT_A_TIME ? to : from + AT_A_TIME;
        pthread_mutex_lock(&r->mu);
        for (; from < end; from++)
            compare(r, &r->hits, from);
        pthread_mutex_unlock(&r->mu);
    }
}

/* ---- a round ---- */

static void round_free(struct round *r)
{
    if (!r) return;
    ft_options_release(&r->o);
    ft_strmap_release(&r->places);
    ft_arena_release(&r->arena);
    free(r->model);
    free(r->next);
    free(r->texts);
    free(r->hashes);
    free(r->first);
    free(r->v);
    pthread_mutex_destroy(&r->mu);
    free(r);
}

/* The place of a text, which is copied when it is new. */
static size_t place_of(struct round *r, const struct ft_similarity_text *t, struct ft_str *buf)
{
    size_t n = t->n < FT_SIMILARITY_BYTES ? t->n : FT_SIMILARITY_BYTES;
    struct ft_text text = {t->text, n};
    if (t->pair) {
        size_t pair_n = t->pair_n < FT_SIMILARITY_BYTES ? t->pair_n : FT_SIMILARITY_BYTES;
        ft_str_clear(buf);
        ft_str_add(buf, t->text, n);
        ft_str_addc(buf, '\n');
        ft_str_add(buf, t->pair, pair_n);
        text = (struct ft_text){buf->data, buf->len};
    }
    uint64_t hash = text_hash(text.data, text.n);
    size_t place = map_get(&r->store->places, hash), kept = r->store->n;
    if (place == SIZE_MAX) place = map_get(&r->places, hash);
    if (place != SIZE_MAX) return place;
    place = kept + r->missing;
    ft_grow(&r->texts, &r->texts_cap, r->missing + 1, sizeof *r->texts);
    ft_grow(&r->hashes, &r->hashes_cap, r->missing + 1, sizeof *r->hashes);
    r->texts[r->missing] = (struct ft_text){ft_arena_strndup(&r->arena, text.data, text.n), text.n};
    r->hashes[r->missing++] = hash;
    map_put(&r->places, &r->arena, hash, place);
    return place;
}

/* Copies what the round needs; the text that is asked about is the first of the missing ones. */
static struct round *round_new(const struct store *store, const struct ft_similarity_ask *ask)
{
    struct round *r = ft_xcalloc(1, sizeof *r);
    struct ft_str buf = {0};
    pthread_mutex_init(&r->mu, NULL);
    ft_options_copy(&r->o, ask->o);
    ft_options_set_id(&r->o, FT_OPT_max_seq_length, ft_options_text(ask->o, FT_OPT_max_seq_length),
                      true, NULL);
    r->model = ft_xstrdup(ask->model);
    r->store = store;
    r->size = store->size;
    r->self = SIZE_MAX;
    r->rows = ask->n < FT_SIMILARITY_ROWS ? ask->n : FT_SIMILARITY_ROWS;
    r->left_out = ask->n - r->rows;
    r->query = place_of(r, &ask->text, &buf);
    r->next = ft_xcalloc(r->rows + 1, sizeof *r->next);
    size_t *place = ft_xcalloc(r->rows + 1, sizeof *place);
    for (size_t i = 0; i < r->rows; i++) {
        struct ft_similarity_text t = {0};
        ask->row(ask->arg, i, &t);
        place[i] = place_of(r, &t, &buf);
        if (t.self) r->self = i;
    }
    size_t places = store->n + r->missing;
    r->first = ft_xcalloc(places + 1, sizeof *r->first);
    for (size_t p = 0; p < places; p++)
        r->first[p] = SIZE_MAX;
    for (size_t i = r->rows; i-- > 0;) {
        r->next[i] = r->first[place[i]];
        r->first[place[i]] = i;
    }
    free(place);
    ft_str_release(&buf);
    return r;
}

static enum ft_status embed_missing(struct round *r, struct ft_embedder *e, struct ft_job *w,
                                    struct ft_err *err)
{
    size_t kept = r->store->n, bytes;
    if (ft_size_mul(r->missing, r->size * sizeof *r->v, &bytes) || !(r->v = malloc(bytes)))
        return ft_fail(err, FT_NOMEM, "not enough memory for the vectors of %zu rows", r->missing);
    bool asked =
        r->query >= kept; /* its vector comes first; then those that are kept are compared */
    if (!asked) compare_from(r, 0, kept);
    for (size_t done = 0, n; done < r->missing; done += n) {
        bool first = !done && asked;
        n = first ? 1 : r->missing - done < CHUNK ? r->missing - done : CHUNK;
        enum ft_status st = ft_embed(e, r->texts + done, n, r->v + done * r->size, w, err);
        if (st) return st;
        for (size_t i = done; i < done + n; i++)
            to_unit(r->v + i * r->size, r->size);
        r->made = done + n;
        compare_from(r, first ? 0 : kept + done, kept + done + n);
        ft_job_report(w, (double)r->hits.compared, (double)r->rows, "rows");
    }
    return FT_OK;
}

static enum ft_status work(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct round *r = arg;
    struct ft_embedder *e = NULL;
    if (!r->missing) {
        compare_from(r, 0, r->store->n);
        return FT_OK;
    }
    ft_job_report(w, 0, (double)r->rows, "rows");
    enum ft_status st = ft_embedder_open(&e, r->model, &r->o, err);
    if (st) return st;
    r->size = ft_embedder_size(e);
    if (r->store->n && r->size != r->store->size)
        st = ft_fail(err, FT_FORMAT, "%s: has another vector size than before", r->model);
    if (!st) st = embed_missing(r, e, w, err);
    ft_embedder_free(e);
    return st;
}

/* ---- the object ---- */

struct ft_similarity *ft_similarity_new(struct ft_wake *wake)
{
    struct ft_similarity *s = ft_xcalloc(1, sizeof *s);
    s->wake = wake;
    return s;
}

/* Takes what the worker made. */
static void end(struct ft_similarity *s)
{
    struct ft_err err = {0};
    enum ft_status st = ft_job_join(s->work, &err);
    s->work = NULL;
    store_take(&s->store, s->round);
    s->failed = (struct ft_err){0};
    if (st && st != FT_CANCELLED) s->failed = err;
}

void ft_similarity_free(struct ft_similarity *s)
{
    if (!s) return;
    ft_similarity_cancel(s);
    if (s->work) end(s);
    round_free(s->round);
    store_release(&s->store);
    free(s);
}

/* Makes the question the one that is answered. No work is in progress. */
static void begin(struct ft_similarity *s, struct round *r)
{
    round_free(s->round);
    s->round = r;
    s->seen = SIZE_MAX;
    s->failed = (struct ft_err){0};
    if (!r->missing && s->store.n * s->store.size <= AT_ONCE) {
        compare_from(r, 0, s->store.n);
        return;
    }
    char what[96];
    snprintf(what, sizeof what, "comparing rows, model %.60s", ft_path_base(r->model));
    s->work = ft_job_start(what, work, r, s->wake);
}

bool ft_similarity_ask(struct ft_similarity *s, const struct ft_similarity_ask *ask)
{
    if (s->work) {
        ft_similarity_cancel(s);
        return false;
    }
    char *key = ft_xprintf("%s\n%lld\n%s", ask->model, ft_text_vectors_stamp(ask->model),
                           ft_options_text(ask->o, FT_OPT_max_seq_length));
    if (!s->store.key || strcmp(s->store.key, key)) {
        store_release(&s->store);
        s->store.key = key;
    } else {
        free(key);
    }
    begin(s, round_new(&s->store, ask));
    return true;
}

void ft_similarity_cancel(struct ft_similarity *s)
{
    if (s->work) ft_job_cancel(s->work);
}

bool ft_similarity_follow(struct ft_similarity *s)
{
    struct ft_job_view view;
    bool ended = ft_similarity_busy(s, &view) && view.finished;
    if (ended) end(s);
    size_t compared = ft_similarity_facts(s).compared;
    bool more = s->round && compared != s->seen;
    s->seen = compared;
    return ended || more;
}

bool ft_similarity_busy(struct ft_similarity *s, struct ft_job_view *view)
{
    if (s->work && view) ft_job_look(s->work, view);
    return s->work != NULL;
}

const struct ft_err *ft_similarity_failed(const struct ft_similarity *s)
{
    return &s->failed;
}

struct ft_similarity_facts ft_similarity_facts(const struct ft_similarity *s)
{
    struct round *r = s->round;
    if (!r) return (struct ft_similarity_facts){0};
    pthread_mutex_lock(&r->mu);
    size_t compared = r->hits.compared;
    pthread_mutex_unlock(&r->mu);
    return (struct ft_similarity_facts){r->rows, compared, r->left_out, r->self != SIZE_MAX};
}

size_t ft_similarity_count(const struct ft_similarity *s)
{
    struct round *r = s->round;
    if (!r) return 0;
    pthread_mutex_lock(&r->mu);
    size_t n = r->hits.n;
    pthread_mutex_unlock(&r->mu);
    return n;
}

size_t ft_similarity_at(const struct ft_similarity *s, size_t k, double *value)
{
    struct round *r = s->round;
    if (!r) return SIZE_MAX;
    pthread_mutex_lock(&r->mu);
    struct hit hit = k < r->hits.n ? r->hits.items[k] : (struct hit){SIZE_MAX, 0};
    pthread_mutex_unlock(&r->mu);
    if (value) *value = fmin(hit.value, 1);
    return hit.row;
}
