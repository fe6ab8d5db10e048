/* Asking a model: see predict.h. A text's own small workspace is kept and grows when a longer text
 * comes. */
#include "engine/predict/predict_in.h"

#include "engine/task/task.h"
#include "core/attribution.h"
#include "core/label_report.h"
#include "core/pool.h"
#include "engine/task/classify.h"
#include "engine/task/multi_label.h"
#include "engine/model/model_match.h"
#include "engine/task/unknown.h"
#include "engine/options/ranks.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ft_prediction_release(struct ft_prediction *p)
{
    for (size_t i = 0; i < p->token_n; i++)
        free(p->tokens[i].text);
    free(p->tokens);
    free(p->probabilities);
    free(p->logits);
    free(p->thresholds);
    memset(p, 0, sizeof *p);
}

/* The folder of the run that `model` names or lies in; NULL when there is none. free() it. */
static char *run_of(const char *model)
{
    char *here = ft_path_join(model, "run.json"), *up = ft_path_dir(model);
    char *above = ft_path_join(up, "run.json"), *dir = NULL;
    if (ft_path_is_file(here))
        dir = ft_xstrdup(model);
    else if (!strcmp(ft_path_base(model), "model") && ft_path_is_file(above))
        dir = ft_xstrdup(up);
    free(here);
    free(above);
    free(up);
    return dir;
}

/* What the model was trained for, by its configuration; `o` may name another task. */
static enum ft_status find_task(enum ft_task *task, const char *model, const struct ft_options *o,
                                struct ft_err *err)
{
    struct ft_hf_config config = {0};
    enum ft_status st = ft_model_file_config(&config, NULL, model, err);
    int own = st ? -1 : ft_model_head_task(&config);
    *task = ft_task_or_first(ft_task_asked(o, own)); /* or it is told that it cannot */
    ft_hf_config_release(&config);
    if (st) return st;
    return ft_task_check_problem(o, *task, err);
}

/* Once model and options are known. */
static void ready(struct ft_predictor *p)
{
    p->ctx = ft_tok_ctx_new(p->m->tok);
    /* a model alone does not say how long its texts were: all that fits is read */
    p->max_length = ft_options_given(&p->o, FT_OPT_max_seq_length)
                        ? (size_t)ft_options_int(&p->o, FT_OPT_max_seq_length)
                        : p->m->max_tokens;
    if (p->max_length > p->m->max_tokens) p->max_length = p->m->max_tokens;
}

enum ft_status ft_predictor_open(struct ft_predictor **out, const char *model,
                                 const struct ft_options *o, struct ft_err *err)
{
    struct ft_predictor *p = ft_xcalloc(1, sizeof *p);
    p->m = &p->own;
    static const enum ft_opt of_run[] = {FT_OPT_max_seq_length,  FT_OPT_truncation,
                                         FT_OPT_clean,           FT_OPT_text_column,
                                         FT_OPT_label_column,    FT_OPT_text_pair_column,
                                         FT_OPT_doc_stride,      FT_OPT_label_names,
                                         FT_OPT_n_best_size,     FT_OPT_max_answer_length,
                                         FT_OPT_mlm_probability, FT_OPT_block_size,
                                         FT_OPT_line_by_line,    FT_OPT_null_score_diff_threshold};
    ft_options_copy(&p->o, o);
    char *run = run_of(model);
    enum ft_status st = FT_OK;
    if (run) {
        struct ft_options kept;
        struct ft_err why = {0};
        ft_options_init(&kept);
        /* another program's run.json beside a model, or a broken one, does not stop an answer */
        bool known = !ft_options_of_run(run, &kept, &why);
        if (why.code == FT_IO || why.code == FT_NOMEM) /* it may be a good one */
            st = ft_fail(err, why.code, "%s", why.msg);
        else if (!known)
            ft_log(FT_LOG_NOTE, "%s; the training options are ignored", why.msg);
        for (size_t i = 0; known && i < sizeof of_run / sizeof *of_run && !st; i++) {
            bool matters = ft_options_given(&kept, of_run[i]) || of_run[i] == FT_OPT_max_seq_length;
            if (!ft_options_given(o, of_run[i]) && matters)
                st = ft_options_set_id(&p->o, of_run[i], ft_options_text(&kept, of_run[i]), true,
                                       err);
        }
        ft_options_release(&kept);
    }
    if (!st) st = ft_pool_init(ft_ranks_threads(&p->o), err);
    struct ft_model_opt opt = {.dropout = -1, .as_it_is = true};
    if (!st) st = find_task(&opt.task, model, o, err);
    if (!st) st = ft_model_file_load(p->m, model, &opt, err);
    free(run);
    if (st) {
        ft_predictor_free(p);
        return st;
    }
    ft_model_file_precision(p->m, &p->o);
    ready(p);
    *out = p;
    return FT_OK;
}

