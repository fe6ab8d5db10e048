/* A run's teacher: see teacher.h. */
#include "engine/task/teacher.h"

#include "data/hf_head.h"
#include "engine/model/model_match.h"
#include "engine/options/options.h"
#include "util/checksum.h"
#include "util/log.h"
#include "util/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint64_t checksum_of(const struct ft_net *net)
{
    struct ft_checksum c;
    ft_checksum_init(&c);
    for (size_t i = 0; i < net->params.n; i++) {
        const struct ft_param *p = &net->params.items[i];
        ft_checksum_add(&c, net->w + p->offset, p->count * sizeof *net->w);
    }
    return ft_checksum_end(&c);
}

/* What of the teacher is learned, by its head and the task: its predictions, or its hidden states
 * alone. */
static enum ft_status choose(struct ft_teacher *t, const struct ft_options *o, enum ft_task task,
                             struct ft_err *err)
{
    const char *name = ft_options_text(o, FT_OPT_teacher);
    struct ft_hf_config c = {0};
    enum ft_status st = ft_model_file_config(&c, NULL, name, err);
    if (st) return st;
    int own = ft_model_head_task(&c);
    bool body =
        c.head == FT_HEAD_NONE || (own >= 0 && ft_task_has((enum ft_task)own, FT_TRAIT_TEXT));
    t->logits = own == (int)task && ft_task_has(task, FT_TRAIT_TEXT_CLASSES | FT_TRAIT_NUMBERS);
    if (!t->logits && !body && !ft_task_has(task, FT_TRAIT_HIDDEN))
        st =
            ft_fail(err, FT_USAGE,
                    "%s: its head is for %s, that of the task %s is needed; a model without a head "
                    "would teach its hidden states",
                    name, ft_hf_head_purpose(&c), ft_task_name(task));
    ft_hf_config_release(&c);
    t->alpha = t->logits ? ft_options_num(o, FT_OPT_distill_alpha) : 0;
    t->temperature = ft_options_num(o, FT_OPT_distill_temperature);
    t->hidden_weight = ft_options_num(o, FT_OPT_distill_hidden);
    if (!t->logits && !ft_options_given(o, FT_OPT_distill_hidden)) t->hidden_weight = 1;
    t->hidden = t->hidden_weight > 0;
    if (st || t->logits || t->hidden) return st;
    return ft_fail(err, FT_USAGE,
                   "%s: has no head for the task %s, so only its hidden states can be learned, but "
                   "distill_hidden is 0",
                   name, ft_task_name(task));
}

enum ft_status ft_teacher_load(struct ft_teacher *t, const struct ft_options *o, enum ft_task task,
                               struct ft_err *err)
{
    const char *name = ft_options_text(o, FT_OPT_teacher);
    ft_labels_init(&t->labels);
    enum ft_status st = choose(t, o, task, err);
    struct ft_model_opt opt = {
        .task = t->logits ? task : FT_TASK_EMBED, .dropout = -1, .as_it_is = true};
    if (!st) st = ft_model_file_load(&t->m, name, &opt, err);
    if (st) return ft_fail_in(err, "teacher"), st;
    t->checksum = checksum_of(t->m.net);
    for (size_t i = 0; t->logits && i < t->m.net->cfg.labels; i++)
        ft_labels_add(&t->labels, t->m.config.labels[i], strlen(t->m.config.labels[i]));
    if (t->logits && t->labels.n != t->m.net->cfg.labels)
        return ft_fail(err, FT_FORMAT,
                       "teacher: %s: two of its labels have one name, expected a name for each",
                       t->m.path);
    if (!t->logits && !ft_task_has(task, FT_TRAIT_HIDDEN))
        ft_log(FT_LOG_NOTE,
               "teacher %s: has no head for the task %s, its hidden states are learned", name,
               ft_task_name(task));
    return FT_OK;
}

/* Rows of the last layer in the order of the student's labels. */
static void order_head(struct ft_net *net, const int32_t *label_of)
{
    static const enum ft_role roles[] = {FT_ROLE_OUT_W, FT_ROLE_OUT_B};
    for (size_t r = 0; r < 2; r++) {
        const struct ft_param *p = ft_params_role(&net->params, roles[r], 0);
        if (!p) continue; /* GPT-2 has no bias */
        size_t K = p->shape[0], C = p->count / K;
        float *w = net->w + p->offset, *was = ft_xmalloc(p->count * sizeof *was);
        memcpy(was, w, p->count * sizeof *was);
        for (size_t k = 0; k < K; k++)
            memcpy(w + k * C, was + (size_t)label_of[k] * C, C * sizeof *w);
        free(was);
    }
}

