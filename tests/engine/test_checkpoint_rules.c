/* Which checkpoints stay and when a run stops early. The rate is far too high, so that the loss of
 * the evaluations grows: the best checkpoint is an old one. What should be there is worked out from
 * metrics.jsonl alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/train/session.h"
#include "engine_test.h"
#include "util/mem.h"

enum { EVALS_MAX = 200 };

struct evals {
    double loss[EVALS_MAX];
    uint64_t step[EVALS_MAX];
    size_t n, best; /* the first of the lowest */
};

static void worsening(struct ft_options *o, const char *out)
{
    ft_options_init(o);
    set(o, "model", REFERENCE "nets/bert-classify/model");
    set(o, "data", REFERENCE "nets/bert-classify/train.csv");
    set(o, "output_dir", out);
    set(o, "split", "0.6,0.4,0");
    set(o, "num_train_epochs", "5");
    set(o, "per_device_train_batch_size", "8");
    set(o, "learning_rate", "0.02");
    set(o, "eval_strategy", "steps");
    set(o, "eval_steps", "1");
    set(o, "save_strategy", "steps");
    set(o, "save_steps", "1");
    set(o, "metric_for_best_model", "loss");
    set(o, "threads", "1");
}

static struct evals run(const struct ft_options *o, const char *out)
{
    struct ft_err err = {0};
    struct ft_scores scores = {0};
    struct evals e = {0};
    struct ft_session *s = ft_session_start(o, &(struct ft_session_how){0}, NULL, &err);
    if (!s || ft_session_join(s, &scores, &err)) fail_msg("%s", err.msg);
    ft_scores_release(&scores);
    char *path = ft_path_join(out, "metrics.jsonl");
    struct reference_lines lines = reference_read(path);
    for (size_t i = 0; i < lines.n; i++) {
        const cJSON *loss = ft_json_get(lines.rows[i], "eval_loss");
        if (!loss) continue;
        uint64_t step = (uint64_t)reference_num(lines.rows[i], "step");
        if (e.n && e.step[e.n - 1] == step) continue; /* the last one, once more at the end */
        assert_true(e.n < EVALS_MAX);
        e.loss[e.n] = loss->valuedouble;
        e.step[e.n] = step;
        if (e.loss[e.n] < e.loss[e.best]) e.best = e.n;
        e.n++;
    }
    reference_release(&lines);
    free(path);
    return e;
}

static bool saved(const char *out, uint64_t step)
{
    char *path = ft_xprintf("%s/checkpoint-%llu/model.safetensors", out, (unsigned long long)step);
    bool there = ft_path_is_file(path);
    free(path);
    return there;
}

/* The newest `limit` checkpoints stay, the best one among them however old it is. */
static void test_rotation(void **state)
{
    (void)state;
    for (uint64_t limit = 2; limit < 5; limit++) {
        struct ft_options o;
        char name[32], number[8];
        snprintf(name, sizeof name, "rotation-%d", (int)limit);
        snprintf(number, sizeof number, "%d", (int)limit);
        char *out = in_scratch(name);
        worsening(&o, out);
        set(&o, "save_total_limit", number);
        struct evals e = run(&o, out);
        assert_true(e.n > 10 && e.best + 5 < e.n); /* the best one is none of the newest */
        for (size_t i = 0; i < e.n; i++)
            if (saved(out, e.step[i]) != (i == e.best || i + limit > e.n))
                fail_msg("limit %d: checkpoint-%d of %d, best %d", (int)limit, (int)e.step[i],
                         (int)e.n, (int)e.step[e.best]);
        ft_options_release(&o);
        free(out);
    }
}

/* The run stops at the evaluation that is the P-th since the best one. */
static void test_patience(void **state)
{
    (void)state;
    for (size_t patience = 1; patience < 5; patience++) {
        struct ft_options o;
        char name[32], number[8];
        snprintf(name, sizeof name, "patience-%d", (int)patience);
        snprintf(number, sizeof number, "%d", (int)patience);
        char *out = in_scratch(name);
        worsening(&o, out);
        set(&o, "early_stopping_patience", number);
        struct evals e = run(&o, out);
        assert_int_equal(e.n, e.best + 1 + patience);
        assert_true(e.n < 10);
        ft_options_release(&o);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_patience),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
