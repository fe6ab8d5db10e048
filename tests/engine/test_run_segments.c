/* Breaks of a run: kept in order, cut at a checkpoint, written and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/train/run_segments.h"

#include <string.h>

static void read_text(struct ft_run_segments *b, const char *text)
{
    struct ft_err err;
    cJSON *tree = NULL;
    assert_int_equal(ft_json_parse(text, strlen(text), "here", &tree, &err), FT_OK);
    ft_run_segments_from_json(b, tree);
    cJSON_Delete(tree);
}

static void test_written_and_read_again(void **state)
{
    (void)state;
    struct ft_run_segments b = {0}, again = {0};
    struct ft_str s = {0};
    ft_run_segments_to_json(&b, &s);
    assert_string_equal(ft_str_text(&s), "[]");
    ft_str_clear(&s);
    ft_run_segments_add(&b, FT_RUN_SEGMENT_FORKED, 40);
    ft_run_segments_add(&b, FT_RUN_SEGMENT_RESUMED, 120);
    ft_run_segments_add(&b, FT_RUN_SEGMENT_PAUSED, 120);
    ft_run_segments_add(&b, FT_RUN_SEGMENT_PAUSED, 120); /* a pause that a wish interrupted */
    assert_int_equal(b.n, 3);
    ft_run_segments_to_json(&b, &s);
    read_text(&again, ft_str_text(&s));
    assert_int_equal(again.n, 3);
    for (size_t i = 0; i < again.n; i++) {
        assert_int_equal(again.items[i].step, b.items[i].step);
        assert_int_equal(again.items[i].kind, b.items[i].kind);
    }
    ft_run_segments_cut(&again, 119);
    assert_int_equal(again.n, 1);
    assert_int_equal(again.items[0].kind, FT_RUN_SEGMENT_FORKED);
    ft_run_segments_cut(&again, 39);
    assert_int_equal(again.n, 0);
    ft_str_release(&s);
    ft_run_segments_release(&b);
    ft_run_segments_release(&again);
}

static void test_hostile_entries_are_passed_over(void **state)
{
    (void)state;
    struct ft_run_segments b = {0};
    read_text(&b, "[{\"step\":-1,\"kind\":\"paused\"},{\"step\":1e300,\"kind\":\"paused\"},"
                  "{\"step\":\"7\",\"kind\":\"paused\"},{\"step\":7},{\"step\":7,\"kind\":3},"
                  "{\"step\":7,\"kind\":\"rested\"},7,null,{\"step\":8,\"kind\":\"paused\"}]");
    assert_int_equal(b.n, 1);
    assert_int_equal(b.items[0].step, 8);
    read_text(&b, "{\"step\":9}");
    read_text(&b, "3");
    ft_run_segments_from_json(&b, NULL);
    assert_int_equal(b.n, 1);
    ft_run_segments_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_and_read_again),
        cmocka_unit_test(test_hostile_entries_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
