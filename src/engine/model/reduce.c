/* Fewer layers and tokens: see reduce.h. Tensors are copied from file to file one at a time; which
 * of them belong to a layer or have a row for each token is in the parameter tables of the
 * family's networks, those of all its tasks, so that a head is kept. */
#include "engine/model/reduce.h"

#include "core/net_config.h"
#include "core/params.h"
#include "core/family.h"
#include "data/hf_dir.h"
#include "data/hf_head.h"
#include "data/hub.h"
#include "data/safetensors.h"
#include "data/tok_subset.h"
#include "engine/model/model_family.h"
#include "engine/model/model_file.h"
#include "engine/model/model_match.h"
#include "engine/model/token_counts.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which rows of a tensor are copied. */
enum rows { ROWS_ALL, ROWS_TOKENS };

struct piece {
    const struct ft_st_tensor *from;
    enum rows rows;
};

struct reduction {
    const struct ft_reduce_opt *opt;
    struct ft_reduced *made;
    struct ft_job *w;
    char *path; /* the folder of opt->from */
    struct ft_hf_config config;
    struct ft_tok *tok, *small;
    struct ft_tok_subset *subset; /* NULL: all tokens are kept */
    struct ft_st *file;
    struct ft_model_match match;
    struct ft_params nets[FT_TASK_COUNT]; /* nets_n: what the family's tasks compute */
    size_t nets_n;
    int64_t *layer_to; /* by old layer: the new one, -1: left out */
    enum ft_dtype dtype;
    bool convert;

    struct ft_st_item *items;
    struct piece *pieces;
    char **names;
    size_t items_n;
    uint8_t *buf; /* the item that is being written */
};

/* ---- options ---- */

static enum ft_status fail_layers(const struct reduction *r, const char *what, struct ft_err *err)
{
    return ft_fail(err, FT_USAGE,
                   "keep_layers is \"%.80s\"%s, expected different layers from 0 to %" PRId64
                   " with commas between them, such as 0,2,5",
                   r->opt->layers, what, r->config.layers - 1);
}

static enum ft_status read_layers(struct reduction *r, struct ft_err *err)
{
    size_t n = (size_t)r->config.layers;
    const char *at = r->opt->layers;
    r->layer_to = ft_xcalloc(n + 1, sizeof *r->layer_to);
    while (at) {
        const char *comma = strchr(at, ',');
        char *word = ft_xstrndup(at, comma ? (size_t)(comma - at) : strlen(at));
        long long layer = 0;
        bool good = ft_parse_i64(word + strspn(word, " "), &layer) && layer >= 0 &&
                    layer < r->config.layers;
        free(word);
        if (!good) return fail_layers(r, "", err);
        if (r->layer_to[layer]) return fail_layers(r, ", which has a layer twice", err);
        r->layer_to[layer] = 1;
        at = comma ? comma + 1 : NULL;
    }
    int64_t kept = 0;
    for (size_t i = 0; i < n; i++)
        r->layer_to[i] = r->layer_to[i] || !r->opt->layers ? kept++ : -1;
    r->made->layers_before = n;
    r->made->layers = (size_t)kept;
    return FT_OK;
}

static enum ft_status read_dtype(struct reduction *r, struct ft_err *err)
{
    static const struct {
        const char *name;
        enum ft_dtype dtype;
    } known[] = {{"fp32", FT_DTYPE_F32}, {"fp16", FT_DTYPE_F16}, {"bf16", FT_DTYPE_BF16}};
    for (size_t i = 0; r->opt->dtype && i < sizeof known / sizeof *known; i++)
        if (!strcmp(r->opt->dtype, known[i].name)) {
            r->dtype = known[i].dtype;
            r->convert = true;
            return FT_OK;
        }
    if (!r->opt->dtype) return FT_OK;
    return ft_fail(err, FT_USAGE, "dtype is \"%.40s\", expected fp32, fp16 or bf16", r->opt->dtype);
}

/* ---- tokens ---- */

struct counted {
    uint64_t count;
    int32_t id;
};