enum ft_status ft_teacher_fit(struct ft_teacher *t, const struct ft_model_file *student,
                              const struct ft_labels *labels, struct ft_err *err)
{
    size_t ours = student->net->cfg.hidden, its = t->m.net->cfg.hidden;
    if (t->hidden && ours != its)
        return ft_fail(
            err, FT_UNSUPPORTED,
            "%s: its hidden size is %zu, that of the teacher %s is %zu; the hidden-state "
            "loss needs equal sizes: use a model made with fettle create --from %s%s",
            student->path, ours, t->m.path, its, t->m.name,
            t->logits ? ", or --distill_hidden 0" : "");
    if (!t->logits) return FT_OK;
    t->label_of = ft_xcalloc(labels->n + 1, sizeof *t->label_of);
    for (size_t k = 0; k < labels->n; k++) {
        t->label_of[k] = ft_labels_find(&t->labels, labels->names[k], strlen(labels->names[k]));
        if (t->label_of[k] < 0 || labels->n != t->labels.n)
            return ft_fail(err, FT_FORMAT,
                           "teacher %s: has %zu labels (%s, ..), the data %zu (%s, ..): they must "
                           "be the same",
                           t->m.path, t->labels.n, t->labels.names[0], labels->n, labels->names[0]);
    }
    order_head(t->m.net, t->label_of);
    return FT_OK;
}

/* Where the text that the student reads ends: behind the last token of its own. */
static struct ft_text read_part(struct ft_text text, const struct ft_enc *enc,
                                enum ft_tok_part part)
{
    if (!enc->cut) return text;
    size_t end = 0;
    for (size_t i = 0; i < enc->n; i++)
        if (enc->parts[i] == part && enc->bytes[i].end > end) end = enc->bytes[i].end;
    if (end < text.n) text.n = end;
    return text;
}

enum ft_status ft_teacher_encode(struct ft_teacher *t, enum ft_part part,
                                 const struct ft_sequences *s, const struct ft_run_data *d,
                                 const struct ft_model_file *student, const struct ft_options *o,
                                 struct ft_job *w, struct ft_err *err)
{
    struct ft_teacher_part *p = &t->part[part];
    bool head_tail = ft_options_choice(o, FT_OPT_truncation) == FT_TRUNCATION_HEAD_TAIL;
    size_t ours = (size_t)ft_options_int(o, FT_OPT_max_seq_length), its = ours;
    if (ours > student->max_tokens) ours = student->max_tokens;
    bool follow = t->hidden && !head_tail; /* it reads as far as the student does */
    if (follow || its > t->m.max_tokens) its = t->m.max_tokens;
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(student->tok), *its_ctx = ft_tok_ctx_new(t->m.tok);
    struct ft_enc enc = {0}, its_enc = {0};
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < s->n && !st; i++) {
        const struct ft_example *e = &d->x.items[s->example[i]];
        struct ft_text text = e->text, pair = e->pair;
        if (t->hidden)
            st = ft_sequences_encode(student->tok, ctx, text, pair, ours, head_tail, &enc, err);
        if (!st && follow) {
            text = read_part(text, &enc, FT_TOK_FIRST);
            if (pair.data) pair = read_part(pair, &enc, FT_TOK_SECOND);
        }
        if (!st)
            st = ft_sequences_encode(t->m.tok, its_ctx, text, pair, its, head_tail, &its_enc, err);
        if (!st) ft_sequences_add(&p->seq, &its_enc, -1, s->example[i]);
        if (!st && t->hidden) {
            assert(enc.n == ft_sequences_len(s, i));
            st = ft_token_groups_add(&p->groups, &enc, &its_enc, err);
        }
        if (st) ft_fail_in(err, "row %zu", e->row);
        if (i % 1024 || st) continue;
        ft_job_report(w, (double)i, (double)s->n, "texts");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    ft_enc_release(&enc);
    ft_enc_release(&its_enc);
    ft_tok_ctx_free(ctx);
    ft_tok_ctx_free(its_ctx);
    return st;
}

