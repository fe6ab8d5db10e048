/* Screen 7 against stored pictures of runs with made numbers; what its keys and words do to a
 * folder; runs that are damaged, gone, or active elsewhere; every size; a real active run.
 */
#include "ui/screen_bench.h"

#include "ui/screens/view_runs.h"
#include "ui/screens/view_train.h"
#include "ui/screens/view_tune.h"

#include <math.h>
#include <sys/stat.h>

#define READY ":wait runs\nkey Ctrl-L\n:wait runs\n"

struct made {
    const char *name, *state, *started, *model, *data, *metric, *split, *note;
    double best, rate;
    int step, steps, length;
};

static void put(const char *dir, const char *name, const char *text, size_t n)
{
    char *path = ft_path_join(dir, name), *parent = ft_path_dir(path);
    struct ft_err err = {0};
    if (ft_mkdirs(parent, &err) || ft_file_write(path, text, n, &err)) fail_msg("%s", err.msg);
    free(path);
    free(parent);
}

static void put_str(const char *dir, const char *name, struct ft_str *s)
{
    put(dir, name, ft_str_text(s), s->len);
    ft_str_clear(s);
}

static void set(struct ft_options *o, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (ft_options_set(o, name, value, true, &err)) fail_msg("%s", err.msg);
}

static void put_record(const char *dir, const struct made *m)
{
    struct ft_options o;
    struct ft_str s = {0};
    char number[32];
    ft_options_init(&o);
    set(&o, "model", m->model);
    set(&o, "data", m->data);
    set(&o, "output_dir", m->name);
    snprintf(number, sizeof number, "%g", m->rate);
    set(&o, "learning_rate", number);
    snprintf(number, sizeof number, "%d", m->length);
    set(&o, "max_seq_length", number);
    ft_str_addf(&s,
                "{\"state\":\"%s\",\"task\":\"classify\",\"started\":\"%s\",\"updated\":\"%s\","
                "\"step\":%d,\"steps\":%d,\"seconds\":%d,\"metric_for_best_model\":\"%s\","
                "\"processor\":\"AMD EPYC\",\"model\":{\"name\":\"%s\",\"family\":\"bert\","
                "\"parameters\":22713986},"
                "\"data\":[{\"option\":\"data\",\"path\":\"%s\",\"sha256\":\"b9f5f0fc%s\"}],"
                "\"split\":{\"rows\":\"%s\"},",
                m->state, m->started, m->started, m->step, m->steps, m->step / 4, m->metric,
                m->model, m->data, m->data, m->split);
    if (m->best > 0)
        ft_str_addf(&s, "\"best_metric\":%.4f,\"best_step\":%d,", m->best, m->step / 3);
    ft_str_addz(&s, "\"options\":");
    ft_options_to_json(&o, &s);
    ft_str_addz(&s, "}");
    put_str(dir, "run.json", &s);
    ft_options_release(&o);
    ft_str_release(&s);
}

/* A run's folder: record, metrics with three evaluations, two checkpoints, a log. */
static void make_run(const char *folder, const struct made *m)
{
    char *dir = ft_path_join(folder, m->name), name[64];
    struct ft_str s = {0};
    put_record(dir, m);
    for (int step = 10; step <= m->step; step += 10) {
        double x = (double)step / m->steps;
        ft_str_addf(&s, "{\"step\":%d,\"epoch\":%.4f,\"loss\":%.5f,\"tokens_per_second\":13900}\n",
                    step, 3 * x, 0.1 + 0.6 * exp(-4 * x) + 0.02 * sin(step) + 40 * m->rate);
        if (step % (m->step / 3 / 10 * 10)) continue;
        ft_str_addf(&s,
                    "{\"step\":%d,\"epoch\":%.4f,\"eval_loss\":%.4f,\"eval_accuracy\":%.4f,"
                    "\"eval_f1\":%.4f,\"eval_runtime\":2}\n",
                    step, 3 * x, 0.5 - 0.1 * x, m->best - 0.02 * (1 - x), m->best - 0.03);
        snprintf(name, sizeof name, "checkpoint-%d/model.safetensors", step);
        put(dir, name, "0123456789012345678901234567890123456789", 40);
    }
    put_str(dir, "metrics.jsonl", &s);
    ft_str_addf(&s, "step %d: it said this\n%s info: the last line of its log\n", m->step,
                m->started);
    put_str(dir, "log.txt", &s);
    if (m->note) put(dir, "note.txt", m->note, strlen(m->note));
    ft_str_release(&s);
    free(dir);
}

