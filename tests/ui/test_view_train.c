/* Screen 4 against stored pictures of a run with made numbers, and a real small training driven by
 * keys: started, paused, its rate changed, evaluated, stopped, continued to its end. */
#include "ui/picture.h"

#include "engine/task/score_report.h"
#include "ui/widgets/plot.h"
#include "ui/screens/view_train.h"
#include "util/mem.h"

#include <math.h>
#include <unistd.h>

static char folder[] = "/tmp/fettle-train-XXXXXX";

struct bench {
    struct ft_app *app;
    struct ft_workbench *w;
};

static const struct ft_panel other_panel[] = {{"other", FT_SCOPE_ALL, false}};
static const struct ft_node other_tree = FT_PANEL(0, .h = 1);

static const struct ft_node *other_layout(struct ft_view *v, int h, int w)
{
    (void)v, (void)h, (void)w;
    return &other_tree;
}

static void other_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r,
                       bool focused)
{
    (void)v, (void)p, (void)c, (void)r, (void)focused;
}

/* Train in its place behind three others. */
static struct ft_view others[3];
static struct bench bench_new(const char *script, int h, int w)
{
    static const char *const names[3] = {"Data", "Model", "Tune"};
    static char path[512];
    struct ft_err err = {0};
    struct bench b;
    snprintf(path, sizeof path, "%s/script", folder);
    assert_int_equal(ft_file_write(path, script, strlen(script), &err), FT_OK);
    b.app = ft_app_new(&(struct ft_app_options){.script = path, .h = h, .w = w});
    for (int i = 0; i < 3; i++) {
        others[i] = (struct ft_view){.name = names[i],
                                     .scope = FT_SCOPE_ALL,
                                     .panels = other_panel,
                                     .panels_n = 1,
                                     .layout = other_layout,
                                     .draw = other_draw};
        ft_app_add(b.app, &others[i]);
    }
    b.w = ft_workbench_new(b.app);
    ft_app_add(b.app, ft_view_train_new(b.w));
    return b;
}

static void bench_free(struct bench *b)
{
    ft_app_free(b->app);
    ft_workbench_free(b->w);
}

static void put(const char *dir, const char *name, const struct ft_str *s)
{
    char *path = ft_path_join(dir, name), *parent = ft_path_dir(path);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(parent, &err), FT_OK);
    assert_int_equal(ft_file_write(path, ft_str_text(s), s->len, &err), FT_OK);
    free(path);
    free(parent);
}

/* A run as its folder would be: numbers made, two evaluations. */
static void make_run(const char *dir)
{
    struct ft_str s = {0};
    for (int step = 10; step <= 2610; step += 10) {
        double x = step, wave = sin(x * 12.9898) * 0.03;
        double lr = x < 374 ? 5e-5 * x / 374 : 5e-5 * (3738 - x) / (3738 - 374);
        ft_str_addf(&s,
                    "{\"step\":%d,\"epoch\":%.4f,\"loss\":%.6f,\"grad_norm\":%.4f,"
                    "\"learning_rate\":%.6e,\"tokens\":%d,\"tokens_per_second\":13900,"
                    "\"ms\":{\"data\":2,\"forward\":71,\"backward\":142,\"optimizer\":19}}\n",
                    step, x / 1246, 0.1 + 0.6 * exp(-x / 400) + wave, 1.8 + wave * 10, lr,
                    step * 3260);
        if (step == 1250 || step == 2490)
            ft_str_addf(&s,
                        "{\"step\":%d,\"epoch\":%.2f,\"eval_loss\":%s,\"eval_accuracy\":%s,"
                        "\"eval_f1\":0.9,\"eval_runtime\":12.1}\n",
                        step, x / 1246, step == 1250 ? "0.2781" : "0.2604",
                        step == 1250 ? "0.89" : "0.9068");
        if (step == 1500)
            ft_str_addz(&s, "{\"step\":1500,\"event\":\"set\",\"option\":\"learning_rate\","
                            "\"value\":4e-5}\nthis line is damaged\n{\"step\":\n");
    }
    put(dir, "metrics.jsonl", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"classify\",\"examples\":2490,\"loss\":0.2604,\"accuracy\":0.9068,"
                    "\"labels\":[\"negative\",\"positive\"],"
                    "\"confusion_matrix\":[[1131,112],[120,1127]],"
                    "\"part\":\"validation\",\"step\":2490}\n");
    put(dir, "evals/2490.json", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"classify\",\"examples\":2490,\"loss\":0.2781,\"accuracy\":0.89,"
                    "\"labels\":[\"negative\",\"positive\"],"
                    "\"confusion_matrix\":[[1118,125],[149,1098]],"
                    "\"part\":\"validation\",\"step\":1250}\n");
    put(dir, "evals/1250.json", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"state\":\"stopped\",\"step\":2610,\"steps\":3738,\"best_step\":2490,"
                    "\"best_metric\":0.9068,\"metric_for_best_model\":\"accuracy\","
                    "\"task\":\"classify\",\"started\":\"2026-11-22T14:02:00Z\","
                    "\"processor\":\"a processor\",\"model\":{\"name\":\"minilm-l6\","
                    "\"parameters\":22713986},\"options\":{"
                    "\"data\":{\"given\":true,\"value\":\"imdb_train.csv\"},"
                    "\"max_seq_length\":{\"given\":true,\"value\":256},"
                    "\"warmup_ratio\":{\"given\":true,\"value\":0.1}}}");
    put(dir, "run.json", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "2026-11-22T14:07:04Z info: step 1250 eval loss 0.2781\n"
                    "2026-11-22T14:07:05Z note: saved checkpoint-1250\n"
                    "a line of something else\n2026-11-22T14:12:08Z info: step 2490 eval loss "
                    "0.2604\n");
    put(dir, "log.txt", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "weights");
    put(dir, "checkpoint-2490/model.safetensors", &s);
    ft_str_release(&s);
}

