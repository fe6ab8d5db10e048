/* A network: its parameters, and forward and backward through embeddings, blocks, head and loss on
 * a packed batch. Families differ by their table (family.h); tasks by head and loss.
 *
 *     st = ft_net_new(&net, &cfg, err);                    weights allocated, not set
 *     ft_net_init_weights(net, seed, only_head);           or copied in through net->params
 *     st = ft_net_train_begin(net, err);                   gradients
 *     st = ft_ws_new(&ws, net, &(struct ft_ws_opt){ .N = n, .B = b, .T = t, .train = true }, err);
 *     each step:
 *         ft_net_grads_zero(net);
 *         each micro-batch:
 *             st = ft_net_forward(net, ws, &batch, &drop, err);
 *             ft_net_loss(net, ws, &targets, &opt, &loss);  opt.grad_scale = 1 / weight of the step
 *             ft_net_backward(net, ws);
 *         clip, then the optimiser over net->w, net->g
 *
 * Memory is taken in _new and _begin only; a step allocates nothing.
 * Threads: one at a time on a net and its workspaces (inside, the pool's threads share the work).
 * The weights are read only by forward, so prediction between two steps needs just another
 * workspace. */
#ifndef FT_CORE_NET_H
#define FT_CORE_NET_H

#include "core/net_config.h"
#include "core/op_hidden.h"
#include "core/params.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the products multiply, where the processor has it: ft_net_has. INT8 is for evaluations; BF16
 * for training too, with weights, gradients and sums in fp32. Embeddings, norms, softmax, attention,
 * activations, losses and the last layer of a head are fp32 in any case (in BF16 that of a language
 * model is not). */
enum ft_net_precision { FT_NET_FP32, FT_NET_INT8, FT_NET_BF16, FT_NET_PRECISION_COUNT };
/* Whether it is faster than fp32 on this processor, or emulated because the environment asks for it
 * (core/gemm.h). Where not, it works all the same. */
bool ft_net_has(enum ft_net_precision precision);
const char *ft_net_precision_name(enum ft_net_precision precision); /* "fp32" */

struct ft_net {
    struct ft_net_config cfg;
    struct ft_params params;
    float *w; /* params.floats; whoever writes them calls ft_net_weights_changed */
    float *g; /* the same layout; NULL before ft_net_train_begin */
    struct ft_net_weights *weights;  /* private: copies of w that products use */
    enum ft_net_precision precision; /* of evaluations, for workspaces that are made from now on */
    float value_scale; /* REGRESSION: the outputs are those of the last layer times this; 1 */
};

enum ft_status ft_net_new(struct ft_net **net, const struct ft_net_config *cfg, struct ft_err *err);
void ft_net_free(struct ft_net *net);                                      /* NULL is fine */
enum ft_status ft_net_train_begin(struct ft_net *net, struct ft_err *err); /* gradients, zero */
void ft_net_train_end(struct ft_net *net);                                 /* frees them */
void ft_net_grads_zero(struct ft_net *net);
/* Call after changing net->w since the last forward: after each update, for example. */
void ft_net_weights_changed(const struct ft_net *net);
/* Regression with targets far from 1: the outputs, and the losses, are those of the targets; the
 * gradients are those of the loss divided by the square of value_scale, so that the last layer learns
 * targets of about 1. A power of two: multiplying the last layer by it (fold) gives the same net with
 * value_scale 1, to the bit, and dividing (unfold) gives it back. Both leave value_scale as it is;
 * nothing is computed in between. */
void ft_net_values_fold(const struct ft_net *net);
void ft_net_values_unfold(const struct ft_net *net);
/* The bias of a classifier's last layer, (labels); NULL: the family's has none. */
float *ft_net_out_bias(const struct ft_net *net);
/* Random weights from `seed`: all, or only the head's (a body was loaded). */
void ft_net_init_weights(struct ft_net *net, uint64_t seed, bool only_head);

/* B sequences one after another. Ids lie in [0, vocab); no sequence is empty or longer than
 * ft_net_config_tokens_max(). Forward checks all of it. */
struct ft_net_batch {
    size_t N, B;
    const int32_t *ids;     /* (N) */
    const int32_t *types;   /* (N) token types; NULL: all 0. Ignored by families without. */
    const int32_t *offsets; /* (B+1), from 0 to N */
    /* MLM: if not NULL, the R rows (ascending) that have targets or whose logits are asked for; the
     * end of the last layer is then computed for them alone. Other tasks know it by themselves. */
    const int32_t *rows;
    size_t R;
};

/* Dropout's masks are a function of these two, the layer, the place in it and the element. */
struct ft_drop_key {
    uint64_t seed;
    uint32_t step; /* counts micro-batches, not updates */
};

struct ft_ws; /* a workspace: the activations of one batch */

struct ft_ws_opt {
    size_t N, B, T; /* the most tokens, sequences, and tokens of one sequence in a batch */
    bool train;     /* keeps what backward needs */
    bool
        checkpoint; /* with train: keeps one (N,C) of each layer only; backward computes the rest of
                         it again. The same bits in less memory, for a third more products of
                         forward */
    bool keep_hidden; /* ft_ws_hidden works, and the last layer is computed for all rows */
    bool panels;      /* for many forwards of few rows with the same weights: keeps a copy of them
                         that is faster then; the same bits */
    enum ft_net_precision precision; /* with train FP32 or BF16; of an evaluation FP32: the net's */
};

