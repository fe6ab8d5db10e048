/* Screen 6: what is asked of a model, what came back, and what is kept of it. */
#include "ui/screens/view_predict_in.h"

#include "engine/task/task_facts.h"
#include "util/fs.h"
#include "util/record_file.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- which model, which task --- */

const char *predict_model(const struct predict_view *t, bool *current)
{
    *current = t->w->session && t->w->run_is_own;
    return *t->w->run ? t->w->run : ft_options_text(&t->w->o, FT_OPT_model);
}

enum ft_task predict_task(const struct predict_view *t)
{
    return t->answer.id ? t->answer.task : ft_workbench_task(t->w);
}

bool predict_answered(const struct predict_view *t)
{
    return t->answer.id && t->answer.text;
}

bool predict_lacks_context(const struct predict_view *t)
{
    return ft_task_has(predict_task(t), FT_TRAIT_ANSWERS) && !t->pair.text.len;
}

bool predict_has_pair(const struct predict_view *t)
{
    struct ft_dataset_row row;
    enum ft_task task = predict_task(t);
    if (ft_task_has(task, FT_TRAIT_ANSWERS)) return true;
    return ft_task_has(task, FT_TRAIT_ROWS) &&
           (t->pair.text.len || (ft_dataset_row(t->w->data, 0, &row) && row.pair));
}

bool predict_example(const struct predict_view *t, struct ft_dataset_row *row)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->w->data);
    if (f->squad != ft_task_has(predict_task(t), FT_TRAIT_ANSWERS)) return false;
    return ft_dataset_row(t->w->data, t->w->row, row) && row->n;
}

/* --- asking --- */

static void ask(struct predict_view *t, const char *text, int delay_ms, size_t tokens)
{
    bool current;
    const char *model = predict_model(t, &current);
    struct ft_question q = {.model = model,
                            .current = current,
                            .text = text,
                            .delay_ms = delay_ms,
                            .choices = PREDICT_CHOICES,
                            .explain = t->why,
                            .precision = t->precision,
                            .generate = t->generate};
    if (!*model) return;
    if (text && t->pair.text.len && predict_has_pair(t)) q.pair = ft_field_text(&t->pair);
    if (t->greedy) q.generate.temperature = 0;
    q.generate.max_new_tokens = t->tokens_asked = tokens;
    if (!t->model || strcmp(t->model, model)) {
        free(t->model);
        t->model = ft_xstrdup(model);
    }
    t->current = current;
    t->waiting = true;
    t->asked = ft_prediction_queue_ask(t->w->asker, &q);
    if (!t->beside || !text) return;
    q.model = t->beside;
    q.current = false;
    ft_prediction_queue_ask(t->w->beside, &q);
}

void predict_ask(struct predict_view *t, int delay_ms, bool keep)
{
    bool whole = t->text.text.len && !predict_lacks_context(t);
    const char *text = whole ? ft_field_text(&t->text) : NULL; /* NULL: the model alone */
    t->keep = keep && text;
    t->goes_on = false;
    ask(t, text, delay_ms, t->generate.max_new_tokens);
}

void predict_go_on(struct predict_view *t, const char *text, size_t tokens)
{
    char *copy = ft_xstrdup(text);
    t->keep = false;
    t->goes_on = true;
    ask(t, copy, 0, tokens);
    free(copy);
}

bool predict_growing(const struct predict_view *t)
{
    return t->waiting && ft_task_has(predict_task(t), FT_TRAIT_GENERATES) && t->answer.text;
}

void predict_show_beside(struct predict_view *t, const char *run)
{
    free(t->beside);
    t->beside = ft_xstrdup(run);
    ft_answer_release(&t->beside_answer);
    if (!run) return;
    if (!t->w->beside) t->w->beside = ft_prediction_queue_new(&t->w->wake);
    predict_ask(t, 0, false);
}

/* --- answers --- */

bool predict_none(const struct predict_view *t, const struct ft_reply *r)
{
    return !r->best_n || r->null_score_diff > t->threshold;
}

