/* See target_scale.h. */
#include "engine/train/target_scale.h"

#include "core/net.h"
#include "core/regression.h"
#include "util/log.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>

enum { FAR = 10 };

/* The values of the training part; free() them. */
static double *targets_of(const struct ft_examples *x, size_t *n)
{
    double *out = ft_xcalloc(x->n + 1, sizeof *out);
    *n = 0;
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].part == FT_PART_TRAIN && x->items[i].label >= 0)
            out[(*n)++] = x->items[i].value;
    return out;
}

void ft_target_scale_set(struct ft_train *t)
{
    struct ft_net *net = t->model.net;
    size_t n;
    double *values = targets_of(&t->data.x, &n), mean = 0, sd = 0;
    if (n) ft_mean_sd(values, n, &mean, &sd);
    free(values);
    bool unit = sd >= 1.0 / FAR && sd <= FAR && fabs(mean) <= FAR;
    if (!n || unit || !(sd > 0)) return;
    if (!ft_options_bool(&t->o, FT_OPT_scale_targets)) {
        ft_log(FT_LOG_NOTE,
               "the targets have mean %.4g and standard deviation %.4g and are not scaled: AdamW "
               "may need many updates (--scale_targets true)",
               mean, sd);
        return;
    }
    /* within what a float32 holds of the weights, too */
    double power = fmin(fmax(round(log2(sd)), -60), 100);
    net->value_scale = (float)exp2(power);
    float *bias = ft_net_out_bias(net);
    bool centred = t->model.head_new && bias;
    if (!t->model.head_new)
        ft_net_values_unfold(net);
    else if (bias)
        *bias = (float)(mean / exp2(power));
    ft_log(FT_LOG_NOTE,
           "the targets have mean %.4g and standard deviation %.4g: they are learned divided by "
           "%g%s; models are saved in the targets' own scale",
           mean, sd, (double)net->value_scale, centred ? ", starting from their mean" : "");
}
