/* The words that every room shares: tasks and model families. */
#ifndef FT_UTIL_KINDS_H
#define FT_UTIL_KINDS_H

enum ft_task { FT_TASK_CLASSIFY, FT_TASK_QA, FT_TASK_MLM, FT_TASK_CLM, FT_TASK_COUNT };
const char *ft_task_name(enum ft_task task); /* "classify", "qa", "mlm", "clm" */
int ft_task_parse(const char *name);         /* -1: no such task */

enum ft_family {
    FT_FAMILY_BERT,
    FT_FAMILY_ROBERTA,
    FT_FAMILY_DISTILBERT,
    FT_FAMILY_GPT2,
    FT_FAMILY_COUNT
};
const char *ft_family_name(enum ft_family family); /* config.json's model_type */
int ft_family_parse(const char *name);             /* -1: not built */

#endif
