/* See model_family.h. */
#include "engine/model/model_family.h"

#include "core/family.h"
#include "core/net_config.h"
#include "util/str.h"

size_t ft_model_max_tokens(const struct ft_hf_config *c)
{
    return ft_family_tokens_max(c->family, (size_t)c->positions, (int32_t)c->pad_token_id);
}

enum ft_status ft_model_check_positions(const struct ft_hf_config *c, struct ft_err *err)
{
    if (ft_family_counts_from_pad(c->family) && c->pad_token_id < 0)
        return ft_fail(err, FT_FORMAT, "%s: pad_token_id is missing; %s counts positions from it",
                       c->name, ft_family_title(c->family));
    if (!ft_model_max_tokens(c))
        return ft_fail(err, FT_FORMAT, "%s: max_position_embeddings %lld leaves no usable position",
                       c->name, (long long)c->positions);
    return FT_OK;
}

/* The tasks that the family has a head for: "classify, qa or mlm". */
static void add_tasks(struct ft_str *out, enum ft_family family)
{
    enum ft_task has[FT_TASK_COUNT];
    size_t n = 0;
    for (int t = 0; t < FT_TASK_COUNT; t++) {
        enum ft_task task = (enum ft_task)t;
        bool named = ft_task_parse(ft_task_name(task), FT_PROBLEM_TYPE_NONE) == t;
        if (named && ft_family_has_head(family, ft_task_head(task))) has[n++] = task;
    }
    for (size_t i = 0; i < n; i++)
        ft_str_addf(out, "%s%s", !i ? "" : i + 1 < n ? ", " : " or ", ft_task_name(has[i]));
}

enum ft_status ft_model_check_task(const struct ft_hf_config *c, enum ft_task task,
                                   struct ft_err *err)
{
    if (ft_family_has_head(c->family, ft_task_head(task))) return FT_OK;
    unsigned able = 0;
    for (int f = 0; f < FT_FAMILY_COUNT; f++)
        if (ft_family_has_head((enum ft_family)f, ft_task_head(task))) able |= 1u << f;
    struct ft_str families = {0}, tasks = {0};
    ft_family_words(&families, able, "or");
    add_tasks(&tasks, c->family);
    enum ft_status st = ft_fail(
        err, FT_UNSUPPORTED,
        "%s: a %s model does not support the task %s; use a %s model, or the task %s", c->name,
        ft_family_name(c->family), ft_task_name(task), ft_str_text(&families), ft_str_text(&tasks));
    ft_str_release(&families);
    ft_str_release(&tasks);
    return st;
}

enum ft_task ft_family_text_task(enum ft_family family)
{
    bool clm = ft_family_has_head(family, FT_HEAD_CLM);
    return ft_task_of_head(clm ? FT_HEAD_CLM : FT_HEAD_MLM);
}
