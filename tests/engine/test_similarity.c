/* Similar rows: order and values against embeddings made directly, vectors that are kept, work that is
 * cancelled, limits, a model that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/predict/embed.h"
#include "engine/present/similarity.h"
#include "engine_test.h"
#include "util/mem.h"

#include <poll.h>

#define MODEL REFERENCE "nets/bert-mlm/model"

static struct ft_wake wake;
static struct ft_options options;

static int begin(void **state)
{
    ft_wake_open(&wake);
    ft_options_init(&options);
    set(&options, "threads", "2");
    set(&options, "max_seq_length", "32");
    return scratch_make(state);
}

static int end(void **state)
{
    ft_options_release(&options);
    ft_wake_close(&wake);
    return scratch_remove(state);
}

struct rows {
    char **texts;
    const char *pair; /* of all; NULL: none */
    size_t n, self;
};

static void row(void *arg, size_t i, struct ft_similarity_text *t)
{
    const struct rows *r = arg;
    const char *text = r->texts[i % r->n];
    *t = (struct ft_similarity_text){.text = text,
                                     .n = strlen(text),
                                     .pair = r->pair,
                                     .pair_n = r->pair ? strlen(r->pair) : 0,
                                     .self = i == r->self};
}

/* About texts[about], which is one of the rows unless r->self says otherwise. */
static bool ask(struct ft_similarity *s, const char *model, struct rows *r, size_t n, size_t about)
{
    struct ft_similarity_ask a = {.model = model, .o = &options, .n = n, .row = row, .arg = r};
    row(r, about, &a.text);
    return ft_similarity_ask(s, &a);
}

static void wait_for(struct ft_similarity *s)
{
    while (ft_similarity_busy(s, NULL)) {
        struct pollfd fd = {.fd = wake.fd, .events = POLLIN};
        poll(&fd, 1, 1000);
        ft_wake_drain(&wake);
        ft_similarity_follow(s);
    }
    if (ft_similarity_failed(s)->code) fail_msg("%s", ft_similarity_failed(s)->msg);
}

static struct rows make(size_t n)
{
    static const char *const words[] = {"library", "book", "card", "room",
                                        "event",   "loan", "noise"};
    struct rows r = {.texts = ft_xcalloc(n, sizeof *r.texts), .n = n, .self = SIZE_MAX};
    for (size_t i = 0; i < n; i++)
        r.texts[i] = ft_xprintf("the %s and the %s of %zu", words[i % 7], words[i / 7 % 7], i % 5);
    return r;
}

static void rows_free(struct rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->texts[i]);
    free(r->texts);
}

/* The list is that of all rows by their cosine, the row itself first. */
static void check(const struct ft_similarity *s, const struct rows *r, size_t about)
{
    struct ft_err err = {0};
    struct ft_embedder *e = NULL;
    assert_int_equal(ft_embedder_open(&e, MODEL, &options, &err), FT_OK);
    size_t size = ft_embedder_size(e), n = ft_similarity_count(s);
    struct ft_text *texts = ft_xcalloc(r->n, sizeof *texts);
    float *v = ft_xcalloc(r->n * size, sizeof *v);
    for (size_t i = 0; i < r->n; i++)
        texts[i] = (struct ft_text){r->texts[i], strlen(r->texts[i])};
    assert_int_equal(ft_embed(e, texts, r->n, v, NULL, &err), FT_OK);
    assert_int_equal(n, r->n < FT_SIMILARITY_TOP ? r->n : FT_SIMILARITY_TOP);
    bool *seen = ft_xcalloc(r->n, sizeof *seen);
    double last = 2;
    for (size_t k = 0; k < n; k++) {
        double value, want = 0;
        size_t i = ft_similarity_at(s, k, &value);
        assert_true(i < r->n && !seen[i]);
        seen[i] = true;
        for (size_t c = 0; c < size; c++)
            want += (double)v[about * size + c] * (double)v[i * size + c];
        if (!(fabs(value - want) < 1e-5)) fail_msg("row %zu: %.7f, expected %.7f", i, value, want);
        if (!k && r->self != SIZE_MAX) assert_int_equal(i, r->self);
        assert_true(k < 1 || value <= last + 1e-12 || (k == 1 && r->self != SIZE_MAX));
        last = value;
    }
    assert_int_equal(ft_similarity_at(s, n, NULL), SIZE_MAX);
    for (size_t i = 0; i < r->n; i++) { /* none that is left out is nearer */
        double value = 0;
        for (size_t c = 0; c < size; c++)
            value += (double)v[about * size + c] * (double)v[i * size + c];
        assert_true(seen[i] || value <= last + 1e-5);
    }
    free(seen);
    free(v);
    free(texts);
    ft_embedder_free(e);
}