static int by_count(const void *pa, const void *pb)
{
    const struct counted *a = pa, *b = pb;
    if (a->count != b->count) return a->count < b->count ? 1 : -1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* Tokens that config.json names, such as pad_token_id, are kept as special ones are. Where positions
 * count from the padding token's id, that id must stay what it is. */
static void keep_named(struct reduction *r)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, r->config.tree)
    {
        const char *end = item->string ? strstr(item->string, "_token_id") : NULL;
        if (!end || end[9]) continue;
        const cJSON *id = cJSON_IsArray(item) ? item->child : item;
        for (; id; id = cJSON_IsArray(item) ? id->next : NULL)
            if (cJSON_IsNumber(id) && id->valuedouble >= 0 && id->valuedouble < 1e9)
                ft_tok_subset_add(r->subset, (int32_t)id->valuedouble, SIZE_MAX);
    }
    int64_t ids[] = {r->config.pad_token_id, r->config.bos_token_id, r->config.eos_token_id};
    for (size_t i = 0; i < 3; i++)
        if (ids[i] >= 0 && ids[i] < INT32_MAX)
            ft_tok_subset_add(r->subset, (int32_t)ids[i], SIZE_MAX);
    if (ft_family_counts_from_pad(r->config.family))
        for (int32_t i = 0; i < r->config.pad_token_id; i++)
            ft_tok_subset_add(r->subset, i, SIZE_MAX);
}

static enum ft_status choose_tokens(struct reduction *r, struct ft_err *err)
{
    struct ft_token_counts c = {0};
    size_t n = ft_tok_vocab_size(r->tok), want = r->opt->vocab_size;
    enum ft_status st = ft_token_counts_read(&c, r->tok, r->opt->tokens_of, r->w, err);
    struct counted *order = ft_xcalloc(n + 1, sizeof *order);
    r->subset = ft_tok_subset_new(r->tok);
    keep_named(r);
    size_t base = ft_tok_subset_size(r->subset);
    if (!st && want && want < base)
        st = ft_fail(err, FT_USAGE,
                     "vocab_size is %zu, expected %zu or more: special tokens and single "
                     "characters, which every text needs, take %zu",
                     want, base, base);
    for (size_t i = 0; i < n && !st; i++)
        order[i] = (struct counted){c.of[i], (int32_t)i};
    qsort(order, n, sizeof *order, by_count);
    for (size_t i = 0; i < n && !st && order[i].count; i++)
        ft_tok_subset_add(r->subset, order[i].id,
                          want ? want - ft_tok_subset_size(r->subset) : SIZE_MAX);
    for (size_t i = 0; i < n && !st; i++)
        if (ft_tok_subset_has(r->subset, (int32_t)i)) r->made->kept += c.of[i];
    r->made->tokens = c.tokens;
    r->made->texts = c.texts;
    free(order);
    ft_token_counts_release(&c);
    return st ? st : ft_tok_subset_make(r->subset, &r->small, err);
}

/* ---- config.json ---- */

static void map_id(const struct reduction *r, cJSON *id)
{
    if (!cJSON_IsNumber(id) || id->valuedouble < 0) return;
    double old = id->valuedouble;
    int32_t now = ft_tok_subset_new_id(r->subset, old < 1e9 ? (int64_t)old : -1);
    cJSON_SetNumberValue(id, now);
    if (now < 0) id->type = cJSON_NULL; /* the vocabulary has no such token */
}

static void settle_config(struct reduction *r)
{
    struct ft_hf_config *c = &r->config;
    cJSON *item, *id;
    r->made->vocab_before = (size_t)c->vocab_size;
    if (r->subset) {
        cJSON_ArrayForEach(item, c->tree)
        {
            const char *end = item->string ? strstr(item->string, "_token_id") : NULL;
            if (!end || end[9]) continue;
            map_id(r, item);
            cJSON_ArrayForEach(id, item) map_id(r, id);
        }
        int64_t *ids[] = {&c->pad_token_id, &c->bos_token_id, &c->eos_token_id, &c->cls_token_id,
                          &c->sep_token_id};
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
            *ids[i] = ft_tok_subset_new_id(r->subset, *ids[i]);
        for (size_t i = 0; i < c->end_n; i++)
            c->end_ids[i] = ft_tok_subset_new_id(r->subset, c->end_ids[i]);
        c->vocab_size = (int64_t)ft_tok_vocab_size(r->small);
    }
    bool *kept = ft_xcalloc((size_t)c->layers + 1, sizeof *kept);
    for (size_t i = 0; i < (size_t)c->layers; i++)
        kept[i] = r->layer_to[i] >= 0;
    ft_hf_config_keep_layers(c, kept);
    free(kept);
    r->made->vocab = (size_t)c->vocab_size;
}

