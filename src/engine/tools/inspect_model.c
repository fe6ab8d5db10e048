/* Looking at models: a folder's configuration and tensors against the table of its family, a single
 * weights file. See inspect.h; the list of models that are there is in models.c. */
#include "engine/tools/inspect_in.h"

#include "data/hf_head.h"
#include "data/safetensors.h"
#include "engine/model/model_family.h"
#include "engine/model/model_match.h"
#include "engine/model/model_file.h"
#include "engine/model/pooling.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

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
        ft_str_addf(out, "{\"kind\":\"%s\",\"parameters\":%zu,\"tensors\":",
                    ft_st_is_pytorch(file) ? "pytorch" : "safetensors", count);
        add_tensors(file, out);
        ft_str_addz(out, "}\n");
    } else {
        char n[32], bytes[32];
        ft_str_addf(out, "%s: a %s file, %zu tensor%s, %s values, %s; the file is valid\n", path,
                    ft_st_is_pytorch(file) ? "PyTorch" : "safetensors", ft_st_count(file),
                    ft_plural(ft_st_count(file)), ft_format_count(n, sizeof n, (long long)count),
                    ft_format_bytes(bytes, sizeof bytes, (double)ft_st_data_bytes(file)));
    }
    ft_st_close(file);
    return FT_OK;
}

/* What the weights are to the net that the configuration describes. */
struct match {
    size_t parameters;
    char *prefix;                         /* see ft_model_match; NULL: none */
    const struct ft_st_tensor *quantised; /* one that cannot be used; NULL: none */
    struct ft_str missing, unexpected;    /* JSON lists without brackets */
    size_t missing_n, unexpected_n;
};

static void add_name(struct ft_str *list, size_t *n, const char *name)
{
    if ((*n)++) ft_str_addc(list, ',');
    ft_json_add_str(list, name, strlen(name));
}

static enum ft_status match_tensors(const struct ft_st *file, const struct ft_params *ps,
                                    bool body_only, struct match *m, struct ft_err *err)
{
    struct ft_model_match found;
    enum ft_status st = ft_model_match(&found, file, ps,
                                       body_only ? FT_HEAD_USE_IF_FITS : FT_HEAD_USE_AS_IT_IS, err);
    m->parameters = found.parameters;
    m->prefix = ft_xstrdup(found.prefix);
    if (!st) m->quantised = ft_model_match_quantised(&found, ps, file);
    for (size_t i = 0; !st && i < found.unexpected_n; i++)
        add_name(&m->unexpected, &m->unexpected_n, ft_st_at(file, found.unexpected[i])->name);
    for (size_t k = 0; !st && k < ps->n; k++)
        if (found.file_of[k] == SIZE_MAX && !(body_only && ft_model_spare(&ps->items[k])))
            add_name(&m->missing, &m->missing_n, ps->items[k].name);
    ft_model_match_release(&found);
    return st;
}

/* The folder's tokenizer, or why it cannot be used; nothing when there is none. Fails only when
 * memory runs out. */
static enum ft_status add_tokenizer(const char *path, bool json, struct ft_str *out,
                                    struct ft_err *err)
{
    struct ft_tok *tok = NULL;
    struct ft_err why = {0};
    enum ft_status st = ft_tok_load(&tok, path, &why);
    if (st == FT_NOMEM) return ft_fail(err, st, "%s", why.msg);
    if (st == FT_NOTFOUND) return FT_OK;
    const char *notes = st ? why.msg : ft_tok_notes(tok);
    if (json) {
        ft_str_addz(out, ",\"tokenizer\":{\"class\":");
        ft_json_add_str(out, st ? "" : ft_tok_class(tok), st ? 0 : strlen(ft_tok_class(tok)));
        ft_str_addf(out, ",\"tokens\":%zu", st ? 0 : ft_tok_vocab_size(tok));
        if (*notes) ft_json_put_text(out, st ? "error" : "notes", notes);
        ft_str_addc(out, '}');
    } else if (st) {
        ft_str_addf(out, "  tokenizer      cannot be used: %s\n", notes);
    } else {
        ft_str_addf(out, "  tokenizer      %s, %zu tokens%s%s\n", ft_tok_class(tok),
                    ft_tok_vocab_size(tok), *notes ? "; " : "", notes);
    }
    ft_tok_free(tok);
    return FT_OK;
}

/* What modules.json makes of the model's token states, or why `embed` cannot use it; nothing when
 * there is none. */
static void add_pooling(const char *path, int64_t hidden, bool json, struct ft_str *out)
{
    struct ft_pooling p;
    struct ft_str text = {0};
    struct ft_err why = {0};
    size_t size = 0;
    bool there = true;
    if (!ft_pooling_read(&p, path, &why)) {
        there = p.dir != NULL;
        ft_pooling_text(&p, &text);
        ft_pooling_size(&p, (size_t)hidden, &size, &why);
    }
    if (there && json) {
        ft_str_addz(out, ",\"embedding\":{\"pooling\":");
        ft_json_add_str(out, ft_str_text(&text), text.len);
        ft_str_addf(out, ",\"size\":%zu", size);
        if (p.max_seq_length) ft_str_addf(out, ",\"max_seq_length\":%zu", p.max_seq_length);
        if (why.code) ft_json_put_text(out, "error", why.msg);
        ft_str_addc(out, '}');
    } else if (there && why.code) {
        ft_str_addf(out, "  embeddings     cannot be used: %s\n", why.msg);
    } else if (there) {
        ft_str_addf(out, "  embeddings     %s, %zu numbers", ft_str_text(&text), size);
        if (p.max_seq_length) ft_str_addf(out, ", at most %zu tokens", p.max_seq_length);
        ft_str_addc(out, '\n');
    }
    ft_pooling_release(&p);
    ft_str_release(&text);
}

