/* The table of tasks and how the task of a run is found: see task.h. */
#include "data/read.h"
#include "engine/task/task.h"

#include "engine/model/model_family.h"
#include "engine/options/data_options.h"

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

enum ft_task ft_task_find(const struct ft_options *o)
{
    int named = ft_options_choice(o, FT_OPT_task);
    const char *data = ft_options_text(o, FT_OPT_data), *model = ft_options_text(o, FT_OPT_model);
    if (named >= 0) return (enum ft_task)named;
    enum ft_format format = FT_FORMAT_AUTO;
    struct ft_read_opt how = ft_data_read_opt(o);
    if (*data) ft_format_sniff(data, &how, &format, NULL);
    if (format == FT_FORMAT_SQUAD) return FT_TASK_QA;
    if (format != FT_FORMAT_TEXT) return FT_TASK_CLASSIFY;
    struct ft_hf_config config = {0};
    bool goes_on = *model && !ft_model_file_config(&config, NULL, model, NULL) &&
                   ft_family_text_task(config.family) == FT_TASK_CLM;
    ft_hf_config_release(&config);
    return goes_on ? FT_TASK_CLM : FT_TASK_MLM;
}

enum ft_status ft_task_open(struct ft_run_data *d, enum ft_task task, const struct ft_options *o,
                            const struct ft_labels *labels, bool unlabelled, struct ft_err *err)
{
    if (!*ft_options_text(o, FT_OPT_data))
        return ft_fail(err, FT_USAGE, "no data: use --data FILE");
    d->task = task;
    return ft_task_ops(task)->open(d, o, labels, unlabelled, err);
}
