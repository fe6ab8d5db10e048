/* Changes made during a run: written as events, replayed by --events in a new run and by a run
 * resumed from a checkpoint before them, with identical results; a run is killed in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/runs/runs.h"
#include "engine/train/session.h"
#include "reference_lines.h"
#include "util/clock.h"
#include "util/mem.h"
#include "engine_test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void options(struct ft_options *o, const char *out)
{
    short_run(o, out);
    set(o, "num_train_epochs", "4");
    set(o, "learning_rate", "3e-4");
    set(o, "save_strategy", "steps");
    set(o, "save_steps", "5");
    set(o, "save_total_limit", "0");
    set(o, "threads", "1");
}

/* What the changed run is made from: every kind of event, two of them after one update. */
static const char script[] =
    "{\"step\":4,\"event\":\"set\",\"option\":\"learning_rate\",\"value\":0.000777}\n"
    "{\"step\":7,\"event\":\"set\",\"option\":\"logging_steps\",\"value\":2}\n"
    "{\"step\":7,\"event\":\"set\",\"option\":\"num_train_epochs\",\"value\":5}\n"
    "{\"step\":8,\"event\":\"evaluate\"}\n"
    "{\"step\":9,\"event\":\"save\"}\n"
    "{\"step\":12,\"event\":\"set\",\"option\":\"learning_rate\",\"value\":0.0001}\n";

static enum ft_status go(const struct ft_options *o, const char *resume, struct ft_err *err)
{
    struct ft_session_how how = {.resume = resume};
    struct ft_session *s = ft_session_start(o, &how, NULL, err);
    return s ? ft_session_join(s, NULL, err) : err->code;
}

static void go_well(const struct ft_options *o, const char *resume)
{
    struct ft_err err = {0};
    if (go(o, resume, &err)) fail_msg("%s", err.msg);
}

static size_t events_in(const char *run)
{
    char *text = run_metrics(run);
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, "\"event\"")); p++)
        n++;
    free(text);
    return n;
}

static char *script_file(void)
{
    char *file = in_scratch("script.jsonl");
    assert_int_equal(ft_file_write(file, script, strlen(script), NULL), FT_OK);
    return file;
}

/* A run by the script, in scratch/script. Made once. */
static char *scripted(void)
{
    char *out = in_scratch("script"), *file = script_file();
    if (!ft_path_exists(out)) {
        struct ft_options o;
        options(&o, out);
        set(&o, "events", file);
        go_well(&o, NULL);
        ft_options_release(&o);
        assert_int_equal(events_in(out), 6);
    }
    free(file);
    return out;
}

static void test_events_change_the_run(void **state)
{
    (void)state;
    char *changed = scripted(), *plain = in_scratch("plain");
    struct ft_options o;
    struct ft_run run;
    options(&o, plain);
    go_well(&o, NULL);
    ft_options_release(&o);
    char *a = run_metrics(changed), *b = run_metrics(plain);
    assert_string_not_equal(a, b);
    assert_non_null(strstr(a, "\"value\": 0.000777"));
    assert_int_equal(ft_run_read(&run, changed, NULL), FT_OK);
    assert_int_equal(run.changes, 4);
    assert_true(ft_options_num(&run.options, FT_OPT_num_train_epochs) == 5);
    assert_true(run.steps > 20 && run.step == run.steps);
    ft_run_release(&run);
    char *evals = ft_path_join(changed, "evals/8.json"),
         *saved = ft_path_join(changed, "checkpoint-9");
    assert_true(ft_path_exists(evals) && ft_path_is_dir(saved));
    char *const texts[] = {a, b, evals, saved, changed, plain};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
}

static void test_replay_of_its_own_metrics(void **state)
{
    (void)state;
    char *first = scripted(), *again = in_scratch("again");
    char *file = ft_path_join(first, "metrics.jsonl");
    struct ft_options o;
    options(&o, again);
    set(&o, "events", file);
    go_well(&o, NULL);
    ft_options_release(&o);
    same_runs(first, again);
    free(first);
    free(again);
    free(file);
}

/* Wishes of a person, at whatever step they fall; their record is replayed. */
static void test_replay_of_wishes(void **state)
{
    (void)state;
    char *live = in_scratch("live"), *again = in_scratch("live-again");
    char *file = ft_path_join(live, "metrics.jsonl");
    struct ft_options o;
    struct ft_err err = {0};
    options(&o, live);
    struct ft_session *s = ft_session_start(&o, &(struct ft_session_how){0}, NULL, &err);
    if (!s) fail_msg("%s", err.msg);
    assert_int_equal(ft_session_set(s, "learning_rate", "x1.3", &err), FT_OK);
    assert_int_equal(ft_session_set(s, "learning_rate", "x1.1", &err), FT_OK);
    assert_int_equal(ft_session_set(s, "logging_steps", "2", &err), FT_OK);
    assert_int_equal(ft_session_set(s, "seed", "2", &err), FT_USAGE);
    ft_session_evaluate(s);
    ft_session_save(s);
    if (ft_session_join(s, NULL, &err)) fail_msg("%s", err.msg);
    ft_options_release(&o);
    assert_int_equal(events_in(live), 5);
    options(&o, again);
    set(&o, "events", file);
    go_well(&o, NULL);
    ft_options_release(&o);
    same_runs(live, again);
    free(live);
    free(again);
    free(file);
}

