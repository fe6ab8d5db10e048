/* What core/optim.c and core/optim_rows.c share: the numbers of one update of one range, and the
 * arithmetic of one vector, so that both give the same bits. Private to core. */
#ifndef FT_CORE_OPTIM_IN_H
#define FT_CORE_OPTIM_IN_H

#include "core/optim.h"
#include "core/vec.h"

struct optim_update {
    float scale;          /* the gradient is multiplied by it: the clipping factor */
    float lr, shrink, l2; /* shrink: what AdamW multiplies p by; l2: decay added to g */
    float step, root;     /* lr / (1 - beta1^t); 1 / sqrt(1 - beta2^t) */
    float b1, b2, c1, c2; /* the betas, and 1 - beta */
    float eps;
};

/* Bias corrections are made in double once an update. */
static inline struct optim_update optim_update_of(const struct ft_optim *o, bool decays,
                                                  float lr_scale)
{
    double lr = o->lr * (double)lr_scale, decay = decays ? o->weight_decay : 0.0;
    double t = (double)o->step;
    struct optim_update u = {.scale = o->grad_scale, .lr = (float)lr, .shrink = 1.0f};
    if (o->kind == FT_OPTIM_ADAMW)
        u.shrink = (float)(1.0 - lr * decay);
    else
        u.l2 = (float)decay;
    if (ft_optim_states(o->kind) != 2) return u;
    u.step = (float)(lr / (1.0 - pow(o->beta1, t)));
    u.root = (float)(1.0 / sqrt(1.0 - pow(o->beta2, t)));
    u.b1 = (float)o->beta1;
    u.b2 = (float)o->beta2;
    u.c1 = (float)(1.0 - o->beta1);
    u.c2 = (float)(1.0 - o->beta2);
    u.eps = (float)o->eps;
    return u;
}

/* One vector of Adam or AdamW; the new p. */
VEC_INLINE vf optim_adam(const struct optim_update *u, vf p, vf g, vf *m, vf *v)
{
    g = vf_fma(p, vf_set(u->l2), g * u->scale);
    p *= u->shrink;
    *m = vf_fma(g, vf_set(u->c1), *m * u->b1);
    *v = vf_fma(g * g, vf_set(u->c2), *v * u->b2);
    vf below = vf_fma(vf_sqrt(*v), vf_set(u->root), vf_set(u->eps));
    return p - u->step * (*m / below);
}

/* One number of SGD. */
static inline float optim_sgd(const struct optim_update *u, float p, float g)
{
    g = g * u->scale + u->l2 * p;
    return p - u->lr * g;
}

#endif