static enum ft_status add_model_json(const char *path, const struct ft_hf_config *c,
                                     const struct ft_st *file, const struct match *m,
                                     struct ft_str *out, struct ft_err *err)
{
    const char *architecture = ft_hf_config_architecture(c);
    ft_str_addf(
        out, "{\"kind\":\"model\",\"family\":\"%s\",\"architecture\":", ft_family_name(c->family));
    ft_json_add_str(out, architecture, strlen(architecture));
    ft_str_addf(out, ",\"parameters\":%zu,\"layers\":%lld,\"hidden_size\":%lld,\"vocab_size\":%lld",
                m->parameters, (long long)c->layers, (long long)c->hidden_size,
                (long long)c->vocab_size);
    ft_json_put_text(out, "head", ft_hf_head_purpose(c));
    if (c->labels_given) {
        ft_str_addz(out, ",\"labels\":[");
        for (size_t i = 0; i < c->label_count; i++) {
            if (i) ft_str_addc(out, ',');
            ft_json_add_str(out, c->labels[i], strlen(c->labels[i]));
        }
        ft_str_addc(out, ']');
    }
    if (m->prefix) ft_json_put_text(out, "prefix", m->prefix);
    if (m->quantised) ft_json_put_text(out, "quantised", m->quantised->name);
    add_pooling(path, c->hidden_size, true, out);
    enum ft_status st = add_tokenizer(path, true, out, err);
    if (st) return st;
    ft_str_addz(out, ",\"tensors\":");
    add_tensors(file, out);
    ft_str_addf(out, ",\"missing\":[%s],\"unexpected\":[%s]}\n", ft_str_text(&m->missing),
                ft_str_text(&m->unexpected));
    return FT_OK;
}

static enum ft_status add_model_text(const char *path, const struct ft_hf_config *c,
                                     const struct ft_st *file, const struct match *m,
                                     struct ft_str *out, struct ft_err *err)
{
    char n[32], v[32], bytes[32];
    ft_str_addf(out, "%s\n", path);
    ft_str_addf(out, "  family         %s (%s)\n", ft_family_name(c->family),
                ft_hf_config_architecture(c));
    ft_str_addf(out, "  parameters     %s in %zu tensor%s, %s\n",
                ft_format_count(n, sizeof n, (long long)m->parameters), ft_st_count(file),
                ft_plural(ft_st_count(file)),
                ft_format_bytes(bytes, sizeof bytes, (double)ft_st_data_bytes(file)));
    ft_str_addf(out,
                "  shape          %lld layer%s, hidden size %lld, %lld head%s, vocabulary %s, %lld "
                "positions\n",
                (long long)c->layers, ft_plural((size_t)c->layers), (long long)c->hidden_size,
                (long long)c->heads, ft_plural((size_t)c->heads),
                ft_format_count(v, sizeof v, (long long)c->vocab_size),
                (long long)ft_model_max_tokens(c));
    const char *purpose = ft_hf_head_purpose(c);
    ft_str_addf(out, "  head           %s%s\n", *purpose ? purpose : "none",
                !*purpose || ft_model_head_task(c) >= 0
                    ? ""
                    : ": not supported yet, training creates a new one");
    if (c->labels_given) {
        ft_str_addz(out, "  labels         ");
        for (size_t i = 0; i < c->label_count && i < 12; i++) {
            ft_str_addz(out, i ? ", " : "");
            ft_str_add_shown(out, c->labels[i], strlen(c->labels[i]), true);
        }
        ft_str_addz(out, c->label_count > 12 ? ", ..\n" : "\n");
    }
    if (m->prefix) ft_str_addf(out, "  prefix         %s (ignored)\n", m->prefix);
    if (m->quantised)
        ft_str_addf(out, "  not usable     %s is %s (quantised?), expected F32, F16, BF16 or F64\n",
                    m->quantised->name, ft_dtype_name(m->quantised->dtype));
    add_pooling(path, c->hidden_size, false, out);
    enum ft_status st = add_tokenizer(path, false, out, err);
    if (st) return st;
    if (m->missing_n) ft_str_addf(out, "  missing        %s\n", ft_str_text(&m->missing));
    if (m->unexpected_n) ft_str_addf(out, "  not used       %s\n", ft_str_text(&m->unexpected));
    return FT_OK;
}

enum ft_status ft_inspect_model(const char *name, bool json, struct ft_str *out, struct ft_err *err)
{
    struct ft_hf_config c = {0};
    struct ft_net_config net;
    struct ft_params ps;
    struct ft_st *file = NULL;
    struct match m = {0};
    char *path = NULL;
    enum ft_status st = ft_model_file_config(&c, &path, name, err);
    if (st) return st;
    int task = ft_model_head_task(&c);
    bool body_only = task < 0;
    struct ft_model_opt opt = {.task = ft_task_or_first(task), .dropout = -1};
    if ((st = ft_model_file_net_config(&c, &opt, &net, err))) goto out;
    if ((st = ft_st_open_dir(&file, path, err))) goto out;
    if ((st = ft_params_init(&ps, &net, err))) goto out;
    st = match_tensors(file, &ps, body_only, &m, err);
    ft_params_release(&ps);
    if (!st && json)
        st = add_model_json(path, &c, file, &m, out, err);
    else if (!st)
        st = add_model_text(path, &c, file, &m, out, err);
out:
    ft_str_release(&m.missing);
    ft_str_release(&m.unexpected);
    free(m.prefix);
    ft_st_close(file);
    ft_hf_config_release(&c);
    free(path);
    return st;
}