struct ft_predictor *ft_predictor_borrow(struct ft_model_file *m, const struct ft_options *o)
{
    struct ft_predictor *p = ft_xcalloc(1, sizeof *p);
    ft_options_copy(&p->o, o);
    ft_options_set_id(&p->o, FT_OPT_max_seq_length, ft_options_text(o, FT_OPT_max_seq_length), true,
                      NULL); /* the run's, also where it is the default */
    p->m = m;
    ready(p);
    return p;
}

void ft_predictor_free(struct ft_predictor *p)
{
    if (!p) return;
    ft_ws_free(p->ws[0]);
    ft_ws_free(p->ws[1]);
    ft_kv_free(p->kv);
    ft_enc_release(&p->enc);
    ft_tok_ctx_free(p->ctx);
    ft_tag_set_release(&p->tags);
    ft_model_file_release(&p->own);
    ft_options_release(&p->o);
    free(p);
}

enum ft_task ft_predictor_task(const struct ft_predictor *p)
{
    return p->m->task;
}

size_t ft_predictor_max_tokens(const struct ft_predictor *p)
{
    return p->max_length;
}

size_t ft_predictor_labels(const struct ft_predictor *p)
{
    return p->m->net->cfg.labels;
}

const char *ft_predictor_label(const struct ft_predictor *p, size_t i)
{
    return p->m->config.labels[i];
}

enum ft_precision ft_predictor_precision(const struct ft_predictor *p)
{
    return p->m->net->precision == FT_NET_INT8   ? FT_PRECISION_INT8
           : p->m->net->precision == FT_NET_BF16 ? FT_PRECISION_BF16
                                                 : FT_PRECISION_FP32;
}

static bool head_tail(const struct ft_options *o)
{
    return ft_options_choice(o, FT_OPT_truncation) == FT_TRUNCATION_HEAD_TAIL;
}

enum ft_status ft_predictor_workspace(struct ft_predictor *p, int kind, size_t tokens,
                                      struct ft_err *err)
{
    if (p->ws[kind] && p->ws_tokens[kind] >= tokens) return FT_OK;
    ft_ws_free(p->ws[kind]);
    p->ws[kind] = NULL;
    size_t room = (tokens + 63) / 64 * 64;
    if (room > p->m->max_tokens) room = p->m->max_tokens;
    p->ws_tokens[kind] = room;
    struct ft_ws_opt opt = {.N = room, .B = 1, .T = room, .train = kind == 1, .panels = kind == 0};
    return ft_ws_new(&p->ws[kind], p->m->net, &opt, err);
}

static void settle_several(const struct ft_predictor *p, struct ft_prediction *out)
{
    const double *thresholds = p->m->config.thresholds;
    out->thresholds = ft_xmalloc(out->labels * sizeof *out->thresholds);
    for (size_t k = 0; k < out->labels; k++) {
        out->thresholds[k] = thresholds ? thresholds[k] : 0.5;
        out->probabilities[k] = ft_label_probability(out->logits[k]);
    }
}

