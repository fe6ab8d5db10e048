/* The table of tasks and how the task of a run is found: see task.h. */
#include "engine/task.h"

const struct ft_task_ops *ft_task_ops(enum ft_task task)
{
    static const struct ft_task_ops *const table[FT_TASK_COUNT] = {
        [FT_TASK_CLASSIFY] = &ft_task_classify,
        [FT_TASK_QA] = &ft_task_qa,
        [FT_TASK_MLM] = &ft_task_mlm,
        [FT_TASK_CLM] = &ft_task_clm,
    };
    return table[task];
}

enum ft_status ft_task_find(const struct ft_options *o, enum ft_task *task, struct ft_err *err)
{
    int named = ft_task_parse(ft_options_text(o, FT_OPT_task));
    const char *data = ft_options_text(o, FT_OPT_data), *model = ft_options_text(o, FT_OPT_model);
    *task = named >= 0 ? (enum ft_task)named : FT_TASK_CLASSIFY;
    if (named >= 0 || !*data) return FT_OK;
    enum ft_format format = FT_FORMAT_AUTO;
    enum ft_status st = ft_format_sniff(data, &(struct ft_read_opt){0}, &format, err);
    if (st) return st;
    if (format == FT_FORMAT_SQUAD) *task = FT_TASK_QA;
    if (format != FT_FORMAT_TEXT || !*model) return FT_OK;
    struct ft_hf_config config = {0};
    if ((st = ft_model_file_config(&config, NULL, model, err))) return st;
    *task = config.family == FT_FAMILY_GPT2 ? FT_TASK_CLM : FT_TASK_MLM;
    ft_hf_config_release(&config);
    return FT_OK;
}
