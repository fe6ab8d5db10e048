/* From a family's table to the flat arrays: layout, names, matching, freezing, new values. */
#include "core/params.h"

#include "core/family_in.h"
#include "util/mem.h"
#include "util/rng.h"
#include "util/str.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_FLOATS = 16, NAME_MAX_BYTES = 160 };

/* Whether the tensor is a bias of a kind that this net has none of. */
static bool bias_off(enum ft_role role, unsigned no_bias)
{
    switch (role) {
    case FT_ROLE_EMB_NORM_B:
    case FT_ROLE_NORM1_B:
    case FT_ROLE_NORM2_B:
    case FT_ROLE_FINAL_NORM_B:
    case FT_ROLE_POOL_NORM_B:
    case FT_ROLE_LM_NORM_B:
        return no_bias & FT_NET_NO_BIAS_NORM;
    case FT_ROLE_QKV_B:
    case FT_ROLE_PROJ_B:
        return no_bias & FT_NET_NO_BIAS_ATTENTION;
    case FT_ROLE_FF1_B:
    case FT_ROLE_FF2_B:
        return no_bias & FT_NET_NO_BIAS_FF;
    case FT_ROLE_POOL_B:
    case FT_ROLE_LM_DENSE_B:
        return no_bias & FT_NET_NO_BIAS_HEAD;
    case FT_ROLE_LM_OUT_B:
        return no_bias & FT_NET_NO_BIAS_LM_OUT;
    default:
        return false;
    }
}