bool predict_reply_row(const struct ft_reply *r, size_t i, size_t *k)
{
    size_t none = 0;
    while (none < r->best_n && r->best[none].probability >= r->null_probability)
        none++;
    *k = i > none ? i - 1 : i;
    return i != none;
}

/* "PER John Smith, LOC Paris". */
static char *entities_said(const struct ft_tagging *x)
{
    struct ft_str s = {0};
    for (size_t i = 0; i < x->entities_n; i++) {
        const struct ft_tagging_entity *e = &x->entities[i];
        ft_str_addf(&s, "%s%s ", i ? ", " : "", e->type);
        ft_str_add(&s, x->text + e->start, e->end - e->start);
    }
    if (!x->entities_n) ft_str_addz(&s, "(no entities)");
    return ft_str_take(&s);
}

char *predict_labels(const struct ft_answer *a)
{
    struct ft_str s = {0};
    for (size_t i = 0; i < a->prediction.labels; i++)
        if (ft_prediction_has(&a->prediction, i))
            ft_str_addf(&s, "%s%s", s.len ? ", " : "", a->labels[i]);
    if (!s.len) ft_str_addz(&s, "none");
    return ft_str_take(&s);
}

char *predict_said(const struct predict_view *t, const struct ft_answer *a, double *score)
{
    const struct ft_prediction *p = &a->prediction;
    bool none;
    *score = -1;
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_LABEL:
        *score = p->probabilities[p->label];
        return ft_xstrdup(a->labels[p->label]);
    case FT_PREDICTS_ENTITIES:
        return entities_said(&a->tagging);
    case FT_PREDICTS_LABELS:
        *score = p->probabilities[p->label];
        return predict_labels(a);
    case FT_PREDICTS_NUMBER:
        return ft_xprintf("%.6g", (double)p->logits[0]);
    case FT_PREDICTS_SPAN:
        none = predict_none(t, &a->reply);
        *score = none ? a->reply.null_probability : a->reply.best[0].probability;
        return ft_xstrdup(none ? "" : a->reply.best[0].text);
    case FT_PREDICTS_TOKENS:
        return ft_xstrdup(a->fill.text);
    case FT_PREDICTS_TEXT:
        return ft_xstrdup(a->generated.text);
    case FT_PREDICTS_NOTHING:
        break;
    }
    return ft_xstrdup("");
}

static void past_release(struct predict_past *p)
{
    free(p->text);
    free(p->pair);
    free(p->model);
    free(p->answer);
}

/* The newest comes first; the same text asked again takes its old place's room. */
void predict_keep(struct predict_view *t)
{
    const struct ft_answer *a = &t->answer;
    if (!predict_answered(t)) return;
    struct predict_past one = {.text = ft_xstrdup(a->text),
                               .pair = ft_xstrdup(a->pair),
                               .model = ft_xstrdup(a->model),
                               .step = a->current ? a->step : 0,
                               .task = a->task};
    one.answer = predict_said(t, a, &one.score);
    size_t at = 0;
    while (at < t->past_n &&
           (strcmp(t->past[at].text, one.text) != 0 || strcmp(t->past[at].model, one.model) != 0))
        at++;
    if (!t->past) t->past = ft_xcalloc(PREDICT_PAST, sizeof *t->past);
    if (at == PREDICT_PAST) at--;
    if (at < t->past_n)
        past_release(&t->past[at]);
    else
        t->past_n++;
    memmove(&t->past[1], &t->past[0], at * sizeof *t->past);
    t->past[0] = one;
    t->walk = 0;
    ft_list_resize(&t->history, t->past_n);
    ft_list_select(&t->history, 0);
}

static void settle_spans(struct predict_view *t, const struct ft_reply *reply)
{
    size_t k;
    ft_list_resize(&t->answers, reply->best_n + 1);
    for (size_t i = 0; i <= reply->best_n; i++) {
        bool span = predict_reply_row(reply, i, &k);
        if (predict_none(t, reply) ? !span : span && k == 0) ft_list_select(&t->answers, i);
    }
}

