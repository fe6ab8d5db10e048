/* Screen 3 against stored pictures and by keys: editing, wrong values, steps, choices, presets,
 * undo, finding, files; and the schedule's curve against the rates of a real run. */
#include "ui/picture.h"

#include "engine/model/precision.h"
#include "engine/task/task_facts.h"
#include "engine/options/schedule.h"
#include "ui/screens/view_tune.h"
#include "util/mem.h"

#include <math.h>
#include <unistd.h>

static char folder[] = "/tmp/fettle-tune-XXXXXX";

static struct ft_app *app;
static struct ft_workbench *w;
static const char *model_there; /* a model that is gone, set at the start */

static int drive(const char *script, int h, int width)
{
    static char path[512];
    struct ft_err err = {0};
    snprintf(path, sizeof path, "%s/script", folder);
    assert_int_equal(ft_file_write(path, script, strlen(script), &err), FT_OK);
    app = ft_app_new(&(struct ft_app_options){.script = path, .h = h, .w = width});
    w = ft_workbench_new(app);
    ft_app_add(app, ft_view_tune_new(w));
    w->train_examples = 19924;
    if (model_there) ft_options_set_id(&w->o, FT_OPT_model, model_there, true, NULL);
    return ft_app_run(app);
}

static void done(void)
{
    ft_app_free(app);
    ft_workbench_free(w);
}

/* The screen without the machine's free memory and disk. */
static void expect_screen(const char *name)
{
    struct ft_str s = {0}, out = {0};
    ft_app_dump(app, &s);
    for (const char *p = ft_str_text(&s); *p;) {
        size_t n = strcspn(p, "\n"), keep = n;
        const char *memory = strstr(p, "memory  "), *disk = strstr(p, "disk    ");
        const char *row = memory && memory < p + n ? memory : disk && disk < p + n ? disk : NULL;
        const char *of = row ? strstr(row, " of ") : NULL;
        if (of && of < p + n) keep = (size_t)(of - p);
        ft_str_add(&out, p, keep);
        ft_str_addc(&out, '\n');
        p += n + (p[n] == '\n');
    }
    expect_text(name, ft_str_text(&out), out.len);
    ft_str_release(&s);
    ft_str_release(&out);
}

/* What suits the model that ships is not for others; what somebody chose stays. */
static void test_bundled(void **state)
{
    (void)state;
    const char *script =
        ":set model minilm-l4\nexpect 2e-4\nexpect 4 \n"
        ":set model tests/reference/nets/bert-classify/model\nexpect 5e-5\nreject 2e-4\n"
        "key u\nexpect 2e-4\n:set learning_rate 2e-3\n"
        ":set model tests/reference/nets/bert-classify/model\nexpect 2e-3\n"
        ":set model minilm-l4\nexpect 2e-3\n";
    assert_int_equal(drive(script, 24, 80), 0);
    done();
}

/* A word with an illegal value changes nothing: no undo step, no mark, T as before. */
static void test_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"set learning_rate fast",  "set learning_rate -1",
                                        "set learning_rate",       "set seed 1.5",
                                        "set bf16 maybe",          "set lr_scheduler_type wavy",
                                        "set split 0.5,0.9",       "set model no-such-model",
                                        "set data no/such.csv",    "set edits no-such.jsonl",
                                        "set label_column nosuch", "set nosuch 3"};
    struct ft_str script = {0}, before = {0}, after = {0};
    ft_str_addz(&script, ":set seed 7\n:set data assets/data/library-mail.csv\n:wait data\n");
    assert_int_equal(drive(ft_str_text(&script), 24, 80), 0);
    ft_options_to_json(&w->o, &before);
    done();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ft_str_addf(&script, ":%s\nexpect error: \n", words[i]);
    assert_int_equal(drive(ft_str_text(&script), 24, 80), 0);
    ft_options_to_json(&w->o, &after);
    assert_string_equal(ft_str_text(&before), ft_str_text(&after));
    for (int i = 0; i < FT_OPT_COUNT; i++)
        assert_null(w->wrong[i]);
    done();
    ft_str_addz(&script,
                "key u\nexpect undone: data is not set\nkey u\nexpect undone: seed is 42\n");
    assert_int_equal(drive(ft_str_text(&script), 24, 80), 0);
    done();
    ft_str_release(&script);
    ft_str_release(&before);
    ft_str_release(&after);
}

