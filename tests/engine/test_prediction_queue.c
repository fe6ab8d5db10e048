/* Questions while a run trains: answered between two updates with the weights of then, also while
 * it is paused, and by a folder's model; the latest question wins. Every task has its answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/model/precision.h"
#include "engine/present/prediction_queue.h"
#include "util/clock.h"
#include "util/fs.h"
#include "engine_test.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct ft_wake wake;

static struct ft_session *train(const char *dir)
{
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    set(&o, "model", "tests/assets/models/starter");
    set(&o, "data", "assets/data/library-mail.csv");
    set(&o, "learning_rate", "1e-3");
    set(&o, "num_train_epochs", "2");
    set(&o, "output_dir", dir);
    struct ft_session *s = ft_session_start(&o, &(struct ft_session_how){0}, &wake, &err);
    if (!s) fail_msg("%s", err.msg);
    ft_options_release(&o);
    return s;
}

/* The answer to question `id`, within 30 s. */
static struct ft_answer wait_for(struct ft_prediction_queue *a, uint64_t id)
{
    struct ft_answer answer;
    for (double end = ft_now_s() + 30; ft_now_s() < end;) {
        struct pollfd p = {.fd = wake.fd, .events = POLLIN};
        poll(&p, 1, 20);
        ft_wake_drain(&wake);
        if (!ft_prediction_queue_take(a, &answer)) continue;
        if (answer.id == id && !answer.partial) return answer;
        ft_answer_release(&answer);
    }
    fail_msg("no answer came");
    return answer;
}

static enum ft_session_state state_of(struct ft_session *s)
{
    struct ft_snapshot snap;
    ft_session_look(s, &snap);
    return snap.state;
}

static void until(struct ft_session *s, enum ft_session_state state)
{
    for (double end = ft_now_s() + 60; ft_now_s() < end && !ft_session_finished(s);) {
        if (state_of(s) == state) return;
        usleep(2000);
    }
    assert_int_equal(state_of(s), state);
}

static void test_while_training(void **state)
{
    (void)state;
    struct ft_err err = {0};
    char *dir = in_scratch("run");
    struct ft_session *s = train(dir);
    struct ft_prediction_queue *a = ft_prediction_queue_new(&wake);
    struct ft_question now = {.current = true, .text = "My card is blocked.", .explain = true};
    until(s, FT_SESSION_RUNNING);
    ft_prediction_queue_session(a, s);
    struct ft_answer first = wait_for(a, ft_prediction_queue_ask(a, &now));
    assert_int_equal(first.status, FT_OK);
    assert_true(first.current);
    assert_true(first.step > 0);
    assert_int_equal(first.prediction.labels, 4);
    assert_string_equal(first.labels[0], "account");
    double sum = 0, pushed = 0;
    for (size_t i = 0; i < 4; i++)
        sum += first.prediction.probabilities[i];
    assert_true(fabs(sum - 1) < 1e-6);
    for (size_t i = 0; i < first.prediction.token_n; i++)
        pushed += fabs(first.prediction.tokens[i].attribution);
    assert_true(fabs(pushed - 1) < 1e-4);

    struct ft_snapshot snap;
    ft_session_look(s, &snap);
    assert_false(snap.pausing);
    ft_session_pause(s, true);
    ft_session_look(s, &snap); /* at once, whenever the update ends */
    assert_true(snap.pausing);
    until(s, FT_SESSION_PAUSED);
    struct ft_answer paused = wait_for(a, ft_prediction_queue_ask(a, &now));
    struct ft_answer again = wait_for(a, ft_prediction_queue_ask(a, &now));
    assert_true(paused.step >= first.step);
    assert_int_equal(paused.step, again.step); /* nothing moved */
    assert_memory_equal(paused.prediction.logits, again.prediction.logits, 4 * sizeof(float));
    ft_session_pause(s, false);
    ft_session_look(s, &snap);
    assert_false(snap.pausing);

    uint64_t last = 0; /* many at once: the newest is answered */
    for (int i = 0; i < 50; i++)
        last = ft_prediction_queue_ask(a, &now);
    struct ft_answer newest = wait_for(a, last);
    assert_true(newest.step >= paused.step);

    while (!ft_session_finished(s))
        usleep(5000);
    struct ft_answer late = wait_for(a, ft_prediction_queue_ask(a, &now));
    assert_int_equal(late.status, FT_CANCELLED);
    ft_prediction_queue_session(a, NULL);
    assert_int_equal(ft_session_join(s, NULL, &err), FT_OK);

    struct ft_question saved = {.model = dir, .text = "My card is blocked."};
    struct ft_answer by_folder = wait_for(a, ft_prediction_queue_ask(a, &saved));
    assert_int_equal(by_folder.status, FT_OK);
    assert_false(by_folder.current);
    saved.model = "/nowhere";
    struct ft_answer failed = wait_for(a, ft_prediction_queue_ask(a, &saved));
    assert_int_equal(failed.status, FT_NOTFOUND);
    ft_prediction_queue_free(a);
    struct ft_answer *all[] = {&first, &paused, &again, &newest, &late, &by_folder, &failed};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ft_answer_release(all[i]);
    free(dir);
}