/* A run of questions, or (qa false) of a language model, with two evaluations. */
static void make_task_run(const char *dir, bool qa)
{
    struct ft_str s = {0};
    for (int step = 10; step <= 200; step += 10) {
        double x = step;
        ft_str_addf(&s,
                    "{\"step\":%d,\"epoch\":%.2f,\"loss\":%.4f,\"grad_norm\":0.8,"
                    "\"learning_rate\":3e-05,\"tokens\":%d,\"tokens_per_second\":2000}\n",
                    step, x / 100, 1 + 4 * exp(-x / 60), step * 4000);
        if (step % 100) continue;
        if (qa)
            ft_str_addf(&s,
                        "{\"step\":%d,\"epoch\":%g,\"eval_loss\":%g,\"eval_exact\":%g,"
                        "\"eval_f1\":%g,\"eval_runtime\":8}\n",
                        step, x / 100, 2 - x / 400, 40 + x / 20, 51.5 + x / 20);
        else
            ft_str_addf(&s,
                        "{\"step\":%d,\"epoch\":%g,\"eval_loss\":%g,\"eval_perplexity\":%g,"
                        "\"eval_runtime\":8}\n",
                        step, x / 100, 4 - x / 400, 60 - x / 10);
    }
    put(dir, "metrics.jsonl", &s);
    for (int step = 100; step <= 200; step += 100) {
        char name[32];
        ft_str_clear(&s);
        if (qa)
            ft_str_addf(&s,
                        "{\"task\":\"qa\",\"exact\":%d,\"f1\":%.1f,\"total\":1190,"
                        "\"HasAns_exact\":52.1,\"HasAns_f1\":75.2,\"HasAns_total\":600,"
                        "\"NoAns_exact\":47.8,\"NoAns_f1\":47.8,\"NoAns_total\":590,",
                        40 + step / 20, 51.5 + step / 20.0);
        else
            ft_str_addf(&s,
                        "{\"task\":\"clm\",\"examples\":80,\"loss\":%g,\"perplexity\":%d,"
                        "\"tokens\":20400,",
                        4 - step / 400.0, 60 - step / 10);
        ft_str_addf(&s, "\"part\":\"validation\",\"step\":%d}\n", step);
        snprintf(name, sizeof name, "evals/%d.json", step);
        put(dir, name, &s);
    }
    ft_str_clear(&s);
    ft_str_addf(&s,
                "{\"state\":\"stopped\",\"step\":200,\"steps\":300,\"best_step\":200,"
                "\"best_metric\":%s,\"task\":\"%s\",\"options\":{},\"breaks\":["
                "{\"step\":50,\"kind\":\"forked\"},{\"step\":90,\"kind\":\"resumed\"},"
                "{\"step\":150,\"kind\":\"paused\"}]}",
                qa ? "61.5" : "3.5", qa ? "qa" : "clm");
    put(dir, "run.json", &s);
    ft_str_release(&s);
}

