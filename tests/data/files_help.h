/* What the tests of model files share: a temporary folder, the folder ../shared, header building.
 */
#ifndef FT_TESTS_DATA_FILES_HELP_H
#define FT_TESTS_DATA_FILES_HELP_H

#include "util/fs.h"
#include "util/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "reference_case.h"
#include "shared.h"

static inline char *tmp_folder(void)
{
    char *path = ft_xprintf("%s/fettle-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void tmp_remove(char *path)
{
    assert_int_equal(ft_remove_tree(path, NULL), FT_OK);
    free(path);
}

/* Calls `check` for the model folder of every case in `nets` whose family the program has; there
 * must be `least`. */
static inline void each_net(const char *nets, size_t least, void (*check)(const char *folder))
{
    char **names;
    size_t n, seen = 0;
    assert_int_equal(ft_dir_list(nets, &names, &n, NULL), FT_OK);
    for (size_t i = 0; i < n; i++) {
        char *one = ft_path_join(nets, names[i]), *model = ft_path_join(one, "model");
        if (ft_path_is_dir(model) && reference_family_known(one)) {
            check(model);
            seen++;
        }
        free(model);
        free(one);
    }
    assert_true(seen >= least);
    ft_names_free(names, n);
}

#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != FT_OK) fail_msg("%s", (err).msg);                                            \
    } while (0)

#define assert_fails(call, status, err, part)                                                      \
    do {                                                                                           \
        assert_int_equal(call, status);                                                            \
        if (!strstr((err).msg, part)) fail_msg("\"%s\" lacks \"%s\"", (err).msg, part);            \
        assert_null(strchr((err).msg, '\n'));                                                      \
    } while (0)

#endif