static const struct made some[] = {
    {"imdb-minilm", "done", "2026-11-22T14:02:00Z", "minilm-l6", "imdb_train.csv", "accuracy", "a",
     "best", 0.9096, 5e-5, 3720, 3738, 256},
    {"imdb-128", "done", "2026-11-22T13:21:00Z", "minilm-l6", "imdb_train.csv", "accuracy", "a",
     "baseline", 0.8747, 5e-5, 3720, 3738, 128},
    {"banking77-minilm", "done", "2026-11-21T18:40:00Z", "minilm-l6", "banking77.csv", "accuracy",
     "b", NULL, 0.9211, 3e-4, 1500, 1500, 64},
    {"old-split", "stopped", "2025-03-02T09:12:00Z", "bert-base", "imdb_train.csv", "accuracy", "c",
     NULL, 0.8122, 1e-4, 900, 3738, 256},
    {"sst2-bert", "failed", "2026-11-19T11:30:00Z", "bert-base", "sst2.tsv", "accuracy", "d", NULL,
     0, 5e-5, 60, 9000, 128},
};

/* A folder of its own with all of `some` and a damaged one. */
static char *make_all(const char *name)
{
    char *folder = ft_path_join(bench_folder, name), *damaged = ft_path_join(folder, "damaged");
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        make_run(folder, &some[i]);
    put(damaged, "run.json", "{\"state\":", 9);
    free(damaged);
    return folder;
}

/* Runs in the test's folder; the random part of its name is blanked in pictures. */
static void drive(const char *folder, const char *script, int h, int w, const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_runs_new(b.w));
    ft_app_add(b.app, ft_view_tune_new(b.w));
    ft_app_add(b.app, ft_view_train_new(b.w));
    assert_int_equal(chdir(folder), 0);
    int status = ft_app_run(b.app);
    assert_int_equal(chdir(FETTLE_SOURCE_DIR), 0);
    assert_int_equal(status, 0);
    if (picture) {
        struct ft_str s = {0};
        const char *random = bench_folder + strlen("/tmp/fettle-screen-");
        ft_app_dump(b.app, &s);
        for (char *p; (p = strstr(s.data, random));)
            memset(p, '0', strlen(random));
        expect_text(picture, ft_str_text(&s), s.len);
        ft_str_release(&s);
    }
    ft_app_free(b.app);
    ft_workbench_free(b.w);
}

static bool exists(const char *folder, const char *name)
{
    char *path = ft_path_join(folder, name);
    bool there = ft_path_exists(path);
    free(path);
    return there;
}

static void test_pictures(void **state)
{
    (void)state;
    char *all = make_all("pictures");
    drive(all, READY, 24, 80, "runs-80x24");
    drive(all, READY "expect imdb-minilm\nexpect imdb-128\nexpect metric\n", 10, 40, NULL);
    drive(all, READY "expect imdb-minilm\nexpect imdb-128\nexpect model\n", 20, 60, NULL);
    drive(all, READY ":compare imdb-minilm imdb-128\n" READY, 24, 80, "runs-compare-80x24");
    drive(all,
          READY
          ":mark imdb-minilm\n:mark imdb-128\n:mark banking77-minilm\n:mark old-split\n" READY,
          60, 200, "runs-compare-200x60");
    drive(all, READY ":sort run up\nkey G\nkey Up\n" READY, 60, 200, "runs-200x60");
    free(all);
}

