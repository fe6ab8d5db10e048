/* Names of the shared words: see kinds.h. */
#include "util/kinds.h"

#include "util/str.h"

#include <string.h>

static const char *const head_names[FT_HEAD_COUNT] = {
    [FT_HEAD_NONE] = "none",     [FT_HEAD_CLASSIFY] = "classify", [FT_HEAD_QA] = "qa",
    [FT_HEAD_MLM] = "mlm",       [FT_HEAD_CLM] = "clm",           [FT_HEAD_TOKENS] = "tokens",
    [FT_HEAD_CHOICE] = "choice", [FT_HEAD_NEXT] = "next",
};

static const struct {
    enum ft_head head;
    enum ft_predicts predicts;
    unsigned traits;
} tasks[FT_TASK_COUNT] = {
#define X(id, word, head, predicts, traits) {head, predicts, traits},
    FT_TASK_LIST(X)
#undef X
};
#define X(id, word, head, predicts, traits)                                                        \
    _Static_assert((traits) != 0, "task " #word " has no trait");
FT_TASK_LIST(X)
#undef X

/* Tasks that --task names: the first ones. */
enum {
#define X(id, word, head, predicts, traits) NAMED_##id,
    FT_TASK_NAMED_LIST(X)
#undef X
        NAMED
};
static const char *const task_names[FT_TASK_COUNT] = {
#define X(id, word, head, predicts, traits) #word,
    FT_TASK_LIST(X)
#undef X
};
static const struct {
    const char *name;
    enum ft_task task;
} problems[FT_PROBLEM_TYPE_COUNT] = {[FT_PROBLEM_TYPE_NONE] = {NULL, FT_TASK_NONE},
#define X(id, word, task) [FT_PROBLEM_TYPE_##id] = {word, FT_TASK_##task},
                                     FT_PROBLEM_TYPE_LIST(X)
#undef X
};
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

const char *ft_head_name(enum ft_head head)
{
    return head_names[head];
}

const char *ft_problem_type_name(enum ft_problem_type type)
{
    return problems[type].name;
}

int ft_problem_type_parse(const char *name)
{
    for (int p = 1; name && p < FT_PROBLEM_TYPE_COUNT; p++)
        if (!strcmp(problems[p].name, name)) return p;
    return FT_PROBLEM_TYPE_NONE;
}

const char *ft_task_name(enum ft_task task)
{
    return task_names[ft_task_problem(task) ? ft_task_of_head(ft_task_head(task)) : task];
}

int ft_task_parse(const char *name, enum ft_problem_type type)
{
    int task = find(task_names, NAMED, name);
    if (task < 0 || !type || !ft_task_problem((enum ft_task)task)) return task;
    return ft_task_of_problem(type);
}

enum ft_problem_type ft_task_problem(enum ft_task task)
{
    for (int p = 1; task >= 0 && p < FT_PROBLEM_TYPE_COUNT; p++)
        if (problems[p].task == task) return (enum ft_problem_type)p;
    return FT_PROBLEM_TYPE_NONE;
}

enum ft_task ft_task_of_problem(enum ft_problem_type type)
{
    return problems[type].task;
}

enum ft_head ft_task_head(enum ft_task task)
{
    return tasks[task].head;
}

unsigned ft_task_traits(enum ft_task task)
{
    return tasks[task].traits;
}

enum ft_predicts ft_task_predicts(enum ft_task task)
{
    return task >= 0 ? tasks[task].predicts : FT_PREDICTS_NOTHING;
}

bool ft_task_has(enum ft_task task, unsigned traits)
{
    return task >= 0 && tasks[task].traits & traits;
}

enum ft_task ft_task_of_head(enum ft_head head)
{
    for (int t = 0; t < FT_TASK_COUNT; t++)
        if (tasks[t].head == head) return (enum ft_task)t;
    return FT_TASK_NONE;
}

enum ft_task ft_task_of_traits(unsigned traits)
{
    for (int t = 0; t < FT_TASK_COUNT; t++)
        if ((tasks[t].traits & traits) == traits) return (enum ft_task)t;
    return FT_TASK_NONE;
}

enum ft_task ft_task_or_first(int task)
{
    return task < 0 ? (enum ft_task)0 : (enum ft_task)task;
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
