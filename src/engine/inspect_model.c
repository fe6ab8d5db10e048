/* Looking at models: a folder's configuration and tensors against the table of its family, a single
 * weights file, the list of models that are there. See inspect.h. */
#include "engine/inspect_in.h"

#include "core/params.h"
#include "data/hub.h"
#include "data/safetensors.h"
#include "engine/model_file.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static void add_tensors(const struct ft_st *file, struct ft_str *out)
{
    ft_str_addc(out, '[');
    for (size_t i = 0; i < ft_st_count(file); i++) {
        const struct ft_st_tensor *t = ft_st_at(file, i);
        ft_str_addf(out, "%s{\"name\":", i ? "," : "");
        ft_json_add_str(out, t->name, t->name_len);
        ft_str_addf(out, ",\"dtype\":\"%s\",\"shape\":[", ft_dtype_name(t->dtype));
        for (size_t d = 0; d < t->rank; d++)
            ft_str_addf(out, "%s%zu", d ? "," : "", t->shape[d]);
        ft_str_addz(out, "]}");
    }
    ft_str_addc(out, ']');
}

enum ft_status ft_inspect_weights(const char *path, bool json, struct ft_str *out,
                                  struct ft_err *err)
{
    struct ft_st *file = NULL;
    enum ft_status st = ft_st_open(&file, path, err);
    if (st) return st;
    size_t count = 0;
    for (size_t i = 0; i < ft_st_count(file); i++)
        count += ft_st_at(file, i)->count;
    if (json) {
        ft_str_addf(out, "{\"kind\":\"safetensors\",\"parameters\":%zu,\"tensors\":", count);
        add_tensors(file, out);
        ft_str_addz(out, "}\n");
    } else {
        char n[32], bytes[32];
        ft_str_addf(out, "%s: %zu tensors, %s numbers, %s; the file is sound\n", path,
                    ft_st_count(file), ft_format_count(n, sizeof n, (long long)count),
                    ft_format_bytes(bytes, sizeof bytes, (double)ft_st_data_bytes(file)));
    }
    ft_st_close(file);
    return FT_OK;
}

/* What the weights are to the net that the configuration describes. */
struct match {
    size_t parameters;
    struct ft_str missing, unexpected; /* JSON lists without brackets */
    size_t missing_n, unexpected_n;
};

static void add_name(struct ft_str *list, size_t *n, const char *name)
{
    if ((*n)++) ft_str_addc(list, ',');
    ft_json_add_str(list, name, strlen(name));
}

static enum ft_status check_shape(const struct ft_st *file, const struct ft_st_tensor *t,
                                  const struct ft_param *p, struct ft_err *err)
{
    bool fits = t->rank == p->ndim;
    for (size_t d = 0; fits && d < p->ndim; d++)
        fits = t->shape[d] == p->shape[d];
    if (fits) return FT_OK;
    char found[192];
    return ft_fail(err, FT_FORMAT,
                   "%s: tensor %s has shape %s, which is not what config.json says; weights and "
                   "configuration are not of the same model",
                   ft_st_file(file, t->shard), t->name, ft_st_shape_text(t, found, sizeof found));
}

static enum ft_status match_tensors(const struct ft_st *file, const struct ft_params *ps,
                                    bool body_only, struct match *m, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    bool *seen = ft_xcalloc(ps->n + 1, sizeof *seen);
    for (size_t i = 0; !st && i < ft_st_count(file); i++) {
        const struct ft_st_tensor *t = ft_st_at(file, i);
        size_t k;
        enum ft_param_match what = ft_params_match(ps, t->name, &k);
        if (what == FT_PARAM_IGNORE) continue;
        m->parameters += t->count;
        if (what == FT_PARAM_UNEXPECTED) {
            add_name(&m->unexpected, &m->unexpected_n, t->name);
        } else {
            seen[k] = true;
            st = check_shape(file, t, &ps->items[k], err);
        }
    }
    for (size_t k = 0; !st && k < ps->n; k++) {
        const struct ft_param *p = &ps->items[k];
        bool spare =
            p->flags & FT_PARAM_HEAD || p->role == FT_ROLE_POOL_W || p->role == FT_ROLE_POOL_B;
        if (!seen[k] && !(body_only && spare)) add_name(&m->missing, &m->missing_n, p->name);
    }
    free(seen);
    return st;
}

static void add_model_json(const struct ft_hf_config *c, const struct ft_st *file,
                           const struct match *m, struct ft_str *out)
{
    const char *architecture = ft_hf_config_architecture(c);
    ft_str_addf(
        out, "{\"kind\":\"model\",\"family\":\"%s\",\"architecture\":", ft_family_name(c->family));
    ft_json_add_str(out, architecture, strlen(architecture));
    ft_str_addf(out, ",\"parameters\":%zu,\"layers\":%lld,\"hidden_size\":%lld,\"vocab_size\":%lld",
                m->parameters, (long long)c->layers, (long long)c->hidden_size,
                (long long)c->vocab_size);
    if (c->labels_given) {
        ft_str_addz(out, ",\"labels\":[");
        for (size_t i = 0; i < c->label_count; i++) {
            if (i) ft_str_addc(out, ',');
            ft_json_add_str(out, c->labels[i], strlen(c->labels[i]));
        }
        ft_str_addc(out, ']');
    }
    ft_str_addz(out, ",\"tensors\":");
    add_tensors(file, out);
    ft_str_addf(out, ",\"missing\":[%s],\"unexpected\":[%s]}\n", ft_str_text(&m->missing),
                ft_str_text(&m->unexpected));
}