static int larger_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The most groups that a batch of these texts can have. */
static size_t most_groups(const struct ft_token_groups *g, size_t batch)
{
    uint64_t *counts = ft_xmalloc((g->n + 1) * sizeof *counts), sum = 0;
    for (size_t i = 0; i < g->n; i++)
        counts[i] = g->start[i + 1] - g->start[i];
    qsort(counts, g->n, sizeof *counts, larger_first);
    for (size_t i = 0; i < g->n && i < batch; i++)
        sum += counts[i];
    free(counts);
    return (size_t)sum;
}

void ft_teacher_plan(struct ft_teacher *t, size_t train_batch, size_t eval_batch)
{
    t->room = (struct ft_ws_opt){0};
    t->groups_cap = 0;
    for (int part = 0; part < FT_PART_COUNT; part++) {
        const struct ft_teacher_part *p = &t->part[part];
        if (!p->seq.n) continue;
        size_t batch = part == FT_PART_TRAIN ? train_batch : eval_batch;
        struct ft_ws_opt opt = ft_sequences_ws(&p->seq, batch, false);
        size_t groups = most_groups(&p->groups, batch);
        opt.keep_hidden = t->logits && t->hidden;
        t->room.keep_hidden = opt.keep_hidden;
        if (opt.N > t->room.N) t->room.N = opt.N;
        if (opt.B > t->room.B) t->room.B = opt.B;
        if (opt.T > t->room.T) t->room.T = opt.T;
        if (groups > t->groups_cap) t->groups_cap = groups;
    }
    ft_net_plan(&t->m.net->cfg, &t->room, &t->plan);
    size_t targets = t->groups_cap * t->m.net->cfg.hidden * sizeof(float);
    t->plan.work_bytes += targets;
    t->plan.total_bytes += targets;
}

enum ft_status ft_teacher_begin(struct ft_teacher *t, struct ft_err *err)
{
    enum ft_status st = ft_ws_new(&t->ws, t->m.net, &t->room, err);
    if (st) return ft_fail_in(err, "teacher"), st;
    ft_batch_init(&t->batch, t->room.N, t->room.B);
    t->pick = ft_xcalloc(t->room.B, sizeof *t->pick);
    t->offsets = ft_xcalloc(t->room.B + 1, sizeof *t->offsets);
    if (t->logits)
        t->logits_buf = ft_xcalloc(t->room.B * t->m.net->cfg.labels, sizeof *t->logits_buf);
    size_t n = t->groups_cap + 1;
    t->from = ft_xcalloc(n, sizeof *t->from);
    t->to = ft_xcalloc(n, sizeof *t->to);
    t->teacher_from = ft_xcalloc(n, sizeof *t->teacher_from);
    t->teacher_to = ft_xcalloc(n, sizeof *t->teacher_to);
    t->target = ft_try_big(n * t->m.net->cfg.hidden * sizeof *t->target);
    if (t->target) return FT_OK;
    return ft_fail(err, FT_NOMEM,
                   "no memory for the teacher's states of %zu tokens: halve "
                   "per_device_train_batch_size",
                   t->groups_cap);
}

size_t ft_teacher_groups(const struct ft_teacher *t, enum ft_part part, const size_t *pick,
                         size_t n)
{
    const struct ft_token_groups *g = &t->part[part].groups;
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (size_t)(g->start[pick[i] + 1] - g->start[pick[i]]);
    return sum;
}

/* Zeros for a text without a token. */
static void take_logits(struct ft_teacher *t, const struct ft_teacher_part *p, const size_t *pick,
                        size_t n)
{
    size_t K = t->m.net->cfg.labels;
    const float *its = ft_ws_logits(t->ws);
    memset(t->logits_buf, 0, n * K * sizeof *t->logits_buf);
    for (size_t i = 0; i < n; i++) {
        if (!ft_sequences_len(&p->seq, pick[i])) continue;
        memcpy(t->logits_buf + i * K, its, K * sizeof *its);
        its += K;
    }
}