static void test_pictures(void **state)
{
    (void)state;
    const char *some = ":set warmup_ratio 0.1\n:set max_seq_length 256\n";
    assert_int_equal(drive("", 24, 80), 0);
    expect_screen("tune_80x24");
    done();
    assert_int_equal(drive(some, 60, 200), 0);
    assert_int_equal(ft_workbench_set(w, FT_OPT_model, "m", NULL), FT_OK);
    assert_int_equal(ft_workbench_set(w, FT_OPT_data, "d", NULL), FT_OK);
    expect_screen("tune_200x60");
    done();
    assert_int_equal(drive("key Enter\nkeys 5x\n", 24, 80), 0);
    expect_screen("tune_editing");
    done();
    assert_int_equal(drive("key p Down Down Down Down\nexpect What it changes\n", 24, 80), 0);
    expect_screen("tune_presets");
    done();
    assert_int_equal(drive(":set model tests/assets/models/starter\n"
                           ":set data assets/data/library-mail.csv\n:wait data\n:wait plan\n"
                           "expect tokens  \n",
                           24, 80),
                     0);
    expect_screen("tune_plan");
    done();
}

static void test_editing(void **state)
{
    (void)state;
    assert_int_equal(
        drive(/* steps along the list, there and back, and undone */
              "key -\nexpect 3e-5\nexpect , 1 changed\nkey +\nexpect 5e-5\nkey +\n"
              "expect 1e-4\nkey u u u\nexpect 0 changed\nkey Ctrl-R\nexpect 3e-5\n"
              "key x\nexpect 0 changed\n"
              /* typed wrong: stays, is marked, and T is refused */
              "key Enter\nkeys 7\nexpect ! learning_rate: 7 is out of\nkey Enter\nexpect [1 "
              "Tune!]\nexpect ! "
              "learn\n"
              "key T\nexpect invalid learning_rate: 7\nkey x\nreject [1 Tune!]\n"
              /* Esc leaves the old value */
              "key Enter\nkeys 1e-5\nkey Esc\nexpect 0 changed\n"
              /* choices, whole numbers, groups */
              "key / Ctrl-U\nkeys lr_sched\nkey Enter Space\nexpect cosine\nkey -\nexpect linear\n"
              "key / Ctrl-U\nkeys beta2\nkey Enter\nexpect adam_beta2\nkey Left\nreject "
              "adam_beta2\n"
              "expect Optimiser  15\nkey Right\nexpect adam_beta2\n"
              ":set seed 7\nkey d\nreject adam_beta2\nexpect seed\nkey d\n"
              /* what the task decides is shown, and stepped from */
              ":set task qa\nexpect max_seq_length               384\n"
              ":set task classify\nexpect max_seq_length               128\n:default task\n"
              ":set nosuch 1\nexpect no option 'nosuch'\n:default seed\nexpect 0 changed\n",
              24, 80),
        0);
    done();
}

static void test_presets_and_files(void **state)
{
    (void)state;
    char *path = ft_path_join(folder, "c.json");
    char *script =
        ft_xprintf(":set learning_rate 1e-3\nkey p\nexpect roberta\nexpect learning_rate 1e-3 -> "
                   "2e-5\nkey Enter\nexpect preset bert\nexpect 2e-5\nkey -\n"
                   "expect bert, 1 changed since\nkey u u\nexpect 1e-3\nexpect preset none\n"
                   /* a preset may name a default: that is no change */
                   ":default learning_rate\n:preset small_data\n"
                   "expect , 3 changed  preset small_data\nkey u\n"
                   "expect ok: undone: learning_rate and 2 more settings\nkey u\nexpect 1e-3\n"
                   ":preset nosuch\nexpect unknown preset `nosuch`\n"
                   "key p\nexpect Presets 8\nkey Esc\nexpect Settings\n"
                   "key p G Enter\nexpect save these settings as\nkeys a/b\nkey Enter\n"
                   "expect a name must not contain /\nkey Ctrl-U\nkeys fast\nkey Enter\n"
                   "expect preset fast saved\nexpect Presets 9\nexpect your own\n"
                   "key Enter\nexpect preset fast\nkey C\nexpect --seed 42\nkey Esc\n"
                   "key c\nexpect fettle train\n"
                   "expect --learning_rate 0.001\nkey Esc\n:write-config %s\nexpect written\n"
                   ":preset save mine\nexpect preset mine saved\n:set learning_rate 3e-5\n"
                   ":preset mine\nexpect 0.001\n"
                   /* nor is the same number in another form */
                   ":set learning_rate 1e-3\n:preset save written\nkey p\nkey G\nkey Up\n"
                   "expect written\nreject -> 0.001\nreject -> 1e-3\nkey Esc\n",
                   path);
    assert_int_equal(drive(script, 24, 80), 0);
    done();
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    assert_int_equal(ft_options_load(&o, path, &err), FT_OK);
    assert_true(ft_options_num(&o, FT_OPT_learning_rate) == 1e-3);
    ft_options_release(&o);
    free(script);
    free(path);
}