/* The screen without the machine's free disk. */
static void expect_screen(struct ft_app *app, const char *name)
{
    struct ft_str s = {0}, out = {0};
    ft_app_dump(app, &s);
    for (const char *p = ft_str_text(&s); *p;) {
        size_t n = strcspn(p, "\n"), keep = n;
        const char *taken = strstr(p, " used, ");
        if (taken && taken < p + n) keep = (size_t)(taken - p) + 5;
        ft_str_add(&out, p, keep);
        ft_str_addc(&out, '\n');
        p += n + (p[n] == '\n');
    }
    expect_text(name, ft_str_text(&out), out.len);
    ft_str_release(&s);
    ft_str_release(&out);
}

static void drive(const char *script, int h, int w, const char *picture)
{
    struct bench b = bench_new(script, h, w);
    assert_int_equal(ft_app_run(b.app), 0);
    if (picture) expect_screen(b.app, picture);
    bench_free(&b);
}

static void test_pictures(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "imdb-minilm"), *other = ft_path_join(folder, "other");
    char *open = ft_xprintf(":run %s\nexpect 2,610\n", dir);
    char *read = ft_xprintf("%skey r\nkey g\nkey Shift-Right\nexpect step 110\nexpect gradient norm"
                            "\nkey Left\nexpect step 100\nkey Esc\nreject gradient norm 2\n"
                            ":readout 1800\nexpect step 1,800\nkey L\nexpect log\n"
                            "key .\nexpect smooth .95\nkey Z\n",
                            open);
    make_run(dir);
    make_run(other);
    char *over = ft_xprintf("%s:overlay %s\nexpect overlaid; name\nexpect + other .101\nkey x\n"
                            "expect by epoch\nkey x\nexpect by time\n:axis step\n"
                            ":overlay %s/\nexpect removed from the plots\nreject + other\n"
                            ":overlay /nonexistent\nexpect no logged step there\n"
                            ":overlay %s\nexpect is already shown\n:overlay %s\n",
                            open, other, other, dir, other);
    char *fork = ft_xprintf("%skey f\nexpect Fork from which step?\nexpect ▸    2,490    .9068\n"
                            "key Esc\nreject Fork from\n:fork 7\nexpect no checkpoint of step 7\n"
                            "key f\n",
                            open);
    drive("key 4\nexpect missing: data (1), model (2)\n", 24, 80, "train_empty");
    drive(open, 24, 80, "train_80x24");
    drive(open, 60, 200, "train_200x60");
    drive(read, 24, 80, "train_readout");
    make_task_run(other, true);
    char *task = ft_xprintf(":run %s\nexpect Best: 61.50 at step 200\n", other);
    drive(task, 24, 80, "train_qa");
    make_task_run(other, false);
    free(task);
    task = ft_xprintf(":run %s\nexpect Best: 3.500 at step 200\n", other);
    drive(task, 24, 80, "train_lm");
    free(task);
    make_run(other);
    drive(over, 60, 200, "train_overlay");
    drive(fork, 24, 80, "train_fork");
    free(over);
    free(fork);
    free(other);
    free(read);
    free(open);
    free(dir);
}

static void test_series(void **state)
{
    (void)state;
    struct ft_run_series s = {0};
    char *dir = ft_path_join(folder, "grows");
    struct ft_str text = {0};
    assert_false(ft_run_series_follow(&s, dir)); /* no folder */
    ft_str_addz(&text, "{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo");
    put(dir, "metrics.jsonl", &text);
    assert_true(ft_run_series_follow(&s, dir));
    assert_int_equal(s.points_n, 1); /* half a line waits */
    assert_true(isnan(s.points[0].grad_norm));
    assert_false(ft_run_series_follow(&s, dir));
    char *path = ft_path_join(dir, "metrics.jsonl");
    FILE *f = fopen(path, "ae");
    assert_non_null(f);
    fputs("ss\":1}\n[]\n{\"step\":-1}\n{\"step\":1,\"loss\":3}\n{\"step\":2,\"train_runtime\":7}\n",
          f);
    fclose(f);
    assert_true(ft_run_series_follow(&s, dir));
    assert_int_equal(s.points_n, 2);
    assert_int_equal(s.passed_over, 3); /* no object, no step, a step that goes back */
    assert_true(s.train_runtime_s == 7);
    assert_int_equal(truncate(path, 19), 0); /* as a run that goes on cuts it */
    assert_true(ft_run_series_follow(&s, dir));
    assert_true(s.train_runtime_s < 0);
    assert_true(s.points_n <= 1);
    ft_run_series_release(&s);
    ft_str_release(&text);
    free(path);
    free(dir);
}

