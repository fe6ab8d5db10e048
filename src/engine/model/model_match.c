/* The tensors of a file against the parameters of a net; see model_match.h. */
#include "engine/model/model_match.h"

#include "data/hf_family.h"
#include "data/hf_head.h"
#include "util/kinds.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int ft_model_head_task(const struct ft_hf_config *c)
{
    if (c->head == FT_HEAD_NONE) return -1;
    if (c->head == FT_HEAD_CLASSIFY) {
        enum ft_task task = ft_task_of_problem(ft_hf_head_problem(c));
        return task >= 0 && ft_hf_head_serves(c, task) ? (int)task : -1;
    }
    return ft_task_of_head(c->head);
}

enum ft_head_use ft_model_head_use(const struct ft_hf_config *c, enum ft_task task, size_t labels)
{
    if (!ft_task_has(task, FT_TRAIT_OUTPUTS)) return FT_HEAD_USE_AS_IT_IS;
    if (c->head != FT_HEAD_NONE && !ft_hf_head_serves(c, task)) return FT_HEAD_USE_NEW;
    /* the names that the folder gives are no names of this head's outputs */
    bool other = labels && c->labels_given && c->label_count != labels;
    return other ? FT_HEAD_USE_NEW : FT_HEAD_USE_IF_FITS;
}

void ft_model_head_why(const struct ft_hf_config *c, const struct ft_model_match *m,
                       enum ft_task task, size_t labels, struct ft_str *out)
{
    if (!m->head_rows) return;
    if (c->head != FT_HEAD_NONE && !ft_hf_head_serves(c, task))
        ft_str_addf(out, "the saved head is for %s", ft_hf_head_purpose(c));
    else if (m->head_rows != labels)
        ft_str_addf(out, "the saved head is for %zu label%s, not %zu", m->head_rows,
                    ft_plural(m->head_rows), labels);
    else
        ft_str_addf(out, "the saved head has %zu output%s, but config.json names %zu label%s",
                    m->head_rows, ft_plural(m->head_rows), c->label_count,
                    ft_plural(c->label_count));
}

void ft_model_label_order(const struct ft_hf_config *c, const char *const *labels, size_t *order)
{
    static int (*const same[])(const char *, const char *) = {strcmp, strcasecmp};
    size_t n = c->label_count, next = 0;
    bool *taken = ft_xcalloc(n + 1, sizeof *taken);
    for (size_t i = 0; i < n; i++)
        order[i] = n;
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n && order[i] == n; k++)
                if (!taken[k] && !same[pass](labels[k], c->labels[i])) {
                    order[i] = k;
                    taken[k] = true;
                }
    for (size_t i = 0; i < n; i++) {
        while (order[i] == n && taken[next])
            next++;
        if (order[i] == n) order[i] = next++;
    }
    free(taken);
}

void ft_model_head_renamed(const struct ft_hf_config *c, const char *const *labels, size_t label_n,
                           struct ft_str *out)
{
    enum { SHOWN = 6 };
    struct ft_str now = {0};
    size_t n = 0;
    if (!labels || !c->labels_given || c->label_count != label_n) return;
    size_t *order = ft_xcalloc(label_n + 1, sizeof *order);
    ft_model_label_order(c, labels, order);
    for (size_t i = 0; i < label_n; i++) {
        const char *name = labels[order[i]];
        if (!strcmp(c->labels[i], name)) continue;
        const char *between = n ? ", " : "";
        if (n < SHOWN) {
            ft_str_addf(out, "%s%s", between, c->labels[i]);
            ft_str_addf(&now, "%s%s", between, name);
        } else if (n == SHOWN) {
            ft_str_addz(out, ", ..");
            ft_str_addz(&now, ", ..");
        }
        n++;
    }
    if (n) ft_str_addf(out, " %s now called %s", n == 1 ? "is" : "are", ft_str_text(&now));
    ft_str_release(&now);
    free(order);
}

bool ft_model_spare(const struct ft_param *p)
{
    return p->flags & FT_PARAM_HEAD || p->role == FT_ROLE_POOL_W || p->role == FT_ROLE_POOL_B;
}

static bool same_shape(const struct ft_st_tensor *t, const struct ft_param *p)
{
    bool fits = t->rank == p->ndim;
    for (size_t d = 0; fits && d < p->ndim; d++)
        fits = t->shape[d] == p->shape[d];
    return fits;
}

