/* See model_flops.h. */
#include "engine/task/model_flops.h"

#include "core/family.h"
#include "core/net_config.h"

#include <string.h>

double ft_model_flops_of_token(const struct ft_model_facts *model, enum ft_task task,
                               double mlm_share, size_t length)
{
    double body = 0, trained = model->net_parameters
                                   ? (double)model->net_trained / (double)model->net_parameters
                                   : 1;
    bool shared = model->net && ft_family_shares_layers(model->net->family);
    double times = shared ? (double)model->layers : 1; /* that a layer is applied */
    for (size_t i = 0; i < model->parts_n; i++) {
        bool layer = !strncmp(model->parts[i].name, "layer", 5);
        if (strcmp(model->parts[i].name, "embeddings") != 0)
            body += (double)model->parts[i].count * (layer ? times : 1);
    }
    double words = (double)model->vocab * (double)model->hidden; /* the tied output of words */
    if (ft_task_has(task, FT_TRAIT_GENERATES)) body += words;
    if (ft_task_has(task, FT_TRAIT_MASKS)) body += words * mlm_share;
    double seen = 0; /* tokens that a token attends to, in all layers */
    for (size_t l = 0; l < (size_t)model->layers; l++) {
        bool local = model->net && ft_net_config_local(model->net, l);
        size_t near = local ? 2 * model->net->reach - 1 : length;
        seen += (double)(near < length ? near : length);
    }
    double attention = 2 * seen * (double)model->hidden;
    /* forward, to the inputs, and to those weights that learn */
    return 2 * body * (2 + trained) + 2 * attention * 3;
}

double ft_model_flops_recompute(const struct ft_options *o)
{
    return ft_options_bool(o, FT_OPT_gradient_checkpointing) ? 1 + 2.0 / 9 : 1;
}