static void test_order(void **state)
{
    struct rows r = make(300);
    struct ft_similarity *s = ft_similarity_new(&wake);
    (void)state;
    assert_int_equal(ft_similarity_count(s), 0);
    r.self = 17;
    assert_true(ask(s, MODEL, &r, r.n, 17));
    assert_true(ft_similarity_busy(s, NULL));
    wait_for(s);
    check(s, &r, 17);
    struct ft_similarity_facts f = ft_similarity_facts(s);
    assert_true(f.rows == 300 && f.compared == 300 && !f.left_out && f.self);
    /* vectors are kept: no work, also with fewer rows in another order */
    r.self = 4;
    assert_true(ask(s, MODEL, &r, r.n, 4));
    assert_false(ft_similarity_busy(s, NULL));
    check(s, &r, 4);
    struct rows some = {.texts = r.texts + 100, .n = 60, .self = SIZE_MAX};
    assert_true(ask(s, MODEL, &some, some.n, 9));
    assert_false(ft_similarity_busy(s, NULL));
    check(s, &some, 9);
    assert_false(ft_similarity_facts(s).self);
    /* other texts are other vectors; so is another length */
    r.pair = "a second text";
    assert_true(ask(s, MODEL, &r, r.n, 4));
    assert_true(ft_similarity_busy(s, NULL));
    wait_for(s);
    r.pair = NULL;
    set(&options, "max_seq_length", "6");
    assert_true(ask(s, MODEL, &r, r.n, 4));
    assert_true(ft_similarity_busy(s, NULL));
    wait_for(s);
    check(s, &r, 4);
    set(&options, "max_seq_length", "32");
    ft_similarity_free(s);
    rows_free(&r);
}

/* What was made before a cancel is kept; a question meanwhile has to be asked again. */
static void test_cancel(void **state)
{
    struct rows r = make(1);
    struct ft_similarity *s = ft_similarity_new(&wake);
    enum { ROWS = FT_SIMILARITY_ROWS };
    (void)state;
    rows_free(&r);
    r = (struct rows){.texts = ft_xcalloc(ROWS, sizeof *r.texts), .n = ROWS, .self = 0};
    for (size_t i = 0; i < ROWS; i++)
        r.texts[i] =
            ft_xprintf("%zu rows of a text that is long enough to take some time, %zu", i, i * 7);
    assert_true(ask(s, MODEL, &r, ROWS, 0));
    while (ft_similarity_facts(s).compared < 200) {
        struct pollfd fd = {.fd = wake.fd, .events = POLLIN};
        poll(&fd, 1, 10);
        ft_wake_drain(&wake);
        ft_similarity_follow(s);
        assert_true(ft_similarity_busy(s, NULL));
    }
    assert_int_equal(ft_similarity_at(s, 0, NULL), 0);
    assert_false(ask(s, MODEL, &r, ROWS, 1)); /* cancels */
    wait_for(s);
    size_t compared = ft_similarity_facts(s).compared;
    assert_true(compared >= 200 && compared < ROWS);
    assert_int_equal(ft_similarity_count(s), FT_SIMILARITY_TOP);
    struct rows few = {.texts = r.texts, .n = 150, .self = 3};
    assert_true(ask(s, MODEL, &few, few.n, 3));
    assert_false(ft_similarity_busy(s, NULL));
    check(s, &few, 3);
    ft_similarity_free(s);
    rows_free(&r);
}

static void test_limits(void **state)
{
    struct rows r = make(3);
    struct ft_similarity *s = ft_similarity_new(&wake);
    (void)state;
    assert_true(ask(s, MODEL, &r, FT_SIMILARITY_ROWS + 5, 0));
    wait_for(s);
    struct ft_similarity_facts f = ft_similarity_facts(s);
    assert_int_equal(f.rows, FT_SIMILARITY_ROWS);
    assert_int_equal(f.compared, FT_SIMILARITY_ROWS);
    assert_int_equal(f.left_out, 5);
    double value;
    assert_int_equal(ft_similarity_at(s, 0, &value), 0); /* equals: the earlier row first */
    assert_int_equal(ft_similarity_at(s, 1, &value), 3);
    assert_true(value > 1 - 1e-6 && value <= 1);
    assert_true(ask(s, MODEL, &r, 0, 0)); /* no rows */
    assert_int_equal(ft_similarity_count(s), 0);
    ft_similarity_free(s);
    rows_free(&r);
}

static void test_no_model(void **state)
{
    struct rows r = make(3);
    struct ft_similarity *s = ft_similarity_new(&wake);
    (void)state;
    assert_true(ask(s, "/nowhere/at/all", &r, r.n, 0));
    while (ft_similarity_busy(s, NULL))
        ft_similarity_follow(s);
    assert_int_equal(ft_similarity_failed(s)->code, FT_NOTFOUND);
    assert_int_equal(ft_similarity_count(s), 0);
    assert_true(ask(s, MODEL, &r, r.n, 0));
    wait_for(s);
    assert_int_equal(ft_similarity_count(s), 3);
    ft_similarity_free(s);
    rows_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_no_model),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
