/* Data that is not in the repository: ../shared, or $FETTLE_SHARED. Include it after cmocka.h. */
#ifndef FT_TESTS_SHARED_H
#define FT_TESTS_SHARED_H

#include "util/fs.h"

#include <stdlib.h>

/* A path in it; NULL, with a message, if it does not exist. free() it. */
static inline char *shared_path(const char *rel)
{
    const char *root = getenv("FETTLE_SHARED");
    char *path = ft_path_join(root && *root ? root : FETTLE_SOURCE_DIR "/../shared", rel);
    if (ft_path_exists(path)) return path;
    print_message("SKIPPED: needs ../shared (%s)\n", path);
    free(path);
    return NULL;
}

#define SHARED_OR_SKIP(var, rel)                                                                   \
    char *var = shared_path(rel);                                                                  \
    if (!var) skip()

#endif
