/* Loading and saving a model's folder: see model_file.h. Here the names of data (a file's words)
 * and of core (what a net is) are put together; neither room knows the other. */
#include "engine/model_file.h"

#include "data/hf_dir.h"
#include "data/hub.h"
#include "data/safetensors.h"
#include "engine/model_facts_in.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static const enum ft_act act_of_hf[FT_HF_ACT_COUNT] = {
    [FT_HF_ACT_GELU] = FT_ACT_GELU, [FT_HF_ACT_GELU_TANH] = FT_ACT_GELU_TANH,
    [FT_HF_ACT_RELU] = FT_ACT_RELU, [FT_HF_ACT_TANH] = FT_ACT_TANH,
    [FT_HF_ACT_SILU] = FT_ACT_SILU,
};

enum ft_status ft_model_file_config(struct ft_hf_config *config, char **path, const char *name,
                                    struct ft_err *err)
{
    struct ft_hub_model found = {0};
    enum ft_status st = ft_hub_resolve(&found, name, err);
    if (st) return st;
    char *file = ft_path_join(found.path, "config.json");
    st = ft_hf_config_load(config, file, err);
    free(file);
    if (!st && path) {
        *path = found.path;
        found.path = NULL;
    }
    ft_hub_model_release(&found);
    return st;
}

enum ft_status ft_model_file_net_config(const struct ft_hf_config *c,
                                        const struct ft_model_opt *opt, struct ft_net_config *out,
                                        struct ft_err *err)
{
    enum ft_status st = ft_hf_config_check_task(c, opt->task, err);
    if (st) return st;
    ft_net_config_defaults(out, c->family, opt->task);
    out->vocab = (size_t)c->vocab_size;
    out->positions = (size_t)c->positions;
    out->types = (size_t)c->type_vocab_size;
    out->hidden = (size_t)c->hidden_size;
    out->layers = (size_t)c->layers;
    out->heads = (size_t)c->heads;
    out->ff = (size_t)c->intermediate_size;
    out->act = act_of_hf[c->act];
    out->norm_eps = c->layer_norm_eps;
    out->embed_dropout = c->embedding_dropout;
    out->hidden_dropout = c->hidden_dropout;
    out->attn_dropout = c->attention_dropout;
    out->head_dropout = opt->task == FT_TASK_CLASSIFY ? c->classifier_dropout
                        : opt->task == FT_TASK_QA     ? c->qa_dropout
                                                      : 0;
    if (opt->dropout >= 0)
        out->embed_dropout = out->hidden_dropout = out->attn_dropout = out->head_dropout =
            opt->dropout;
    out->pad_id = (int32_t)c->pad_token_id;
    out->tied = c->tie_word_embeddings;
    out->attn_scaled = c->attn_scaled;
    out->attn_layer_scaled = c->attn_layer_scaled;
    out->init_range = c->initializer_range;
    if (opt->task == FT_TASK_CLASSIFY) {
        out->labels = opt->labels ? opt->label_n : c->label_count;
        if (c->problem == FT_HF_PROBLEM_REGRESSION || c->problem == FT_HF_PROBLEM_MULTI_LABEL)
            return ft_fail(err, FT_UNSUPPORTED,
                           "%s: problem_type is %s, expected single_label_classification: other "
                           "kinds are not built",
                           c->name,
                           c->problem == FT_HF_PROBLEM_REGRESSION ? "regression"
                                                                  : "multi_label_classification");
        if (out->labels < 2)
            return ft_fail(err, FT_FORMAT, "%s: has %zu label, expected 2 or more",
                           c->name ? c->name : "the model", out->labels);
    }
    st = ft_net_config_check(out, err);
    if (st && c->name) ft_fail_in(err, "%s", c->name);
    return st;
}

static enum ft_status read_weights(struct ft_model_file *m, const struct ft_st *file,
                                   const struct ft_model_match *match, struct ft_err *err)
{
    const struct ft_params *ps = &m->net->params;
    enum ft_status st = FT_OK;
    for (size_t k = 0; k < ps->n && !st; k++)
        if (match->file_of[k] != SIZE_MAX)
            st = ft_st_read_f32(file, ft_st_at(file, match->file_of[k]),
                                m->net->w + ps->items[k].offset, err);
    return st;
}

/* Gives new values to what the file did not have. */
static void fill_missing(struct ft_model_file *m, const struct ft_model_match *match, uint64_t seed)
{
    const struct ft_params *ps = &m->net->params;
    size_t heads = 0, missing = 0;
    for (size_t k = 0; k < ps->n; k++) {
        if (match->file_of[k] != SIZE_MAX) continue;
        missing++;
        heads += (ps->items[k].flags & FT_PARAM_HEAD) != 0;
    }
    /* a head of which a part is missing or does not fit is new as a whole */
    m->head_new = heads > 0;
    for (size_t k = 0; k < ps->n; k++) {
        if (match->file_of[k] == SIZE_MAX || (m->head_new && ps->items[k].flags & FT_PARAM_HEAD))
            ft_params_init_values(ps, &m->net->cfg, k, seed, m->net->w);
    }
    if (m->head_new)
        ft_str_addf(&m->said, "new %s head, will be trained", ft_task_name(m->net->cfg.task));
    if (missing > heads)
        ft_str_addf(&m->said, "%snew pooler, will be trained", m->said.len ? "; " : "");
}

