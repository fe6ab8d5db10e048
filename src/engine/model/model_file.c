/* Loading and saving a model's folder: see model_file.h. Here the names of data (a file's words)
 * and of core (what a net is) are combined; neither module knows the other. */
#include "engine/model/model_file.h"

#include "core/family.h"

#include "data/hf_dir.h"
#include "data/hf_head.h"
#include "data/hub.h"
#include "data/safetensors.h"
#include "engine/model/model_family.h"
#include "engine/model/model_match.h"
#include "engine/model/model_weights.h"
#include "engine/model/precision.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

static const enum ft_act act_of_hf[FT_HF_ACT_COUNT] = {
    [FT_HF_ACT_GELU] = FT_ACT_GELU, [FT_HF_ACT_GELU_TANH] = FT_ACT_GELU_TANH,
    [FT_HF_ACT_RELU] = FT_ACT_RELU, [FT_HF_ACT_TANH] = FT_ACT_TANH,
    [FT_HF_ACT_SILU] = FT_ACT_SILU,
};

enum ft_status ft_model_folder_config(struct ft_hf_config *config, const char *path,
                                      struct ft_err *err)
{
    struct ft_st *weights = NULL;
    char *file = ft_path_join(path, "config.json");
    enum ft_status st = ft_hf_config_load(config, file, err);
    free(file);
    if (!st && (st = ft_model_check_positions(config, err))) ft_hf_config_release(config);
    /* weights that cannot be read are reported where they are needed */
    bool asks =
        !st && (config->head == FT_HEAD_NONE || ft_hf_family(config->family)->own_lm_tensor);
    if (asks && !ft_st_open_dir(&weights, path, NULL)) {
        ft_hf_head_settle(config, weights);
        ft_st_close(weights);
    }
    return st;
}

enum ft_status ft_model_file_config(struct ft_hf_config *config, char **path, const char *name,
                                    struct ft_err *err)
{
    struct ft_hub_model found = {0};
    enum ft_status st = ft_hub_resolve(&found, name, err);
    if (st) return st;
    st = ft_hub_check_complete(&found, err);
    if (!st) st = ft_model_folder_config(config, found.path, err);
    if (!st && path) {
        *path = found.path;
        found.path = NULL;
    }
    ft_hub_model_release(&found);
    return st;
}

/* What differs between layers, and what some families can do without. */
static void take_layers(struct ft_net_config *out, const struct ft_hf_config *c)
{
    out->no_bias = (c->norm_bias ? 0u : FT_NET_NO_BIAS_NORM) |
                   (c->attention_bias ? 0u : FT_NET_NO_BIAS_ATTENTION) |
                   (c->ff_bias ? 0u : FT_NET_NO_BIAS_FF) |
                   (c->head_bias ? 0u : FT_NET_NO_BIAS_HEAD) |
                   (c->lm_out_bias ? 0u : FT_NET_NO_BIAS_LM_OUT);
    out->pool_mean = c->pool_mean;
    out->rope_theta = c->rope_theta;
    for (size_t i = 0; i < (size_t)c->layers; i++) {
        if (!ft_hf_config_local(c, i)) continue;
        out->local_layers[i / 64] |= (uint64_t)1 << i % 64;
        out->reach = (size_t)c->local_attention / 2 + 1;
        out->rope_theta_local = c->rope_theta_local;
    }
    out->head_act = act_of_hf[c->head_act];
}

/* Disentangled attention, and what else its families alone have. */
static void add_relative(struct ft_net_config *out, const struct ft_hf_config *c)
{
    const struct ft_hf_family *f = ft_hf_family(c->family);
    bool keys = (c->pos_att & FT_HF_POS_KEYS) != 0, queries = (c->pos_att & FT_HF_POS_QUERIES) != 0;
    if (!f->disentangled) return;
    if (c->relative_attention) {
        int64_t far = c->max_relative_positions < 1 ? c->positions : c->max_relative_positions;
        bool buckets = c->position_buckets > 0;
        out->rel_span = (size_t)(buckets ? c->position_buckets : far);
        out->rel_far = buckets ? (size_t)far : 0;
        out->rel_keys = keys;
        out->rel_queries = queries;
        out->rel_shared = c->share_att_key;
    }
    out->attn_terms = 1 + (size_t)keys + (size_t)queries;
    out->rel_norm = c->norm_rel;
    out->no_positions = !c->position_biased_input;
    out->new_lm_head = !c->legacy;
    out->pool_dropout = c->pooler_dropout;
}

