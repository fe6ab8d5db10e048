/* Names of the shared words: see kinds.h. */
#include "util/kinds.h"

#include <string.h>

static const char *const task_names[FT_TASK_COUNT] = {"classify", "qa", "mlm", "clm"};
static const char *const family_names[FT_FAMILY_COUNT] = {"bert", "roberta", "distilbert", "gpt2"};

static int find(const char *const *names, int n, const char *name)
{
    for (int i = 0; name && i < n; i++) {
        if (!strcmp(names[i], name)) return i;
    }
    return -1;
}

const char *ft_task_name(enum ft_task task)
{
    return task_names[task];
}

int ft_task_parse(const char *name)
{
    return find(task_names, FT_TASK_COUNT, name);
}

const char *ft_family_name(enum ft_family family)
{
    return family_names[family];
}

int ft_family_parse(const char *name)
{
    return find(family_names, FT_FAMILY_COUNT, name);
}
