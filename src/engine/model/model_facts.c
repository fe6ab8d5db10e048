/* See model_facts.h. */
#include "engine/model/model_facts.h"

#include "core/net.h"
#include "engine/model/model_family.h"
#include "engine/model/model_match.h"
#include "engine/model/model_file.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_BYTES_MAX = 16 << 20 };

void ft_model_facts_release(struct ft_model_facts *f)
{
    for (size_t i = 0; i < f->fields_n; i++) {
        free(f->fields[i].name);
        free(f->fields[i].value);
    }
    for (size_t i = 0; i < f->tensors_n; i++)
        free(f->tensors[i].name);
    ft_names_free(f->labels, f->label_n);
    free(f->fields);
    free(f->tensors);
    free(f->parts);
    free(f->name);
    free(f->path);
    free(f->prefix);
    free(f->architecture);
    free(f->config);
    free(f->refused);
    free(f->head);
    free(f->net);
    free(f->teacher);
    memset(f, 0, sizeof *f);
}

/* --- config.json --- */

static void take_fields(struct ft_model_facts *f, const struct ft_hf_config *c)
{
    const char *key;
    char value[64];
    bool given;
    size_t cap = 0;
    while (ft_hf_config_field(c, f->fields_n, &key, value, sizeof value, &given)) {
        ft_grow(&f->fields, &cap, f->fields_n + 1, sizeof *f->fields);
        f->fields[f->fields_n++] =
            (struct ft_model_field){ft_xstrdup(key), ft_xstrdup(value), given};
    }
}

static void take_config(struct ft_model_facts *f, const struct ft_hf_config *c)
{
    f->family = ft_family_name(c->family);
    f->architecture = ft_xstrdup(ft_hf_config_architecture(c));
    f->own_task = ft_model_head_task(c);
    f->layers = c->layers;
    f->hidden = c->hidden_size;
    f->heads = c->heads;
    f->ff = c->intermediate_size;
    f->vocab = c->vocab_size;
    f->positions = c->positions;
    f->types = c->type_vocab_size;
    f->max_tokens = ft_model_max_tokens(c);
    if (c->labels_given && c->label_count) {
        f->labels = ft_xcalloc(c->label_count, sizeof *f->labels);
        f->label_n = c->label_count;
        for (size_t i = 0; i < c->label_count; i++)
            f->labels[i] = ft_xstrdup(c->labels[i]);
    }
    take_fields(f, c);
}

/* The net of the task that is asked for, or, when the family has none, of its own. */
static enum ft_status choose_net(struct ft_model_facts *f, const struct ft_hf_config *c,
                                 const struct ft_model_ask *ask, struct ft_err *err)
{
    struct ft_err why = {0};
    int own = (int)ft_task_or_first(f->own_task);
    int task = ask->task >= 0 ? ask->task : own;
    bool labels = ft_task_has(task, FT_TRAIT_CLASSES) && ask->labels && ask->label_n > 1;
    struct ft_model_opt opt = {.task = (enum ft_task)task,
                               .labels = labels ? ask->labels : NULL,
                               .label_n = labels ? ask->label_n : 0,
                               .dropout = -1};
    f->net = ft_xcalloc(1, sizeof *f->net);
    enum ft_status st = ft_model_file_net_config(c, &opt, f->net, &why);
    if (st && task != own) {
        f->refused = ft_xstrdup(why.msg);
        opt = (struct ft_model_opt){.task = (enum ft_task)own, .dropout = -1};
        st = ft_model_file_net_config(c, &opt, f->net, &why);
    }
    f->task = opt.task;
    return st ? ft_fail(err, st, "%s", why.msg) : FT_OK;
}

/* --- tensors --- */

static const char *join_dtype(const char *all, const char *one)
{
    return !all ? one : strcmp(all, one) != 0 ? "mixed" : all;
}

static enum ft_status freeze(struct ft_params *ps, const char *what)
{
    long long layers;
    if (!what || !*what || !strcmp(what, "none")) return FT_OK;
    if (!strcmp(what, "embeddings"))
        ft_params_freeze(ps, FT_FREEZE_EMBEDDINGS, 0);
    else if (ft_parse_i64(what, &layers) && layers >= 0)
        ft_params_freeze(ps, FT_FREEZE_LAYERS,
                         (size_t)layers < ps->layers ? (size_t)layers : ps->layers);
    return FT_OK;
}

static void take_param(struct ft_model_facts *f, const struct ft_param *p,
                       const struct ft_st_tensor *file)
{
    struct ft_model_tensor *t = &f->tensors[f->tensors_n++];
    *t = (struct ft_model_tensor){.name = ft_xstrdup(p->name),
                                  .shape = {p->shape[0], p->shape[1]},
                                  .rank = p->ndim,
                                  .count = p->count,
                                  .dtype = file ? ft_dtype_name(file->dtype) : NULL,
                                  .used = true,
                                  .is_new = !file || (f->head_new && p->flags & FT_PARAM_HEAD),
                                  .trained = !p->frozen,
                                  .decayed = p->decay && !p->frozen};
    f->net_parameters += p->count;
    if (t->trained) f->net_trained += p->count;
    f->missing += t->is_new;
}

