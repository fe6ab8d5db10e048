/* The words of CHOICE options and the enums that are their indices, one list each:
 *
 *     switch ((enum ft_strategy)ft_options_choice(o, FT_OPT_eval_strategy)) ...
 *
 * The lists of optim and lr_scheduler_type are core's (core/optim.h, core/sched.h); that of task is
 * util's (util/kinds.h). Included by options_list.h only. */
#ifndef FT_ENGINE_OPTIONS_CHOICES_H
#define FT_ENGINE_OPTIONS_CHOICES_H

#define FT_TRUNCATION_LIST(X) X(HEAD, "head") X(HEAD_TAIL, "head_tail")
#define FT_HEADER_LIST(X)     X(DETECT, "auto") X(PRESENT, "true") X(ABSENT, "false")
#define FT_ORDER_LIST(X)                                                                           \
    X(RANDOM, "random") X(SEQUENTIAL, "sequential") X(LENGTH, "group_by_length")
#define FT_EVAL_STRATEGY_LIST(X) X(NEVER, "no") X(STEPS, "steps") X(EPOCH, "epoch")
#define FT_SAVE_STRATEGY_LIST(X) FT_EVAL_STRATEGY_LIST(X) X(BEST, "best")
#define FT_PRECISION_LIST(X)     X(AUTO, "auto") X(FP32, "fp32") X(BF16, "bf16") X(INT8, "int8")

enum ft_truncation {
#define X(id, word) FT_TRUNCATION_##id,
    FT_TRUNCATION_LIST(X)
#undef X
};
enum ft_header {
#define X(id, word) FT_HEADER_##id,
    FT_HEADER_LIST(X)
#undef X
};
enum ft_order {
#define X(id, word) FT_ORDER_##id,
    FT_ORDER_LIST(X)
#undef X
};
/* eval_strategy has those before BEST. */
enum ft_strategy {
#define X(id, word) FT_STRATEGY_##id,
    FT_SAVE_STRATEGY_LIST(X)
#undef X
};
enum ft_precision {
#define X(id, word) FT_PRECISION_##id,
    FT_PRECISION_LIST(X)
#undef X
};

#endif