static void add_model_text(const char *path, const struct ft_hf_config *c, const struct ft_st *file,
                           const struct match *m, struct ft_str *out)
{
    char n[32], v[32], bytes[32];
    ft_str_addf(out, "%s\n", path);
    ft_str_addf(out, "  family         %s (%s)\n", ft_family_name(c->family),
                ft_hf_config_architecture(c));
    ft_str_addf(out, "  parameters     %s in %zu tensors, %s\n",
                ft_format_count(n, sizeof n, (long long)m->parameters), ft_st_count(file),
                ft_format_bytes(bytes, sizeof bytes, (double)ft_st_data_bytes(file)));
    ft_str_addf(
        out, "  shape          %lld layers, hidden size %lld, %lld heads, %s words, %lld tokens\n",
        (long long)c->layers, (long long)c->hidden_size, (long long)c->heads,
        ft_format_count(v, sizeof v, (long long)c->vocab_size),
        (long long)ft_hf_config_max_tokens(c));
    if (c->labels_given) {
        ft_str_addz(out, "  labels         ");
        for (size_t i = 0; i < c->label_count && i < 12; i++)
            ft_str_addf(out, "%s%s", i ? ", " : "", c->labels[i]);
        ft_str_addz(out, c->label_count > 12 ? ", ..\n" : "\n");
    }
    if (m->missing_n) ft_str_addf(out, "  missing        %s\n", ft_str_text(&m->missing));
    if (m->unexpected_n) ft_str_addf(out, "  not used       %s\n", ft_str_text(&m->unexpected));
}

enum ft_status ft_inspect_model(const char *name, bool json, struct ft_str *out, struct ft_err *err)
{
    static const enum ft_task task_of_head[FT_HF_HEAD_COUNT] = {
        [FT_HF_HEAD_NONE] = FT_TASK_CLASSIFY, [FT_HF_HEAD_CLASSIFY] = FT_TASK_CLASSIFY,
        [FT_HF_HEAD_QA] = FT_TASK_QA,         [FT_HF_HEAD_MLM] = FT_TASK_MLM,
        [FT_HF_HEAD_CLM] = FT_TASK_CLM,       [FT_HF_HEAD_TOKENS] = FT_TASK_CLASSIFY,
    };
    struct ft_hf_config c = {0};
    struct ft_net_config net;
    struct ft_params ps;
    struct ft_st *file = NULL;
    struct match m = {0};
    char *path = NULL;
    enum ft_status st = ft_model_file_config(&c, &path, name, err);
    if (st) return st;
    struct ft_model_opt opt = {.task = task_of_head[c.head], .dropout = -1};
    bool body_only = c.head == FT_HF_HEAD_NONE || c.head == FT_HF_HEAD_TOKENS;
    if ((st = ft_model_file_net_config(&c, &opt, &net, err))) goto out;
    if ((st = ft_st_open_dir(&file, path, err))) goto out;
    if ((st = ft_params_init(&ps, &net, err))) goto out;
    st = match_tensors(file, &ps, body_only, &m, err);
    ft_params_release(&ps);
    if (!st && json)
        add_model_json(&c, file, &m, out);
    else if (!st)
        add_model_text(path, &c, file, &m, out);
out:
    ft_str_release(&m.missing);
    ft_str_release(&m.unexpected);
    ft_st_close(file);
    ft_hf_config_release(&c);
    free(path);
    return st;
}

enum ft_status ft_inspect_models(bool json, struct ft_str *out, struct ft_err *err)
{
    struct ft_hub_model *models = NULL;
    size_t n = 0;
    enum ft_status st = ft_hub_list(&models, &n, err);
    if (st) return st;
    for (size_t i = 0; i < n; i++) {
        const struct ft_hub_model *m = &models[i];
        if (json) {
            ft_str_addz(out, "{\"name\":");
            ft_json_add_str(out, m->name, strlen(m->name));
            ft_str_addf(out, ",\"kind\":\"%s\",\"path\":", ft_hub_kind_name(m->kind));
            ft_json_add_str(out, m->path, strlen(m->path));
            if (m->revision) {
                ft_str_addz(out, ",\"revision\":");
                ft_json_add_str(out, m->revision, strlen(m->revision));
            }
            ft_str_addf(out, ",\"size_bytes\":%lld,\"complete\":%s}\n", (long long)m->size_bytes,
                        m->complete ? "true" : "false");
        } else {
            char bytes[32];
            ft_str_addf(out, "%-40s %-8s %10s%s\n", m->name, ft_hub_kind_name(m->kind),
                        ft_format_bytes(bytes, sizeof bytes, (double)m->size_bytes),
                        m->complete ? "" : "  not complete");
        }
    }
    if (!n && !json)
        ft_str_addz(out, "no model in the hub's cache and none that ships; --model also takes a "
                         "folder in Hugging Face layout\n");
    ft_hub_list_free(models, n);
    return FT_OK;
}
