/* Texts that are not UTF-8 in JSON: written readably and with their bytes, and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

/* Writes `text` under a key and reads it back; `json` is what is written. */
static void check(const char *text, const char *json)
{
    struct ft_str s = {0};
    struct ft_err err = {0};
    cJSON *tree = NULL;
    char *back = NULL;
    ft_str_addc(&s, '{');
    ft_json_put_bytes(&s, "path", text);
    ft_str_addc(&s, '}');
    assert_string_equal(ft_str_text(&s), json);
    assert_int_equal(ft_json_parse(s.data, s.len, "x", &tree, &err), FT_OK);
    assert_int_equal(ft_json_bytes(tree, "path", &back, "x", &err), FT_OK);
    assert_string_equal(back, text);
    free(back);
    cJSON_Delete(tree);
    ft_str_release(&s);
}

static void bytes_come_back(void **state)
{
    (void)state;
    check("data/a.csv", "{\"path\":\"data/a.csv\"}");
    check("50%.csv", "{\"path\":\"50%.csv\"}");
    check("", "{\"path\":\"\"}");
    check("caf\xc3\xa9/\xff%41.csv",
          "{\"path\":\"caf\xc3\xa9/\xef\xbf\xbd%41.csv\",\"path_bytes\":\"caf\xc3\xa9/"
          "%FF%2541.csv\"}");
    check("\xc3", "{\"path\":\"\xef\xbf\xbd\",\"path_bytes\":\"%C3\"}");
}

static void broken_escapes_are_refused(void **state)
{
    static const char *const bad[] = {"%", "%4", "%4G", "%ff", "a%00", "%%"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ft_err err = {0};
        char *back = NULL;
        cJSON *tree = cJSON_CreateObject();
        cJSON_AddStringToObject(tree, "path_bytes", bad[i]);
        assert_int_equal(ft_json_bytes(tree, "path", &back, "run.json", &err), FT_FORMAT);
        assert_string_equal(err.msg, "run.json: path_bytes: expected %XX, not 00, after each %");
        assert_null(back);
        cJSON_Delete(tree);
    }
}

static void missing_is_null(void **state)
{
    (void)state;
    char *back = (char *)1;
    cJSON *tree = cJSON_CreateObject();
    cJSON_AddNumberToObject(tree, "path", 3);
    assert_int_equal(ft_json_bytes(tree, "path", &back, "x", NULL), FT_OK);
    assert_null(back);
    cJSON_Delete(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(broken_escapes_are_refused),
        cmocka_unit_test(missing_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