/* What the cursor stands on is shown below; order, filter and finding by keys and words. */
/* n examples of a run: those from `wrong` on are predicted wrongly; labels of the first `corrected` are new. */
static void put_predictions(const char *folder, const char *run, int n, int wrong, int corrected)
{
    struct ft_str s = {0};
    char *dir = ft_path_join(folder, run);
    for (int i = 0; i < n; i++) {
        const char *label = i < corrected ? "neg" : "pos", *other = i < corrected ? "pos" : "neg";
        ft_str_addf(&s,
                    "{\"row\":%d,\"part\":\"test\",\"text\":\"film %d\",\"label\":\"%s\","
                    "\"predicted\":\"%s\",\"loss\":0.1}\n",
                    i + 1, i, label, i < wrong ? label : other);
    }
    put_str(dir, "predictions.jsonl", &s);
    ft_str_release(&s);
    free(dir);
}

/* Two runs with the same examples: which is better, and only where the test shows it; by corrected labels. */
static void test_paired(void **state)
{
    (void)state;
    char *all = make_all("paired");
    put_predictions(all, "imdb-minilm", 40, 38, 0);
    put_predictions(all, "imdb-128", 40, 30, 0);
    drive(all,
          READY ":compare imdb-minilm imdb-128\n:wait paired\n" READY
                "expect imdb-minilm is better (p 0.0078): accuracy 0.95 against 0.75\n",
          24, 80, "runs-paired-80x24");
    drive(all, READY ":compare imdb-minilm imdb-128\n:wait paired\n" READY, 60, 200,
          "runs-paired-200x60");
    put_predictions(all, "imdb-128", 50, 36, 0);
    drive(all,
          READY ":compare imdb-minilm imdb-128\n:wait paired\n" READY
                "expect no difference shown (p 0.5): accuracy 0.95 against 0.9\n"
                "expect shown better\nexpect no     \n",
          60, 200, NULL);
    /* the later run's labels are those that count: what the earlier one had learned was wrong */
    put_predictions(all, "imdb-minilm", 40, 40, 9);
    drive(all,
          READY ":compare imdb-minilm imdb-128\n:wait paired\n" READY
                "expect imdb-minilm is better\nexpect by the labels of imdb-minilm (9 changed)\n"
                "expect labels used\nexpect 9 new\n",
          60, 200, NULL);
    /* another split: said, and the test on what is the same; c finds the run before when no other is
     * comparable */
    put_predictions(all, "old-split", 12, 6, 0);
    drive(all,
          READY ":compare old-split imdb-128\n:wait paired\n" READY "expect not comparable\n"
                "expect on 12 examples\n",
          60, 200, NULL);
    put_predictions(all, "imdb-128", 40, 30, 0);
    char *damaged = ft_path_join(all, "imdb-minilm");
    put(damaged, "predictions.jsonl", "not json\n", 9);
    drive(all,
          READY ":compare imdb-minilm imdb-128\n:wait paired\n" READY
                "expect the two are comparable\nreject examples (p\n",
          60, 200, NULL);
    free(damaged);
    free(all);
}