static enum ft_status fail_shape(const struct ft_st *file, const struct ft_st_tensor *t,
                                 const struct ft_param *p, struct ft_err *err)
{
    char found[192], want[64];
    bool rows = t->rank == p->ndim && t->shape[0] != p->shape[0] &&
                (p->ndim == 1 || t->shape[1] == p->shape[1]);
    if (p->flags & FT_PARAM_HEAD && (p->role == FT_ROLE_OUT_W || p->role == FT_ROLE_OUT_B) && rows)
        return ft_fail(err, FT_FORMAT,
                       "%s: tensor %s is for %zu label%s, but config.json has %zu (id2label, "
                       "num_labels); correct config.json: it needs %zu label%s",
                       ft_st_file(file, t->shard), t->name, t->shape[0], ft_plural(t->shape[0]),
                       p->shape[0], t->shape[0], ft_plural(t->shape[0]));
    if (p->ndim == 1)
        snprintf(want, sizeof want, "(%zu)", p->shape[0]);
    else
        snprintf(want, sizeof want, "(%zu, %zu)", p->shape[0], p->shape[1]);
    return ft_fail(err, FT_FORMAT,
                   "%s: tensor %s has shape %s, expected %s from config.json; the weights do not "
                   "match the configuration",
                   ft_st_file(file, t->shard), t->name, ft_st_shape_text(t, found, sizeof found),
                   want);
}

/* ---- a prefix before the names ---- */

static const char *without(const char *name, const char *prefix)
{
    size_t n = prefix ? strlen(prefix) : 0;
    return n && !strncmp(name, prefix, n) ? name + n : name;
}

const char *ft_model_match_name(const struct ft_model_match *m, const char *name)
{
    return without(name, m->prefix);
}

/* Whether the body of the net is there by the names, with this prefix left out. */
static bool is_whole(const struct ft_st *file, const struct ft_params *ps, const char *prefix)
{
    bool *seen = ft_xcalloc(ps->n + 1, sizeof *seen), whole = true;
    size_t k;
    for (size_t i = 0; i < ft_st_count(file); i++) {
        const char *name = ft_st_at(file, i)->name, *rest = without(name, prefix);
        if (prefix && rest == name) continue;
        if (ft_params_match(ps, rest, &k) == FT_PARAM_MATCH) seen[k] = true;
    }
    for (k = 0; k < ps->n && whole; k++)
        whole = seen[k] || ft_model_spare(&ps->items[k]);
    free(seen);
    return whole;
}

/* The prefix of the name that the net's first parameter has in the file; NULL: there is none, or
 * more than one that would do (a file of two models). */
static char *find_prefix(const struct ft_st *file, const struct ft_params *ps)
{
    char *found = NULL;
    if (is_whole(file, ps, NULL)) return NULL;
    for (size_t i = 0; i < ft_st_count(file); i++) {
        const char *name = ft_st_at(file, i)->name;
        for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
            size_t k;
            if (ft_params_match(ps, dot + 1, &k) != FT_PARAM_MATCH || k) continue;
            char *prefix = ft_xstrndup(name, (size_t)(dot + 1 - name));
            if (found || !is_whole(file, ps, prefix)) {
                bool two = found && is_whole(file, ps, prefix);
                free(prefix);
                if (!two) continue;
                free(found);
                return NULL;
            }
            found = prefix;
            break;
        }
    }
    return found;
}

/* ---- another family's names ---- */

/* "bert." of the net's first parameter, "bert.embeddings.word_embeddings.weight". */
static size_t base_of(const struct ft_params *ps, const char **name)
{
    *name = ps->n ? ps->items[0].name : "";
    const char *dot = strchr(*name, '.');
    return dot ? (size_t)(dot + 1 - *name) : 0;
}

/* A tensor whose name begins with the base of another family ("roberta."), where no name has that of
 * this one; NULL: none. *family: the other one. */
static const struct ft_st_tensor *of_another(const struct ft_st *file, const struct ft_params *ps,
                                             enum ft_family *family)
{
    const char *own;
    size_t n = base_of(ps, &own);
    const struct ft_st_tensor *found = NULL;
    for (size_t i = 0; i < ft_st_count(file); i++) {
        const struct ft_st_tensor *t = ft_st_at(file, i);
        for (const char *at = t->name; at; at = strchr(at, '.')) {
            at += *at == '.';
            if (!strncmp(at, own, n)) return NULL;
        }
        for (int f = 0; f < FT_FAMILY_COUNT && !found; f++) {
            const char *base = ft_hf_family((enum ft_family)f)->class_prefix;
            size_t len = strlen(base);
            if (strncasecmp(t->name, base, len) || t->name[len] != '.') continue;
            *family = (enum ft_family)f;
            found = t;
        }
    }
    return found;
}

/* ---- tensors and parameters ---- */

