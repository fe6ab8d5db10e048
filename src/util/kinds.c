/* Names of the shared words: see kinds.h. */
#include "util/kinds.h"

#include "util/str.h"

#include <string.h>

static const char *const task_names[FT_TASK_COUNT] = {"classify", "qa", "mlm", "clm"};
static const char *const family_names[FT_FAMILY_COUNT] = {
#define X(id, name, word, title) word,
    FT_FAMILY_LIST(X)
#undef X
};
static const char *const family_titles[FT_FAMILY_COUNT] = {
#define X(id, name, word, title) title,
    FT_FAMILY_LIST(X)
#undef X
};

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

const char *ft_family_title(enum ft_family family)
{
    return family_titles[family];
}

static void list(struct ft_str *out, const char *const *names, unsigned set, const char *join)
{
    bool first = true;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        if (!(set & 1u << f)) continue;
        bool last = set >> f == 1;
        if (!first) ft_str_addz(out, last ? " " : ", ");
        if (!first && last) ft_str_addf(out, "%s ", join);
        ft_str_addz(out, names[f]);
        first = false;
    }
}

void ft_family_words(struct ft_str *out, unsigned set, const char *join)
{
    list(out, family_names, set, join);
}

void ft_family_titles(struct ft_str *out, unsigned set, const char *join)
{
    list(out, family_titles, set, join);
}