static void test_list(void **state)
{
    (void)state;
    char *all = make_all("list");
    drive(all,
          READY
          "expect Runs 6 in . \nexpect \xe2\x96\xb8   imdb-minilm\nexpect best accuracy\n"
          "expect ok: imdb-minilm is done, best accuracy .9096\n"
          "key Down\n" READY "expect ok: imdb-128 is done\n"
          ":sort metric down\nexpect by metric\nkey g\n" READY
          "expect ok: banking77-minilm\nkey [\nkey g\n" READY
          "expect note: old-split stopped at step 900 of 3,738\n"
          "key Left\nkey Left\nkey ]\nexpect by model\nkey Right\nkey Right\nkey Right\n"
          "key [\nexpect by state\n"
          "click 4 6\n" READY "expect ok: banking77-minilm\n"
          ":sort nonsense\nexpect no column 'nonsense'\nkey Esc\n"
          "key f\nkeys data:imdb metric>.85\nkey Enter\nexpect Runs 2 of 6  filter: data:imdb\n"
          "reject banking77\nexpect imdb-128\nkey Esc\nexpect banking77\n"
          ":filter when>2026-11-22\nexpect Runs 2 of 6\n:filter size<1\nexpect none of 6 runs\n"
          "expect no run matches\n:filter\n"
          ":filter colour:red\nexpect no column 'colour'\nkey Esc\n"
          ":filter model>3\nexpect need a number\nkey Esc\n:filter baseline\n"
          "expect Runs 1 of 6\nexpect imdb-128\n:filter\n"
          "key /\nkeys banking\nkey Enter\n" READY "expect ok: banking77-minilm\n"
          "key n\nkey N\n:find zzz\nexpect not found in names and notes\n",
          24, 80, NULL);
    free(all);
}

/* The best other run of the same data; marks by keys; what may not be ranked together says so. */
static void test_compare(void **state)
{
    (void)state;
    char *all = make_all("compare");
    drive(all,
          READY "key Down\nkey c\n" READY "expect 2 marked\nexpect Compare validation accuracy\n"
                "expect the two are comparable\nexpect max_seq_length\nexpect o imdb-128  .8746\n"
                "reject learning_rate\n"
                "key v\nexpect Compare validation loss by epoch\nkey x\nexpect by step\n"
                ":curve training\nexpect training loss by step\n:axis epoch\nexpect by epoch\n"
                ":curve nonsense\nexpect score, loss or training\nkey Esc\n"
                ":sort run up\n:mark old-split\n" READY
                "expect not comparable: old-split differs in split from imdb-128\n"
                "expect 3 marked\n:mark damaged\n" READY "expect damaged can\n"
                "key Esc\nexpect Runs 6 in . \nreject marked\n"
                "key Space\nexpect 1 marked\nkey Space\nexpect 2 marked\n"
                "key Esc\n:mark sst2-bert\nkey c\nexpect no other run of the same data\n"
                ":compare nothing imdb-128\nexpect no run 'nothing' in .\n",
          24, 80, NULL);
    free(all);
}

/* A long name takes nothing away from what can be done. */
static void test_long_name(void **state)
{
    (void)state;
    char *all = make_all("long"), *from = ft_path_join(all, "imdb-minilm");
    char *to = ft_path_join(all, "quite-a-long-name-for-a-run-on-a-small-screen");
    struct ft_err err = {0};
    assert_int_equal(ft_rename(from, to, &err), FT_OK);
    drive(all,
          READY "expect quite-a-long-name\nexpect Enter opens it, c compares\n"
                "key d\nexpect cannot be undone: y\n",
          24, 80, NULL);
    free(to);
    free(from);
    free(all);
}