static void settle_text(struct predict_view *t, const struct ft_generated *g)
{
    free(t->grown);
    t->grown = ft_xstrdup(g->text);
    if (!t->goes_on) t->prompt_bytes = g->prompt_bytes;
    ft_list_resize(&t->next, g->next_n);
    ft_list_select(&t->next, 0);
    t->scroll[PREDICT_GROWN].top = SIZE_MAX / 2; /* its end */
}

/* The rows of the panels that follow an answer. */
static void settle(struct predict_view *t)
{
    struct ft_answer *a = &t->answer;
    t->scroll[PREDICT_WHY].top = 0;
    if (!a->text) return;
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_ENTITIES:
        ft_list_resize(&t->answers, a->tagging.entities_n);
        break;
    case FT_PREDICTS_SPAN:
        settle_spans(t, &a->reply);
        break;
    case FT_PREDICTS_TOKENS:
        if (t->mask >= a->fill.masks) t->mask = 0;
        ft_list_resize(&t->answers, a->fill.choices);
        ft_list_select(&t->answers, 0);
        break;
    case FT_PREDICTS_TEXT:
        settle_text(t, &a->generated);
        break;
    case FT_PREDICTS_LABEL: /* all labels, in the order of their probabilities */
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_NUMBER:
    case FT_PREDICTS_NOTHING:
        break;
    }
}

static bool take(struct predict_view *t)
{
    struct ft_answer *a = &t->w->answer;
    if (!t->asked || a->id != t->asked) return false;
    if (!a->partial) t->waiting = false;
    if (a->status) {
        t->failed = a->err;
        t->keep = false;
        ft_answer_release(a);
        return true;
    }
    t->failed = (struct ft_err){0};
    ft_answer_release(&t->answer);
    t->answer = *a;
    memset(a, 0, sizeof *a);
    settle(t);
    if (t->keep && !t->answer.partial) predict_keep(t);
    if (!t->answer.partial) t->keep = false;
    return true;
}

bool predict_follow(struct predict_view *t)
{
    bool current, any = take(t);
    struct ft_answer answer;
    const char *model = predict_model(t, &current);
    if (t->w->beside && ft_prediction_queue_take(t->w->beside, &answer)) {
        ft_answer_release(&t->beside_answer);
        t->beside_answer = answer;
        any = true;
    }
    /* the run's own model once its training has ended is another one than its last weights */
    bool other = *model && (!t->model || strcmp(model, t->model) != 0 || current != t->current);
    if (other) {
        ft_answer_release(&t->answer);
        predict_ask(t, 0, false);
    }
    return any || other;
}

/* --- written to files --- */

static void add_past(struct ft_str *s, const struct predict_past *p)
{
    const struct ft_task_facts *f = ft_task_facts(p->task);
    ft_str_addf(s, "{\"%s\":", f->input_key);
    ft_json_add_str(s, p->text, strlen(p->text));
    if (p->pair) {
        ft_json_add_key(s, f->pair_key);
        ft_json_add_str(s, p->pair, strlen(p->pair));
    }
    ft_json_add_key(s, f->answer_key);
    ft_json_add_str(s, p->answer, strlen(p->answer));
    if (p->score >= 0) {
        ft_json_add_key(s, "score");
        ft_json_add_num(s, p->score);
    }
    ft_json_add_key(s, "model");
    ft_json_add_str(s, p->model, strlen(p->model));
    if (p->step) ft_str_addf(s, ",\"step\":%llu", (unsigned long long)p->step);
    ft_str_addz(s, "}");
}

static enum ft_status write_table(const struct predict_view *t, const char *path,
                                  struct ft_err *err)
{
    static const char *const names[] = {"text", "pair", "answer", "score", "model", "step"};
    struct ft_record_file f;
    enum ft_status st = ft_record_file_open(&f, path, names, 6, err);
    for (size_t i = t->past_n; !st && i-- > 0;) {
        const struct predict_past *p = &t->past[i];
        ft_record_word(&f, p->text);
        ft_record_word(&f, p->pair);
        ft_record_word(&f, p->answer);
        ft_record_number(&f, p->score >= 0 ? p->score : (double)NAN);
        ft_record_word(&f, p->model);
        ft_record_number(&f, p->step ? (double)p->step : (double)NAN);
    }
    return st ? st : ft_record_file_close(&f, err);
}

