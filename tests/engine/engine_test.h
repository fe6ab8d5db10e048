/* What the tests of the engine share: options, a short run, two runs compared. Include it after
 * cmocka.h. */
#ifndef FT_TESTS_ENGINE_TEST_H
#define FT_TESTS_ENGINE_TEST_H

#include "engine/options/options.h"
#include "reference_lines.h"
#include "scratch.h"
#include "util/hash.h"

static inline void set(struct ft_options *o, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (ft_options_set(o, name, value, true, &err)) fail_msg("%s", err.msg);
}

/* The options of a short run with dropout, random order and evaluations. */
static inline void short_run(struct ft_options *o, const char *out)
{
    ft_options_init(o);
    set(o, "model", REFERENCE "nets/bert-classify/model");
    set(o, "data", REFERENCE "nets/bert-classify/train.csv");
    set(o, "output_dir", out);
    set(o, "per_device_train_batch_size", "4");
    set(o, "num_train_epochs", "3");
    set(o, "logging_steps", "3");
    set(o, "learning_rate", "1e-3");
    set(o, "dropout", "0.1");
    set(o, "split", "0.6,0.2,0.2");
    set(o, "threads", "2");
}

/* metrics.jsonl without the numbers that time decides. */
static inline char *run_metrics(const char *out)
{
    static const char *const times[] = {"tokens_per_second", "ms", "rss_bytes", "eval_runtime",
                                        "train_runtime"};
    char *path = ft_path_join(out, "metrics.jsonl");
    struct reference_lines lines = {0};
    if (ft_file_size(path) != 0) lines = reference_read(path);
    struct ft_str s = {0};
    for (size_t i = 0; i < lines.n; i++) {
        for (size_t k = 0; k < sizeof times / sizeof *times; k++)
            cJSON_DeleteItemFromObjectCaseSensitive(lines.rows[i], times[k]);
        ft_json_pretty(&s, lines.rows[i]);
    }
    reference_release(&lines);
    free(path);
    ft_str_addc(&s, '\n');
    return ft_str_take(&s);
}

/* The same metrics, weights, predictions and scores, byte for byte. */
static inline void same_runs(const char *a, const char *b)
{
    char *x = run_metrics(a), *y = run_metrics(b);
    assert_string_equal(x, y);
    free(x);
    free(y);
    static const char *const names[] = {"model/model.safetensors", "predictions.jsonl",
                                        "eval.json"};
    for (size_t i = 0; i < 3; i++) {
        char hex[2][65], *p = ft_path_join(a, names[i]), *q = ft_path_join(b, names[i]);
        assert_int_equal(ft_sha256_file(p, hex[0], NULL), FT_OK);
        assert_int_equal(ft_sha256_file(q, hex[1], NULL), FT_OK);
        assert_string_equal(hex[0], hex[1]);
        free(p);
        free(q);
    }
}

#endif