static void test_changes(void **state)
{
    (void)state;
    char *all = make_all("changes");
    drive(all,
          READY
          "key d\nexpect ask: delete imdb-minilm\nexpect  kB, 3 checkpoints, cannot be undone: "
          "y\n"
          "key Enter\nexpect ask: delete imdb-minilm\nkey Esc\nreject ask:\n"
          "key d\nkey n\nreject ask:\nkey d\nkey y\n" READY
          "expect ok: imdb-minilm deleted\nexpect Runs 5\nreject \xe2\x96\xb8   imdb-minilm\n"
          "key D\nexpect delete 2 checkpoints of imdb-128 (1,240 is kept), 80 B\nkey y\n" READY
          "expect ok: 2 checkpoints of imdb-128 deleted\nkey D\nexpect nothing to trim\n"
          "key e\nkey Ctrl-U\nkeys a new word\nkey Enter\n" READY "expect a new word\n"
          "key m\nkey Ctrl-U\nkeys banking77-minilm\nkey Enter\nexpect already exists\n"
          "key Ctrl-U\nkeys a/b\nkey Enter\nexpect expected the name\nkey Ctrl-U\nkeys other-name\n"
          "key Enter\n" READY "expect ok: renamed to other-name\n"
          "expect \xe2\x96\xb8   other-name\nreject imdb-128\n"
          ":rename imdb-128\n" READY "expect \xe2\x96\xb8   imdb-128\n"
          ":delete damaged\nexpect ask: delete damaged\nkey y\n" READY "expect Runs 4\n",
          24, 100, NULL);
    assert_false(exists(all, "imdb-minilm"));
    assert_false(exists(all, "damaged"));
    assert_false(exists(all, "other-name"));
    assert_true(exists(all, "imdb-128/checkpoint-1240"));
    assert_false(exists(all, "imdb-128/checkpoint-3720"));
    char *note = ft_path_join(all, "imdb-128/note.txt"), *text;
    size_t n;
    assert_int_equal(ft_file_read(note, 100, &text, &n, NULL), FT_OK);
    assert_string_equal(text, "a new word\n");
    free(text);
    free(note);
    free(all);
}

/* The run that the other screens show keeps being shown under its new name, and is let go of when
 * it is deleted. */
static void test_open(void **state)
{
    (void)state;
    char *all = make_all("open");
    drive(all,
          READY "key 3\n:export out\nexpect no run to export\nexpect no run: \nkey 1\n"
                "key Down\nkey Enter\nexpect [3 Train\nexpect imdb-128  done\n:export out\n"
                ":wait exported\nexpect without a saved model\nkey 1\n" READY
                "expect \xe2\x96\xb8 \xe2\x9c\x93 imdb-128\n"
                "key Space\nkey Up\n:rename longer\n" READY
                "expect \xe2\x96\xb8o\xe2\x9c\x93 longer\nkey 3\nexpect longer  done\nkey 1\n" READY
                "key d\nkey y\n" READY "expect longer deleted\nreject marked\nkey 3\n"
                "expect no run: \nkey 1\n" READY
                ":sort run up\nkey G\nkey =\nexpect settings of sst2-bert are in Tune\n"
                "key 2\nexpect , 2 changed\nkey u\nexpect , 0 changed\n",
          24, 80, NULL);
    free(all);
}

/* `:write` and `w` with such a name write the comparison of the marked runs. */
static void test_write(void **state)
{
    (void)state;
    char *all = make_all("write"), *text;
    struct ft_err err = {0};
    size_t n;
    char *script = ft_xprintf(READY ":compare imdb-minilm imdb-128\n:write %s/c.csv\n"
                                    "expect 2 runs written to\n:write %s/c.csv\n"
                                    "expect already exists\nkey Esc\n:export %s/c.json\n"
                                    "expect 2 runs written to\n:write %s/c.pdf\n"
                                    "expect expected a name ending in\n",
                              all, all, all, all);
    drive(all, script, 24, 120, NULL);
    char *csv = ft_path_join(all, "c.csv"), *json = ft_path_join(all, "c.json");
    assert_int_equal(ft_file_read(csv, 1 << 20, &text, &n, &err), FT_OK);
    assert_int_equal(strncmp(text, "run,", 4), 0);
    assert_non_null(strstr(text, "imdb-128"));
    assert_non_null(strstr(text, "\nstate,"));
    assert_non_null(strstr(text, "\nmax_seq_length,"));
    free(text);
    assert_int_equal(ft_file_read(json, 1 << 20, &text, &n, &err), FT_OK);
    assert_int_equal(strncmp(text, "{\"comparable\":", 14), 0);
    free(text);
    free(csv);
    free(json);
    free(script);
    free(all);
}