static uint64_t paused_at(struct ft_session *s)
{
    struct ft_snapshot snap = {0};
    for (double end = ft_now_s() + 60; ft_now_s() < end && !ft_session_finished(s);) {
        ft_session_look(s, &snap);
        if (snap.state == FT_SESSION_PAUSED) return snap.step;
        usleep(2000);
    }
    fail_msg("not paused");
    return 0;
}

static void until_there(const char *run, const char *pattern, uint64_t step)
{
    char *name = ft_xprintf(pattern, (unsigned long long)step), *path = ft_path_join(run, name);
    for (double end = ft_now_s() + 60; ft_now_s() < end && !ft_path_exists(path);)
        usleep(2000);
    assert_true(ft_path_exists(path));
    free(name);
    free(path);
}

/* A run that is paused is saved and evaluated where it stands: no update comes between. */
static void test_wishes_while_paused(void **state)
{
    (void)state;
    char *run = in_scratch("held");
    struct ft_options o;
    struct ft_err err = {0};
    options(&o, run);
    set(&o, "save_strategy", "no");
    set(&o, "eval_strategy", "no");
    struct ft_session *s = ft_session_start(&o, &(struct ft_session_how){0}, NULL, &err);
    if (!s) fail_msg("%s", err.msg);
    ft_session_pause(s, true);
    uint64_t step = paused_at(s);
    assert_true(step > 0);
    ft_session_save(s);
    until_there(run, "checkpoint-%llu", step);
    assert_int_equal(paused_at(s), step);
    ft_session_evaluate(s);
    until_there(run, "evals/%llu.json", step);
    ft_session_evaluate(s); /* of the same weights: nothing new */
    assert_int_equal(paused_at(s), step);
    ft_session_pause(s, false);
    if (ft_session_join(s, NULL, &err)) fail_msg("%s", err.msg);
    char *text = run_metrics(run);
    size_t evals = 0;
    for (const char *p = text; (p = strstr(p, "\"eval_loss\"")); p++)
        evals++;
    assert_int_equal(evals, 1);
    free(text);
    ft_options_release(&o);
    free(run);
}

static void remove_checkpoints_after(const char *run, int keep)
{
    char **names;
    size_t n;
    assert_int_equal(ft_dir_list(run, &names, &n, NULL), FT_OK);
    for (size_t i = 0; i < n; i++) {
        long long step;
        char *path = ft_path_join(run, names[i]);
        if (!strncmp(names[i], "checkpoint-", 11) && ft_parse_i64(names[i] + 11, &step) &&
            step > keep)
            assert_int_equal(ft_remove_tree(path, NULL), FT_OK);
        free(path);
    }
    ft_names_free(names, n);
}

/* A complete run without its checkpoints after `keep`, as after a kill: the lines after
 * it are cut and come again, events too. Killed a second time right after the cut. */
static void resume_from(int keep, bool kill_once)
{
    char *first = scripted(), name[64];
    struct ft_options o;
    struct ft_err err = {0};
    snprintf(name, sizeof name, "cut-%d-%d", keep, kill_once);
    char *cut = in_scratch(name), *file = in_scratch("script.jsonl");
    options(&o, cut);
    set(&o, "events", file);
    go_well(&o, NULL);
    ft_options_release(&o);
    remove_checkpoints_after(cut, keep);
    ft_options_init(&o);
    if (kill_once) {
        struct ft_session *s =
            ft_session_start(&o, &(struct ft_session_how){.resume = cut}, NULL, &err);
        if (!s) fail_msg("%s", err.msg);
        ft_session_stop(s,
                        true); /* no checkpoint; metrics.jsonl is cut: the events lie in run.json */
        if (ft_session_join(s, NULL, &err)) fail_msg("%s", err.msg);
        assert_true(events_in(cut) < 6);
    }
    go_well(&o, cut);
    ft_options_release(&o);
    same_runs(first, cut);
    free(first);
    free(cut);
    free(file);
}

static void test_resume_before_and_between_changes(void **state)
{
    (void)state;
    resume_from(5, false);
    resume_from(9, true);
    resume_from(0, true);
}

/* A process that is killed somewhere, twice, and resumes. */
static void test_killed_process(void **state)
{
    (void)state;
    char *killed = in_scratch("killed"), *file = script_file();
    char *run = ft_path_join(killed, "run.json");
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (!pid) {
            struct ft_options o;
            struct ft_err err = {0};
            if (i) {
                ft_options_init(&o);
            } else {
                options(&o, killed);
                set(&o, "events", file);
            }
            _exit(go(&o, i ? killed : NULL, &err) ? 1 : 0);
        }
        for (int k = 0; k < 2000 && !ft_path_exists(run); k++)
            usleep(1000);
        usleep(15000);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        struct ft_run r;
        assert_int_equal(ft_run_read(&r, killed, NULL), FT_OK);
        print_message("killed: %s, step %d\n", ft_run_state_name(r.state), (int)r.step);
        ft_run_release(&r);
    }
    struct ft_options o;
    ft_options_init(&o);
    go_well(&o, killed);
    ft_options_release(&o);
    char *first = scripted();
    same_runs(first, killed);
    free(first);
    free(killed);
    free(file);
    free(run);
}