/* ---- tensors ---- */

/* The name without a wrapper's prefix, and with the layer's new number. */
static char *new_name(const struct reduction *r, const char *name, int layer)
{
    if (layer < 0) return ft_xstrdup(name);
    char *number = ft_xprintf(".%d.", layer), *dotted = ft_xprintf(".%s", name);
    char *at = strstr(dotted, number), *made = NULL;
    if (at)
        made = ft_xprintf("%.*s.%" PRId64 ".%s", (int)(at - dotted), dotted, r->layer_to[layer],
                          at + strlen(number));
    char *out = ft_xstrdup(made ? made + 1 : name);
    free(made);
    free(dotted);
    free(number);
    return out;
}

/* What the tensor is in one of the family's networks. */
static enum ft_param_match find_param(const struct reduction *r, const char *name,
                                      const struct ft_param **p)
{
    size_t k;
    for (size_t i = 0; i < r->nets_n; i++) {
        enum ft_param_match what = ft_params_match(&r->nets[i], name, &k);
        if (what == FT_PARAM_UNEXPECTED) continue;
        *p = what == FT_PARAM_MATCH ? &r->nets[i].items[k] : NULL;
        return what;
    }
    return FT_PARAM_UNEXPECTED;
}

static void add_item(struct reduction *r, const struct ft_st_tensor *t, const char *name, int layer,
                     enum rows rows)
{
    size_t i = r->items_n++;
    r->names[i] = new_name(r, name, layer);
    r->pieces[i] = (struct piece){t, rows};
    r->items[i] = (struct ft_st_item){.name = r->names[i],
                                      .dtype = r->convert && ft_dtype_is_float(t->dtype) ? r->dtype
                                                                                         : t->dtype,
                                      .rank = t->rank,
                                      .id = i};
    memcpy(r->items[i].shape, t->shape, sizeof t->shape);
    if (rows == ROWS_TOKENS) r->items[i].shape[0] = r->made->vocab;
    size_t count = 1;
    for (size_t d = 0; d < t->rank; d++)
        count *= r->items[i].shape[d];
    r->made->parameters += count;
}

static enum rows rows_of(const struct reduction *r, const struct ft_param *p)
{
    bool tokens =
        p->role == FT_ROLE_WORD || p->role == FT_ROLE_LM_OUT_W || p->role == FT_ROLE_LM_OUT_B;
    return tokens && r->subset ? ROWS_TOKENS : ROWS_ALL;
}

/* Whether its layer is kept, and has such a tensor where it is then: some families have no norm in front
 * of the first layer. */
static bool kept_in_layer(const struct reduction *r, const struct ft_param *p)
{
    int64_t to = r->layer_to[p->layer];
    bool norm = p->role == FT_ROLE_NORM1_W || p->role == FT_ROLE_NORM1_B;
    return to >= 0 && !(norm && to == 0 && !ft_params_role(&r->nets[0], p->role, 0));
}

static void choose_tensors(struct reduction *r)
{
    size_t n = ft_st_count(r->file);
    r->items = ft_xcalloc(n + 1, sizeof *r->items);
    r->pieces = ft_xcalloc(n + 1, sizeof *r->pieces);
    r->names = ft_xcalloc(n + 1, sizeof *r->names);
    for (size_t i = 0; i < n; i++) {
        const struct ft_st_tensor *t = ft_st_at(r->file, i);
        const char *name = ft_model_match_name(&r->match, t->name);
        const struct ft_param *p = NULL;
        enum ft_param_match what = find_param(r, name, &p);
        if (what == FT_PARAM_IGNORE) continue; /* a buffer, or a copy of tied weights */
        if (what == FT_PARAM_UNEXPECTED && !ft_hf_head_of_tensor(name)) {
            r->made->left_out++;
            continue;
        }
        if (p && p->layer >= 0 && !kept_in_layer(r, p)) continue;
        add_item(r, t, name, p ? p->layer : -1, p ? rows_of(r, p) : ROWS_ALL);
    }
}

