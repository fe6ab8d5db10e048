/* The lines of metrics.jsonl that a run keeps for trainer_state.json: bounded in a run of any length,
 * the last ones whole, evaluations and events longer than losses; the file itself has all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/train/metrics_file.h"
#include "engine/train/train_state.h"
#include "util/fs.h"
#include "util/mem.h"
#include "scratch.h"

#include <stdlib.h>
#include <string.h>

static void line(struct ft_train *t, const char *fmt, int step)
{
    struct ft_err err = {0};
    char *text = ft_xprintf(fmt, step);
    if (ft_metrics_line(t, text, &err)) fail_msg("%s", err.msg);
    free(text);
}

static int step_of(const char *text)
{
    const char *mark = strstr(text, "\"step\":");
    assert_non_null(mark);
    return (int)strtol(mark + strlen("\"step\":"), NULL, 10);
}

static size_t count(const struct ft_train *t, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < t->history_n; i++)
        n += strstr(t->history[i], key) != NULL;
    return n;
}

static void check_order(const struct ft_train *t)
{
    assert_true(t->history_n <= FT_METRICS_HISTORY_MAX);
    for (size_t i = 1; i < t->history_n; i++)
        assert_true(step_of(t->history[i - 1]) <= step_of(t->history[i]));
}

#define LOSS  "{\"step\":%d,\"loss\":0.5}"
#define EVAL  "{\"step\":%d,\"eval_loss\":0.4}"
#define EVENT "{\"step\":%d,\"event\":\"rate\"}"

/* 100,000 losses, an evaluation each 500 steps, three events. */
static void test_thinned(void **state)
{
    (void)state;
    enum { STEPS = 100000 };
    struct ft_train t = {.dir = scratch};
    struct ft_err err = {0};
    if (ft_metrics_open(&t, &err)) fail_msg("%s", err.msg);
    for (int i = 1; i <= STEPS; i++) {
        line(&t, LOSS, i);
        if (i % 500 == 0) line(&t, EVAL, i);
        if (i == 3 || i == 50000 || i == 99999) line(&t, EVENT, i);
        if (i % 1000 == 0) check_order(&t);
    }
    /* the last ones are there, one by one, and a checkpoint's copy begins among them */
    for (int i = 0; i < FT_METRICS_HISTORY_MAX / 4; i++) {
        const char *text = t.history[t.history_n - 1 - (size_t)i];
        assert_true(step_of(text) >= STEPS - i);
    }
    struct ft_str tail = {0};
    ft_metrics_tail(&t, &tail);
    int first = step_of(ft_str_text(&tail));
    size_t lines = 0;
    for (const char *p = tail.data; p < tail.data + tail.len; p++)
        lines += *p == '\n';
    assert_true(tail.len <= FT_METRICS_TAIL_MAX);
    assert_true(lines >= (size_t)(STEPS - first) && lines > FT_METRICS_HISTORY_MAX / 4);
    ft_str_release(&tail);

    /* the beginning is thinner, and not gone; what is rare is all there */
    assert_true(step_of(t.history[0]) < 1000);
    assert_int_equal(count(&t, "eval_loss"), STEPS / 500);
    assert_int_equal(count(&t, "event"), 3);

    /* nothing is lost in the file, and a run that goes on from it has the same history */
    size_t n = t.history_n;
    uint64_t bytes = t.s.metrics_bytes;
    char *path = in_scratch("metrics.jsonl"), *text, *last = ft_xstrdup(t.history[n / 2]);
    size_t have;
    if (ft_file_read(path, (size_t)1 << 26, &text, &have, &err)) fail_msg("%s", err.msg);
    assert_int_equal(have, bytes);
    ft_metrics_close(&t);
    t.s.metrics_bytes = bytes;
    if (ft_metrics_open(&t, &err)) fail_msg("%s", err.msg);
    assert_int_equal(t.history_n, n);
    assert_string_equal(t.history[n / 2], last);
    ft_metrics_close(&t);
    free(last);
    free(text);
    free(path);
}

/* A run that evaluates after each update, or is changed all the time, is bounded too. */
static void test_only_rare(void **state)
{
    (void)state;
    struct ft_train t = {.dir = scratch};
    struct ft_err err = {0};
    if (ft_metrics_open(&t, &err)) fail_msg("%s", err.msg);
    for (int i = 1; i <= 30000; i++) {
        line(&t, i % 2 ? EVAL : EVENT, i);
        assert_true(t.history_n <= FT_METRICS_HISTORY_MAX);
    }
    check_order(&t);
    assert_true(t.history_n > FT_METRICS_HISTORY_MAX / 4);
    assert_int_equal(step_of(t.history[t.history_n - 1]), 30000);
    ft_metrics_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_thinned),
                                       cmocka_unit_test(test_only_rare)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