/* One that another process has is left alone; one without a model has nothing to export. */
static void test_refused(void **state)
{
    (void)state;
    char *all = make_all("refused"), *lock = ft_path_join(all, "imdb-minilm/.lock");
    int fd = -1;
    assert_int_equal(ft_lock_take(&fd, lock, NULL), FT_OK);
    drive(all,
          READY
          "expect running\nexpect imdb-minilm runs in process\nkey d\nexpect is running in "
          "process\nkey D\nexpect is running in process\nkey m\nexpect is running in process\n"
          "key R\nexpect is running in process\nreject d delete\n"
          "key w\nkey Ctrl-U\nkeys imdb-128\nkey Enter\nexpect already exists\nkey Ctrl-U\n"
          "keys out\nkey Enter\n:wait runs\n"
          "expect without a saved model\nkey Esc\n"
          ":export model.gguf\n:wait runs\nexpect gguf is not supported in this version\nkey Esc\n"
          ":resume damaged\nexpect run.json\nkey Esc\nkey =\nexpect run.json\nkey Esc\n"
          "key Enter\nexpect run.json\nkey Esc\n",
          24, 80, NULL);
    assert_false(exists(all, "out"));
    ft_lock_release(&fd);
    free(lock);
    free(all);
}

/* Nothing here, another folder, a run that lies elsewhere, one that vanishes. */
static void test_folders(void **state)
{
    (void)state;
    char *all = make_all("folders"), *empty = ft_path_join(bench_folder, "empty");
    struct ft_str s = {0};
    assert_int_equal(ft_mkdirs(empty, NULL), FT_OK);
    ft_str_addf(&s,
                READY "expect no runs in .: T trains, o opens another folder\n"
                      "expect the selected run's record\n"
                      "key o\nkey Ctrl-U\nkeys /nonexistent\nkey Enter\nexpect no such folder\n"
                      "key Ctrl-U\nkeys %s\nkey Enter\n" READY "expect Runs 6\n"
                      "key Enter\nexpect imdb-minilm is open\nkey 1\n" READY
                      "expect \xe2\x9c\x93 imdb-minilm\nkey Down\nkey =\n"
                      "expect settings of imdb-128 are in Tune\nkey 2\n"
                      "expect max_seq_length               128\n",
                all);
    drive(empty, ft_str_text(&s), 24, 80, NULL);
    ft_str_release(&s);
    free(empty);
    free(all);
}

/* Damaged in every way: the row stays, the others work, nothing waits. */
static void test_damaged(void **state)
{
    (void)state;
    static const char *const pipes[] = {"pipes/metrics.jsonl", "pipes/log.txt", "pipes/note.txt",
                                        "pipes/eval.json"};
    char *folder = ft_path_join(bench_folder, "broken");
    struct made m = some[1];
    m.name = "pipes";
    put_record(folder, &m); /* makes the folder a run itself */
    char *pipe_run = ft_path_join(folder, "pipes"), *odd = ft_path_join(folder, "odd \033[31m\txx");
    put_record(pipe_run, &m);
    for (size_t i = 0; i < sizeof pipes / sizeof *pipes; i++) {
        char *path = ft_path_join(folder, pipes[i]);
        assert_int_equal(mkfifo(path, 0600), 0);
        free(path);
    }
    put_record(odd, &m);
    put(odd, "note.txt", "two\nlines \033[31m", 15);
    put(odd, "metrics.jsonl", "{\"step\":1,\"loss\":1e999}\n\n[]\n{\"step\":-4}\nnot", 43);
    put(odd, "log.txt", "\0\0\033]0;title\a\xff", 14);
    put(folder, "is-a-folder/run.json/x", "", 0);
    put(folder, "empty/run.json", "", 0);
    put(folder, "list/run.json", "[1,2]", 5);
    put(folder, "wrong/run.json", "{\"options\":{\"seed\":{\"value\":\"many\"}}}", 37);
    drive(folder,
          READY "expect Runs 7\n:sort run up\nkey g\n" READY "key Down\n" READY "key Down\n" READY
                "key Down\n" READY "key Down\n" READY "key Down\n" READY "key Down\n" READY
                "expect unreadable\nexpect seed\n:sort state up\nkey g\n" READY
                "key v\nkey v\n:mark wrong\n:mark empty\n:mark pipes\n" READY
                "expect 3 marked\nexpect not comparable\nkey Esc\n"
                "key e\nkey Esc\n:size 200 60\nkey d\nexpect ask: delete pipes\nkey Esc\n",
          24, 80, NULL);
    free(pipe_run);
    free(odd);
    free(folder);
}