static void take_unexpected(struct ft_model_facts *f, const struct ft_st_tensor *file)
{
    struct ft_model_tensor *t = &f->tensors[f->tensors_n++];
    *t = (struct ft_model_tensor){.name = ft_xstrdup(file->name),
                                  .rank = file->rank,
                                  .count = file->count,
                                  .dtype = ft_dtype_name(file->dtype)};
    for (size_t d = 0; d < file->rank && d < FT_MODEL_RANK; d++)
        t->shape[d] = file->shape[d];
}

static const char *part_name(const struct ft_param *p, enum ft_head head, char *buf, size_t size)
{
    if (p->flags & FT_PARAM_HEAD)
        return head == FT_HEAD_CLASSIFY ? "classifier"
               : head == FT_HEAD_TOKENS ? "classifier"
               : head == FT_HEAD_QA     ? "span head"
                                        : "lm head";
    if (p->layer >= 0) {
        snprintf(buf, size, "layer %d", p->layer);
        return buf;
    }
    if (p->role == FT_ROLE_POOL_W || p->role == FT_ROLE_POOL_B) return "pooler";
    if (p->role == FT_ROLE_FINAL_NORM_W || p->role == FT_ROLE_FINAL_NORM_B) return "final norm";
    return "embeddings";
}

static void take_part(struct ft_model_facts *f, size_t *cap, const struct ft_param *p,
                      const struct ft_model_tensor *t)
{
    char buf[32];
    const char *name = part_name(p, f->net->head, buf, sizeof buf);
    struct ft_model_part *part = NULL;
    for (size_t i = 0; i < f->parts_n && !part; i++)
        if (!strcmp(f->parts[i].name, name)) part = &f->parts[i];
    if (!part) {
        ft_grow(&f->parts, cap, f->parts_n + 1, sizeof *f->parts);
        part = &f->parts[f->parts_n++];
        *part = (struct ft_model_part){.times = 1};
        snprintf(part->name, sizeof part->name, "%s", name);
    }
    part->count += p->count;
    part->tensors++;
    part->trained += t->trained;
    if (t->dtype && !t->is_new) part->dtype = join_dtype(part->dtype, t->dtype);
}

/* Neighbouring layers that are the same in all they say become one line. */
static void join_layers(struct ft_model_facts *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->parts_n; i++) {
        struct ft_model_part *p = &f->parts[i], *last = n ? &f->parts[n - 1] : NULL;
        bool same = last && !strncmp(last->name, "layer", 5) && !strncmp(p->name, "layer", 5) &&
                    last->count / last->times == p->count && last->dtype == p->dtype &&
                    last->trained / last->times == p->trained;
        if (!same) {
            f->parts[n++] = *p;
            continue;
        }
        last->count += p->count;
        last->trained += p->trained;
        last->tensors += p->tensors;
        last->times++;
    }
    for (size_t i = 0; i < n; i++) {
        struct ft_model_part *p = &f->parts[i];
        long first = p->times > 1 ? strtol(p->name + 6, NULL, 10) : 0;
        if (p->times > 1)
            snprintf(p->name, sizeof p->name, "layer %ld..%ld", first, first + (long)p->times - 1);
    }
    f->parts_n = n;
}

static void say_head(struct ft_model_facts *f, const struct ft_hf_config *c,
                     const struct ft_model_ask *ask, const struct ft_model_match *m)
{
    const char *tied = f->net->tied ? ", tied to the embeddings" : "";
    bool labels = f->net->labels > 0;
    struct ft_str text = {0}, why = {0};
    if (labels && f->head_new)
        ft_model_head_why(c, m, f->task, f->net->labels, &why);
    else if (labels && ask->label_n > 1)
        ft_model_head_renamed(c, ask->labels, ask->label_n, &why);
    if (f->head_new)
        ft_str_addz(&text, "new, will be trained");
    else if (labels)
        ft_str_addf(&text, "kept, %zu label%s", f->net->labels, ft_plural(f->net->labels));
    else
        ft_str_addf(&text, "kept%s", f->net->head == FT_HEAD_QA ? "" : tied);
    if (why.len) ft_str_addf(&text, ": %s", ft_str_text(&why));
    free(f->head);
    f->head = ft_str_take(&text);
    ft_str_release(&why);
}