/* The curve that is drawn is the one that is run. */
static void test_schedule(void **state)
{
    (void)state;
    static const char *const kinds[] = {"linear", "cosine", "constant", "constant_with_warmup",
                                        "polynomial"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char *dir = ft_xprintf("%s/run-%s", folder, kinds[k]);
        char *script = ft_xprintf(
            ":set model tests/reference/nets/bert-classify/model\n"
            ":set data tests/reference/nets/bert-classify/train.csv\n:set max_seq_length 40\n"
            ":set output_dir %s\n:set split 1,0,0\n:set num_train_epochs 3\n"
            ":set logging_steps 1\n:set warmup_ratio 0.2\n:set lr_scheduler_type %s\n"
            ":set eval_strategy no\n:set save_strategy no\n:set threads 1\nkey T\n:wait done\n",
            dir, kinds[k]);
        assert_int_equal(drive(script, 24, 80), 0);
        struct ft_schedule s;
        ft_schedule_make(&s, &w->o, 40); /* rows of train.csv */
        assert_int_equal(s.total, 9);
        assert_int_equal(w->series.points_n, 9);
        for (size_t i = 0; i < 9; i++) {
            double want = w->series.points[i].learning_rate;
            double got = ft_schedule_lr(&s, &w->o, w->series.points[i].step - 1);
            if (fabs(want - got) > 1e-12) fail_msg("%s: %.9g, %.9g", kinds[k], want, got);
        }
        done();
        free(script);
        free(dir);
    }
}

/* What is planned is what is run, whatever the texts become: rows, blocks or windows. */
static void test_plan(void **state)
{
    (void)state;
    static const struct {
        const char *net, *data, *task;
    } runs[] = {{"bert-classify", "bert-classify/train.csv", "classify"},
                {"gpt2-clm", "gpt2-clm/train.txt", "clm"},
                {"bert-mlm", "gpt2-clm/train.txt", "mlm"},
                {"bert-qa", "bert-qa/train.json", "qa"}};
    for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
        char *script = ft_xprintf(
            ":set model tests/reference/nets/%s/model\n:set data tests/reference/nets/%s\n"
            ":set validation tests/reference/nets/%s\n:set task %s\n:set block_size 16\n"
            ":set max_seq_length 40\n:set doc_stride 12\n:set output_dir %s/plan-%zu\n:set "
            "num_train_epochs 2\n"
            ":set per_device_train_batch_size 3\n:set eval_strategy no\n"
            ":set save_strategy no\n:set load_best_model_at_end false\n:set threads 1\n"
            ":wait data\n:wait plan\nexpect steps   \nreject b measures (5 s), \n"
            "key T\n:wait done\n",
            runs[k].net, runs[k].data, runs[k].data, runs[k].task, folder, k);
        assert_int_equal(drive(script, 24, 80), 0);
        struct ft_options o;
        struct ft_plan p;
        struct ft_plan_in in;
        ft_options_copy(&o, &w->o);
        ft_task_settle(&o, w->task);
        ft_workbench_plan(w, &o, &p, &in);
        unsigned long long want = w->snap.steps_total, got = p.schedule.total;
        if (want != got)
            fail_msg("%s: %llu steps are planned, %llu were run", runs[k].task, got, want);
        assert_true(p.has_memory && p.memory.total > 0 && p.disk > 0 && p.tokens > 0);
        assert_true(p.seconds_high <= 0); /* nothing was measured */
        ft_options_release(&o);
        done();
        free(script);
    }
}

/* b measures a step of the settings, and the plan has a time then; a run's model that does not
 * exist is said. */
static void test_speed(void **state)
{
    (void)state;
    assert_int_equal(
        drive("key b\nexpect measuring needs a model (2)\n"
              ":set model tests/reference/nets/bert-classify/model\n"
              ":set data tests/reference/nets/bert-classify/train.csv\n:set max_seq_length 24\n"
              ":set threads 1\n:wait data\n:wait plan\nexpect time    b measures (5 s)\n"
              "key b\n:wait speed\nexpect ok: \nexpect ms per step of 16 x\n"
              "expect , 1 thread\nreject 1 threads\nreject b measures\n",
              24, 200),
        0);
    const struct ft_speed_fact *f = ft_speed_last(w->speed);
    assert_non_null(f);
    assert_int_equal(f->sequences, 16);
    assert_true(f->length > 2 && f->length <= 24);
    assert_true(f->ms_low <= f->ms && f->ms <= f->ms_high && f->ms_low > 0);
    assert_true(fabs(f->tokens_per_s * f->ms / 1e3 - 16 * (double)f->length) < 1e-6);
    struct ft_options o;
    struct ft_plan p, twice;
    struct ft_plan_in in;
    ft_options_copy(&o, &w->o);
    ft_task_settle(&o, w->task);
    ft_workbench_plan(w, &o, &p, &in);
    assert_true(p.seconds_low > 0 && p.seconds_low < p.seconds_high);
    assert_int_equal(ft_options_set(&o, "num_train_epochs", "6", true, NULL), FT_OK);
    ft_workbench_plan(w, &o, &twice, &in);
    assert_true(twice.tokens == 2 * p.tokens); /* 3 is the default */
    assert_true(twice.seconds_low > 1.9 * p.seconds_low);
    ft_options_release(&o);
    done();
    model_there = "/nonexistent";
    assert_int_equal(drive(":wait plan\nexpect memory  /nonexist\nkey b\n"
                           "expect the model is still being read\n",
                           24, 200),
                     0);
    model_there = NULL;
    done();
}

