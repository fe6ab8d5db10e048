/* Search spaces: what is typed, configurations, random ones, the estimator, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/runs/sweep_spec.h"
#include "engine/runs/sweep_tpe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add(struct ft_sweep_space *s, const char *text)
{
    struct ft_err err = {0};
    if (ft_sweep_space_add(s, text, &err)) fail_msg("%s: %s", text, err.msg);
}

static void free_values(const struct ft_sweep_space *s, char **values)
{
    for (size_t i = 0; i < s->n; i++)
        free(values[i]);
}

static void test_grid(void **state)
{
    (void)state;
    struct ft_sweep_space s = {0};
    char *v[3];
    add(&s, "learning_rate=1e-5,3e-5");
    add(&s, "per-device-train-batch-size=8..10");
    add(&s, "clean=none,html+whitespace");
    assert_true(ft_sweep_space_size(&s) > 11.9 && ft_sweep_space_size(&s) < 12.1);
    ft_sweep_space_at(&s, 0, v);
    assert_string_equal(v[0], "1e-5");
    assert_string_equal(v[1], "8");
    assert_string_equal(v[2], "none");
    free_values(&s, v);
    ft_sweep_space_at(&s, 11, v);
    assert_string_equal(v[0], "3e-5");
    assert_string_equal(v[1], "10");
    assert_string_equal(v[2], "html,whitespace");
    struct ft_str name = {0};
    ft_sweep_space_name(&s, v, &name);
    assert_string_equal(ft_str_text(&name), "lr3e-5_batch10_cleanhtml-whitespace");
    ft_str_release(&name);
    free_values(&s, v);
    ft_sweep_space_at(&s, 2, v); /* the last option varies fastest */
    assert_string_equal(v[0], "1e-5");
    assert_string_equal(v[1], "9");
    free_values(&s, v);
    ft_sweep_space_release(&s);
}

/* What is written is read again as the same. */
static void test_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "learning_rate=1e-5..1e-4:log", "learning_rate=0..0.5", "model=../a,b/c",
        "clean=none,html+urls",         "max_seq_length=32,64", "dropout=0.1..0.3"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ft_sweep_space s = {0};
        struct ft_str out = {0};
        add(&s, texts[i]);
        ft_sweep_space_text(&s.params[0], &out);
        assert_string_equal(ft_str_text(&out), texts[i]);
        ft_str_release(&out);
        ft_sweep_space_release(&s);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "expected OPTION="},
        {"learning_rate", "expected OPTION="},
        {"=1", "expected OPTION="},
        {"learning_rat=1", "did you mean learning_rate"},
        {"learning_rate=", "empty value"},
        {"learning_rate=1e-5,", "empty value"},
        {"learning_rate=1e-5,x", "is not a number"},
        {"learning_rate=1e-5,2", "out of range"},
        {"learning_rate=1e-3,0.001", "the same value"},
        {"learning_rate=1e-4..1e-5", "is empty"},
        {"learning_rate=1e-4..1e-4", "is empty"},
        {"learning_rate=0..1e-4:log", "begins above 0"},
        {"learning_rate=1e-5..5", "out of range"},
        {"learning_rate=..1", "expected LOW..HIGH"},
        {"learning_rate=nan..1", "not a number"},
        {"optim=adagrad", "unknown value"},
        {"output_dir=a,b", "cannot be swept"},
        {"fold=1/2,2/2", "use --folds"},
        {"limit=10,20", "use --sizes"},
        {"metric_for_best_model=loss,f1", "cannot be swept"},
        {"gradient_checkpointing=true,1", "the same value"},
        {"model=a\xff,b", "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_sweep_space s = {0};
        struct ft_err err = {0};
        assert_int_equal(ft_sweep_space_add(&s, cases[i].text, &err), FT_USAGE);
        if (!strstr(err.msg, cases[i].why)) fail_msg("%s: %s", cases[i].text, err.msg);
        assert_int_equal(s.n, 0);
    }
    struct ft_sweep_space s = {0};
    struct ft_err err = {0};
    add(&s, "seed=1,2");
    assert_int_equal(ft_sweep_space_add(&s, "seed=3", &err), FT_USAGE);
    ft_sweep_space_release(&s);
}

