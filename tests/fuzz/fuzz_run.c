/* Any bytes as one of the files that a run's folder has, that options name, or the list of a
 * model's shards: no crash; a refusal says why. The first byte picks the file. */
#include "engine/task/task_facts.h"
#include "data/edits.h"
#include "data/safetensors.h"
#include "data/squad.h"
#include "engine/present/evaluation_in.h"
#include "engine/train/run_series.h"
#include "engine/runs/runs.h"
#include "engine/task/squad_scores.h"
#include "engine/train/record.h"
#include "engine/train/train_state.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void said(enum ft_status st, const struct ft_err *err)
{
    if (st && !err->msg[0]) abort();
}

static void read_run(const uint8_t *data, size_t n)
{
    struct ft_run run;
    struct ft_err err = {0};
    struct ft_options o;
    struct ft_train t = {.dir = fuzz_dir};
    fuzz_write("run.json", data, n);
    if (!ft_run_read(&run, fuzz_dir, &err)) ft_run_release(&run);
    ft_options_init(&o);
    said(ft_options_of_run(fuzz_dir, &o, &err), &err);
    said(ft_record_resume(&t, fuzz_dir, &err), &err);
    said(ft_record_same_data(&t, &err), &err);
    ft_options_release(&o);
    ft_events_release(&t.replay);
    free(t.fork_from);
}

static void read_metrics(const uint8_t *data, size_t n)
{
    struct ft_run_series s = {0};
    fuzz_write("metrics.jsonl", data, n / 2);
    ft_run_series_follow(&s, fuzz_dir);
    fuzz_write("metrics.jsonl", data, n);
    ft_run_series_follow(&s, fuzz_dir);
    ft_run_series_release(&s);
    for (int strict = 0; strict < 2; strict++) {
        struct ft_events e = {0};
        struct ft_err err = {0};
        said(ft_events_read(&e, fuzz_path("metrics.jsonl"), strict, &err), &err);
        struct ft_str out = {0};
        ft_events_to_json(&e, &out);
        ft_str_release(&out);
        ft_events_release(&e);
    }
}

/* eval.json, a 0 byte, predictions.jsonl. */
static void read_evaluation(const uint8_t *data, size_t n)
{
    struct ft_err err = {0};
    size_t scores_n;
    const uint8_t *scores = fuzz_piece(&data, &n, &scores_n);
    fuzz_write("eval.json", scores, scores_n);
    fuzz_write("predictions.jsonl", data, n);
    struct evaluation_content *c = evaluation_content_new("run");
    enum ft_status st = evaluation_read_scores(c, fuzz_path("eval.json"), &err);
    said(st, &err);
    FILE *f = st ? NULL : fopen(fuzz_path("predictions.jsonl"), "rbe");
    if (f && !evaluation_read_lines(c, f, (int64_t)n, NULL, &err)) {
        struct ft_str out = {0};
        evaluation_count(c);
        for (size_t i = 0; i < c->n; i++)
            evaluation_write_line(c, &c->rows[i], &out);
        ft_str_release(&out);
    }
    if (f) fclose(f);
    evaluation_content_free(c);
}

static void read_edits(const uint8_t *data, size_t n)
{
    struct ft_edits e = {0};
    struct ft_err err = {0};
    fuzz_write("edits", data, n);
    said(ft_edits_read(&e, fuzz_path("edits"), &err), &err);
    ft_edits_release(&e);
}

static void read_options(const uint8_t *data, size_t n)
{
    struct ft_options o;
    struct ft_err err = {0};
    fuzz_write("options", data, n);
    ft_options_init(&o);
    said(ft_options_load(&o, fuzz_path("options"), &err), &err);
    ft_task_settle(&o, FT_TASK_CLASSIFY);
    said(ft_task_check(&o, FT_TASK_CLASSIFY, &err), &err);
    ft_options_release(&o);
}

static void read_answers(const uint8_t *data, size_t n)
{
    static const char squad[] =
        "{\"version\":\"v2.0\",\"data\":[{\"paragraphs\":[{\"context\":\"a b\",\"qas\":[{\"id\":"
        "\"1\",\"question\":\"q\",\"answers\":[{\"text\":\"b\",\"answer_start\":2}]}]}]}]}";
    struct ft_squad_scores s;
    struct ft_err err = {0};
    size_t answers_n;
    const uint8_t *answers = fuzz_piece(&data, &n, &answers_n);
    fuzz_write("squad.json", squad, sizeof squad - 1);
    fuzz_write("answers", answers, answers_n);
    fuzz_write("na", data, n);
    said(ft_squad_scores_files(&s, fuzz_path("squad.json"), fuzz_path("answers"),
                               n ? fuzz_path("na") : NULL, 1, &err),
         &err);
}

/* model.safetensors.index.json next to a complete shard, a.safetensors. */
static void read_index(const uint8_t *data, size_t n)
{
    static const char header[] =
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}    ";
    uint8_t shard[8 + sizeof header - 1 + 4] = {sizeof header - 1};
    struct ft_st *st = NULL;
    struct ft_err err = {0};
    memcpy(shard + 8, header, sizeof header - 1);
    fuzz_write("a.safetensors", shard, sizeof shard);
    fuzz_write("model.safetensors.index.json", data, n);
    said(ft_st_open_dir(&st, fuzz_dir, &err), &err);
    ft_st_close(st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const uint8_t *, size_t) = {
        read_run,     read_metrics, read_evaluation, read_edits,
        read_options, read_answers, read_index};
    enum { READERS = sizeof readers / sizeof *readers };
    if (!size) return 0;
    fuzz_path("");
    readers[data[0] % READERS](data + 1, size - 1);
    return 0;
}
