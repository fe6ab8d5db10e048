/* How often each token of a tokenizer occurs in the texts of a data file: tables (text and second
 * text, or the columns that make one text together), SQuAD files (contexts and questions), plain
 * text (each line). Special tokens around the texts are not counted.
 *
 *     struct ft_token_counts c = {0};
 *     st = ft_token_counts_read(&c, tok, "train.csv", w, &err);
 *     ft_token_counts_release(&c);                               in any case
 */
#ifndef FT_ENGINE_MODEL_TOKEN_COUNTS_H
#define FT_ENGINE_MODEL_TOKEN_COUNTS_H

#include "data/tok.h"
#include "engine/options/job.h"
#include "util/err.h"

struct ft_token_counts {
    uint64_t *of; /* by id: ft_tok_vocab_size() of them */
    uint64_t tokens;
    size_t texts;
};
/* Errors: those of the file; FT_FORMAT when it has no text; FT_CANCELLED. */
enum ft_status ft_token_counts_read(struct ft_token_counts *c, const struct ft_tok *tok,
                                    const char *path, struct ft_job *w, struct ft_err *err);
void ft_token_counts_release(struct ft_token_counts *c);

#endif
