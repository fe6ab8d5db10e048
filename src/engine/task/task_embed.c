/* Text embeddings, a body without a head that is trained on a teacher's hidden states: see task.h
 * and teacher.h. The data is unlabelled text. */
#include "engine/task/task.h"

#include "core/pool.h"
#include "engine/task/share.h"
#include "engine/task/teacher.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static enum ft_status open(struct ft_run_data *d, const struct ft_options *o,
                           const struct ft_labels *labels, bool unlabelled, struct ft_err *err)
{
    (void)labels, (void)unlabelled;
    d->texts_only = true;
    return ft_run_data_read(d, o, NULL, true, err);
}

static enum ft_status sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                enum ft_part part, const struct ft_model_file *m,
                                const struct ft_options *o, bool to_score, struct ft_job *w,
                                struct ft_err *err)
{
    size_t length = (size_t)ft_options_int(o, FT_OPT_max_seq_length);
    (void)to_score;
    bool head_tail = ft_options_choice(o, FT_OPT_truncation) == FT_TRUNCATION_HEAD_TAIL;
    if (length > m->max_tokens) length = m->max_tokens;
    return ft_sequences_make(s, &d->x, part, m->tok, length, head_tail, w, err);
}

/* What came out for each text. */
struct result {
    size_t groups; /* of tokens; 0: loss and cosine are NaN */
    double square; /* sum over groups of the mean squared error */
    double cosine; /* of the means of all states */
};

/* mean(C) of rows [from, to) of y. */
static void mean_rows(double *mean, const float *y, int32_t from, int32_t to, size_t C)
{
    memset(mean, 0, C * sizeof *mean);
    for (int32_t r = from; r < to; r++)
        for (size_t c = 0; c < C; c++)
            mean[c] += (double)y[(size_t)r * C + c];
}

