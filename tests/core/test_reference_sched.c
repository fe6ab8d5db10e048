/* Learning-rate schedules, every update of every kind, against transformers' own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/sched.h"
#include "reference_lines.h"

static void schedules_are_transformers(void **state)
{
    (void)state;
    struct reference_lines lines = reference_read(REFERENCE "metrics/sched.jsonl");
    unsigned seen = 0;
    for (size_t i = 0; i < lines.n; i++) {
        const cJSON *row = lines.rows[i];
        const char *name = reference_str(row, "lr_scheduler_type");
        enum ft_sched_kind kind;
        assert_true(ft_sched_parse(name, &kind));
        seen |= 1u << kind;
        double base = reference_num(row, "learning_rate");
        uint64_t warmup = (uint64_t)reference_num(row, "warmup_steps");
        size_t total;
        double *values = reference_array(row, "values", &total);
        assert_int_equal(total, (size_t)reference_num(row, "total"));
        for (size_t step = 0; step < total; step++) {
            double lr = ft_sched_lr(kind, base, step, warmup, total);
            if (!(fabs(lr - values[step]) <= 1e-12 * base))
                fail_msg("%s, warm-up %d of %zu, update %zu: %.17g, transformers says %.17g", name,
                         (int)warmup, total, step, lr, values[step]);
        }
        free(values);
    }
    assert_int_equal(seen, (1u << FT_SCHED_COUNT) - 1);
    reference_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(schedules_are_transformers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
