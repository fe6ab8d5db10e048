/* Extractive question answering: windows of question and context with the answer's tokens, and the
 * conversion of logits to spans of the original text. As transformers' run_qa does it, with two
 * differences: an answer in a window's last token is never placed after it, and the best spans are
 * searched among all of at most max_answer_length tokens, not only among the 20 best starts and
 * ends. Every window of a long context is used. */
#ifndef FT_ENGINE_TASK_QA_H
#define FT_ENGINE_TASK_QA_H

#include "core/net.h"
#include "data/squad.h"
#include "engine/options/options.h"
#include "engine/task/sequences.h"
#include "engine/task/squad_scores.h"

struct ft_qa_opt {
    size_t max_length, stride; /* of a window, in tokens */
    size_t answer_tokens;      /* the longest answer */
    size_t n_best;
    double threshold; /* no answer when null_score - best score is above it */
    bool keep;        /* answers will be read: places in the text are kept */
};
/* From the options, cut to what the model can read. */
void ft_qa_opt_of(struct ft_qa_opt *opt, const struct ft_options *o, size_t max_tokens);

/* What was found while windows were made. */
struct ft_qa_made {
    size_t lost;     /* questions left out: their answer has no place in the context */
    size_t answers;  /* answers that have a place */
    size_t too_long; /* of these: longer than answer_tokens or any window, so never predicted */
    size_t enough;   /* tokens that hold 95 % of the answers; 0: windows do not */
};

/* The windows of all questions of a part that are kept, in the order of the file; `example` is the
 * question. Without `keep` (training) questions whose answer has no place in their context are left
 * out and counted in *found (may be NULL). A question that leaves less than twice the stride for
 * its context is cut (s->cut counts such windows). Errors: FT_USAGE, with the question's id, when
 * the window is too small for that too; FT_CANCELLED. */
enum ft_status ft_qa_windows(struct ft_sequences *s, const struct ft_squad *q, enum ft_part part,
                             const struct ft_tok *tok, const struct ft_qa_opt *opt,
                             struct ft_qa_made *found, struct ft_job *w, struct ft_err *err);
/* Those of one question; start and end of the answer are unknown. */
enum ft_status ft_qa_windows_one(struct ft_sequences *s, const char *question, size_t qn,
                                 const char *context, size_t cn, const struct ft_tok *tok,
                                 struct ft_tok_ctx *ctx, const struct ft_qa_opt *opt,
                                 struct ft_err *err);

struct ft_qa_span {
    size_t start, end; /* bytes of the context; 0, 0: no answer */
    float start_logit, end_logit;
    double probability; /* among the n best (and no answer) */
};
struct ft_qa_answer {
    struct ft_qa_span *best; /* spans of the context, best first */
    size_t n;
    float null_start, null_end; /* of the window where no answer is least likely */
    double null_probability;
};
static inline double ft_qa_span_score(const struct ft_qa_span *s)
{
    return (double)s->start_logit + (double)s->end_logit;
}
/* null score - best score: above the threshold there is no answer. INFINITY without a span. */
double ft_qa_null_diff(const struct ft_qa_answer *a);

/* Answers of every question that has windows in `s` (kept): answers (questions) zeroed by the
 * caller. *loss: mean over windows, NaN when they have no answers. */
enum ft_status ft_qa_answer_all(struct ft_qa_answer *answers, size_t questions,
                                const struct ft_net *net, const struct ft_sequences *s,
                                size_t batch, const struct ft_qa_opt *opt, double *loss,
                                struct ft_job *w, struct ft_err *err);
void ft_qa_answers_release(struct ft_qa_answer *answers, size_t n);

#endif