/* 8-bit weights where the processor has them, and fp32 again with the numbers of before. */
static void test_int8(void **state)
{
    (void)state;
    struct ft_prediction_queue *a = ft_prediction_queue_new(&wake);
    struct ft_question q = {.model = REFERENCE "nets/bert-classify/model",
                            .text = "My card is blocked."};
    struct ft_answer fp32 = wait_for(a, ft_prediction_queue_ask(a, &q));
    q.precision = FT_PRECISION_INT8;
    struct ft_answer int8 = wait_for(a, ft_prediction_queue_ask(a, &q));
    q.precision = FT_PRECISION_AUTO;
    struct ft_answer again = wait_for(a, ft_prediction_queue_ask(a, &q));
    assert_int_equal(fp32.status, FT_OK);
    assert_int_equal(int8.status, FT_OK);
    size_t bytes = fp32.prediction.labels * sizeof(float);
    assert_int_equal(fp32.precision, FT_PRECISION_FP32);
    assert_int_equal(again.precision, FT_PRECISION_FP32);
    assert_true((int8.precision == FT_PRECISION_INT8) == ft_precision_has(FT_PRECISION_INT8));
    assert_memory_equal(fp32.prediction.logits, again.prediction.logits, bytes);
    bool same = !memcmp(fp32.prediction.logits, int8.prediction.logits, bytes);
    assert_true(same == (int8.precision == FT_PRECISION_FP32));
    for (size_t i = 0; i < fp32.prediction.labels; i++)
        assert_true(fabs((double)(fp32.prediction.logits[i] - int8.prediction.logits[i])) < 0.05);
    ft_answer_release(&fp32);
    ft_answer_release(&int8);
    ft_answer_release(&again);
    ft_prediction_queue_free(a);
}

static char *read_file(const char *dir, const char *name, size_t *n)
{
    char *path = ft_path_join(dir, name), *data;
    struct ft_err err = {0};
    if (ft_file_read(path, 1 << 26, &data, n, &err)) fail_msg("%s", err.msg);
    free(path);
    return data;
}