static void test_eval_file(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{\"labels\":[\"a\"],\"confusion_matrix\":[[1]]}", /* no task */
        "{\"task\":\"classify\",\"labels\":[\"a\"],\"confusion_matrix\":[[1,2]]}",
        "{\"task\":\"classify\",\"labels\":[\"a\"],\"confusion_matrix\":[[-1]]}",
        "{\"task\":\"classify\",\"labels\":[\"a\",\"b\"],\"confusion_matrix\":[[1,2]]}",
        "{\"task\":\"classify\",\"step\":-4,\"labels\":[\"a\"],\"confusion_matrix\":[[1]]}"};
    struct ft_scores_file e;
    char *path = ft_path_join(folder, "eval.json");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ft_err err = {0};
        assert_int_equal(ft_file_write(path, bad[i], strlen(bad[i]), &err), FT_OK);
        assert_int_not_equal(ft_scores_read(&e, path, &err), FT_OK);
        assert_int_equal(e.scores.examples, 0);
    }
    free(path);
}

/* The tiny model of the reference, on its training file. */
static void test_training(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "tiny");
    struct ft_str s = {0};
    ft_str_addf(
        &s,
        ":set model tests/reference/nets/bert-classify/model\n"
        ":set data tests/reference/nets/bert-classify/train.csv\n"
        ":set output_dir %s\n:set max_seq_length 40\n:set split 0.8,0.2,0\n"
        ":set per_device_train_batch_size 2\n:set max_steps 200000\n:set logging_steps 1\n"
        ":set eval_strategy no\n:set save_strategy no\n:set learning_rate 1e-3\n"
        ":set threads 1\nkey 4\nexpect T starts\nkey T\n"
        ":wait step 3\nexpect running\nexpect Loss raw and smooth .9\n"
        "key Space\n:wait paused\nexpect paused  step\nexpect Space continue\n"
        "key e\n:wait evaluation\n:wait paused\nexpect Confusion at\n"
        "key -\nexpect learning_rate x0.8\nkey = Ctrl-U\nkeys 7\nkey Enter\nexpect out of range\n"
        "key Esc =\nexpect new peak of the learning rate: 0.001_\nkey Enter\n"
        "key = Ctrl-U\nkeys 5e-4\nkey Enter\nexpect learning_rate peak 5e-4 from\n"
        "key Space\n:wait running\n"
        "key w\n"
        "key q\nexpect ask: a run is active\nkey Esc\nreject ask:\n"
        "key s\nexpect w save and stop\nkey w\n:wait stopped\nexpect C continues\n"
        "expect stopped\n"
        ":set max_steps 1\nkey C\n:wait running\nexpect running\nkey s d\n:wait stopped\n",
        dir);
    struct bench b = bench_new(ft_str_text(&s), 60, 200);
    assert_int_equal(ft_app_run(b.app), 0);
    uint64_t step = b.w->snap.step;
    assert_true(step >= 3 && step < 200000); /* the resumed run kept its steps */
    assert_int_equal(b.w->snap.steps_total, 200000);
    assert_true(b.w->series.evals_n >= 1 && b.w->series.events_n >= 1);
    int rates = 0; /* among other events; Enter on the peak as it was is none */
    for (size_t i = 0; i < b.w->series.events_n; i++)
        rates += !strcmp(b.w->series.events[i].option, "learning_rate");
    assert_int_equal(rates, 2);
    assert_true(fabs(b.w->snap.peak_rate - 5e-4) < 1e-12);
    bench_free(&b);
    ft_str_release(&s);
    free(dir);
}