enum ft_status predict_write_history(const struct predict_view *t, const char *path,
                                     struct ft_err *err)
{
    enum ft_record_format format = ft_record_format_of(path);
    bool array = format == FT_RECORD_JSON;
    struct ft_str s = {0};
    if (format != FT_RECORD_JSONL && !array) return write_table(t, path, err);
    if (array) ft_str_addz(&s, "[\n");
    for (size_t i = t->past_n; i-- > 0;) { /* as they were asked */
        add_past(&s, &t->past[i]);
        ft_str_addz(&s, array && i ? ",\n" : "\n");
    }
    if (array) ft_str_addz(&s, "]\n");
    enum ft_status st = ft_file_write(path, ft_str_text(&s), s.len, err);
    ft_str_release(&s);
    return st;
}

struct predict_file {
    char *model, *input, *output;
    struct ft_options o;
    struct ft_generate_opt generate;
};

static void file_free(struct predict_file *f)
{
    if (!f) return;
    ft_options_release(&f->o);
    free(f->model);
    free(f->input);
    free(f->output);
    free(f);
}

static enum ft_status file_work(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct predict_file *f = arg;
    struct ft_predictor *p = NULL;
    enum ft_status st = ft_predictor_open(&p, f->model, &f->o, err);
    struct ft_predict_rows rows = {.p = p, .o = &f->o, .input = f->input, .generate = &f->generate};
    if (!st) st = ft_predict_write_file(&rows, f->output, w, err);
    ft_predictor_free(p);
    return st;
}

void predict_file_start(struct predict_view *t, const char *input, const char *output)
{
    bool current;
    const char *model = predict_model(t, &current);
    struct predict_file *f = ft_xcalloc(1, sizeof *f);
    f->model = ft_xstrdup(model);
    f->input = ft_xstrdup(input);
    f->output = ft_xstrdup(output);
    f->generate = t->generate;
    if (t->greedy) f->generate.temperature = 0;
    ft_options_init(&f->o);
    ft_options_set_id(&f->o, FT_OPT_precision, ft_precision_name(t->precision), true, NULL);
    t->job = f;
    t->file = ft_job_start("predicting", file_work, f, &t->w->wake);
    t->w->predicting = true;
}

static void file_cancel(void *arg)
{
    struct predict_view *t = arg;
    if (t->file) ft_job_cancel(t->file);
}

void predict_file_follow(struct predict_view *t)
{
    struct ft_job_view work;
    struct ft_err err = {0};
    if (!t->file) return;
    ft_job_look(t->file, &work);
    if (!work.finished) {
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    file_cancel, t);
        return;
    }
    enum ft_status st = ft_job_join(t->file, &err);
    t->file = NULL;
    t->w->predicting = false;
    ft_app_busy_end(t->w->app);
    if (!st)
        ft_app_say(t->w->app, FT_SAY_OK, "%s written", t->job->output);
    else if (st == FT_CANCELLED)
        ft_app_say(t->w->app, FT_SAY_NOTE, "cancelled; nothing was written");
    else
        ft_app_say_err(t->w->app, &err);
    file_free(t->job);
    t->job = NULL;
}

void predict_release(struct predict_view *t)
{
    struct ft_err err;
    if (t->file) {
        ft_job_cancel(t->file);
        ft_job_join(t->file, &err);
    }
    file_free(t->job);
    for (size_t i = 0; i < t->past_n; i++)
        past_release(&t->past[i]);
    free(t->past);
    ft_answer_release(&t->answer);
    ft_answer_release(&t->beside_answer);
    ft_field_release(&t->text);
    ft_field_release(&t->pair);
    free(t->beside);
    free(t->model);
    free(t->grown);
    free(t->input);
}