static bool row_used(const struct ft_param_spec *s, const struct ft_net_config *cfg)
{
    unsigned heads = cfg->head == FT_HEAD_NONE ? FT_FOR_ALL : 1u << cfg->head;
    if ((s->heads & heads) != heads) return false;
    if ((s->flags & FT_PARAM_UNTIED) && cfg->tied) return false;
    if ((s->flags & FT_PARAM_FACTORED) && ft_net_config_embed(cfg) == cfg->hidden) return false;
    if (bias_off(s->role, cfg->no_bias)) return false;
    const struct {
        unsigned flag;
        bool there;
    } parts[] = {
        {FT_PARAM_RELATIVE, cfg->rel_span > 0},
        {FT_PARAM_RELATIVE_NORM, cfg->rel_norm},
        {FT_PARAM_POS_KEYS, cfg->rel_span && cfg->rel_keys && !cfg->rel_shared},
        {FT_PARAM_POS_QUERIES, cfg->rel_span && cfg->rel_queries && !cfg->rel_shared},
        {FT_PARAM_OLD_HEAD, !cfg->new_lm_head},
        {FT_PARAM_NEW_HEAD, cfg->new_lm_head},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if ((s->flags & parts[i].flag) && !parts[i].there) return false;
    if (s->dim[0] == FT_DIM_P && cfg->no_positions) return false;
    return !(s->dim[0] == FT_DIM_S && cfg->types == 0);
}

/* Whether layer l has the row's tensor. */
static bool layer_has(const struct ft_family_def *f, const struct ft_param_spec *s, size_t l)
{
    bool norm1 = s->role == FT_ROLE_NORM1_W || s->role == FT_ROLE_NORM1_B;
    return !(norm1 && l == 0 && f->first_norm_off);
}

static size_t dim_size(enum ft_dim dim, const struct ft_net_config *cfg)
{
    switch (dim) {
    case FT_DIM_V:
        return cfg->vocab;
    case FT_DIM_P:
        return cfg->positions;
    case FT_DIM_S:
        return cfg->types;
    case FT_DIM_C:
        return cfg->hidden;
    case FT_DIM_E:
        return ft_net_config_embed(cfg);
    case FT_DIM_H:
        return cfg->heads;
    case FT_DIM_R:
        return cfg->relative_buckets;
    case FT_DIM_2S:
        return 2 * cfg->rel_span;
    case FT_DIM_3C:
        return 3 * cfg->hidden;
    case FT_DIM_F:
        return cfg->ff;
    case FT_DIM_2F:
        return 2 * cfg->ff;
    case FT_DIM_OUT:
        return cfg->head == FT_HEAD_QA ? 2 : cfg->labels;
    default:
        return 1;
    }
}

/* `fmt` holds one %d when the row is per layer; written by hand because it is not a literal. */
static void write_name(char *out, const char *prefix, const char *fmt, int layer)
{
    const char *mark = layer >= 0 ? strstr(fmt, "%d") : NULL;
    int n = mark ? snprintf(out, NAME_MAX_BYTES, "%s%.*s%d%s", prefix, (int)(mark - fmt), fmt,
                            layer, mark + 2)
                 : snprintf(out, NAME_MAX_BYTES, "%s%s", prefix, fmt);
    assert(n > 0 && n < NAME_MAX_BYTES);
    (void)n;
}

static void add_param(struct ft_params *ps, const struct ft_param_spec *s,
                      const struct ft_net_config *cfg, int layer)
{
    struct ft_param *p = &ps->items[ps->n];
    char *name = ps->names + ps->n * NAME_MAX_BYTES;
    write_name(name, (s->flags & FT_PARAM_HEAD) ? "" : ps->prefix, s->name, layer);
    *p = (struct ft_param){
        .name = name,
        .shape = {dim_size(s->dim[0], cfg), dim_size(s->dim[1], cfg)},
        .ndim = s->dim[1] == FT_DIM_NONE ? 1 : 2,
        .layer = layer,
        .role = s->role,
        .flags = s->flags,
        .decay = s->dim[1] != FT_DIM_NONE && !(s->flags & FT_PARAM_NO_DECAY),
    };
    p->count = p->shape[0] * p->shape[1];
    if (s->role != FT_ROLE_JOINED) {
        ps->floats = (ps->floats + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
        ps->by_role[s->role * ps->layers + (layer < 0 ? 0 : (size_t)layer)] = ps->n;
    }
    p->offset = ps->floats;
    ps->floats += p->count;
    ps->count += p->count;
    ft_strmap_put(&ps->by_name, name, strlen(name), ps->n);
    ps->n++;
}

/* The weights of the last layer, which is the one that has some, serve all of them. */
static void share_layers(struct ft_params *ps, size_t layers)
{
    for (size_t role = 0; role < FT_ROLE_COUNT; role++) {
        size_t last = ps->by_role[role * layers + layers - 1];
        if (last == SIZE_MAX || ps->items[last].layer < 0) continue;
        for (size_t l = 0; l + 1 < layers; l++)
            ps->by_role[role * layers + l] = last;
    }
}

enum ft_status ft_params_init(struct ft_params *ps, const struct ft_net_config *cfg,
                              struct ft_err *err)
{
    *ps = (struct ft_params){
        .layers = cfg->layers, .family_id = cfg->family, .family = ft_family_get(cfg->family)};
    const struct ft_family_def *f = ps->family;
    ps->prefix = cfg->head == FT_HEAD_NONE ? "" : f->prefix;
    if (!ft_family_has_head(cfg->family, cfg->head)) {
        return ft_fail(err, FT_UNSUPPORTED, "%s has no head for the task %s",
                       ft_family_name(cfg->family), ft_head_name(cfg->head));
    }
    size_t cap = 0;
    for (size_t i = 0; i < f->specs_n; i++)
        cap += (f->specs[i].flags & FT_PARAM_LAYER) && !f->shared_layers ? cfg->layers : 1;
    ps->items = ft_xcalloc(cap, sizeof(*ps->items));
    ps->names = ft_xcalloc(cap, NAME_MAX_BYTES);
    ps->by_role = ft_xmalloc(FT_ROLE_COUNT * cfg->layers * sizeof(*ps->by_role));
    for (size_t i = 0; i < FT_ROLE_COUNT * cfg->layers; i++)
        ps->by_role[i] = SIZE_MAX;

    for (size_t i = 0; i < f->specs_n;) {
        size_t end = i;
        while (end < f->specs_n && (f->specs[end].flags & FT_PARAM_LAYER))
            end++;
        if (end == i) {
            if (row_used(&f->specs[i], cfg)) add_param(ps, &f->specs[i], cfg, -1);
            i++;
            continue;
        }
        for (size_t l = f->shared_layers ? cfg->layers - 1 : 0; l < cfg->layers; l++) {
            for (size_t r = i; r < end; r++)
                if (row_used(&f->specs[r], cfg) && layer_has(f, &f->specs[r], l))
                    add_param(ps, &f->specs[r], cfg, (int)l);
        }
        i = end;
    }
    ps->floats = (ps->floats + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    if (f->shared_layers) share_layers(ps, cfg->layers);
    return FT_OK;
}

void ft_params_release(struct ft_params *ps)
{
    ft_strmap_release(&ps->by_name);
    free(ps->items);
    free(ps->names);
    free(ps->by_role);
    *ps = (struct ft_params){0};
}

const struct ft_param *ft_params_role(const struct ft_params *ps, enum ft_role role, size_t layer)
{
    assert(layer < ps->layers && role != FT_ROLE_JOINED);
    size_t i = ps->by_role[role * ps->layers + layer];
    return i == SIZE_MAX ? NULL : &ps->items[i];
}

static bool find_name(const struct ft_params *ps, const char *name, size_t n, size_t *index)
{
    const size_t *found = ft_strmap_get(&ps->by_name, name, n);
    if (found) *index = *found;
    return found != NULL;
}

enum ft_param_match ft_params_match(const struct ft_params *ps, const char *file_name,
                                    size_t *index)
{
    const struct ft_family_def *f = ps->family;
    char name[2 * NAME_MAX_BYTES];
    size_t n = strlen(file_name), prefix = strlen(f->prefix);
    if (n >= NAME_MAX_BYTES) return FT_PARAM_UNEXPECTED;
    memcpy(name, f->prefix, prefix);
    memcpy(name + prefix, file_name, n + 1);

    /* TensorFlow's names of a norm's two vectors, in files from before 2019. */
    static const char *const old[][2] = {{".gamma", ".weight"}, {".beta", ".bias"}};
    for (size_t i = 0; i < 2; i++) {
        if (!ft_ends_with(file_name, n, old[i][0])) continue;
        n -= strlen(old[i][0]);
        memcpy(name + prefix + n, old[i][1], strlen(old[i][1]) + 1);
        n += strlen(old[i][1]);
    }
    if (find_name(ps, name + prefix, n, index) || find_name(ps, name, prefix + n, index))
        return FT_PARAM_MATCH;
    if (!*ps->prefix && prefix < n && !strncmp(name + prefix, f->prefix, prefix) &&
        find_name(ps, name + 2 * prefix, n - prefix, index))
        return FT_PARAM_MATCH;
    /* A buffer's name is the end of the tensor's, or all of it. */
    for (const char *const *b = f->buffers; *b; b++)
        if (ft_ends_with(name, prefix + n, *b)) return FT_PARAM_IGNORE;
    for (const char *const *c = f->copies; *c; c++) {
        bool lm = ft_params_role(ps, FT_ROLE_OUT_W, 0) == NULL;
        if (lm && strcmp(name + prefix, *c) == 0) return FT_PARAM_IGNORE;
    }
    return FT_PARAM_UNEXPECTED;
}

void ft_params_freeze(struct ft_params *ps, enum ft_freeze what, size_t layers)
{
    for (size_t i = 0; i < ps->n; i++) {
        struct ft_param *p = &ps->items[i];
        bool embed = (p->flags & FT_PARAM_EMBED) != 0;
        p->frozen =
            what != FT_FREEZE_NONE &&
            (embed || (what == FT_FREEZE_LAYERS && p->layer >= 0 && (size_t)p->layer < layers));
    }
}

size_t ft_params_trainable(const struct ft_params *ps)
{
    size_t n = 0;
    for (size_t i = 0; i < ps->n; i++)
        if (!ps->items[i].frozen) n += ps->items[i].count;
    return n;
}

const struct ft_param *ft_params_by_token(const struct ft_params *ps,
                                          const struct ft_net_config *cfg)
{
    const struct ft_param *p = ft_params_role(ps, FT_ROLE_WORD, 0);
    bool lm = cfg->head == FT_HEAD_MLM || cfg->head == FT_HEAD_CLM;
    if (!p || p->frozen || (lm && !ft_params_role(ps, FT_ROLE_LM_OUT_W, 0))) return NULL;
    return p;
}

size_t ft_params_ranges(const struct ft_params *ps, const struct ft_param *except,
                        struct ft_optim_range *out)
{
    size_t n = 0;
    bool follows = false;
    for (size_t i = 0; i < ps->n; i++) {
        const struct ft_param *p = &ps->items[i];
        if (p->frozen || p == except) {
            follows = false;
            continue;
        }
        /* The gap between two tensors is zero in every array and stays so: it may be part of it. */
        if (follows && out[n - 1].decay == p->decay) {
            out[n - 1].end = p->offset + p->count;
        } else {
            out[n++] = (struct ft_optim_range){
                .begin = p->offset, .end = p->offset + p->count, .decay = p->decay, .lr_scale = 1};
        }
        follows = true;
    }
    return n;
}

static const struct ft_param_spec *spec_of(const struct ft_params *ps, const struct ft_param *p)
{
    const struct ft_family_def *f = ps->family;
    char name[NAME_MAX_BYTES];
    for (size_t i = 0; i < f->specs_n; i++) {
        const struct ft_param_spec *s = &f->specs[i];
        write_name(name, (s->flags & FT_PARAM_HEAD) ? "" : ps->prefix, s->name, p->layer);
        if (s->role == p->role && strcmp(name, p->name) == 0) return s;
    }
    assert(false && "every parameter has its row");
    return NULL;
}

void ft_params_init_values(const struct ft_params *ps, const struct ft_net_config *cfg, size_t i,
                           uint64_t seed, float *w)
{
    const struct ft_param *p = &ps->items[i];
    enum ft_init init = spec_of(ps, p)->init;
    float *dst = w + p->offset;
    double range = cfg->init_range;
    struct ft_rng rng;
    switch (init) {
    case FT_INIT_ZERO:
    case FT_INIT_ONE:
        for (size_t k = 0; k < p->count; k++)
            dst[k] = init == FT_INIT_ONE ? 1.0f : 0.0f;
        return;
    case FT_INIT_NORMAL_RESID:
        range /= sqrt(2.0 * (double)cfg->layers);
        break;
    case FT_INIT_NORMAL_OUT:
        range = 1 / sqrt((double)cfg->hidden);
        break;
    default:
        break;
    }
    /* A stream of its own for each name: adding a tensor to a table changes no other's values. */
    ft_rng_init(&rng, seed, ft_hash64(p->name, strlen(p->name)) << 8 | FT_RNG_INIT);
    for (size_t k = 0; k < p->count; k++)
        dst[k] = (float)(range * ft_rng_normal(&rng));
    if (init == FT_INIT_EMBED_PAD && cfg->pad_id >= 0 && (size_t)cfg->pad_id < p->shape[0])
        memset(dst + (size_t)cfg->pad_id * p->shape[1], 0, p->shape[1] * sizeof(*dst));
}