/* To its end; the folder is taken then. */
static void test_ends(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "short");
    struct ft_str s = {0};
    ft_str_addf(&s,
                ":set model tests/reference/nets/bert-classify/model\n"
                ":set data tests/reference/nets/bert-classify/train.csv\n"
                ":set output_dir %s\n:set max_seq_length 40\n:set split 0.8,0.2,0\n"
                ":set max_steps 3\n:set logging_steps 1\n:set threads 1\nkey 4 T\n:wait done\n"
                "expect ok: done in\nexpect [4 Train✓]\nkey T\nexpect short already has a run; "
                "choose another: :set "
                "output_dir NAME\n",
                dir);
    struct bench b = bench_new(ft_str_text(&s), 24, 80);
    assert_int_equal(ft_app_run(b.app), 0);
    bench_free(&b);
    ft_str_release(&s);
    free(dir);
}

/* The name of the run gives way to its numbers, the curves to the legend. */
static void test_room(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "a-run-with-a-name-that-is-longer-than-the-row-has-room-for");
    char *many = ft_path_join(folder, "many");
    struct ft_str s = {0};
    make_run(dir);
    char *script = ft_xprintf(":run %s\nexpect ~  stopped  step 2,610 of 3,738  epoch 2.09\n", dir);
    drive(script, 24, 80, NULL);
    free(script);
    /* what the letters of the axis mean hides nothing of the legend and of the read-out */
    script = ft_xprintf(
        ":run %s\n:size 40 10\nexpect  b best  r rate changed\nexpect  train .101 at 2,610\n"
        "expect  o val .260 at 2,490\nkey r\n:size 80 24\n"
        "expect  b best  r rate changed\nexpect  step 2,610 epoch 2.09\n"
        "expect  LR \nexpect  gradient norm \nexpect  o val .260 at 2,490\n",
        dir);
    drive(script, 24, 80, NULL);
    free(script);
    for (int step = 10; step <= 600; step += 10) /* the validation loss is high up to the right */
        ft_str_addf(&s,
                    "{\"step\":%d,\"epoch\":1,\"loss\":1}\n{\"step\":%d,\"epoch\":1,"
                    "\"eval_loss\":%g,\"eval_accuracy\":0.5,\"eval_f1\":0.5,"
                    "\"eval_runtime\":1}\n",
                    step, step, 6 + step % 20 / 100.0);
    put(many, "metrics.jsonl", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"state\":\"stopped\",\"step\":600,\"steps\":600,\"task\":\"classify\","
                    "\"options\":{}}");
    put(many, "run.json", &s);
    script = ft_xprintf(":run %s\nkey Z\nexpect oo\nexpect  o val 6.000 at 600 \n"
                        "expect  train 1.000 at 600 \nkey r\nexpect  o val 6.000 at 600 \n",
                        many);
    drive(script, 24, 80, NULL);
    free(script);
    ft_str_release(&s);
    free(many);
    free(dir);
}

/* While one run trains another one is looked at: the keys of training are not for that one, they
 * say which run trains, and nothing happens to it. */
static void test_another_shown(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "hidden"), *done = ft_path_join(folder, "looked-at");
    struct ft_str s = {0};
    make_run(done);
    ft_str_addf(
        &s,
        ":set model tests/reference/nets/bert-classify/model\n"
        ":set data tests/reference/nets/bert-classify/train.csv\n"
        ":set output_dir %s\n:set max_seq_length 40\n:set max_steps 200000\n"
        ":set eval_strategy no\n:set save_strategy no\n:set threads 1\n"
        ":set learning_rate 1e-3\nkey T\n:wait step 2\nexpect Space pause\n"
        ":run %s\nexpect looked-at  stopped\nexpect hidden is training (\nreject Space pause\n"
        "reject + - rate\nkey Space\nexpect note: Space: hidden is training (\n"
        "key s\nexpect s: hidden is training\nreject ask:\nkey +\nexpect +: hidden is training\n"
        "key C\nexpect C: hidden is training\nkey T\nexpect q queue this run\nkey Esc\n"
        "key ?\nexpect not now: hidden is training\nkey Esc\n"
        ":run %s/../hidden/\nexpect Space pause\nkey Space\n:wait paused\n"
        "key s d\n:wait stopped\nkey Space\nexpect Space: no active run\n",
        dir, done, dir);
    struct bench b = bench_new(ft_str_text(&s), 24, 80);
    assert_int_equal(ft_app_run(b.app), 0);
    for (size_t i = 0; i < b.w->series.events_n; i++)
        assert_string_not_equal(b.w->series.events[i].option, "learning_rate");
    bench_free(&b);
    ft_str_release(&s);
    free(done);
    free(dir);
}

