/* Errors of the engine as the workbench words them. */
#include "ui/app/error_text.h"

#include "ui/picture.h"

#include <string.h>

static void same(const char *msg, const char *expected)
{
    struct ft_err err = {.code = FT_FORMAT};
    char text[sizeof err.msg + 64];
    snprintf(err.msg, sizeof err.msg, "%s", msg);
    assert_string_equal(ft_error_text(&err, text, sizeof text), expected);
}

static void test_options(void **state)
{
    (void)state;
    same("a.csv: quote never closed; use --quote none",
         "a.csv: quote never closed; use :set quote none");
    same("no validation split: give --validation FILE, or a --split with a second share",
         "no validation split: give :set validation FILE, or a :set split with a second share");
    same("name it (--label-column NAME)", "name it (:set label_column NAME)");
    same("r: already contains a run; --resume r resumes it, --overwrite_output_dir replaces it",
         "r: already contains a run; :resume r resumes it, :set overwrite_output_dir true replaces "
         "it");
    same("with --overwrite_output_dir", "with :set overwrite_output_dir true");
    same("with --overwrite_output_dir false", "with :set overwrite_output_dir false");
    same("--seed 1 --task clm", ":set seed 1 :set task clm");
}

/* What is no option, a shell's command, or part of a name or a text stays. */
static void test_others(void **state)
{
    (void)state;
    same("use --prompt", "use --prompt");
    same("a--seed", "a--seed");
    same("-- and --- and --", "-- and --- and --");
    same("run `fettle train --seed 1`", "run `fettle train --seed 1`");
    same("fettle train --seed 1; --seed 2", "fettle train --seed 1; :set seed 2");
    same("", ft_status_name(FT_FORMAT));
    char text[8];
    struct ft_err err = {.code = FT_FORMAT, .msg = "x --seed 1"};
    assert_string_equal(ft_error_text(&err, text, sizeof text), "x :set ");
    char note[64];
    assert_string_equal(ft_engine_text("none (--split gives one)", note, sizeof note),
                        "none (:set split gives one)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
