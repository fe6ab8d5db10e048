/* Names of files and folders in the making. */
#include "util/tmp_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *target; /* target NULL: not such a name */
        bool folder, aside;
        long long pid;
    } cases[] = {
        {"run.json.tmp.123", "run.json", false, false, 123},
        {".log.tmp.7", "log", false, false, 7},
        {".model.tmp-45", "model", true, false, 45},
        {".model.tmp-45.old", "model", true, true, 45},
        {"model.tmp-45", NULL, false, false, 0},
        {".model.tmp-45.older", NULL, false, false, 0},
        {"a.tmp", NULL, false, false, 0},
        {"a.tmp.", NULL, false, false, 0},
        {"a.tmp.1x", NULL, false, false, 0},
        {"a.tmp.-1", NULL, false, false, 0},
        {"a.tmp.99999999999999999999", NULL, false, false, 0},
        {"a.tmpx1", NULL, false, false, 0},
        {".tmp.1", NULL, false, false, 0},
        {"", NULL, false, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_tmp_name t;
        bool is = ft_tmp_name_parse(&t, cases[i].name);
        if (is != (cases[i].target != NULL)) fail_msg("\"%s\": %d", cases[i].name, is);
        if (!is) continue;
        assert_int_equal(t.target_n, strlen(cases[i].target));
        assert_memory_equal(t.target, cases[i].target, t.target_n);
        assert_int_equal(t.folder, cases[i].folder);
        assert_int_equal(t.aside, cases[i].aside);
        assert_int_equal(t.pid, cases[i].pid);
    }
}

static void processes(void **state)
{
    (void)state;
    struct ft_tmp_name own = {.pid = getpid()}, first = {.pid = 1}, gone = {.pid = 2147483646};
    assert_false(ft_tmp_name_dead(&own));
    assert_false(ft_tmp_name_dead(&first));
    assert_true(ft_tmp_name_dead(&gone));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