/* The networks of all tasks that the family has; that of language models is the first. */
static enum ft_status lay_out(struct reduction *r, struct ft_err *err)
{
    enum ft_task text = ft_family_text_task(r->config.family);
    for (int i = -1; i < FT_TASK_COUNT; i++) {
        enum ft_task task = i < 0 ? text : (enum ft_task)i;
        struct ft_model_opt opt = {.task = task, .dropout = -1};
        struct ft_net_config cfg;
        if (i >= 0 && (task == text || ft_model_check_task(&r->config, task, NULL))) continue;
        enum ft_status st = ft_model_file_net_config(&r->config, &opt, &cfg, err);
        if (!st) st = ft_params_init(&r->nets[r->nets_n], &cfg, err);
        if (st) return st;
        r->nets_n++;
    }
    return FT_OK;
}

/* ---- weights ---- */

/* Reads the whole tensor, as elements of the item's type. */
static enum ft_status read_elements(const struct reduction *r, const struct ft_st_tensor *t,
                                    enum ft_dtype to, uint8_t *out, struct ft_err *err)
{
    if (!ft_dtype_is_float(t->dtype)) return ft_st_read_raw(r->file, t, out, err);
    float *values = ft_try_big(t->count * sizeof *values);
    if (!values) return ft_fail(err, FT_NOMEM, "%s: no memory for tensor %s", r->path, t->name);
    enum ft_status st = ft_st_read_f32(r->file, t, values, err);
    if (!st && to == t->dtype)
        st = ft_st_read_raw(r->file, t, out, err);
    else if (!st && ft_dtype_from_f32(to, values, out, t->count))
        st = ft_fail(err, FT_NUMERIC, "%s: tensor %s has values beyond the range of %s", r->path,
                     t->name, ft_dtype_torch_name(to));
    ft_big_free(values, t->count * sizeof *values);
    return st;
}

static enum ft_status load_item(struct reduction *r, const struct ft_st_item *it,
                                struct ft_err *err)
{
    const struct piece *p = &r->pieces[it->id];
    size_t size = ft_dtype_bits(it->dtype) / 8, all = p->from->count * size;
    size_t row = p->from->rank && p->from->shape[0] ? all / p->from->shape[0] : all;
    r->buf = ft_try_big(all);
    if (!r->buf)
        return ft_fail(err, FT_NOMEM, "%s: no memory for tensor %s", r->path, p->from->name);
    enum ft_status st = read_elements(r, p->from, it->dtype, r->buf, err);
    if (st) return st;
    if (p->rows == ROWS_TOKENS) /* old ids rise: no row is overwritten before it is moved */
        for (size_t i = 0; i < r->made->vocab; i++)
            memmove(r->buf + i * row,
                    r->buf + (size_t)ft_tok_subset_old_id(r->subset, (int32_t)i) * row, row);
    return FT_OK;
}

