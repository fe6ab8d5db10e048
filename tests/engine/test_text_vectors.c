/* Vectors that are kept by text: the same as embeddings made directly, also of texts in another order and of some
 * that are new; after work that was cancelled; forgotten for another length or other weights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/predict/embed.h"
#include "engine/predict/text_vectors.h"
#include "engine_test.h"
#include "util/mem.h"

#include <math.h>

#define MODEL REFERENCE "nets/bert-mlm/model"
enum { N = 300 };

static struct ft_options options;
static char words[N][48];
static struct ft_text texts[N];

static int begin(void **state)
{
    ft_options_init(&options);
    set(&options, "threads", "2");
    set(&options, "max_seq_length", "16");
    for (size_t i = 0; i < N; i++) { /* every third is there twice */
        snprintf(words[i], sizeof words[i], "the library has %zu books", i % 3 ? i : i / 6 * 6);
        texts[i] = (struct ft_text){words[i], strlen(words[i])};
    }
    texts[7] = (struct ft_text){NULL, 0};
    return scratch_make(state);
}

static int end(void **state)
{
    ft_options_release(&options);
    return scratch_remove(state);
}

/* Against embeddings of the texts [0, n) made at once, of length 1. */
static void check(const struct ft_text_vectors *x, const struct ft_text *t, size_t n,
                  const size_t *at)
{
    struct ft_embedder *e = NULL;
    struct ft_err err = {0};
    assert_int_equal(ft_embedder_open(&e, MODEL, &options, &err), FT_OK);
    ft_embedder_normalise(e);
    assert_int_equal(ft_embedder_size(e), x->size);
    float *v = ft_xcalloc(n * x->size, sizeof *v);
    assert_int_equal(ft_embed(e, t, n, v, NULL, &err), FT_OK);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < x->size; c++)
            assert_true(fabsf(v[i * x->size + c] - x->v[at[i] * x->size + c]) < 1e-5f);
    free(v);
    ft_embedder_free(e);
}

static size_t distinct(const struct ft_text *t, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < i && (t[j].n != t[i].n || (t[i].n && memcmp(t[j].data, t[i].data, t[i].n))))
            j++;
        k += j == i;
    }
    return k;
}

static void test_kept(void **state)
{
    struct ft_text_vectors x = {0};
    struct ft_text other[N];
    struct ft_err err = {0};
    size_t at[N], n = distinct(texts, N / 2);
    (void)state;
    assert_int_equal(ft_text_vectors_take(&x, MODEL, &options, texts, N / 2, at, 0, NULL, &err),
                     FT_OK);
    assert_int_equal(x.n, n);
    assert_true(n < N / 2);
    check(&x, texts, N / 2, at);
    float *before = ft_xcalloc(n * x.size, sizeof *before);
    memcpy(before, x.v, n * x.size * sizeof *before);
    for (size_t i = 0; i < N; i++) /* turned round, half of them are new */
        other[i] = texts[N - 1 - i];
    assert_int_equal(ft_text_vectors_take(&x, MODEL, &options, other, N, at, N, NULL, &err), FT_OK);
    assert_int_equal(x.n, distinct(texts, N));
    check(&x, other, N, at);
    assert_memory_equal(before, x.v, n * x.size * sizeof *before);
    free(before);
    /* another length */
    set(&options, "max_seq_length", "5");
    assert_int_equal(ft_text_vectors_take(&x, MODEL, &options, texts, 3, at, 0, NULL, &err), FT_OK);
    assert_int_equal(x.n, distinct(texts, 3));
    assert_true(x.truncated > 0);
    check(&x, texts, 3, at);
    set(&options, "max_seq_length", "16");
    /* a model that is not there; then nothing is kept of it */
    assert_int_not_equal(
        ft_text_vectors_take(&x, "no/such/model", &options, texts, 3, at, 0, NULL, &err), FT_OK);
    assert_int_equal(x.n, 0);
    assert_int_equal(ft_text_vectors_take(&x, MODEL, &options, texts, 0, at, 0, NULL, &err), FT_OK);
    ft_text_vectors_release(&x);
}

static enum ft_status take_all(struct ft_job *w, void *arg, struct ft_err *err)
{
    size_t at[N];
    ft_job_cancel(w);
    return ft_text_vectors_take(arg, MODEL, &options, texts, N, at, 0, w, err);
}

static void test_cancel(void **state)
{
    struct ft_text_vectors x = {0};
    struct ft_err err = {0};
    size_t at[N];
    (void)state;
    struct ft_job *w = ft_job_start("embedding", take_all, &x, NULL);
    assert_int_equal(ft_job_join(w, &err), FT_CANCELLED);
    assert_true(x.n < distinct(texts, N));
    assert_int_equal(ft_text_vectors_take(&x, MODEL, &options, texts, N, at, 0, NULL, &err), FT_OK);
    assert_int_equal(x.n, distinct(texts, N));
    check(&x, texts, N, at);
    ft_text_vectors_release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kept), cmocka_unit_test(test_cancel)};
    return cmocka_run_group_tests(tests, begin, end);
}