static void take_tensors(struct ft_model_facts *f, const struct ft_hf_config *c,
                         const struct ft_model_ask *ask, const struct ft_st *file,
                         const struct ft_params *ps, const struct ft_model_match *m)
{
    size_t cap = 0;
    for (size_t k = 0; k < ps->n; k++) {
        if (ps->items[k].flags & FT_PARAM_HEAD && m->file_of[k] == SIZE_MAX) f->head_new = true;
    }
    f->tensors = ft_xcalloc(ps->n + m->unexpected_n + 1, sizeof *f->tensors);
    for (size_t k = 0; k < ps->n; k++) {
        size_t i = m->file_of[k];
        take_param(f, &ps->items[k], i == SIZE_MAX ? NULL : ft_st_at(file, i));
        take_part(f, &cap, &ps->items[k], &f->tensors[f->tensors_n - 1]);
    }
    join_layers(f);
    for (size_t i = 0; i < m->unexpected_n; i++)
        take_unexpected(f, ft_st_at(file, m->unexpected[i]));
    for (size_t i = 0; i < f->tensors_n; i++) /* buffers are not among them */
        if (f->tensors[i].dtype) f->dtype = join_dtype(f->dtype, f->tensors[i].dtype);
    f->unexpected = m->unexpected_n;
    f->parameters = m->parameters;
    say_head(f, c, ask, m);
}

static enum ft_status read_file(struct ft_model_facts *f, const struct ft_hf_config *c,
                                const struct ft_model_ask *ask, struct ft_err *err)
{
    struct ft_st *file = NULL;
    struct ft_params ps;
    struct ft_model_match m = {0};
    enum ft_status st = ft_st_open_dir(&file, f->path, err);
    if (st) return st;
    if (!(st = ft_params_init(&ps, f->net, err))) {
        bool labels = f->net->labels > 0 && ask->labels && ask->label_n > 1;
        enum ft_head_use use = ft_model_head_use(c, f->task, labels ? ask->label_n : 0);
        freeze(&ps, ask->freeze);
        st = ft_model_match(&m, file, &ps, use, err);
        if (!st) st = ft_model_match_whole(&m, &ps, file, f->path, err);
        if (!st) take_tensors(f, c, ask, file, &ps, &m);
        if (!st && m.prefix) f->prefix = ft_xstrdup(m.prefix);
        ft_model_match_release(&m);
        ft_params_release(&ps);
    }
    f->tensors_in_file = ft_st_count(file);
    f->data_bytes = ft_st_data_bytes(file);
    f->files = ft_st_files(file);
    ft_st_close(file);
    return st;
}

/* An error of the teacher's folder is reported by the run. */
static void read_teacher(struct ft_model_facts *f, const char *name)
{
    struct ft_hf_config c = {0};
    struct ft_net_config net;
    if (ft_model_file_config(&c, NULL, name, NULL)) return;
    struct ft_model_opt opt = {.task = f->task, .dropout = -1};
    opt.body = ft_model_head_task(&c) != (int)f->task;
    if (!ft_model_file_net_config(&c, &opt, &net, NULL)) {
        f->teacher = ft_xmalloc(sizeof *f->teacher);
        *f->teacher = net;
    }
    ft_hf_config_release(&c);
}

enum ft_status ft_model_facts_read(struct ft_model_facts *f, const char *name,
                                   const struct ft_model_ask *ask, struct ft_job *w,
                                   struct ft_err *err)
{
    struct ft_hf_config c = {0};
    size_t n = 0;
    *f = (struct ft_model_facts){.name = ft_xstrdup(name)};
    enum ft_status st = ft_model_file_config(&c, &f->path, name, err);
    if (!st) {
        char *path = ft_path_join(f->path, "config.json");
        take_config(f, &c);
        st = ft_file_read(path, CONFIG_BYTES_MAX, &f->config, &n, err);
        free(path);
    }
    if (!st) st = choose_net(f, &c, ask, err);
    if (!st && ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    if (!st) st = read_file(f, &c, ask, err);
    if (!st && ask->teacher && *ask->teacher) read_teacher(f, ask->teacher);
    ft_hf_config_release(&c);
    if (st) ft_model_facts_release(f);
    return st;
}

enum ft_status ft_model_facts_plan(struct ft_model_facts *f, const char *name,
                                   const struct ft_hf_config *c, const struct ft_model_ask *ask,
                                   struct ft_err *err)
{
    struct ft_params ps;
    size_t cap = 0;
    *f = (struct ft_model_facts){.name = ft_xstrdup(name)};
    take_config(f, c);
    enum ft_status st = choose_net(f, c, ask, err);
    if (!st && !(st = ft_params_init(&ps, f->net, err))) {
        freeze(&ps, ask->freeze);
        f->head_new = true;
        f->tensors = ft_xcalloc(ps.n + 1, sizeof *f->tensors);
        for (size_t k = 0; k < ps.n; k++) {
            take_param(f, &ps.items[k], NULL);
            take_part(f, &cap, &ps.items[k], &f->tensors[f->tensors_n - 1]);
            if (!(ps.items[k].flags & FT_PARAM_HEAD)) f->parameters += ps.items[k].count;
        }
        join_layers(f);
        ft_params_release(&ps);
    }
    if (st) ft_model_facts_release(f);
    return st;
}
