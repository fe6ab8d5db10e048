/* What the tests of the engine share. Include it after cmocka.h. */
#ifndef FT_TESTS_ENGINE_TEST_H
#define FT_TESTS_ENGINE_TEST_H

#include "engine/options.h"
#include "scratch.h"

static inline void set(struct ft_options *o, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (ft_options_set(o, name, value, true, &err)) fail_msg("%s", err.msg);
}

#endif