static void test_draw(void **state)
{
    (void)state;
    struct ft_sweep_space s = {0};
    struct ft_rng rng, again;
    size_t low = 0, first = 0, edge[3] = {0};
    enum { N = 2000 };
    add(&s, "learning_rate=1e-6..1e-2:log");
    add(&s, "weight_decay=0..0.1");
    add(&s, "per_device_train_batch_size=1..3");
    add(&s, "optim=adamw_torch,sgd");
    ft_rng_init(&rng, 7, FT_RNG_SWEEP);
    ft_rng_init(&again, 7, FT_RNG_SWEEP);
    for (size_t i = 0; i < N; i++) {
        char *v[4], *w[4];
        ft_sweep_space_draw(&s, &rng, v);
        ft_sweep_space_draw(&s, &again, w);
        double rate = strtod(v[0], NULL), decay = strtod(v[1], NULL);
        assert_true(rate >= 1e-6 && rate <= 1e-2 && decay >= 0 && decay <= 0.1);
        low += rate < 1e-4; /* half of the logarithmic range */
        first += !strcmp(v[3], "adamw_torch");
        edge[strtol(v[2], NULL, 10) - 1]++;
        for (size_t k = 0; k < 4; k++) {
            assert_string_equal(v[k], w[k]);
            assert_int_equal(ft_option_check(s.params[k].option, v[k], NULL), FT_OK);
        }
        double unit = ft_sweep_param_unit(&s.params[0], v[0]);
        char *back = ft_sweep_param_text(&s.params[0], unit);
        assert_string_equal(back, v[0]);
        free(back);
        free_values(&s, v);
        free_values(&s, w);
    }
    assert_in_range(low, N / 2 - 110, N / 2 + 110);
    assert_in_range(first, N / 2 - 110, N / 2 + 110);
    for (size_t k = 0; k < 3; k++)
        assert_in_range(edge[k], N / 3 - 110, N / 3 + 110);
    ft_sweep_space_release(&s);
}

/* A loss with a known best place; the optimiser is better than the others there. */
static double loss_of(char *const *v)
{
    double rate = log10(strtod(v[0], NULL)), decay = strtod(v[1], NULL);
    return (rate + 4) * (rate + 4) + 100 * (decay - 0.02) * (decay - 0.02) +
           (strcmp(v[2], "adam") != 0) * 0.5 + (strcmp(v[2], "sgd") == 0);
}

static double search(const struct ft_sweep_space *s, uint64_t seed, bool tpe)
{
    enum { TRIALS = 60 };
    char *values[TRIALS][3];
    struct ft_sweep_trial trials[TRIALS];
    double best = (double)INFINITY;
    for (size_t i = 0; i < TRIALS; i++) {
        struct ft_rng rng;
        ft_rng_init(&rng, seed, FT_RNG_SWEEP);
        rng.n = i << 32;
        if (tpe)
            ft_sweep_tpe(s, trials, i, TRIALS, &rng, values[i]);
        else
            ft_sweep_space_draw(s, &rng, values[i]);
        trials[i] = (struct ft_sweep_trial){values[i], loss_of(values[i])};
        if (i % 7 == 3) trials[i].loss = (double)INFINITY; /* it failed */
        best = fmin(best, trials[i].loss);
    }
    for (size_t i = 0; i < TRIALS; i++)
        free_values(s, values[i]);
    return best;
}

static void test_tpe(void **state)
{
    (void)state;
    struct ft_sweep_space s = {0};
    double sum = 0, random_sum = 0;
    enum { SEEDS = 20 };
    add(&s, "learning_rate=1e-7..1e-1:log");
    add(&s, "weight_decay=0..1");
    add(&s, "optim=adamw_torch,sgd,adam");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double a = search(&s, seed, true), b = search(&s, seed, true);
        assert_true(a <= b && a >= b);
        sum += a;
        random_sum += search(&s, seed, false);
    }
    if (!(sum < 0.5 * random_sum)) fail_msg("tpe %g, random %g", sum / SEEDS, random_sum / SEEDS);
    assert_int_equal(ft_sweep_tpe_first(8), 3);
    assert_int_equal(ft_sweep_tpe_first(60), 10);
    ft_sweep_space_release(&s);
}