/* Where the memory goes, before any of it is taken. */
struct ft_mem_plan {
    size_t weights_bytes, grads_bytes, optim_bytes; /* AdamW's two moments when training */
    size_t copies_bytes;                            /* of weights: in panels, quantized or bf16 */
    size_t activations_bytes;                       /* kept from forward to backward */
    size_t work_bytes;                              /* used and reused within a layer, logits; of a
                                                       run, what the program itself takes */
    size_t total_bytes;
};
/* `cfg` must have passed ft_net_config_check. Sizes that overflow give SIZE_MAX in total_bytes. */
void ft_net_plan(const struct ft_net_config *cfg, const struct ft_ws_opt *opt,
                 struct ft_mem_plan *plan);

/* FT_NOMEM with the numbers when there is not enough. `net` must outlive the workspace. */
enum ft_status ft_ws_new(struct ft_ws **ws, const struct ft_net *net, const struct ft_ws_opt *opt,
                         struct ft_err *err);
void ft_ws_free(struct ft_ws *ws); /* NULL is fine */

/* Embeddings, blocks, and for CLASSIFY, TOKENS and QA the head. `drop` NULL: evaluation, no dropout. The
 * batch's arrays must stay until loss and backward are done with it.
 * Errors: FT_FORMAT for an id, type, offset or length out of range; FT_USAGE when the batch is
 * larger than the workspace. */
enum ft_status ft_net_forward(const struct ft_net *net, struct ft_ws *ws,
                              const struct ft_net_batch *batch, const struct ft_drop_key *drop,
                              struct ft_err *err);

/* Logits of the last forward: CLASSIFY (B, labels), TOKENS (N, labels), QA (N, 2) with start and end in the columns.
 * NULL for a body without a head, and for language models, whose logits are never whole in
 * memory: see ft_net_lm_logits. */
const float *ft_ws_logits(const struct ft_ws *ws);
/* What the last forward's blocks gave, behind the last norm, before the head: (R, C), for a body
 * without a head (FT_HEAD_NONE) of all N rows. */
const float *ft_ws_out(const struct ft_ws *ws);
/* The hidden states after layer l (0: after the embeddings; L: the last, in GPT-2 after ln_f), (N,
 * C). Only with keep_hidden. */
const float *ft_ws_hidden(const struct ft_ws *ws, size_t l);
/* MLM, CLM: logits of n rows (indices into the last forward's N) into out (n, vocab). Call it
 * before ft_net_loss, or after an evaluation's. */
void ft_net_lm_logits(const struct ft_net *net, struct ft_ws *ws, const int32_t *rows, size_t n,
                      float *out);

/* The targets; the field of the net's head is read. Targets below 0 are ignored. */
struct ft_net_targets {
    const int32_t *labels;      /* CLASSIFY: (B). TOKENS: (N), -100 where a token has none.
                                 * MLM: (N), -100 where not masked.
                                 * CLM: NULL, each token's target is the next of its sequence */
    const float *values;        /* CLASSIFY with several labels or a number: (B, labels), labels
                                 * then only says which are ignored (NULL: none) */
    const int32_t *start, *end; /* QA: (B), tokens counted from the sequence's first */
};

struct ft_loss_opt {
    float smoothing;            /* label smoothing, 0: none */
    const float *class_weights; /* CLASSIFY, TOKENS: (labels), NULL: all 1; of several labels
                                 * op_bce_fwd's pos_weight */
    float grad_scale; /* gradients are those of grad_scale * sum; 0: no gradients wanted */
    float *
        losses; /* if not NULL, the loss of each sequence (B); TOKENS, MLM, CLM: of each token (N), 0
                       * where there is no target */
    int32_t *argmax; /* MLM, CLM: if not NULL, the likeliest token of each row (N), -1 where there
                       * is no target */
};

/* Mean loss = sum / weight. Add both over the micro-batches of a step and over an evaluation. */
struct ft_net_loss {
    double sum;    /* over examples (CLASSIFY, QA) or tokens (TOKENS, MLM, CLM) */
    double weight; /* how many, or the sum of their class weights */
    size_t hits;   /* targets that were the likeliest class or token; 0 for QA and regression */
};
/* Loss of the last forward; 0 with weight 0 for a body without a head. With grad_scale > 0 (training workspace) it also starts the way back;
 * language models add the output matrix's gradient here. */
void ft_net_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_net_targets *targets,
                 const struct ft_loss_opt *opt, struct ft_net_loss *out);
/* The weight alone, known before the forward: for grad_scale over several micro-batches. */
double ft_net_loss_weight(const struct ft_net_config *cfg, const struct ft_net_batch *batch,
                          const struct ft_net_targets *targets, const float *class_weights);

/* Hidden-state loss of the last forward: its last hidden states against target (groups->G, C), see
 * op_hidden.h; out->weight is the number of groups. With grad_scale > 0 the next backward adds its
 * gradient to that of ft_net_loss, where the net has a head; groups and target must stay until then.
 * Needs keep_hidden, or a body without a head. */
void ft_net_hidden_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_groups *groups,
                        const float *target, float grad_scale, struct ft_net_loss *out);

/* Distillation loss of a classifier's last forward against a teacher's logits (B, labels), see
 * op_distill_fwd; out->weight is B. Of several labels: the mean over them, see op_distill_bce_fwd; of
 * a regression: the mean squared error. With grad_scale > 0 its gradient joins that of ft_net_loss, which
 * is called before, be it with grad_scale 0. */
void ft_net_distill_loss(const struct ft_net *net, struct ft_ws *ws, const float *teacher,
                         double temperature, float grad_scale, struct ft_net_loss *out);

/* Adds to net->g the gradients of every parameter that is not frozen; stops where nothing below is
 * trained. Once after each ft_net_loss with grad_scale > 0 (a body: ft_net_hidden_loss). */
void ft_net_backward(const struct ft_net *net, struct ft_ws *ws);

#endif