/* For st_write.h: pieces of an item come with rising `first`. */
static enum ft_status fill(void *arg, const struct ft_st_item *it, size_t first, size_t n,
                           void *buf, struct ft_err *err)
{
    struct reduction *r = arg;
    size_t all = r->pieces[it->id].from->count * ft_dtype_bits(it->dtype) / 8;
    uint64_t bytes = 0;
    enum ft_status st = ft_st_items_bytes(it, 1, &bytes, err);
    if (!st && ft_job_cancelled(r->w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    if (!st && !first) {
        ft_job_report(r->w, (double)it->id, (double)r->items_n, "tensors");
        st = load_item(r, it, err);
    }
    if (!st) memcpy(buf, r->buf + first, n);
    if (st || first + n == bytes) {
        ft_big_free(r->buf, all);
        r->buf = NULL;
    }
    return st;
}

static enum ft_status write_folder(struct reduction *r, struct ft_err *err)
{
    static const char *const beside[] = {"modules.json", "sentence_bert_config.json",
                                         "config_sentence_transformers.json"};
    struct ft_st_source source = {fill, r};
    struct ft_hf_dir d;
    enum ft_status st = ft_st_items_bytes(r->items, r->items_n, &r->made->bytes, err);
    if (!st) st = ft_hf_dir_begin(&d, r->opt->output, r->made->bytes + (1 << 20), err);
    if (st) return st;
    d.fresh = true;
    st = ft_hf_dir_put_model(&d, &r->config, r->items, r->items_n, 0, &source, err);
    if (!st) st = ft_tok_save(r->small ? r->small : r->tok, d.tmp, err);
    for (size_t i = 0; i < sizeof beside / sizeof *beside && !st; i++)
        st = ft_hf_dir_put_copy(&d, r->path, beside[i], err);
    return ft_hf_dir_end(&d, st, err);
}

/* ---- all of it ---- */

static enum ft_status open_model(struct reduction *r, struct ft_err *err)
{
    enum ft_status st = ft_model_file_config(&r->config, &r->path, r->opt->from, err);
    if (st) return st;
    ft_model_report_below(r->opt->from, r->path);
    if ((st = ft_tok_load(&r->tok, r->path, err))) return st;
    int64_t n = (int64_t)ft_tok_vocab_size(r->tok);
    if ((st = ft_hf_config_check_vocab(n, n - 1, r->config.vocab_size, r->path, err))) return st;
    if ((st = lay_out(r, err))) return st;
    if ((st = ft_st_open_dir(&r->file, r->path, err))) return st;
    if ((st = ft_st_verify(r->file, err))) return st;
    st = ft_model_match(&r->match, r->file, &r->nets[0], FT_HEAD_USE_AS_IT_IS, err);
    return st ? st : ft_model_match_whole(&r->match, &r->nets[0], r->file, r->path, err);
}

static void say_dtype(struct reduction *r)
{
    size_t most = 0, at = 0;
    for (size_t i = 0; i < r->items_n; i++)
        if (r->pieces[i].from->count > most) most = r->pieces[at = i].from->count;
    const char *name = ft_dtype_torch_name(r->items[at].dtype);
    r->made->dtype = r->config.dtype = name ? name : "float32";
}

static void release(struct reduction *r)
{
    for (size_t i = 0; i < r->nets_n; i++)
        ft_params_release(&r->nets[i]);
    ft_names_free(r->names, r->items_n);
    free(r->items);
    free(r->pieces);
    free(r->layer_to);
    free(r->path);
    ft_model_match_release(&r->match);
    ft_st_close(r->file);
    ft_tok_subset_free(r->subset);
    ft_tok_free(r->small);
    ft_tok_free(r->tok);
    ft_hf_config_release(&r->config);
}

enum ft_status ft_reduce_model(const struct ft_reduce_opt *opt, struct ft_reduced *made,
                               struct ft_job *w, struct ft_err *err)
{
    struct reduction r = {.opt = opt, .made = made, .w = w};
    *made = (struct ft_reduced){0};
    if (ft_path_exists(opt->output))
        return ft_fail(err, FT_EXISTS, "%s: already exists; choose another name", opt->output);
    enum ft_status st = read_dtype(&r, err);
    if (!st) st = open_model(&r, err);
    if (!st) st = read_layers(&r, err);
    if (!st && opt->tokens_of) st = choose_tokens(&r, err);
    if (!st) {
        settle_config(&r);
        choose_tensors(&r);
        say_dtype(&r);
        st = write_folder(&r, err);
    }
    release(&r);
    return st;
}

void ft_reduced_text(const struct ft_reduced *made, const char *output, struct ft_str *out)
{
    char parameters[32], bytes[32];
    ft_str_addf(out, "%s: %zu of %zu layers, %zu of %zu tokens, %s parameters, %s (%s)", output,
                made->layers, made->layers_before, made->vocab, made->vocab_before,
                ft_format_count(parameters, sizeof parameters, (long long)made->parameters),
                ft_format_bytes(bytes, sizeof bytes, (double)made->bytes), made->dtype);
    if (made->tokens)
        ft_str_addf(out, "; they cover %.2f%% of the tokens in %zu texts",
                    100.0 * (double)made->kept / (double)made->tokens, made->texts);
    if (made->left_out)
        ft_str_addf(out, "; %zu tensor%s of no known part left out", made->left_out,
                    made->left_out == 1 ? "" : "s");
}
