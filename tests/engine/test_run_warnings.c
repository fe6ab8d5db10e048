/* Notes on a run's numbers: jumps, overfitting, plateaus, and that a run without them has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/train/run_warnings.h"

#include <math.h>
#include <string.h>

enum { MOST = 300 };
static struct ft_run_point points[MOST];
static struct ft_run_eval evals[8];

static struct ft_run_series series(size_t n, double (*loss)(double x))
{
    for (size_t i = 0; i < n; i++)
        points[i] = (struct ft_run_point){.step = 10 * (i + 1), .loss = loss((double)i)};
    return (struct ft_run_series){.points = points, .points_n = n, .evals = evals};
}

static double falls(double x)
{
    return 0.1 + exp(-x / 100);
}

static double settles(double x)
{
    return 0.3 + exp(-x / 10);
}

static struct ft_run_warnings notes_of(const struct ft_run_series *s)
{
    struct ft_run_warnings n;
    ft_run_warnings_make(&n, s);
    return n;
}

static void test_jumps(void **state)
{
    (void)state;
    struct ft_run_series s = series(100, falls);
    assert_int_equal(notes_of(&s).jumps_n, 0);
    points[50].loss = 2.9 * falls(50); /* not three times */
    assert_int_equal(notes_of(&s).jumps_n, 0);
    points[60].loss = 4 * falls(50);
    points[61].loss = NAN;
    points[62].loss = 4 * falls(50); /* the one before has not moved the mean */
    struct ft_run_warnings n = notes_of(&s);
    assert_int_equal(n.jumps_n, 2);
    assert_int_equal(n.jumps[0], 610);
    assert_int_equal(n.jumps[1], 630);
    assert_true(n.jump_loss == points[62].loss);
    points[60].loss = points[62].loss = 0.5;
    points[5].loss = 100; /* too early to say */
    assert_int_equal(notes_of(&s).jumps_n, 0);
    s = series(MOST, falls);
    for (size_t i = 100; i < 120; i++)
        points[i].loss = 50;
    n = notes_of(&s);
    assert_int_equal(n.jumps_n, FT_RUN_WARNINGS_JUMPS); /* the last ones */
    assert_int_equal(n.jumps[FT_RUN_WARNINGS_JUMPS - 1], 1200);
}

static void test_overfit(void **state)
{
    (void)state;
    static const double rises[] = {0.4, 0.3, 0.35, 0.45}, once[] = {0.4, 0.3, 0.35, 0.34};
    struct ft_run_series s = series(100, falls);
    s.evals_n = 4;
    for (size_t i = 0; i < 4; i++)
        evals[i] = (struct ft_run_eval){.step = 250 * (i + 1), .loss = rises[i]};
    assert_int_equal(notes_of(&s).overfit, 1000);
    for (size_t i = 0; i < 100; i++) /* the loss of training rises too: that is another trouble */
        points[i].loss = 1 + (double)i / 100;
    assert_int_equal(notes_of(&s).overfit, 0);
    s = series(100, falls);
    s.evals_n = 4;
    for (size_t i = 0; i < 4; i++)
        evals[i].loss = once[i];
    assert_int_equal(notes_of(&s).overfit, 0);
    /* ups and downs above the lowest are one overfitting, a new lowest ends it, another begins */
    static const double waves[] = {0.3, 0.35, 0.45, 0.4, 0.42, 0.5, 0.29, 0.31};
    s.evals_n = 8;
    for (size_t i = 0; i < 8; i++)
        evals[i] = (struct ft_run_eval){.step = 100 * (i + 1), .loss = waves[i]};
    for (s.evals_n = 3; s.evals_n < 7; s.evals_n++)
        assert_int_equal(notes_of(&s).overfit, 300);
    for (; s.evals_n <= 8; s.evals_n++)
        assert_int_equal(notes_of(&s).overfit, 0);
    memmove(evals, evals + 1, 7 * sizeof *evals);
    evals[7] = (struct ft_run_eval){.step = 900, .loss = 0.33};
    assert_int_equal(notes_of(&(struct ft_run_series){
                                  .points = points, .points_n = 100, .evals = evals, .evals_n = 8})
                         .overfit,
                     900);
    s.evals_n = 2;
    assert_int_equal(notes_of(&s).overfit, 0);
}

static void test_plateau(void **state)
{
    (void)state;
    struct ft_run_series s = series(200, settles);
    assert_int_equal(notes_of(&s).plateau, 2000);
    s = series(200, falls);
    assert_int_equal(notes_of(&s).plateau, 0);
    s = series(40, settles); /* too short */
    assert_int_equal(notes_of(&s).plateau, 0);
    memset(&s, 0, sizeof s);
    assert_int_equal(notes_of(&s).plateau, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_overfit),
        cmocka_unit_test(test_plateau),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