/* Asking does not change what is learned: the weights are those of a run nobody asked. */
static void test_same_bytes(void **state)
{
    (void)state;
    char *dirs[2] = {in_scratch("asked"), in_scratch("alone")};
    struct ft_err err = {0};
    char *weights[2];
    size_t n[2];
    for (int k = 0; k < 2; k++) {
        struct ft_session *s = train(dirs[k]);
        struct ft_prediction_queue *a = ft_prediction_queue_new(&wake);
        ft_prediction_queue_session(a, s);
        for (int i = 0; !k && !ft_session_finished(s); i++) {
            ft_prediction_queue_ask(a, &(struct ft_question){.model = "tests/assets/models/starter",
                                                             .current = i % 2,
                                                             .text = "Is the lift broken?"});
            usleep(20000);
        }
        while (!ft_session_finished(s))
            usleep(5000);
        ft_prediction_queue_session(a, NULL);
        assert_int_equal(ft_session_join(s, NULL, &err), FT_OK);
        ft_prediction_queue_free(a);
        weights[k] = read_file(dirs[k], "model/model.safetensors", &n[k]);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(weights[0], weights[1], n[0]);
    for (int k = 0; k < 2; k++) {
        free(weights[k]);
        free(dirs[k]);
    }
}

#define NET(name) FETTLE_SOURCE_DIR "/tests/reference/nets/" name "/model"

/* A model is loaded ahead, then asked what its task asks; a later question takes the place of one
 * that was to wait. */
static void test_other_tasks(void **state)
{
    (void)state;
    struct ft_prediction_queue *a = ft_prediction_queue_new(&wake);
    struct ft_question q = {.model = NET("bert-qa")};
    struct ft_answer x = wait_for(a, ft_prediction_queue_ask(a, &q));
    assert_int_equal(x.status, FT_OK);
    assert_null(x.text);
    assert_int_equal(x.task, FT_TASK_QA);
    assert_true(x.max_tokens > 0);
    ft_answer_release(&x);
    q.text = "How did he take the books?";
    q.pair = "Anders Holm carried books across the ice on a sledge.";
    q.delay_ms = 60000;
    ft_prediction_queue_ask(a, &q);
    q.delay_ms = 0;
    x = wait_for(a, ft_prediction_queue_ask(a, &q));
    assert_int_equal(x.status, FT_OK);
    assert_true(x.reply.best_n > 0);
    assert_string_equal(x.pair, q.pair);
    ft_answer_release(&x);

    q = (struct ft_question){.model = NET("bert-mlm"), .text = "the [MASK] froze", .choices = 7};
    x = wait_for(a, ft_prediction_queue_ask(a, &q));
    assert_int_equal(x.status, FT_OK);
    assert_int_equal(x.fill.masks, 1);
    assert_int_equal(x.fill.choices, 7);
    ft_answer_release(&x);
    ft_prediction_queue_free(a);
}

/* A text grows, token by token, and can be ended. */
static void test_growing(void **state)
{
    (void)state;
    struct ft_prediction_queue *a = ft_prediction_queue_new(&wake);
    struct ft_question q = {
        .model = NET("gpt2-clm"),
        .text = "The harbour",
        .generate = {.max_new_tokens = 12, .top_p = 1, .repetition_penalty = 1, .tell_next = 5}};
    struct ft_answer whole = wait_for(a, ft_prediction_queue_ask(a, &q));
    assert_int_equal(whole.status, FT_OK);
    assert_int_equal(whole.generated.ids_n - whole.generated.prompt_n, 12);
    assert_int_equal(whole.generated.next_n, 5);
    for (size_t i = 1; i < 5; i++)
        assert_true(whole.generated.next[i].probability <= whole.generated.next[i - 1].probability);

    /* none more: the choices after the prompt, whose first is what greedy takes */
    q.generate.max_new_tokens = 0;
    struct ft_answer none = wait_for(a, ft_prediction_queue_ask(a, &q));
    assert_int_equal(none.generated.ids_n, none.generated.prompt_n);
    assert_int_equal(none.generated.next[0].id, whole.generated.ids[whole.generated.prompt_n]);

    /* cuts: what is left sums to one */
    q.generate.temperature = 0.7;
    q.generate.top_k = 3;
    struct ft_answer three = wait_for(a, ft_prediction_queue_ask(a, &q));
    assert_int_equal(three.generated.next_n, 3);
    double sum = 0;
    for (size_t i = 0; i < 3; i++)
        sum += three.generated.next[i].probability;
    assert_true(fabs(sum - 1) < 1e-6);

    /* the first word that comes is enough */
    struct ft_answer part = {0};
    q.generate = (struct ft_generate_opt){
        .max_new_tokens = 100000, .temperature = 1, .top_p = 1, .repetition_penalty = 1};
    uint64_t id = ft_prediction_queue_ask(a, &q);
    while (part.id != id) {
        struct pollfd p = {.fd = wake.fd, .events = POLLIN};
        poll(&p, 1, 20);
        ft_wake_drain(&wake);
        ft_answer_release(&part);
        ft_prediction_queue_take(a, &part);
    }
    ft_prediction_queue_stop(a);
    struct ft_answer ended = part.partial ? wait_for(a, id) : part;
    assert_int_equal(ended.status, FT_OK);
    assert_true(ended.generated.end == FT_END_ASKED || ended.generated.end == FT_END_ROOM ||
                ended.generated.end == FT_END_OF_TEXT);
    if (part.partial) ft_answer_release(&part);
    ft_answer_release(&ended);

    /* ended before it began: the first token is the last */
    q.delay_ms = 50;
    q.generate =
        (struct ft_generate_opt){.max_new_tokens = 12, .top_p = 1, .repetition_penalty = 1};
    id = ft_prediction_queue_ask(a, &q);
    ft_prediction_queue_stop(a);
    ended = wait_for(a, id);
    assert_int_equal(ended.generated.end, FT_END_ASKED);
    assert_int_equal(ended.generated.ids_n - ended.generated.prompt_n, 1);
    ft_answer_release(&ended);
    ft_answer_release(&three);
    ft_answer_release(&none);
    ft_answer_release(&whole);
    ft_prediction_queue_free(a);
}

static int make(void **state)
{
    (void)state;
    ft_wake_open(&wake);
    return scratch_make(state);
}

static int unmake(void **state)
{
    (void)state;
    ft_wake_close(&wake);
    return scratch_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_while_training), cmocka_unit_test(test_int8),
        cmocka_unit_test(test_same_bytes),     cmocka_unit_test(test_other_tasks),
        cmocka_unit_test(test_growing),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
