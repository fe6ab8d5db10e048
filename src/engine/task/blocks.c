/* See blocks.h. */
#include "engine/task/blocks.h"

#include "engine/task/lm.h"
#include "engine/model/model_family.h"
#include "engine/model/model_file.h"
#include "engine/task/task.h"

enum ft_status ft_blocks_plan(struct ft_blocks_plan *p, const struct ft_options *o, bool plain,
                              struct ft_err *err)
{
    struct ft_hf_config config = {0};
    struct ft_lm_opt lm;
    enum ft_task task = ft_task_find(o);
    *p = (struct ft_blocks_plan){0};
    if (!ft_task_has(task, FT_TRAIT_TEXT)) return FT_OK;
    enum ft_status st = ft_model_file_config(&config, NULL, ft_options_text(o, FT_OPT_model), err);
    if (st) return st;
    p->max_tokens = ft_model_max_tokens(&config);
    ft_hf_config_release(&config);
    ft_lm_opt_of(&lm, o, task, plain, p->max_tokens);
    p->joined = !lm.line_by_line;
    p->newline = lm.newline;
    return FT_OK;
}