/* `q` asks while a run is on; w saves, and the program ends when the run has. */
static void test_quit(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "quit");
    struct ft_str s = {0};
    ft_str_addf(&s,
                ":set model tests/reference/nets/bert-classify/model\n"
                ":set data tests/reference/nets/bert-classify/train.csv\n"
                ":set output_dir %s\n:set max_seq_length 40\n:set max_steps 200000\n"
                ":set eval_strategy no\n:set save_strategy no\n:set threads 1\nkey T\n"
                ":wait step 2\nkey q\nexpect w save and quit\nkey x\nexpect w save and quit\n"
                "key w\n:wait ended\n:wait paused\n", /* fails where the program has not quit */
                dir);
    struct bench b = bench_new(ft_str_text(&s), 24, 80);
    assert_int_equal(ft_app_run(b.app), 0);
    assert_false(ft_workbench_running(b.w));
    assert_int_equal(b.w->snap.state, FT_SESSION_STOPPED);
    char *saved = ft_xprintf("%s/checkpoint-%llu", dir, (unsigned long long)b.w->snap.step);
    assert_true(ft_path_is_dir(saved));
    bench_free(&b);
    ft_str_release(&s);
    free(saved);
    free(dir);
}

static void expect_on_screen(struct ft_app *app, const char *text)
{
    struct ft_str s = {0};
    ft_app_dump(app, &s);
    if (!strstr(ft_str_text(&s), text)) fail_msg("no '%s' on:\n%s", text, ft_str_text(&s));
    ft_str_release(&s);
}

/* A run without a log does not show that of the run before it. */
static void test_log(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "logged"), *silent = ft_path_join(folder, "silent");
    struct ft_str s = {0};
    make_run(dir);
    make_run(silent);
    ft_str_addz(&s, "2026-11-27T10:00:00Z info: said of the one run\n"
                    "2026-11-27T10:00:00Z note: no evaluation (--validation FILE provides one)\n");
    put(dir, "log.txt", &s);
    char *log = ft_path_join(silent, "log.txt");
    unlink(log);
    struct bench b = bench_new("", 24, 80);
    ft_app_screen(b.app, 3);
    ft_workbench_show(b.w, dir);
    expect_on_screen(b.app, "said of the one run");
    expect_on_screen(b.app, "no evaluation (:set validation FILE provides one)");
    ft_workbench_show(b.w, silent);
    expect_on_screen(b.app, "no messages yet");
    ft_workbench_show(b.w, NULL);
    expect_on_screen(b.app, "no run yet: T starts one");
    bench_free(&b);
    ft_str_release(&s);
    free(log);
    free(silent);
    free(dir);
}

/* Questions and language models have scores of their own; what is shown is what the files say. */
static void test_tasks(void **state)
{
    (void)state;
    static const struct {
        const char *net, *data, *task, *title;
    } runs[] = {{"bert-qa", "train.json", "qa", "F1 "},
                {"gpt2-clm", "train.txt", "clm", "Perplexity "},
                {"bert-mlm", "train.txt", "mlm", "Perplexity "}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        char *dir = ft_path_join(folder, runs[i].net);
        char *net = ft_xprintf("tests/reference/nets/%s", runs[i].net), number[64], value[32];
        char *data = ft_path_join(
            !strcmp(runs[i].task, "mlm") ? "tests/reference/nets/gpt2-clm" : net, runs[i].data);
        char *script = ft_xprintf(
            ":set model %s/model\n:set data %s\n:set validation %s\n:set task %s\n:set output_dir "
            "%s\n"
            ":set max_seq_length 48\n:set doc_stride 16\n:set block_size 16\n"
            ":set num_train_epochs 2\n:set logging_steps 1\n"
            ":set threads 1\nkey 4 T\n:wait done\nexpect %s\nexpect Validation scores at\n"
            "reject Confusion\n",
            net, data, data, runs[i].task, dir, runs[i].title);
        struct bench b = bench_new(script, 60, 200);
        assert_int_equal(ft_app_run(b.app), 0);
        const struct ft_run_series *s = &b.w->series;
        assert_true(s->evals_n >= 2);
        const struct ft_run_eval *e = &s->evals[s->evals_n - 1];
        struct ft_scores_file file;
        struct ft_err err = {0};
        char *path = ft_xprintf("%s/evals/%llu.json", dir, (unsigned long long)e->step);
        assert_int_equal(ft_scores_read(&file, path, &err), FT_OK);
        if (file.scores.task == FT_TASK_QA) {
            assert_true(fabs(file.scores.squad.f1 - e->f1) < 1e-9);
            snprintf(number, sizeof number, "F1 %.2f, x exact %.2f", e->f1, e->exact);
            expect_on_screen(b.app, number);
            snprintf(number, sizeof number, "%-14s %6.2f  %6.2f", "all", file.scores.squad.exact,
                     file.scores.squad.f1);
            expect_on_screen(b.app, number);
        } else {
            assert_true(fabs(file.scores.perplexity - e->perplexity) < 1e-9);
            snprintf(number, sizeof number, "Perplexity %s",
                     ft_format_score(value, sizeof value, e->perplexity));
            expect_on_screen(b.app, number);
            snprintf(number, sizeof number, "perplexity  %.2f", file.scores.perplexity);
            expect_on_screen(b.app, number);
        }
        ft_scores_file_release(&file);
        bench_free(&b);
        free(path);
        free(script);
        free(data);
        free(net);
        free(dir);
    }
}