/* Every size: no crash, and what fits is shown. */
static void test_sizes(void **state)
{
    (void)state;
    char *all = make_all("sizes");
    struct ft_str s = {0};
    ft_str_addz(&s, READY);
    for (int several = 0; several < 2; several++) {
        for (int h = 1; h <= 70; h += 3)
            for (int w = 1; w <= 220; w += 13)
                ft_str_addf(&s, ":size %d %d\n%s", w, h,
                            h >= 24 && w >= 80
                                ? "expect Runs 6\nexpect imdb-128\nexpect Differences\n"
                                : "");
        if (!several) {
            struct ft_str one = {0}; /* of one run: its options are those given */
            for (const char *p = ft_str_text(&s), *end; *p; p = end + 1) {
                end = strchr(p, '\n');
                if (strncmp(p, "expect Differences", 18))
                    ft_str_add(&one, p, (size_t)(end - p) + 1);
            }
            ft_str_release(&s);
            s = one;
            ft_str_addz(&s, ":size 80 24\n:compare imdb-minilm imdb-128\n" READY);
        }
    }
    drive(all, ft_str_text(&s), 24, 80, NULL);
    ft_str_release(&s);
    free(all);
}

/* A real one: stopped, resumed, trained on, forked, exported. */
static void test_real(void **state)
{
    (void)state;
    char *folder = ft_path_join(bench_folder, "real");
    assert_int_equal(ft_mkdirs(folder, NULL), FT_OK);
    drive(folder,
          ":set model " FETTLE_SOURCE_DIR "/tests/reference/nets/bert-classify/model\n"
          ":set data " FETTLE_SOURCE_DIR "/tests/reference/nets/bert-classify/train.csv\n"
          ":set output_dir tiny\n:set max_seq_length 40\n:set split 0.8,0.2,0\n"
          ":set max_steps 40\n:set logging_steps 1\n:set threads 1\n:set save_strategy steps\n"
          ":set save_steps 10\n:set eval_strategy steps\n:set eval_steps 10\n"
          ":set save_total_limit 5\n:train\n:wait done\n"
          "key 1\n" READY "expect tiny\nexpect R train on\n"
          "key R\nexpect tiny is done; continue training to max_steps: 80\nkey Ctrl-U\nkeys "
          "30\nkey Enter\n"
          "expect expected more than 40\nkey Ctrl-U\nkeys 60\nkey Enter\n:wait done\nkey 1\n" READY
          "expect 60\n"
          "key F\nexpect fork tiny from step\nkey Ctrl-U\nkeys 10\nkey Enter\n:wait done\nkey "
          "1\n" READY "expect tiny-fork1\nexpect Runs 2\n"
          ":export out\n" READY "expect ok: out written\n",
          24, 80, NULL);
    assert_true(exists(folder, "out/model.safetensors"));
    assert_true(exists(folder, "tiny-fork1/run.json"));
    free(folder);
}

static int setup(void **state)
{
    setenv("TZ", "UTC", 1);
    setenv("FETTLE_CLOCK", "1795521600", 1); /* 24 Nov 2026 */
    return bench_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),  cmocka_unit_test(test_list),
        cmocka_unit_test(test_compare),   cmocka_unit_test(test_paired),
        cmocka_unit_test(test_long_name), cmocka_unit_test(test_changes),
        cmocka_unit_test(test_write),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_open),      cmocka_unit_test(test_folders),
        cmocka_unit_test(test_damaged),   cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, setup, bench_teardown);
}