/* The groups of a batch: rows of the student's (offsets NULL: not wanted) and of the teacher's. */
static size_t lay_groups(struct ft_teacher *t, const struct ft_teacher_part *p, const size_t *pick,
                         size_t n, const int32_t *offsets)
{
    const struct ft_token_groups *g = &p->groups;
    size_t G = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t ours = offsets ? offsets[i] : 0, its = t->offsets[i];
        for (uint64_t k = g->start[pick[i]]; k < g->start[pick[i] + 1]; k++, G++) {
            assert(G < t->groups_cap);
            t->from[G] = ours + g->items[k].a;
            t->to[G] = ours + g->items[k].a_end;
            t->teacher_from[G] = its + g->items[k].b;
            t->teacher_to[G] = its + g->items[k].b_end;
        }
    }
    return G;
}

/* The teacher's forward: t->logits_buf and t->target of pick[0..n), and its states. */
static enum ft_status compute(struct ft_teacher *t, const struct ft_teacher_part *p,
                              const size_t *pick, size_t n, const int32_t *offsets,
                              struct ft_teacher_out *out, struct ft_err *err)
{
    size_t have = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = ft_sequences_len(&p->seq, pick[i]);
        if (len) t->pick[have++] = pick[i]; /* a text may have no token here */
        t->offsets[i + 1] = t->offsets[i] + (int32_t)len;
    }
    out->groups.G = t->hidden ? lay_groups(t, p, pick, n, offsets) : 0;
    if (!have) return FT_OK;
    ft_batch_fill(&t->batch, &p->seq, t->pick, have);
    enum ft_status st = ft_net_forward(t->m.net, t->ws, &t->batch.net, NULL, err);
    if (st) return ft_fail_in(err, "teacher %s", t->m.name), st;
    if (t->logits) take_logits(t, p, pick, n);
    if (!t->hidden) return FT_OK;
    size_t L = t->m.net->cfg.layers;
    out->states = t->room.keep_hidden ? ft_ws_hidden(t->ws, L) : ft_ws_out(t->ws);
    struct ft_groups its = {.G = out->groups.G, .from = t->teacher_from, .to = t->teacher_to};
    op_group_mean(t->target, out->states, &its, t->m.net->cfg.hidden);
    return FT_OK;
}

/* Numbers that are kept of a training text: its logits, the means of its groups. */
static size_t floats_of(const struct ft_teacher *t, size_t i)
{
    size_t n = t->logits ? t->m.net->cfg.labels : 0;
    return n + (t->hidden ? ft_teacher_groups(t, FT_PART_TRAIN, &i, 1) * t->m.net->cfg.hidden : 0);
}

/* Computes a batch of the first epoch for the file. */
static enum ft_status keep(struct ft_teacher *t, size_t batch, struct ft_err *err)
{
    size_t n, K = t->m.net->cfg.labels, C = t->m.net->cfg.hidden;
    const size_t *texts = ft_teacher_cache_texts(t->cache, batch, &n);
    struct ft_teacher_out out = {0};
    enum ft_status st = compute(t, &t->part[FT_PART_TRAIN], texts, n, NULL, &out, err);
    const float *states = t->target;
    for (size_t i = 0; i < n && !st; i++) {
        size_t floats = floats_of(t, texts[i]), logits = t->logits ? K : 0;
        t->kept[i] = ft_xrealloc(t->kept[i], (floats + 1) * sizeof *t->kept[i]);
        if (logits) memcpy(t->kept[i], t->logits_buf + i * K, K * sizeof *t->kept[i]);
        if (t->hidden) memcpy(t->kept[i] + logits, states, (floats - logits) * sizeof *states);
        states += floats - logits;
        assert((size_t)(states - t->target) <= t->groups_cap * C);
    }
    return st ? st : ft_teacher_cache_put(t->cache, batch, (const float *const *)t->kept, err);
}

/* The same from the file. */
static enum ft_status recall(struct ft_teacher *t, const size_t *pick, size_t n,
                             const int32_t *offsets, struct ft_teacher_out *out, struct ft_err *err)
{
    size_t K = t->m.net->cfg.labels, logits = t->logits ? K : 0;
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < n && !st; i++) {
        size_t batch = ft_teacher_cache_batch_of(t->cache, pick[i]);
        if (!ft_teacher_cache_has(t->cache, batch)) st = keep(t, batch, err);
    }
    float *states = t->target, *one = t->kept[0];
    for (size_t i = 0; i < n && !st; i++) {
        size_t floats = floats_of(t, pick[i]);
        one = t->kept[0] = ft_xrealloc(t->kept[0], (floats + 1) * sizeof *one);
        st = ft_teacher_cache_get(t->cache, pick[i], one, err);
        if (st) break;
        if (logits) memcpy(t->logits_buf + i * K, one, K * sizeof *one);
        if (t->hidden) memcpy(states, one + logits, (floats - logits) * sizeof *one);
        states += floats - logits;
    }
    if (!st && t->hidden) out->groups.G = lay_groups(t, &t->part[FT_PART_TRAIN], pick, n, offsets);
    return st;
}

