/* Language modelling: texts to sequences of tokens, and the loss over them. As transformers'
 * run_clm and run_mlm do it, but for one thing: the texts of a part are joined as a whole, not a
 * thousand at a time. */
#ifndef FT_ENGINE_TASK_LM_H
#define FT_ENGINE_TASK_LM_H

#include "core/net.h"
#include "engine/options/options.h"
#include "engine/task/sequences.h"

struct ft_lm_opt {
    size_t length;     /* of a block, or the most tokens of a line */
    bool line_by_line; /* each text by itself, cut to length; else all joined and cut into blocks */
    bool newline;      /* each text ends in one: lines of a file of running text, for CLM */
};
/* From the options, cut to what the model can read. `plain`: the data is a text file. */
void ft_lm_opt_of(struct ft_lm_opt *opt, const struct ft_options *o, enum ft_task task, bool plain,
                  size_t max_tokens);

/* The texts of a part. Joined: what does not fill the last block is left out, unless it is all
 * there is. Texts have the special tokens of the tokenizer's template around them. */
enum ft_status ft_lm_sequences(struct ft_sequences *s, const struct ft_examples *x,
                               enum ft_part part, const struct ft_tok *tok,
                               const struct ft_lm_opt *opt, struct ft_job *w, struct ft_err *err);

struct ft_lm_sum {
    double loss;           /* mean over tokens; NaN without one */
    uint64_t tokens, hits; /* with a target; whose likeliest token was right */
};
/* What came out for sequence i: its ids (as they were before masking), and for each of its n tokens
 * that has a target its loss and the likeliest token there (argmax -1: no target). The target of
 * token k is the token of place k + shift: CLM 1, MLM 0. */
struct ft_lm_said {
    size_t i, n;
    const int32_t *ids, *argmax;
    const float *losses;
    int shift;
};
typedef enum ft_status ft_lm_fn(void *arg, const struct ft_lm_said *said, struct ft_err *err);
/* All sequences in order, in the memory that `batch` long ones take; masking NULL for CLM. fn may be NULL. */
enum ft_status ft_lm_score(struct ft_lm_sum *sum, const struct ft_net *net,
                           const struct ft_sequences *s, const struct ft_masking *masking,
                           size_t batch, ft_lm_fn *fn, void *arg, struct ft_job *w,
                           struct ft_err *err);

#endif