/* A head that is replaced is not among them. */
static void say_unexpected(struct ft_model_file *m, const struct ft_st *file,
                           const struct ft_model_match *match)
{
    const char *example = NULL;
    size_t n = 0, k;
    for (size_t i = 0; i < match->unexpected_n; i++) {
        const char *name = ft_st_at(file, match->unexpected[i])->name;
        if (ft_params_match(&m->net->params, name, &k) != FT_PARAM_UNEXPECTED) continue;
        if (!n++) example = name;
    }
    if (n)
        ft_str_addf(&m->said, "%s%zu tensor%s of the file not used (%s%s)", m->said.len ? "; " : "",
                    n, n == 1 ? "" : "s", example, n == 1 ? "" : ", ..");
}

static enum ft_status load_weights(struct ft_model_file *m, uint64_t seed, struct ft_err *err)
{
    struct ft_st *file = NULL;
    struct ft_model_match match = {0};
    const struct ft_params *ps = &m->net->params;
    enum ft_status st = ft_st_open_dir(&file, m->path, err);
    if (st) return st;
    st = ft_model_match(&match, file, ps, m->net->cfg.task == FT_TASK_CLASSIFY, err);
    if (!st) st = ft_model_match_whole(&match, ps, m->path, err);
    if (!st) st = read_weights(m, file, &match, err);
    if (!st) {
        fill_missing(m, &match, seed);
        say_unexpected(m, file, &match);
    }
    ft_model_match_release(&match);
    ft_st_close(file);
    return st;
}

/* GPT-2 has no padding token; transformers needs one to classify more than one text at once. */
static void settle_padding(struct ft_model_file *m)
{
    if (m->config.family != FT_FAMILY_GPT2 || m->config.pad_token_id >= 0) return;
    if (m->config.head != FT_HF_HEAD_CLASSIFY) return;
    int32_t end = ft_tok_special_id(m->tok, FT_TOK_EOS);
    if (end < 0) end = (int32_t)m->config.eos_token_id;
    if (end < 0) return;
    m->config.pad_token_id = end;
    if (ft_tok_special_id(m->tok, FT_TOK_PAD) < 0) ft_tok_set_pad(m->tok, end);
}

enum ft_status ft_model_file_load(struct ft_model_file *m, const char *name,
                                  const struct ft_model_opt *opt, struct ft_err *err)
{
    struct ft_net_config cfg;
    enum ft_status st = ft_model_file_config(&m->config, &m->path, name, err);
    if (st) return st;
    m->name = ft_xstrdup(name);
    if ((st = ft_model_file_net_config(&m->config, opt, &cfg, err))) goto out;
    if ((st = ft_tok_load(&m->tok, m->path, err))) goto out;
    size_t vocab = ft_tok_vocab_size(m->tok);
    st = ft_hf_config_check_vocab((int64_t)vocab, (int64_t)vocab - 1, m->config.vocab_size, m->path,
                                  err);
    if (st) goto out;
    if ((st = ft_net_new(&m->net, &cfg, err))) goto out;
    if ((st = load_weights(m, opt->seed, err))) goto out;
    m->max_tokens = ft_net_config_tokens_max(&cfg);
    if (opt->task == FT_TASK_CLASSIFY && opt->labels)
        ft_hf_config_set_labels(&m->config, opt->labels, opt->label_n);
    ft_hf_config_set_task(&m->config, opt->task);
    settle_padding(m);
out:
    if (st) ft_model_file_release(m);
    return st;
}

void ft_model_file_release(struct ft_model_file *m)
{
    ft_net_free(m->net);
    ft_tok_free(m->tok);
    ft_hf_config_release(&m->config);
    ft_str_release(&m->said);
    free(m->name);
    free(m->path);
    memset(m, 0, sizeof *m);
}

enum ft_status ft_model_file_save(struct ft_model_file *m, const char *dir, struct ft_err *err)
{
    const struct ft_params *ps = &m->net->params;
    struct ft_st_item *items = ft_xcalloc(ps->n, sizeof *items);
    uint64_t bytes = 1 << 20;
    for (size_t i = 0; i < ps->n; i++) {
        const struct ft_param *p = &ps->items[i];
        items[i] = (struct ft_st_item){.name = p->name,
                                       .dtype = FT_DTYPE_F32,
                                       .rank = p->ndim,
                                       .shape = {p->shape[0], p->ndim > 1 ? p->shape[1] : 0},
                                       .data = m->net->w + p->offset};
        bytes += p->count * sizeof(float);
    }
    struct ft_hf_dir d;
    enum ft_status st = ft_hf_dir_begin(&d, dir, bytes, err);
    if (!st) {
        st = ft_hf_dir_put_model(&d, &m->config, items, ps->n, 0, NULL, err);
        if (!st) st = ft_tok_save(m->tok, d.tmp, err);
        st = ft_hf_dir_end(&d, st, err);
    }
    free(items);
    return st;
}
