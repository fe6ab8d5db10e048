/* --precision: which number format the matrix products take here. Where the processor or a library
 * lacks the one that is asked for, fp32 is used.
 *
 *     struct ft_str why = {0};
 *     enum ft_precision p = ft_precision_used(&options, &why);
 *     if (why.len) ft_log(FT_LOG_WARN, "%s", ft_str_text(&why));
 *
 * Threads: any. */
#ifndef FT_ENGINE_MODEL_PRECISION_H
#define FT_ENGINE_MODEL_PRECISION_H

#include "engine/options/options.h"
#include "util/str.h"

/* FP32, BF16 or INT8. *why, if not NULL, gets what is missing and what is done instead: "precision
 * bf16: this processor has neither avx512_bf16 nor amx_bf16; fp32 is used". */
enum ft_precision ft_precision_used(const struct ft_options *o, struct ft_str *why);
/* Whether this machine has it, and faster than fp32. */
bool ft_precision_has(enum ft_precision p);
/* "fp32, int8": all that this machine has, or with `train` those that training can use. free() it. */
char *ft_precisions_text(bool train);
/* "fp32". */
const char *ft_precision_name(enum ft_precision p);

#endif
