/* A question to a model: see predict.h. The answer is cut from the text as it was given. */
#include "engine/predict/predict_in.h"

#include "engine/options/data_options.h"
#include "engine/task/qa.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ft_reply_release(struct ft_reply *a)
{
    for (size_t i = 0; i < a->best_n; i++)
        free(a->best[i].text);
    free(a->best);
    memset(a, 0, sizeof *a);
}

static void settle(struct ft_reply *out, const struct ft_qa_answer *a, const char *context,
                   double threshold)
{
    out->best = ft_xcalloc(a->n, sizeof *out->best);
    out->best_n = a->n;
    for (size_t i = 0; i < a->n; i++) {
        const struct ft_qa_span *s = &a->best[i];
        out->best[i] =
            (struct ft_reply_span){.text = ft_xstrndup(context + s->start, s->end - s->start),
                                   .start = ft_utf8_chars(context, s->start),
                                   .end = ft_utf8_chars(context, s->end),
                                   .probability = s->probability,
                                   .start_logit = (double)s->start_logit,
                                   .end_logit = (double)s->end_logit};
    }
    out->null_score_diff = ft_qa_null_diff(a);
    bool none = !a->n || out->null_score_diff > threshold;
    out->text = none ? "" : out->best[0].text;
    out->start = none ? 0 : out->best[0].start;
    out->end = none ? 0 : out->best[0].end;
    out->null_probability = a->null_probability;
    out->score = none ? a->null_probability : out->best[0].probability;
}

static enum ft_status is_qa(const struct ft_predictor *p, struct ft_err *err)
{
    if (ft_task_has(ft_predictor_task(p), FT_TRAIT_ANSWERS)) return FT_OK;
    return ft_fail(err, FT_USAGE, "%s: is not a question answering model, its task is %s",
                   p->m->name, ft_task_name(ft_predictor_task(p)));
}

enum ft_status ft_predict_answer(struct ft_predictor *p, const char *question, size_t qn,
                                 const char *context, size_t cn, struct ft_reply *out,
                                 struct ft_err *err)
{
    struct ft_qa_opt opt;
    struct ft_sequences s = {0};
    struct ft_qa_answer a = {0};
    double loss;
    enum ft_status st = is_qa(p, err);
    if (st) return st;
    size_t batch = (size_t)ft_options_int(&p->o, FT_OPT_per_device_eval_batch_size);
    ft_qa_opt_of(&opt, &p->o, p->m->max_tokens);
    opt.keep = true;
    st = ft_qa_windows_one(&s, question, qn, context ? context : "", cn, p->m->tok, p->ctx, &opt,
                           err);
    if (!st) st = ft_qa_answer_all(&a, 1, p->m->net, &s, batch, &opt, &loss, NULL, err);
    memset(out, 0, sizeof *out);
    if (!st) {
        settle(out, &a, context, opt.threshold);
        out->windows = s.n;
    }
    ft_qa_answers_release(&a, 1);
    ft_sequences_release(&s);
    return st;
}

void ft_reply_json(const struct ft_reply *x, const char *id, size_t id_n, const char *question,
                   size_t qn, struct ft_str *out)
{
    ft_str_addc(out, '{');
    if (id) {
        ft_str_addz(out, "\"id\":");
        ft_json_add_str(out, id, id_n);
    }
    ft_json_add_key(out, "question");
    ft_json_add_str(out, question, qn);
    ft_json_put_text(out, "answer", x->text);
    ft_json_put_num(out, "score", x->score);
    ft_str_addf(out, ",\"start\":%zu,\"end\":%zu", x->start, x->end);
    ft_json_put_num(out, "null_score_diff", x->null_score_diff);
    ft_str_addz(out, ",\"nbest\":[");
    for (size_t i = 0; i < x->best_n; i++) {
        const struct ft_reply_span *s = &x->best[i];
        ft_str_addz(out, i ? ",{\"text\":" : "{\"text\":");
        ft_json_add_str(out, s->text, strlen(s->text));
        ft_json_put_num(out, "probability", s->probability);
        ft_json_put_num(out, "start_logit", s->start_logit);
        ft_json_put_num(out, "end_logit", s->end_logit);
        ft_str_addf(out, ",\"start\":%zu,\"end\":%zu}", s->start, s->end);
    }
    ft_str_addz(out, "]}");
}

enum ft_status ft_predict_questions(struct ft_predictor *p, const struct ft_options *o,
                                    const char *path, ft_reply_fn *row, void *arg, struct ft_job *w,
                                    struct ft_err *err)
{
    struct ft_squad q = {0};
    struct ft_qa_opt opt;
    struct ft_sequences s = {0};
    struct ft_qa_answer *answers = NULL;
    double loss;
    size_t batch = (size_t)ft_options_int(&p->o, FT_OPT_per_device_eval_batch_size);
    enum ft_status st = is_qa(p, err);
    ft_qa_opt_of(&opt, &p->o, p->m->max_tokens);
    opt.keep = true;
    if (!st) st = ft_squad_read_as(&q, path, ft_data_read_opt(o).encoding, NULL, NULL, err);
    if (!st) st = ft_qa_windows(&s, &q, FT_PART_TRAIN, p->m->tok, &opt, NULL, w, err);
    if (!st) answers = ft_xcalloc(q.questions_n, sizeof *answers);
    if (!st)
        st = ft_qa_answer_all(answers, q.questions_n, p->m->net, &s, batch, &opt, &loss, w, err);
    for (size_t i = 0; i < q.questions_n && !st; i++) {
        const struct ft_squad_question *x = &q.questions[i];
        struct ft_reply said = {0};
        settle(&said, &answers[i], q.paragraphs[x->paragraph].context.data, opt.threshold);
        st = row(arg, x->id.data ? x->id.data : "", x->id.n, x->text.data ? x->text.data : "",
                 x->text.n, &said, err);
        ft_reply_release(&said);
    }
    if (answers) ft_qa_answers_release(answers, q.questions_n);
    free(answers);
    ft_sequences_release(&s);
    ft_squad_release(&q);
    return st;
}