/* A batch that no machine has room for; the batch is never larger than the data. */
static void test_memory(void **state)
{
    (void)state;
    assert_int_equal(
        drive(":set model tests/reference/nets/gpt2-clm/model\n"
              ":set data tests/reference/nets/gpt2-clm/train.txt\n:set task clm\n:wait plan\n"
              ":set per_device_train_batch_size 65536\n:wait data\n:wait plan\n"
              "reject not enough memory\n",
              24, 200),
        0);
    done();
    assert_int_equal(drive(":set model tests/reference/nets/gpt2-clm/model\n:set task clm\n"
                           ":set per_device_train_batch_size 65536\n:wait plan\n",
                           24, 200),
                     0);
    struct ft_options o;
    struct ft_plan p;
    struct ft_plan_in in;
    struct ft_plan_note notes[FT_PLAN_NOTES];
    ft_options_copy(&o, &w->o);
    ft_workbench_plan(w, &o, &p, &in);
    assert_true(p.has_memory);
    p.memory.fits = false; /* this machine may have the room */
    snprintf(p.memory.advice, sizeof p.memory.advice, "halve it");
    assert_true(ft_plan_notes(&in, &p, notes) >= 2);
    assert_string_equal(notes[0].text, "not enough memory: halve it");
    ft_options_release(&o);
    done();
}

/* While a run is on, rows that may change in it are marked, and a change asks for which run it is.
 */
static void test_live(void **state)
{
    (void)state;
    char *script = ft_xprintf(
        ":set model tests/reference/nets/bert-classify/model\n"
        ":set data tests/reference/nets/bert-classify/train.csv\n:set max_seq_length 40\n"
        ":set output_dir %s/live\n:set max_steps 200000\n:set eval_strategy no\n"
        ":set save_strategy no\n:set load_best_model_at_end false\n:set threads 1\n"
        "reject  live\nkey T\n:wait step 2\nexpect  live\nkey -\n"
        "expect ask: change the active run\nkey n\nreject ask:\nkey - a\n"
        "expect from the next step on\nkey b\nreject measuring\n",
        folder);
    assert_int_equal(drive(script, 24, 80), 0);
    done();
    struct ft_run_series s = {0};
    char *dir = ft_xprintf("%s/live", folder);
    assert_true(ft_run_series_follow(&s, dir));
    assert_int_equal(s.events_n, 1); /* the second change only */
    assert_string_equal(s.events[0].option, "learning_rate");
    ft_run_series_release(&s);
    free(dir);
    free(script);
}

static void test_notes(void **state)
{
    (void)state;
    assert_int_equal(
        drive(":set learning_rate 1e-3\nexpect 1e-3 is high\n:set learning_rate 1e-6\n"
              "expect 1e-6 is low\n:set optim sgd\nreject is low\n:set optim adamw\n"
              ":default learning_rate\nexpect nothing unusual\n"
              ":set precision int8\nexpect precision int8 is for eval and predict\n"
              ":default precision\nexpect nothing unusual\n"
              "key / Ctrl-U\nkeys precision\nkey Enter\nexpect This machine trains with fp32\n"
              ":set model tests/reference/nets/bert-classify/model\n"
              ":set data tests/reference/nets/bert-classify/train.csv\n:set max_seq_length 8\n"
              ":wait data\n:wait plan\nexpect of rows are truncated at 8: head_tail keeps\n"
              ":set truncation head_tail\nexpect would keep 95%\n:set max_seq_length 65000\n"
              "expect the model has\n:default max_seq_length\nexpect train 10 to 20 epochs\n:set "
              "split "
              "1,0,0\n:wait data\n"
              "expect no validation split\n",
              60, 200),
        0);
    done();
}

/* What this machine lacks is a note; the run is not refused. */
static void test_precision(void **state)
{
    (void)state;
    if (ft_precision_has(FT_PRECISION_BF16)) skip();
    assert_int_equal(
        drive(":set precision bf16\nexpect precision bf16: \nexpect fp32 is used\n", 60, 200), 0);
    done();
}

static int start(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
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
        cmocka_unit_test(test_bundled),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_editing),
        cmocka_unit_test(test_presets_and_files),
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_speed),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_precision),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