/* A checkpoint's settings become the form's; T starts from it, once. */
static void test_fork(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "parent"), *to = ft_path_join(folder, "child");
    char *script = ft_xprintf(
        ":set model tests/reference/nets/bert-classify/model\n"
        ":set data tests/reference/nets/bert-classify/train.csv\n:set output_dir %s\n"
        ":set max_seq_length 40\n:set split 0.8,0.2,0\n:set num_train_epochs 3\n"
        ":set save_total_limit 0\n:set logging_steps 1\n:set threads 1\nkey 4 T\n:wait done\n"
        ":set max_seq_length 33\nkey f\nexpect Fork from which step?\nkey g Down Up Enter\n"
        "expect T starts it\n:set learning_rate 1e-4\n:set output_dir %s\nkey T\n:wait done\n",
        dir, to);
    struct bench b = bench_new(script, 24, 80);
    assert_int_equal(ft_app_run(b.app), 0);
    struct ft_run run;
    struct ft_err err = {0};
    assert_int_equal(ft_run_read(&run, to, &err), FT_OK);
    assert_true(ft_options_num(&run.options, FT_OPT_learning_rate) == 1e-4);
    assert_int_equal(ft_options_int(&run.options, FT_OPT_max_seq_length), 40); /* the parent's */
    uint64_t first = b.w->series.points[0].step;
    assert_true(first > 1); /* it went on from the checkpoint */
    assert_string_equal(b.w->fork_run, "");
    ft_run_release(&run);
    bench_free(&b);
    free(script);
    free(to);
    free(dir);
}

/* A loss that is no number names its step and what can be done. */
static void test_nan(void **state)
{
    (void)state;
    char *dir = ft_path_join(folder, "nan");
    char *script =
        ft_xprintf(":set model tests/reference/nets/bert-classify/model\n"
                   ":set data tests/reference/nets/bert-classify/train.csv\n:set output_dir %s\n"
                   ":set max_seq_length 40\n:set split 0.8,0.2,0\n:set max_steps 9\n"
                   ":set adam_epsilon 1e-300\n:set eval_strategy no\n:set save_strategy no\n"
                   ":set load_best_model_at_end false\n:set threads 1\nkey 4 T\n:wait failed\n"
                   "expect [4 Train!]\nexpect error: loss is \nexpect at step 2: lower "
                   "learning_rate\nexpect C continue\n"
                   "key Down\nexpect at step 2: lower learning_rate\n",
                   dir);
    struct bench b = bench_new(script, 24, 200);
    assert_int_equal(ft_app_run(b.app), 0);
    assert_int_equal(b.w->failed.code, FT_NUMERIC);
    bench_free(&b);
    free(script);
    free(dir);
}

static int start(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("TZ", "UTC", 1);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return ft_remove_tree(folder, NULL) != FT_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),      cmocka_unit_test(test_series),
        cmocka_unit_test(test_eval_file),     cmocka_unit_test(test_training),
        cmocka_unit_test(test_ends),          cmocka_unit_test(test_quit),
        cmocka_unit_test(test_tasks),         cmocka_unit_test(test_fork),
        cmocka_unit_test(test_nan),           cmocka_unit_test(test_log),
        cmocka_unit_test(test_another_shown), cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