/* The rate of the first update that a run's metrics.jsonl tells. */
static double first_rate(const char *out)
{
    char *path = ft_path_join(out, "metrics.jsonl");
    struct reference_lines lines = reference_read(path);
    double rate = ft_json_get(lines.rows[0], "learning_rate")->valuedouble;
    reference_release(&lines);
    free(path);
    return rate;
}

/* A fork keeps the factor that its checkpoint's rate had, unless it is given a rate: that is it
 * then, also where the fork resumes before its first checkpoint. */
static void test_fork_with_a_rate(void **state)
{
    (void)state;
    static const char *const rates[] = {NULL, "3e-4", "1e-3", "1e-3"};
    static const double want[] = {0.000777, 3e-4, 1e-3, 1e-3};
    char *first = scripted(), *from = ft_xprintf("%s@5", first);
    for (int i = 0; i < 4; i++) {
        char name[16];
        struct ft_options o;
        struct ft_err err = {0};
        snprintf(name, sizeof name, "fork-%d", i);
        char *out = in_scratch(name);
        ft_options_init(&o);
        set(&o, "output_dir", out);
        set(&o, "lr_scheduler_type", "constant");
        set(&o, "logging_steps", "1");
        set(&o, "max_steps", "8");
        if (rates[i]) set(&o, "learning_rate", rates[i]);
        struct ft_session_how how = {.fork = from};
        struct ft_session *s = ft_session_start(&o, &how, NULL, &err);
        if (!s) fail_msg("%s", err.msg);
        if (i == 3) ft_session_stop(s, true);
        if (ft_session_join(s, NULL, &err)) fail_msg("%s", err.msg);
        ft_options_release(&o);
        ft_options_init(&o);
        if (i == 3) go_well(&o, out);
        ft_options_release(&o);
        assert_float_equal(first_rate(out), want[i], 1e-12);
        free(out);
    }
    free(first);
    free(from);
}

static void test_longer_run_is_a_change(void **state)
{
    (void)state;
    char *out = in_scratch("longer");
    struct ft_options o;
    struct ft_run run;
    options(&o, out);
    go_well(&o, NULL);
    uint64_t before, changes;
    assert_int_equal(ft_run_read(&run, out, NULL), FT_OK);
    before = run.steps;
    ft_run_release(&run);
    set(&o, "num_train_epochs", "6");
    go_well(&o, out);
    assert_int_equal(ft_run_read(&run, out, NULL), FT_OK);
    assert_int_equal(run.steps, before / 4 * 6);
    assert_int_equal(run.step, run.steps);
    changes = run.changes;
    ft_run_release(&run);
    assert_int_equal(changes, 1);
    go_well(&o, out); /* the same again changes nothing */
    assert_int_equal(ft_run_read(&run, out, NULL), FT_OK);
    assert_int_equal(run.changes, 1);
    ft_run_release(&run);
    ft_options_release(&o);
    free(out);
}

static void test_bad_files(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"step\":1,\"event\":\"dance\"}\n",
        "{\"step\":1,\"event\":\"set\",\"option\":\"seed\",\"value\":1}\n",
        "{\"step\":1,\"event\":\"set\",\"option\":\"learning_rate\",\"value\":\"fast\"}\n",
        "{\"step\":-1,\"event\":\"save\"}\n",
        "{\"event\":\"save\"}\n",
        "{\"step\":2,\"event\":\"save\"}\n{\"step\":1,\"event\":\"save\"}\n",
        "not json\n",
    };
    char *out = in_scratch("bad"), *file = in_scratch("bad.jsonl");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ft_options o;
        struct ft_err err = {0};
        assert_int_equal(ft_file_write(file, bad[i], strlen(bad[i]), NULL), FT_OK);
        options(&o, out);
        set(&o, "events", file);
        assert_int_not_equal(go(&o, NULL, &err), FT_OK);
        assert_non_null(strstr(err.msg, "bad.jsonl"));
        assert_false(ft_path_exists(out));
        ft_options_release(&o);
    }
    free(out);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_process), /* first: no thread is running yet in the parent */
        cmocka_unit_test(test_events_change_the_run),
        cmocka_unit_test(test_replay_of_its_own_metrics),
        cmocka_unit_test(test_replay_of_wishes),
        cmocka_unit_test(test_wishes_while_paused),
        cmocka_unit_test(test_resume_before_and_between_changes),
        cmocka_unit_test(test_fork_with_a_rate),
        cmocka_unit_test(test_longer_run_is_a_change),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