enum ft_status ft_model_file_net_config(const struct ft_hf_config *c,
                                        const struct ft_model_opt *opt, struct ft_net_config *out,
                                        struct ft_err *err)
{
    enum ft_status st = opt->body ? FT_OK : ft_model_check_task(c, opt->task, err);
    if (st) return st;
    *out = (struct ft_net_config){.family = c->family};
    out->head = opt->body ? FT_HEAD_NONE : ft_task_head(opt->task);
    out->vocab = (size_t)c->vocab_size;
    out->positions = (size_t)c->positions;
    out->types = (size_t)c->type_vocab_size;
    out->embed = (size_t)c->embedding_size;
    out->relative_buckets = (size_t)c->relative_buckets;
    out->hidden = (size_t)c->hidden_size;
    out->layers = (size_t)c->layers;
    out->heads = (size_t)c->heads;
    out->ff = (size_t)c->intermediate_size;
    out->act = act_of_hf[c->act];
    out->norm_eps = c->layer_norm_eps;
    out->embed_dropout = c->embedding_dropout;
    out->hidden_dropout = c->hidden_dropout;
    out->attn_dropout = c->attention_dropout;
    out->head_dropout = out->head == FT_HEAD_CLASSIFY ? c->classifier_dropout
                        : out->head == FT_HEAD_TOKENS ? c->token_dropout
                        : out->head == FT_HEAD_QA     ? c->qa_dropout
                                                      : 0;
    add_relative(out, c);
    if (opt->dropout >= 0)
        out->pool_dropout = out->embed_dropout = out->hidden_dropout = out->attn_dropout =
            out->head_dropout = opt->dropout;
    out->pad_id = (int32_t)c->pad_token_id;
    out->tied = c->tie_word_embeddings;
    out->attn_scaled = c->attn_scaled;
    out->attn_layer_scaled = c->attn_layer_scaled;
    out->init_range = c->initializer_range;
    take_layers(out, c);
    if (out->head == FT_HEAD_TOKENS) out->labels = opt->labels ? opt->label_n : c->label_count;
    if (out->head == FT_HEAD_CLASSIFY) {
        out->labels = opt->labels ? opt->label_n : c->label_count;
        bool serves = c->head != FT_HEAD_CLASSIFY || ft_hf_head_serves(c, opt->task);
        out->problem = opt->labels || serves ? ft_task_problem(opt->task) : ft_hf_head_problem(c);
        if (opt->labels && out->labels < 2 && ft_net_config_softmax(out))
            return ft_fail(err, FT_FORMAT, "%s: has %zu label, expected 2 or more",
                           c->name ? c->name : "the model", out->labels);
    }
    st = ft_net_config_check(out, err);
    if (st && c->name) ft_fail_in(err, "%s", c->name);
    return st;
}

/* The part of a pooler's name that counts, wherever the pooler is; NULL: it is none. */
static const char *pooler_name(const struct ft_model_file *m, const char *name)
{
    const char *at = m->net->cfg.head == FT_HEAD_NONE ? strstr(name, "pooler.dense.") : NULL;
    return at && (at == name || at[-1] == '.') ? at : NULL;
}

static enum ft_status read_kept(struct ft_model_file *m, const struct ft_st *file,
                                const struct ft_model_match *match, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < match->unexpected_n && !st; i++) {
        const struct ft_st_tensor *t = ft_st_at(file, match->unexpected[i]);
        const char *name = pooler_name(m, t->name);
        bool sized = t->rank >= 1 && t->rank <= 2 && t->shape[0] == m->net->cfg.hidden &&
                     t->count <= m->net->cfg.hidden * m->net->cfg.hidden;
        if (!name || !sized || m->kept_n == FT_MODEL_KEPT_MAX) continue;
        struct ft_model_kept *k = &m->kept[m->kept_n++];
        *k = (struct ft_model_kept){.name = ft_xstrdup(name),
                                    .rank = t->rank,
                                    .shape = {t->shape[0], t->rank > 1 ? t->shape[1] : 0},
                                    .data = ft_xcalloc(t->count, sizeof *k->data)};
        st = ft_st_read_f32(file, t, k->data, err);
    }
    return st;
}

