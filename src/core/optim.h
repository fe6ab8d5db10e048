/* Optimisers over flat arenas: AdamW (torch: decoupled decay), Adam (decay added to the gradient),
 * SGD. One pass over memory does clipping, update and, on request, zeroing of the gradient.
 *
 *     double norm = ft_optim_norm(g, ranges, n);                 // before clipping, for the log
 *     h.grad_scale = ft_optim_clip(norm, max_grad_norm);
 *     ft_optim_step(&h, p, g, m, v, ranges, n);                  // h.step starts at 1 */
#ifndef FT_CORE_OPTIM_H
#define FT_CORE_OPTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ID, word of --optim, its usual name) */
#define FT_OPTIM_LIST(X)                                                                           \
    X(ADAMW, "adamw_torch", "AdamW")                                                               \
    X(ADAM, "adam", "Adam")                                                                        \
    X(SGD, "sgd", "SGD")

enum ft_optim_kind {
#define X(id, word, title) FT_OPTIM_##id,
    FT_OPTIM_LIST(X)
#undef X
        FT_OPTIM_COUNT
};
bool ft_optim_parse(const char *name, enum ft_optim_kind *kind);
const char *ft_optim_name(enum ft_optim_kind kind);
const char *ft_optim_title(enum ft_optim_kind kind);
/* How many arenas of state (m, v) it needs besides p and g: 2, 2, 0. */
int ft_optim_states(enum ft_optim_kind kind);

struct ft_optim {
    enum ft_optim_kind kind;
    double lr, beta1, beta2, eps, weight_decay;
    uint64_t step;    /* this update's number, from 1 */
    float grad_scale; /* the gradient is multiplied by it first: the clipping factor */
    bool zero_grad;   /* leaves g zeroed where it was used */
};

/* Part [begin, end) of the arenas that is trained. What no range covers is frozen. */
struct ft_optim_range {
    size_t begin, end;
    bool decay;
    float lr_scale; /* usually 1 */
};

/* L2 norm of the gradient over the ranges, summed in double. Not finite when an element is not. */
double ft_optim_norm(const float *g, const struct ft_optim_range *ranges, size_t n);
/* torch.nn.utils.clip_grad_norm_: min(1, max_norm / (norm + 1e-6)); 1 when max_norm <= 0. */
float ft_optim_clip(double norm, double max_norm);
/* One update of p. m, v as ft_optim_states says, else NULL; zero before the first step. */
void ft_optim_step(const struct ft_optim *o, float *p, float *g, float *m, float *v,
                   const struct ft_optim_range *ranges, size_t n);

#endif