enum ft_status ft_model_match(struct ft_model_match *m, const struct ft_st *file,
                              const struct ft_params *ps, enum ft_head_use use, struct ft_err *err)
{
    size_t n = ft_st_count(file);
    enum ft_family other = (enum ft_family)0;
    const struct ft_st_tensor *stranger = of_another(file, ps, &other);
    *m = (struct ft_model_match){.file_of = ft_xcalloc(ps->n + 1, sizeof *m->file_of),
                                 .unexpected = ft_xcalloc(n + 1, sizeof *m->unexpected),
                                 .other_head = ft_xcalloc(ps->n + 1, sizeof *m->other_head),
                                 .prefix = find_prefix(file, ps)};
    for (size_t k = 0; k < ps->n; k++)
        m->file_of[k] = SIZE_MAX;
    if (stranger)
        return ft_fail(err, FT_FORMAT,
                       "%s: tensor %s is that of a %s model, but config.json describes a %s model; "
                       "correct its model_type, or use the weights that belong to it",
                       ft_st_file(file, stranger->shard), stranger->name, ft_family_name(other),
                       ft_family_name(ps->family_id));
    for (size_t i = 0; i < n; i++) {
        const struct ft_st_tensor *t = ft_st_at(file, i);
        size_t k;
        enum ft_param_match what = ft_params_match(ps, without(t->name, m->prefix), &k);
        if (what == FT_PARAM_IGNORE) continue;
        m->parameters += t->count;
        if (what != FT_PARAM_UNEXPECTED && m->file_of[k] != SIZE_MAX)
            return ft_fail(err, FT_FORMAT, "%s: tensor %s is stored twice under two names",
                           ft_st_file(file, t->shard), ps->items[k].name);
        bool head = what != FT_PARAM_UNEXPECTED && ps->items[k].flags & FT_PARAM_HEAD;
        if (head && ps->items[k].role == FT_ROLE_OUT_W && t->rank) m->head_rows = t->shape[0];
        if (what == FT_PARAM_UNEXPECTED) {
            m->unexpected[m->unexpected_n++] = i;
        } else if (!(head && use == FT_HEAD_USE_NEW) && same_shape(t, &ps->items[k])) {
            m->file_of[k] = i;
        } else if (head && use != FT_HEAD_USE_AS_IT_IS) {
            m->other_head[k] = true;
            m->unexpected[m->unexpected_n++] = i;
        } else {
            return fail_shape(file, t, &ps->items[k], err);
        }
    }
    return FT_OK;
}

void ft_model_match_release(struct ft_model_match *m)
{
    free(m->file_of);
    free(m->unexpected);
    free(m->other_head);
    free(m->prefix);
    *m = (struct ft_model_match){0};
}

const struct ft_st_tensor *ft_model_match_quantised(const struct ft_model_match *m,
                                                    const struct ft_params *ps,
                                                    const struct ft_st *file)
{
    for (size_t k = 0; k < ps->n; k++)
        if (m->file_of[k] != SIZE_MAX && !ft_dtype_is_float(ft_st_at(file, m->file_of[k])->dtype))
            return ft_st_at(file, m->file_of[k]);
    return NULL;
}

/* What all names begin with, up to a full stop: a hint where a tensor is missing. */
static size_t common_prefix(const struct ft_st *file)
{
    const char *first = ft_st_count(file) ? ft_st_at(file, 0)->name : "";
    size_t n = strlen(first), end = 0;
    for (size_t i = 1; i < ft_st_count(file); i++) {
        const char *name = ft_st_at(file, i)->name;
        size_t same = 0;
        while (same < n && name[same] == first[same])
            same++;
        n = same;
    }
    for (size_t i = 0; i < n; i++)
        if (first[i] == '.') end = i + 1;
    return end;
}

enum ft_status ft_model_match_whole(const struct ft_model_match *m, const struct ft_params *ps,
                                    const struct ft_st *file, const char *path, struct ft_err *err)
{
    const struct ft_st_tensor *t = ft_model_match_quantised(m, ps, file);
    for (size_t k = 0; k < ps->n; k++) {
        size_t common = common_prefix(file);
        if (m->file_of[k] != SIZE_MAX || ft_model_spare(&ps->items[k])) continue;
        if (!common)
            return ft_fail(err, FT_FORMAT, "%s: tensor %s is missing; the model is incomplete",
                           path, ps->items[k].name);
        return ft_fail(err, FT_FORMAT,
                       "%s: tensor %s is missing; the model is incomplete (the names in the file "
                       "begin with %.*s)",
                       path, ps->items[k].name, (int)common, ft_st_at(file, 0)->name);
    }
    if (!t) return FT_OK;
    return ft_fail(
        err, FT_UNSUPPORTED,
        "%s: tensor %s is %s (quantised?), expected F32, F16, BF16 or F64; use the original model",
        ft_st_file(file, t->shard), t->name, ft_dtype_name(t->dtype));
}
