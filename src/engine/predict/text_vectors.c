/* See text_vectors.h. */
#include "engine/predict/text_vectors.h"

#include "core/pool.h"
#include "engine/predict/embed.h"
#include "engine/predict/similar_pairs.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 128, BYTES_PER_TOKEN = 5 };
#define MEASURE_S 0.5 /* before the estimate */
#define WORTH_S   3.0 /* an estimate below is not said */

void ft_text_vectors_release(struct ft_text_vectors *x)
{
    free(x->v);
    free(x->key);
    ft_strmap_release(&x->places);
    ft_arena_release(&x->arena);
    *x = (struct ft_text_vectors){0};
}

long long ft_text_vectors_stamp(const char *model)
{
    static const char *const files[] = {"model.safetensors", "model/model.safetensors"};
    struct stat st;
    long long at = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = ft_path_join(model, files[i]);
        if (!stat(path, &st)) at += st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
        free(path);
    }
    return at;
}

static void settle_key(struct ft_text_vectors *x, const char *model, const struct ft_options *o)
{
    bool given = ft_options_given(o, FT_OPT_max_seq_length);
    char *key = ft_xprintf("%s\n%lld\n%s", model, ft_text_vectors_stamp(model),
                           given ? ft_options_text(o, FT_OPT_max_seq_length) : "");
    if (!x->key || strcmp(x->key, key)) {
        ft_text_vectors_release(x);
        x->key = key;
    } else {
        free(key);
    }
}

/* ---- what is missing ---- */

struct missing {
    struct ft_text *texts;
    uint64_t *hashes;
    size_t n;
    double bytes; /* that will be read of them */
};

static double bytes_read(struct ft_text text, size_t max_tokens)
{
    size_t most = max_tokens * BYTES_PER_TOKEN;
    return (double)(text.n < most ? text.n : most) + 2 * BYTES_PER_TOKEN;
}

/* The places of all texts; those that are missing get the next ones. */
static void find_missing(struct ft_text_vectors *x, const struct ft_text *texts, size_t n,
                         size_t *at, struct missing *m)
{
    struct ft_strmap coming = {0};
    struct ft_arena keys = {0};
    m->texts = ft_xcalloc(n + 1, sizeof *m->texts);
    m->hashes = ft_xcalloc(n + 1, sizeof *m->hashes);
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = ft_hash64(texts[i].data ? texts[i].data : "", texts[i].n);
        const size_t *place = ft_strmap_get(&x->places, (const char *)&hash, sizeof hash);
        if (!place) place = ft_strmap_get(&coming, (const char *)&hash, sizeof hash);
        at[i] = place ? *place : x->n + m->n;
        if (place) continue;
        const char *key = ft_arena_strndup(&keys, (const char *)&hash, sizeof hash);
        ft_strmap_put(&coming, key, sizeof hash, at[i]);
        m->texts[m->n] = texts[i];
        m->hashes[m->n++] = hash;
    }
    ft_strmap_release(&coming);
    ft_arena_release(&keys);
}

static enum ft_status make_room(struct ft_text_vectors *x, size_t more, struct ft_err *err)
{
    size_t bytes;
    char text[32];
    if (x->n + more <= x->cap) return FT_OK;
    bool fits = !ft_size_mul(x->n + more, x->size * sizeof *x->v, &bytes);
    float *v = fits ? realloc(x->v, bytes) : NULL;
    if (!v)
        return ft_fail(err, FT_NOMEM, "not enough memory for the vectors of %zu texts: %s",
                       x->n + more,
                       ft_format_bytes(text, sizeof text,
                                       (double)(x->n + more) * (double)x->size * sizeof *v));
    x->v = v;
    x->cap = x->n + more;
    return FT_OK;
}

static void keep(struct ft_text_vectors *x, const uint64_t *hashes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *key = ft_arena_strndup(&x->arena, (const char *)&hashes[i], sizeof *hashes);
        ft_strmap_put(&x->places, key, sizeof *hashes, x->n + i);
    }
    x->n += n;
}

static void say_cost(const struct ft_text_vectors *x, const struct missing *m, double left_s,
                     size_t compare)
{
    char texts[32], embedding[32], comparing[32], bytes[32];
    double compare_s = ft_similar_pairs_cost(compare, x->size);
    if (left_s + compare_s < WORTH_S) return;
    ft_log(FT_LOG_NOTE, "embedding %s texts takes about %s%s%s, %s of memory",
           ft_format_count(texts, sizeof texts, (long long)m->n),
           ft_format_time(embedding, sizeof embedding, left_s),
           compare ? ", comparing them about " : "",
           compare ? ft_format_time(comparing, sizeof comparing, compare_s) : "",
           ft_format_bytes(bytes, sizeof bytes, (double)x->cap * (double)x->size * sizeof *x->v));
}

static enum ft_status embed(struct ft_text_vectors *x, struct ft_embedder *e,
                            const struct missing *m, size_t compare, struct ft_job *w,
                            struct ft_err *err)
{
    size_t max_tokens = ft_embedder_max_tokens(e);
    double start = ft_now_s(), all = 0, done = 0;
    bool said = false;
    for (size_t i = 0; i < m->n; i++)
        all += bytes_read(m->texts[i], max_tokens);
    for (size_t from = 0, n; from < m->n; from += n) {
        n = m->n - from < CHUNK ? m->n - from : CHUNK;
        enum ft_status st = ft_embed(e, m->texts + from, n, x->v + x->n * x->size, w, err);
        if (st) return st;
        keep(x, m->hashes + from, n);
        for (size_t i = from; i < from + n; i++)
            done += bytes_read(m->texts[i], max_tokens);
        double taken = ft_now_s() - start;
        if (said || taken < MEASURE_S) continue;
        said = true;
        say_cost(x, m, taken / done * all, compare);
    }
    return FT_OK;
}

static enum ft_status compute(struct ft_text_vectors *x, const char *model,
                              const struct ft_options *o, const struct missing *m, size_t compare,
                              struct ft_job *w, struct ft_err *err)
{
    struct ft_embedder *e = NULL;
    ft_job_rename(w, "loading the model");
    enum ft_status st = ft_embedder_open(&e, model, o, err);
    if (st) return st;
    ft_embedder_normalise(e);
    ft_embedder_expect(e, m->n);
    ft_job_rename(w, "embedding");
    ft_job_report(w, 0, (double)m->n, "texts");
    if (x->n && x->size != ft_embedder_size(e))
        st = ft_fail(err, FT_FORMAT, "%s: has another vector size than before", model);
    if (!st) x->size = ft_embedder_size(e);
    if (!st) st = make_room(x, m->n, err);
    if (!st) st = embed(x, e, m, compare, w, err);
    x->truncated = (size_t)ft_embedder_seen(e).truncated;
    if (!st) ft_embedder_warn_unknown(e, "the data");
    ft_embedder_free(e);
    return st;
}

enum ft_status ft_text_vectors_take(struct ft_text_vectors *x, const char *model,
                                    const struct ft_options *o, const struct ft_text *texts,
                                    size_t n, size_t *at, size_t compare, struct ft_job *w,
                                    struct ft_err *err)
{
    struct missing m = {0};
    enum ft_status st = ft_pool_init((int)ft_options_int(o, FT_OPT_threads), err);
    if (st) return st;
    settle_key(x, model, o);
    x->truncated = 0;
    find_missing(x, texts, n, at, &m);
    if (m.n) st = compute(x, model, o, &m, compare, w, err);
    free(m.texts);
    free(m.hashes);
    return st;
}