enum ft_status ft_teacher_batch(struct ft_teacher *t, enum ft_part part, const size_t *pick,
                                size_t n, const int32_t *offsets, struct ft_teacher_out *out,
                                struct ft_err *err)
{
    *out = (struct ft_teacher_out){.groups = {.from = t->from, .to = t->to},
                                   .logits = t->logits ? t->logits_buf : NULL,
                                   .hidden = t->target,
                                   .offsets = t->offsets};
    if (t->cache && part == FT_PART_TRAIN) return recall(t, pick, n, offsets, out, err);
    return compute(t, &t->part[part], pick, n, offsets, out, err);
}

uint64_t ft_teacher_cache_plan(const struct ft_teacher *t, size_t batch)
{
    size_t n = t->part[FT_PART_TRAIN].seq.n, *floats = ft_xmalloc((n + 1) * sizeof *floats);
    for (size_t i = 0; i < n; i++)
        floats[i] = floats_of(t, i);
    uint64_t bytes = ft_teacher_cache_bytes(floats, n, batch);
    free(floats);
    return bytes;
}

/* All that the outputs depend on, and their order in the file. */
static uint64_t key_of(const struct ft_teacher *t, const size_t *order, size_t batch)
{
    const struct ft_teacher_part *p = &t->part[FT_PART_TRAIN];
    size_t n = p->seq.n;
    uint64_t numbers[] = {t->checksum, t->logits, t->hidden, n, batch};
    struct ft_checksum c;
    ft_checksum_init(&c);
    ft_checksum_add(&c, numbers, sizeof numbers);
    ft_checksum_add(&c, order, n * sizeof *order);
    ft_checksum_add(&c, p->seq.start, (n + 1) * sizeof *p->seq.start);
    ft_checksum_add(&c, p->seq.ids, (size_t)p->seq.start[n] * sizeof *p->seq.ids);
    ft_checksum_add(&c, p->seq.types, (size_t)p->seq.start[n] * sizeof *p->seq.types);
    if (t->hidden)
        ft_checksum_add(&c, p->groups.items, (size_t)p->groups.start[n] * sizeof *p->groups.items);
    if (t->logits) ft_checksum_add(&c, t->label_of, t->labels.n * sizeof *t->label_of);
    return ft_checksum_end(&c);
}

enum ft_status ft_teacher_cache_begin(struct ft_teacher *t, const char *path, const size_t *order,
                                      size_t batch, struct ft_err *err)
{
    size_t n = t->part[FT_PART_TRAIN].seq.n, *floats = ft_xmalloc((n + 1) * sizeof *floats);
    for (size_t i = 0; i < n; i++)
        floats[i] = floats_of(t, i);
    t->kept = ft_xcalloc(t->room.B, sizeof *t->kept);
    enum ft_status st = ft_teacher_cache_open(&t->cache, path, key_of(t, order, batch), floats, n,
                                              order, batch, err);
    free(floats);
    return st;
}

void ft_teacher_release(struct ft_teacher *t)
{
    size_t C = t->m.net ? t->m.net->cfg.hidden : 0;
    ft_ws_free(t->ws);
    ft_batch_release(&t->batch);
    for (int part = 0; part < FT_PART_COUNT; part++) {
        ft_sequences_release(&t->part[part].seq);
        ft_token_groups_release(&t->part[part].groups);
    }
    if (t->target) ft_big_free(t->target, (t->groups_cap + 1) * C * sizeof *t->target);
    free(t->pick);
    free(t->offsets);
    free(t->from);
    free(t->to);
    free(t->teacher_from);
    free(t->teacher_to);
    free(t->label_of);
    free(t->logits_buf);
    ft_labels_release(&t->labels);
    for (size_t i = 0; t->kept && i < t->room.B; i++)
        free(t->kept[i]);
    free(t->kept);
    ft_teacher_cache_close(t->cache);
    ft_model_file_release(&t->m);
    memset(t, 0, sizeof *t);
}