/* Gives new values to what the file did not have. */
static void fill_missing(struct ft_model_file *m, const struct ft_model_match *match,
                         const struct ft_model_opt *opt)
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
            ft_params_init_values(ps, &m->net->cfg, k, opt->seed, m->net->w);
    }
    struct ft_str why = {0};
    if (m->head_new) {
        ft_model_head_why(&m->config, match, opt->task, m->net->cfg.labels, &why);
        ft_str_addf(&m->said, "new %s head, will be trained%s%s", ft_head_name(m->net->cfg.head),
                    why.len ? ": " : "", ft_str_text(&why));
    } else if (m->net->cfg.labels) {
        ft_model_head_renamed(&m->config, opt->labels, opt->label_n, &why);
        if (why.len) ft_str_addf(&m->said, "its head is kept; %s", ft_str_text(&why));
    }
    ft_str_release(&why);
    if (missing > heads)
        ft_str_addf(&m->said, "%snew pooler, will be trained", m->said.len ? "; " : "");
}

/* Tensors that the net has no use for: heads by what they are for, the others by number. A head
 * that is replaced is not among them. */
static void say_unexpected(struct ft_model_file *m, const struct ft_st *file,
                           const struct ft_model_match *match)
{
    const char *example = NULL, *layer = NULL;
    struct ft_str heads = {0};
    size_t n = 0, layers = 0, k;
    for (size_t i = 0; i < match->unexpected_n; i++) {
        const char *name = ft_st_at(file, match->unexpected[i])->name;
        name = ft_model_match_name(match, name);
        if (ft_params_match(&m->net->params, name, &k) != FT_PARAM_UNEXPECTED) continue;
        if (pooler_name(m, name)) continue;
        const char *head = ft_hf_head_of_tensor(name);
        if (!head && !n++) example = name;
        bool of_layer = strstr(name, "layer.") || strstr(name, "layers.") || strstr(name, ".h.") ||
                        !strncmp(name, "h.", 2);
        if (!head && of_layer && !layers++) layer = name;
        if (head && !strstr(ft_str_text(&heads), head))
            ft_str_addf(&heads, "%s%s", heads.len ? " and " : "", head);
    }
    if (heads.len)
        ft_str_addf(&m->said, "%sits head for %s is not used", m->said.len ? "; " : "",
                    ft_str_text(&heads));
    if (layers)
        ft_log(FT_LOG_WARN,
               "%s: %zu tensor%s of layers not used (%s%s): config.json has fewer layers than the "
               "weights",
               m->path, layers, ft_plural(layers), layer, layers == 1 ? "" : ", ..");
    if (n)
        ft_str_addf(&m->said, "%s%zu tensor%s of the file not used (%s%s)", m->said.len ? "; " : "",
                    n, ft_plural(n), example, n == 1 ? "" : ", ..");
    ft_str_release(&heads);
}

/* A model that is to answer as it is has all of its weights. */
static enum ft_status check_whole(const struct ft_model_file *m, const struct ft_model_match *match,
                                  struct ft_err *err)
{
    const struct ft_params *ps = &m->net->params;
    for (size_t k = 0; k < ps->n; k++) {
        const struct ft_param *p = &ps->items[k];
        if (match->file_of[k] != SIZE_MAX) continue;
        if (!(p->flags & FT_PARAM_HEAD))
            return ft_fail(err, FT_FORMAT, "%s: tensor %s is missing; the model is incomplete",
                           m->path, p->name);
        const char *has = ft_hf_head_purpose(&m->config);
        return ft_fail(err, FT_USAGE,
                       "%s: has no trained head for task %s%s%s%s; fine-tune it first (fettle "
                       "train)",
                       m->path, ft_head_name(m->net->cfg.head), *has ? ", its head is for " : "",
                       has,
                       ft_family_is_causal(m->config.family) && !*has
                           ? " (--task clm uses the model's own head)"
                           : "");
    }
    return FT_OK;
}

static const char *purpose_of(enum ft_task task)
{
    return ft_task_problem(task) == FT_PROBLEM_TYPE_SINGLE_LABEL  ? "text classification"
           : ft_task_problem(task) == FT_PROBLEM_TYPE_MULTI_LABEL ? "multi-label classification"
           : ft_task_problem(task)                                ? "regression"
                                                                  : "token classification";
}