static void check(struct ft_sweep_spec *spec, const char *why)
{
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    enum ft_status st = ft_sweep_spec_check(spec, &o, &err);
    if (why && (st != FT_USAGE || !strstr(err.msg, why))) fail_msg("%s: %s", why, err.msg);
    if (!why && st) fail_msg("%s", err.msg);
    ft_options_release(&o);
    ft_sweep_spec_release(spec);
    ft_sweep_spec_init(spec);
}

static void test_spec(void **state)
{
    (void)state;
    struct ft_sweep_spec s;
    struct ft_err err = {0};
    ft_sweep_spec_init(&s);
    check(&s, "is empty");
    s.seeds = 3;
    check(&s, NULL);
    add(&s.space, "learning_rate=1e-5..1e-4");
    check(&s, "list some");
    add(&s.space, "learning_rate=1e-5,1e-4");
    s.strategy = FT_SWEEP_TPE;
    check(&s, "needs --trials");
    add(&s.space, "learning_rate=1e-5,1e-4");
    s.strategy = FT_SWEEP_RANDOM;
    s.trials = 3;
    check(&s, "only 2 configurations");
    add(&s.space, "seed=1,2");
    s.seeds = 2;
    check(&s, "seed cannot be swept");
    add(&s.space, "seed=1..9000");
    s.folds = 2;
    check(&s, NULL);
    add(&s.space, "seed=1,2");
    s.folds = 1;
    check(&s, "folds");
    add(&s.space, "seed=1,2");
    s.strategy = FT_SWEEP_HALVING;
    assert_int_equal(ft_sweep_spec_sizes(&s, "10%,100%", &err), FT_OK);
    check(&s, "largest");
    static const char *const sizes[] = {"", "0%", "x", "10%,10%", "-5", "101%"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(ft_sweep_spec_sizes(&s, sizes[i], &err), FT_USAGE);
        ft_sweep_spec_release(&s);
    }
    static const struct {
        const char *text;
        double seconds;
    } budgets[] = {{"90", 90}, {"90s", 90}, {"30m", 1800}, {"1.5h", 5400}, {"", 0},
                   {"2d", 0},  {"-1h", 0},  {"0", 0},      {"h", 0},       {"1e30h", 0}};
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        bool good = budgets[i].seconds > 0;
        s.budget_s = 0;
        assert_int_equal(ft_sweep_spec_budget(&s, budgets[i].text, &err), good ? FT_OK : FT_USAGE);
        assert_true(fabs(s.budget_s - budgets[i].seconds) < 1e-9);
    }
}

/* Nine members take at most 45 % of a grid's updates. */
static void test_rungs(void **state)
{
    (void)state;
    struct ft_sweep_spec s;
    ft_sweep_spec_init(&s);
    s.strategy = FT_SWEEP_HALVING;
    add(&s.space, "seed=1,2,3,4,5,6,7,8,9");
    assert_int_equal(ft_sweep_spec_rungs(&s, 9), 2);
    assert_int_equal(ft_sweep_spec_keep(&s, 9), 3);
    assert_int_equal(ft_sweep_spec_keep(&s, 3), 1);
    assert_int_equal(ft_sweep_spec_keep(&s, 4), 2);
    assert_true(fabs(ft_sweep_spec_rung_share(&s, 9, 0) - 1.0 / 6) < 1e-12);
    assert_true(fabs(ft_sweep_spec_rung_share(&s, 9, 1) - 0.5) < 1e-12);
    assert_true(fabs(ft_sweep_spec_share(&s) - 3) < 1e-9); /* of 9 */
    ft_sweep_spec_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid),  cmocka_unit_test(test_text), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_draw),  cmocka_unit_test(test_tpe),  cmocka_unit_test(test_spec),
        cmocka_unit_test(test_rungs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