void ft_prediction_settle(const struct ft_predictor *p, struct ft_prediction *out,
                          const float *logits)
{
    size_t labels = p->m->net->cfg.labels;
    memset(out, 0, sizeof *out);
    out->labels = labels;
    out->logits = ft_xmalloc(labels * sizeof *out->logits);
    out->probabilities = ft_xmalloc(labels * sizeof *out->probabilities);
    memcpy(out->logits, logits, labels * sizeof *logits);
    if (ft_task_has(ft_predictor_task(p), FT_TRAIT_LABEL_SETS))
        settle_several(p, out);
    else
        ft_probabilities(logits, labels, out->probabilities);
    for (size_t k = 1; k < labels; k++) {
        if (logits[k] > logits[out->label]) out->label = (int32_t)k;
    }
}

bool ft_prediction_has(const struct ft_prediction *p, size_t i)
{
    return ft_label_is_predicted(p->logits[i], p->thresholds[i]);
}

/* The one text that is encoded, as a batch. */
static void one_batch(struct ft_batch *b, const struct ft_enc *enc)
{
    struct ft_sequences one = {0};
    ft_sequences_add(&one, enc, -1, 0);
    ft_batch_init(b, enc->n, 1);
    ft_batch_fill(b, &one, (size_t[]){0}, 1);
    ft_sequences_release(&one);
}

enum ft_status ft_predictor_explain(struct ft_predictor *p, struct ft_prediction *out,
                                    struct ft_err *err)
{
    size_t n_tokens = p->enc.n;
    struct ft_batch batch;
    enum ft_status st = ft_predictor_workspace(p, 1, n_tokens, err);
    if (st) return st;
    float *a = ft_xcalloc(n_tokens, sizeof *a);
    one_batch(&batch, &p->enc);
    ft_pool_take();
    st = ft_attribution(p->m->net, p->ws[1], &batch.net, 0, (size_t)out->label, a, err);
    ft_pool_give();
    double sum = 0;
    for (size_t i = 0; i < n_tokens; i++)
        sum += fabs((double)a[i]);
    out->tokens = ft_xcalloc(n_tokens, sizeof *out->tokens);
    for (size_t i = 0; !st && i < n_tokens; i++) {
        size_t n = 0;
        const char *piece = ft_tok_text(p->m->tok, p->enc.ids[i], &n);
        out->tokens[out->token_n++] =
            (struct ft_predicted_token){.text = ft_xstrndup(piece ? piece : "", n),
                                        .start = p->enc.chars[i].start,
                                        .end = p->enc.chars[i].end,
                                        .attribution = sum > 0 ? (double)a[i] / sum : 0,
                                        .special = p->enc.parts[i] == FT_TOK_ADDED,
                                        .second = p->enc.parts[i] == FT_TOK_SECOND};
    }
    ft_batch_release(&batch);
    free(a);
    return st;
}

/* Where reading the first text ended. */
static size_t read_end(const struct ft_enc *enc)
{
    size_t end = 0;
    for (size_t i = 0; i < enc->n; i++)
        if (enc->parts[i] == FT_TOK_FIRST && enc->bytes[i].end > end) end = enc->bytes[i].end;
    return end;
}

enum ft_status ft_predict(struct ft_predictor *p, const char *text, size_t n, const char *pair,
                          size_t pair_n, bool why, struct ft_prediction *out, struct ft_err *err)
{
    struct ft_text a = {text ? text : "", n}, b = {pair, pair_n};
    if (!ft_task_has(ft_predictor_task(p), FT_TRAIT_ROWS))
        return ft_fail(err, FT_USAGE, "%s: is not a classifier, its task is %s%s", p->m->name,
                       ft_task_name(ft_predictor_task(p)),
                       ft_task_facts(ft_predictor_task(p))->ask_hint);
    enum ft_status st =
        ft_sequences_encode(p->m->tok, p->ctx, a, b, p->max_length, head_tail(&p->o), &p->enc, err);
    if (!st && !p->enc.n)
        st = ft_fail(err, FT_USAGE, "the text is empty: there is nothing to predict");
    if (!st) st = ft_predictor_workspace(p, 0, p->enc.n, err);
    if (st) return st;
    struct ft_batch batch;
    one_batch(&batch, &p->enc);
    ft_pool_take();
    st = ft_net_forward(p->m->net, p->ws[0], &batch.net, NULL, err);
    ft_pool_give();
    if (!st) {
        ft_prediction_settle(p, out, ft_ws_logits(p->ws[0]));
        out->cut = p->enc.cut;
        out->tokens_n = p->enc.n;
        out->read_bytes = n;
        if (out->cut && !head_tail(&p->o)) out->read_bytes = read_end(&p->enc);
        if (why) st = ft_predictor_explain(p, out, err);
        if (st) ft_prediction_release(out);
    }
    ft_batch_release(&batch);
    return st;
}