/* Whether the folder's head is one that can answer for the task. */
static enum ft_status check_purpose(const struct ft_model_file *m, enum ft_task task,
                                    struct ft_err *err)
{
    const struct ft_hf_config *c = &m->config;
    if (!ft_task_has(task, FT_TRAIT_OUTPUTS) || c->head == FT_HEAD_NONE ||
        ft_hf_head_serves(c, task))
        return FT_OK;
    int own = ft_model_head_task(c);
    const char *type = ft_task_problem(task) /* of the same --task */
                           ? ft_problem_type_name(ft_task_problem((enum ft_task)own))
                           : NULL;
    if (own >= 0)
        return ft_fail(
            err, FT_USAGE,
            "%s: its head is for %s, not for %s: --%s %s uses it, or fine-tune it (fettle "
            "train), which creates a new head",
            m->path, ft_hf_head_purpose(c), purpose_of(task), type ? "problem_type" : "task",
            type ? type : ft_task_name((enum ft_task)own));
    const char *class_name = ft_hf_config_architecture(c);
    return ft_fail(err, FT_UNSUPPORTED,
                   "%s: its head is for %s%s%s%s, which is not supported yet; fine-tune it (fettle "
                   "train), which creates a new head",
                   m->path, ft_hf_head_purpose(c), *class_name ? " (" : "", class_name,
                   *class_name ? ")" : "");
}

static enum ft_status load_weights(struct ft_model_file *m, const struct ft_model_opt *opt,
                                   struct ft_err *err)
{
    struct ft_st *file = NULL;
    struct ft_model_match match = {0};
    const struct ft_params *ps = &m->net->params;
    enum ft_status st = ft_st_open_dir(&file, m->path, err);
    if (st) return st;
    enum ft_head_use use =
        opt->as_it_is ? FT_HEAD_USE_AS_IT_IS
                      : ft_model_head_use(&m->config, opt->task, opt->labels ? opt->label_n : 0);
    st = ft_model_match(&match, file, ps, use, err);
    if (!st) st = ft_model_match_whole(&match, ps, file, m->path, err);
    if (!st && opt->as_it_is) st = check_whole(m, &match, err);
    if (st) {
        struct ft_err damage = {0}; /* is the reason, where there is any */
        enum ft_status damaged = ft_st_verify(file, &damage);
        if (damaged && err) *err = damage;
        if (damaged) st = damaged;
    } else {
        st = ft_model_weights_read(m->net, file, &match, err);
    }
    if (!st && !opt->as_it_is) st = read_kept(m, file, &match, err);
    if (!st) {
        fill_missing(m, &match, opt);
        if (match.prefix)
            ft_log(FT_LOG_NOTE, "%s: every tensor name begins with %s, which is ignored", m->path,
                   match.prefix);
        say_unexpected(m, file, &match);
    }
    ft_model_match_release(&match);
    ft_st_close(file);
    return st;
}

/* transformers finds a text's last token by the padding behind it: a family that classifies on that
 * one needs a padding token to classify more than one text at once, and GPT-2 has none. */
static void settle_padding(struct ft_model_file *m)
{
    if (!ft_family_classifies_last(m->config.family) || m->config.pad_token_id >= 0) return;
    if (m->config.head != FT_HEAD_CLASSIFY) return;
    int32_t end = ft_tok_special_id(m->tok, FT_TOK_EOS);
    if (end < 0) end = (int32_t)m->config.eos_token_id;
    if (end < 0) return;
    m->config.pad_token_id = end;
    m->net->cfg.pad_id = end; /* what is trained is what is saved */
    if (ft_tok_special_id(m->tok, FT_TOK_PAD) < 0) ft_tok_set_pad(m->tok, end);
}

void ft_model_report_below(const char *name, const char *path)
{
    struct ft_hub_model found = {0};
    if (!ft_hub_resolve(&found, name, NULL) && found.below)
        ft_log(FT_LOG_NOTE, "%s: the model is in %s", name, path);
    ft_hub_model_release(&found);
}

