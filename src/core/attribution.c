/* The ordinary backward pass down to the embeddings, with no parameter's gradient wanted. */
#include "core/attribution.h"

#include "core/net_in.h"

#include <assert.h>
#include <string.h>

/* A norm right behind the words: scaling a word hardly changes what follows, so that the product of it and
 * its gradient is a small difference of large terms. Worked out, it is eps * rstd^2 times that of the
 * normalised word and the gradient behind the norm. */
static void norm_products(const struct ft_net *net, const struct ft_ws *ws, float *out, size_t N,
                          size_t E)
{
    const float *gamma = ft_net_w(net, FT_ROLE_EMB_NORM_W, 0);
    for (size_t n = 0; n < N; n++) {
        const float *x = ws->emb + n * E, *d = ws->demb + n * E;
        double dot = 0, mean = (double)ws->emb_mean[n], rstd = (double)ws->emb_rstd[n];
        for (size_t c = 0; c < E; c++)
            dot += (double)d[c] * (double)gamma[c] * ((double)x[c] - mean) * rstd;
        out[n] = (float)(net->cfg.norm_eps * rstd * rstd * dot);
    }
}

enum ft_status ft_attribution(const struct ft_net *net, struct ft_ws *ws,
                              const struct ft_net_batch *batch, size_t row, size_t column,
                              float *out, struct ft_err *err)
{
    bool qa = net->cfg.head == FT_HEAD_QA;
    if (!qa && net->cfg.head != FT_HEAD_CLASSIFY)
        return ft_fail(err, FT_UNSUPPORTED,
                       "token attributions need a classification or question answering model");
    assert(ws->opt.train && batch->B == 1);
    enum ft_status st = ft_net_forward(net, ws, batch, NULL, err);
    if (st) return st;
    size_t N = batch->N, E = ft_net_config_embed(&net->cfg), columns = qa ? 2 : net->cfg.labels;
    assert(column < columns && (!qa || row < N));
    memset(ws->dlogits, 0, (qa ? N : 1) * columns * sizeof(*ws->dlogits));
    ws->dlogits[(qa ? row : 0) * columns + column] = 1;
    ws->no_params = true;
    ft_net_backward(net, ws);
    if (ft_net_norms_words(net)) {
        norm_products(net, ws, out, N, E);
        return FT_OK;
    }
    const float *words = ft_net_w(net, FT_ROLE_WORD, 0);
    for (size_t n = 0; n < N; n++) {
        const float *word = words + (size_t)batch->ids[n] * E;
        double dot = 0;
        for (size_t c = 0; c < E; c++)
            dot += (double)ws->demb[n * E + c] * (double)word[c];
        out[n] = (float)dot;
    }
    return FT_OK;
}