static double cosine_of(const double *a, const double *b, size_t C)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t c = 0; c < C; c++) {
        ab += a[c] * b[c];
        aa += a[c] * a[c];
        bb += b[c] * b[c];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* One batch's results, from the student's states `y` and the teacher's. */
static void compare(struct result *results, const size_t *pick, const struct ft_batch *b,
                    const struct ft_teacher_out *out, const float *y, float *means, size_t C)
{
    double *ours = ft_xmalloc(2 * C * sizeof *ours), *its = ours + C;
    size_t g = 0;
    op_group_mean(means, y, &out->groups, C);
    for (size_t i = 0; i < b->net.B; i++) {
        struct result *r = &results[pick[i]];
        for (; g < out->groups.G && out->groups.from[g] < b->offsets[i + 1]; g++) {
            double square = 0;
            for (size_t c = 0; c < C; c++) {
                double d = (double)means[g * C + c] - (double)out->hidden[g * C + c];
                square += d * d;
            }
            r->square += square / (double)C;
            r->groups++;
        }
        if (!r->groups) continue;
        mean_rows(ours, y, b->offsets[i], b->offsets[i + 1], C);
        mean_rows(its, out->states, out->offsets[i], out->offsets[i + 1], C);
        r->cosine = cosine_of(ours, its, C);
    }
    free(ours);
}

static enum ft_status run_batches(const struct ft_scoring *in, struct result *results,
                                  struct ft_job *w, struct ft_err *err)
{
    const struct ft_sequences *s = in->s;
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size);
    size_t C = in->m->net->cfg.hidden;
    struct ft_ws_opt opt = ft_sequences_ws(s, batch, false);
    size_t *order = ft_xmalloc(s->n * sizeof *order);
    float *means = ft_xmalloc(opt.N * C * sizeof *means);
    struct ft_batch b;
    struct ft_ws *ws = NULL;
    ft_order_longest(s, order);
    ft_batch_init(&b, opt.N, opt.B);
    struct ft_share share;
    ft_share_init(&share, s->n);
    enum ft_status st = ft_ws_new(&ws, in->m->net, &opt, err);
    for (size_t done = 0; !st && done < s->n;) {
        const size_t *pick = order + done;
        size_t n = s->n - done < batch ? s->n - done : batch;
        struct ft_teacher_out out;
        done += n;
        if (!ft_share_takes(&share, pick, n)) continue;
        ft_batch_fill(&b, s, pick, n);
        ft_pool_take();
        st = ft_net_forward(in->m->net, ws, &b.net, NULL, err);
        if (!st) st = ft_teacher_batch(in->teacher, in->part, pick, n, b.offsets, &out, err);
        if (!st) compare(results, pick, &b, &out, ft_ws_out(ws), means, C);
        ft_pool_give();
        ft_job_report(w, (double)done, (double)s->n, "texts");
        if (!st && ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    st = ft_share_rows(&share, results, sizeof *results, NULL, st, err);
    ft_share_release(&share);
    ft_ws_free(ws);
    ft_batch_release(&b);
    free(means);
    free(order);
    return st;
}

static void write_lines(const struct ft_scoring *in, const struct result *results, FILE *lines)
{
    struct ft_str s = {0};
    for (size_t i = 0; i < in->s->n; i++) {
        const struct ft_example *e = &in->d->x.items[in->s->example[i]];
        const struct result *r = &results[i];
        ft_str_clear(&s);
        ft_str_addf(&s, "{\"row\":%zu,\"part\":\"%s\",\"text\":", e->row, ft_part_name(in->part));
        ft_json_add_str(&s, e->text.data, e->text.n);
        ft_json_put_num(&s, "tokens", (double)ft_sequences_len(in->s, i));
        ft_json_put_num(&s, "loss", r->groups ? r->square / (double)r->groups : (double)NAN);
        ft_json_put_num(&s, "cosine", r->groups ? r->cosine : (double)NAN);
        ft_str_addz(&s, "}\n");
        fwrite(s.data, 1, s.len, lines);
    }
    ft_str_release(&s);
}

static enum ft_status score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err)
{
    if (!in->teacher)
        return ft_fail(err, FT_USAGE,
                       "task embed is scored against its teacher, by fettle train --teacher M");
    struct result *results = ft_xcalloc(in->s->n + 1, sizeof *results);
    enum ft_status st = run_batches(in, results, w, err);
    double square = 0, cosine = 0;
    size_t groups = 0, texts = 0;
    for (size_t i = 0; i < in->s->n; i++) {
        square += results[i].square;
        cosine += results[i].cosine;
        groups += results[i].groups;
        texts += results[i].groups > 0;
    }
    if (!st) {
        memset(scores, 0, sizeof *scores);
        scores->task = FT_TASK_EMBED;
        scores->examples = in->s->n;
        scores->tokens = in->s->start[in->s->n];
        scores->loss = groups ? square / (double)groups : (double)NAN;
        scores->cosine = texts ? cosine / (double)texts : (double)NAN;
        if (lines) write_lines(in, results, lines);
    }
    free(results);
    return st;
}

static void scores_json(const struct ft_scores *s, struct ft_str *out)
{
    ft_json_put_num(out, "cosine", s->cosine);
    ft_json_put_num(out, "tokens", (double)s->tokens);
}

static void scores_text(const struct ft_scores *s, struct ft_str *out)
{
    ft_str_addf(out, "%12s  %.6f\n%12s  %.4f\n%12s  %zu\n%12s  %llu\n", "loss", s->loss, "cosine",
                s->cosine, "texts", s->examples, "tokens", (unsigned long long)s->tokens);
}

static enum ft_status scores_read(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err)
{
    (void)path, (void)err;
    s->examples = ft_json_count(tree, "examples");
    s->tokens = ft_json_count(tree, "tokens");
    s->cosine = ft_json_number(tree, "cosine");
    return FT_OK;
}

static enum ft_status check(const struct ft_options *o, struct ft_err *err)
{
    if (!*ft_options_text(o, FT_OPT_teacher))
        return ft_fail(err, FT_USAGE,
                       "task embed learns a teacher's hidden states: use --teacher M");
    if (ft_options_num(o, FT_OPT_distill_hidden) > 0) return FT_OK;
    return ft_fail(err, FT_USAGE,
                   "distill_hidden is 0, expected more for task embed, which has no other loss");
}

const struct ft_task_ops ft_task_embed = {
    .facts =
        {
            .does = "text embeddings",
            .examples = "texts",
            .needed = "text",
            .sequences = "texts",
            .input_title = "Text",
            .ask_hint = "",
            .input_key = "text",
            .pair_key = "text_pair",
            .answer_key = "embedding",

            .metrics = {{"cosine", offsetof(struct ft_scores, cosine), false, false}},
            .best_metrics = "loss|cosine",
            .defaults = {{FT_OPT_distill_hidden, "1"}},
            .check = check,
        },
    .open = open,
    .count = ft_run_data_examples,
    .split_json = ft_run_data_split_json,
    .sequences = sequences,
    .score = score,
    .scores_json = scores_json,
    .scores_text = scores_text,
    .scores_read = scores_read,
};