enum ft_status ft_model_file_load(struct ft_model_file *m, const char *name,
                                  const struct ft_model_opt *opt, struct ft_err *err)
{
    struct ft_net_config cfg;
    enum ft_status st = ft_model_file_config(&m->config, &m->path, name, err);
    if (st) return st;
    m->task = opt->body ? FT_TASK_NONE : opt->task;
    m->name = ft_xstrdup(name);
    ft_model_report_below(name, m->path);
    if (opt->as_it_is && !opt->body && (st = check_purpose(m, opt->task, err))) goto out;
    if ((st = ft_model_file_net_config(&m->config, opt, &cfg, err))) goto out;
    if ((st = ft_tok_load(&m->tok, m->path, err))) goto out;
    if (*ft_tok_notes(m->tok)) ft_log(FT_LOG_NOTE, "%s: %s", m->path, ft_tok_notes(m->tok));
    size_t vocab = ft_tok_vocab_size(m->tok);
    st = ft_hf_config_check_vocab((int64_t)vocab, (int64_t)vocab - 1, m->config.vocab_size, m->path,
                                  err);
    if (st) goto out;
    if ((st = ft_net_new(&m->net, &cfg, err))) goto out;
    if ((st = load_weights(m, opt, err))) goto out;
    m->max_tokens = ft_net_config_tokens_max(&cfg);
    if (cfg.head == FT_HEAD_CLM && (st = ft_hf_config_add_generation(&m->config, m->path, err)))
        goto out;
    if (cfg.labels && opt->labels) {
        m->config.problem = ft_task_problem(opt->task);
        ft_hf_config_set_labels(&m->config, opt->labels, opt->label_n);
    }
    if (!opt->body) ft_hf_config_set_task(&m->config, opt->task);
    if (!opt->as_it_is) settle_padding(m);
out:
    if (st) ft_model_file_release(m);
    return st;
}

void ft_model_file_precision(struct ft_model_file *m, const struct ft_options *o)
{
    struct ft_str why = {0};
    enum ft_precision used = ft_precision_used(o, &why);
    m->net->precision = used == FT_PRECISION_INT8   ? FT_NET_INT8
                        : used == FT_PRECISION_BF16 ? FT_NET_BF16
                                                    : FT_NET_FP32;
    if (why.len) ft_log(FT_LOG_WARN, "%s", ft_str_text(&why));
    ft_str_release(&why);
}

void ft_model_file_release(struct ft_model_file *m)
{
    ft_net_free(m->net);
    ft_tok_free(m->tok);
    ft_hf_config_release(&m->config);
    ft_str_release(&m->said);
    for (size_t i = 0; i < m->kept_n; i++) {
        free(m->kept[i].name);
        free(m->kept[i].data);
    }
    free(m->name);
    free(m->path);
    memset(m, 0, sizeof *m);
}

enum ft_status ft_model_file_put(struct ft_model_file *m, struct ft_hf_dir *d, struct ft_err *err)
{
    const struct ft_params *ps = &m->net->params;
    size_t n = ps->n;
    struct ft_st_item *items = ft_xcalloc(n + m->kept_n, sizeof *items);
    for (size_t i = 0; i < ps->n; i++) {
        const struct ft_param *p = &ps->items[i];
        items[i] = (struct ft_st_item){.name = p->name,
                                       .dtype = FT_DTYPE_F32,
                                       .rank = p->ndim,
                                       .shape = {p->shape[0], p->ndim > 1 ? p->shape[1] : 0},
                                       .data = m->net->w + p->offset};
    }
    for (size_t i = 0; i < m->kept_n; i++) {
        const struct ft_model_kept *k = &m->kept[i];
        items[n++] = (struct ft_st_item){.name = k->name,
                                         .dtype = FT_DTYPE_F32,
                                         .rank = (unsigned)k->rank,
                                         .shape = {k->shape[0], k->shape[1]},
                                         .data = k->data};
    }
    ft_net_values_fold(m->net); /* a file's outputs are the values */
    enum ft_status st = ft_hf_dir_put_model(d, &m->config, items, n, 0, NULL, err);
    ft_net_values_unfold(m->net);
    if (!st) st = ft_tok_save(m->tok, d->tmp, err);
    free(items);
    return st;
}

enum ft_status ft_model_file_save(struct ft_model_file *m, const char *dir, struct ft_err *err)
{
    struct ft_hf_dir d;
    uint64_t bytes = m->net->params.floats * sizeof(float) + (1 << 20);
    enum ft_status st = ft_hf_dir_begin(&d, dir, bytes, err);
    if (!st) {
        st = ft_model_file_put(m, &d, err);
        st = ft_hf_dir_end(&d, st, err);
    }
    return st;
}