void ft_predictor_warn_unknown(const struct ft_predictor *p)
{
    uint64_t tokens, unknown;
    ft_tok_ctx_seen(p->ctx, &tokens, &unknown);
    ft_unknown_warn(p->m->name, p->m->tok, tokens, unknown);
}

struct ft_predictor_read ft_predictor_read(const struct ft_predictor *p)
{
    struct ft_predictor_read r;
    ft_tok_ctx_seen(p->ctx, &r.tokens, &r.unknown);
    return r;
}

bool ft_predictor_unknown(const struct ft_predictor *p, struct ft_predictor_read since,
                          char text[FT_PREDICTOR_UNKNOWN])
{
    _Static_assert((int)FT_PREDICTOR_UNKNOWN >= (int)FT_UNKNOWN_TEXT, "the sentence has room");
    struct ft_predictor_read now = ft_predictor_read(p);
    return ft_unknown_text(ft_unknown_name(p->m->tok), now.tokens - since.tokens,
                           now.unknown - since.unknown, text);
}

/* The one label and the probabilities of all. */
static void add_label_json(const struct ft_predictor *p, const struct ft_prediction *x,
                           struct ft_str *out)
{
    ft_json_put_text(out, "label", ft_predictor_label(p, (size_t)x->label));
    ft_json_add_key(out, "score");
    ft_json_add_f32(out, (float)x->probabilities[x->label]);
    ft_str_addz(out, ",\"probabilities\":{");
    for (size_t i = 0; i < x->labels; i++) {
        ft_json_add_key(out, ft_predictor_label(p, i));
        ft_json_add_f32(out, (float)x->probabilities[i]);
    }
    ft_str_addz(out, "},\"logits\":[");
    for (size_t i = 0; i < x->labels; i++) {
        if (i) ft_str_addc(out, ',');
        ft_json_add_f32(out, x->logits[i]);
    }
    ft_str_addc(out, ']');
}

void ft_prediction_json(const struct ft_predictor *p, const struct ft_prediction *x,
                        const char *text, size_t n, const char *pair, size_t pair_n,
                        struct ft_str *out)
{
    bool number = ft_task_has(ft_predictor_task(p), FT_TRAIT_NUMBERS);
    ft_str_addz(out, "{\"text\":");
    ft_json_add_str(out, text, n);
    if (pair) {
        ft_json_add_key(out, "text_pair");
        ft_json_add_str(out, pair, pair_n);
    }
    if (number) {
        ft_json_add_key(out, "value");
        ft_json_add_f32(out, x->logits[0]);
    } else if (x->thresholds) {
        ft_multi_label_json(x->logits, x->thresholds, (const char *const *)p->m->config.labels,
                            x->labels, out);
    } else {
        add_label_json(p, x, out);
    }
    for (size_t i = 0; i < x->token_n; i++) {
        const struct ft_predicted_token *t = &x->tokens[i];
        ft_str_addz(out, i ? ",{\"text\":" : ",\"tokens\":[{\"text\":");
        ft_json_add_str(out, t->text, strlen(t->text));
        ft_str_addf(out, ",\"start\":%zu,\"end\":%zu,\"attribution\":", t->start, t->end);
        ft_json_add_f32(out, (float)t->attribution);
        ft_str_addc(out, '}');
    }
    if (x->token_n) ft_str_addc(out, ']');
    ft_str_addc(out, '}');
}
