/* Which of the case folders of tests/reference/nets and ../shared/ref/nets this program can run.
 * ../shared also holds cases of families and tasks that come later: those are skipped by name, and
 * every test over the shared cases demands a number of them that it did compare. The answer is the
 * program's own: its tables of families and tasks. Include it after cmocka.h. */
#ifndef FT_TESTS_REFERENCE_CASE_H
#define FT_TESTS_REFERENCE_CASE_H

#include "reference_lines.h"
#include "util/kinds.h"
#include "util/mem.h"

/* The text of one field of a JSON file; NULL: the file or the field is not there. free() it. */
static inline char *reference_field(const char *dir, const char *file, const char *field)
{
    char *path = ft_path_join(dir, file), *out = NULL;
    struct ft_err err = {0};
    cJSON *tree = NULL;
    if (ft_path_is_file(path) && ft_json_read(path, 1u << 24, &tree, &err)) fail_msg("%s", err.msg);
    const char *text = tree ? cJSON_GetStringValue(ft_json_get(tree, field)) : NULL;
    if (text) out = ft_xstrdup(text);
    cJSON_Delete(tree);
    free(path);
    return out;
}

/* Is the model's family one of the program's? Says which folder is skipped. */
static inline bool reference_family_known(const char *dir)
{
    char *family = reference_field(dir, "model/config.json", "model_type");
    bool known = family && ft_family_parse(family) >= 0;
    if (family && !known) print_message("skipped: %s (family %s)\n", ft_path_base(dir), family);
    free(family);
    return known;
}

/* Is `dir` a case, and are its family and its task the program's? Classification with several
 * labels at once and regression are told by run.json's problem_type. */
static inline bool reference_case_known(const char *dir)
{
    char *task = reference_field(dir, "run.json", "task");
    char *problem = reference_field(dir, "run.json", "problem_type");
    bool known = task && reference_family_known(dir);
    if (known && ft_task_parse(task, (enum ft_problem_type)ft_problem_type_parse(problem)) < 0) {
        print_message("skipped: %s (task %s%s%s)\n", ft_path_base(dir), task, problem ? ", " : "",
                      problem ? problem : "");
        known = false;
    }
    free(task);
    free(problem);
    return known;
}

#endif
