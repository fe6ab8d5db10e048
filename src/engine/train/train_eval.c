/* Evaluations during a run and what is made at its end: evals/STEP.json, the best model, eval.json,
 * predictions.jsonl. See train_eval.h. */
#include "engine/train/train_eval.h"

#include "core/comm.h"
#include "data/hf_dir.h"
#include "engine/task/baseline.h"
#include "engine/task/baseline_cache.h"
#include "engine/task/classify.h"
#include "engine/task/multi_label.h"
#include "engine/task/score_report.h"
#include "engine/task/task.h"
#include "engine/train/checkpoint.h"
#include "engine/train/checkpoint_list.h"
#include "engine/train/checkpoint_verify.h"
#include "engine/train/metrics_file.h"
#include "engine/train/record.h"
#include "engine/train/run_folder.h"
#include "engine/train/session_link.h"
#include "engine/train/train_compare.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* lines NULL: only the scores. */
static enum ft_status score_part(struct ft_train *t, enum ft_part part, struct ft_scores *scores,
                                 FILE *lines, struct ft_err *err)
{
    struct ft_scoring in = {
        .o = &t->o, .d = &t->data, .m = &t->model, .s = &t->seq[part], .part = part};
    if (t->teacher.m.net) in.teacher = &t->teacher;
    enum ft_status st =
        ft_train_ranks_score(t, part, lines ? FT_TRAIN_SCORE_LINES : FT_TRAIN_SCORE, err);
    return st ? st : ft_task_ops(t->task)->score(&in, scores, lines, NULL, err);
}

/* base NULL: no baseline is named; sides: the model and its teacher, NULL: it has none. */
static enum ft_status write_scores(const struct ft_scores *scores, const char *path,
                                   const char *part, uint64_t step, enum ft_task task,
                                   const struct ft_baseline_cache *base,
                                   const struct ft_scores_side *sides, struct ft_err *err)
{
    struct ft_str s = {0};
    ft_str_addc(&s, '{');
    ft_scores_json(scores, &s);
    ft_str_addf(&s, ",\"part\":\"%s\",\"step\":%llu", part, (unsigned long long)step);
    if (sides) {
        ft_scores_side_json(&sides[0], "student", &s);
        ft_scores_side_json(&sides[1], "teacher", &s);
    }
    if (base) {
        ft_str_addf(&s, ",\"baseline\":{\"%s\":", ft_baseline_constant(task));
        ft_json_add_num(&s, base->constant);
        ft_str_addf(&s, ",\"%s\":", ft_baseline_trained(task));
        ft_json_add_num(&s, base->trained);
        ft_str_addc(&s, '}');
    }
    ft_str_addz(&s, "}\n");
    enum ft_status st = ft_file_write(path, s.data, s.len, err);
    ft_str_release(&s);
    return st;
}

/* Whether this evaluation is the best so far; keeps count of those that are not. */
static bool is_better(struct ft_train *t, const struct ft_scores *scores)
{
    const char *metric = ft_options_text(&t->o, FT_OPT_metric_for_best_model);
    if (!strncmp(metric, "eval_", 5)) metric += 5;
    double x = ft_scores_metric(scores, metric);
    double step = ft_options_num(&t->o, FT_OPT_early_stopping_threshold);
    bool lower = ft_metric_is_lower(metric);
    double gain = lower ? t->s.best - x : x - t->s.best;
    bool better = isfinite(x) && (!t->s.has_best || gain > 0);
    t->s.worse = isfinite(x) && (!t->s.has_best || gain > step) ? 0 : t->s.worse + 1;
    if (better) {
        t->s.has_best = true;
        t->s.best = x;
        t->s.best_step = t->s.step;
    }
    return better;
}

enum ft_status ft_train_evaluate(struct ft_train *t, bool *better, struct ft_err *err)
{
    struct ft_scores scores;
    struct ft_snapshot *snap = ft_session_link_edit(t->link);
    snap->state = FT_SESSION_EVALUATING;
    snprintf(snap->phase, sizeof snap->phase, "validation split");
    ft_session_link_publish(t->link);

    ft_train_sync(t);
    double from = ft_now_s();
    enum ft_status st = score_part(t, FT_PART_VALIDATION, &scores, NULL, err);
    if (st) return st;
    if (!isfinite(scores.loss)) {
        bool is_lm = ft_task_has(t->task, FT_TRAIT_TEXT);
        bool nothing = is_lm && !scores.tokens;
        const char *file = ft_run_data_path(&t->data, FT_PART_VALIDATION);
        ft_scores_release(&scores);
        if (nothing)
            return ft_fail(err, FT_FORMAT,
                           "%s: the validation split has no token to predict: use more text, or "
                           "--eval_strategy no",
                           file ? file : ft_run_data_path(&t->data, FT_PART_TRAIN));
        return ft_fail(err, FT_NUMERIC,
                       "the validation loss is not a finite number at step %llu: lower "
                       "learning_rate; the last good checkpoint is kept",
                       (unsigned long long)t->s.step);
    }
    double seconds = ft_now_s() - from;
    t->pace.evaluation = seconds;
    *better = is_better(t, &scores);
    struct ft_str line = {0};
    ft_str_addf(&line, "{\"step\":%llu", (unsigned long long)t->s.step);
    ft_json_put_num(&line, "epoch", (double)t->s.step / (double)t->updates);
    ft_scores_metrics_json(&scores, &line);
    ft_json_put_num(&line, "eval_runtime", round(seconds * 1e4) / 1e4);
    ft_str_addc(&line, '}');
    st = ft_metrics_line(t, ft_str_text(&line), err);
    if (!st) st = ft_run_folder_here(t, err);

    char *dir = ft_path_join(t->dir, "evals");
    char *path = ft_xprintf("%s/%llu.json", dir, (unsigned long long)t->s.step);
    if (!st) st = ft_mkdir(dir, err);
    if (!st) st = write_scores(&scores, path, "validation", t->s.step, t->task, NULL, NULL, err);
    free(path);
    free(dir);
    ft_str_clear(&line);
    ft_scores_line(&scores, &line);
    ft_log(FT_LOG_INFO, "step %llu eval %s%s, %.1f s", (unsigned long long)t->s.step,
           ft_str_text(&line), *better ? " (best so far)" : "", seconds);

    snap = ft_session_link_edit(t->link);
    snprintf(snap->eval_line, sizeof snap->eval_line, "%s", ft_str_text(&line));
    snap->eval_step = t->s.step;
    snap->eval_task = t->task;
    snap->eval_loss = scores.loss;
    snap->eval_accuracy = scores.accuracy;
    snap->eval_f1 = ft_scores_metric(&scores, "f1");
    snap->eval_exact = ft_scores_metric(&scores, "exact");
    snap->eval_perplexity = scores.perplexity;
    snap->best_step = t->s.best_step;
    snap->best_metric = t->s.best;
    ft_session_link_publish(t->link);
    ft_str_release(&line);
    ft_scores_release(&scores);
    return st;
}

/* What a simple method reaches on the same parts, for people to compare with: baseline.json. */
static enum ft_status make_baseline(struct ft_train *t, struct ft_baseline_cache *b,
                                    struct ft_err *err)
{
    struct ft_str s = {0};
    char *path = ft_path_join(t->dir, "baseline.json");
    enum ft_status st =
        ft_baseline_cache_find(b, &t->data.x, (uint64_t)ft_options_int(&t->o, FT_OPT_seed), err);
    if (!st) {
        ft_str_addf(&s, "%s\n", b->json);
        st = ft_file_write(path, s.data, s.len, err);
    }
    ft_str_release(&s);
    free(path);
    return st;
}

static enum ft_status end_line(struct ft_train *t, struct ft_err *err)
{
    struct ft_str s = {0};
    double seconds = t->seconds_before + ft_now_s() - t->started_s;
    ft_str_addf(&s, "{\"step\":%llu", (unsigned long long)t->s.step);
    ft_json_put_num(&s, "train_runtime", round(seconds * 1e4) / 1e4);
    ft_json_put_num(&s, "train_tokens", (double)t->s.tokens);
    ft_json_put_num(&s, "train_loss", t->s.step ? t->s.loss_total / (double)t->s.step : 0);
    ft_str_addc(&s, '}');
    enum ft_status st = ft_metrics_line(t, ft_str_text(&s), err);
    ft_str_release(&s);
    return st;
}

/* With a teacher there may be none. */
static bool has_labelled_training(const struct ft_train *t)
{
    const struct ft_examples *x = &t->data.x;
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_sentence *s = ft_examples_sentence(x, i);
        bool labelled = s ? s->tagged : x->items[i].label >= 0;
        if (x->items[i].part == FT_PART_TRAIN && labelled) return true;
    }
    return false;
}

/* The model that was saved, on the part that nothing was chosen by: eval.json, predictions.jsonl.
 */
static enum ft_status evaluate_last(struct ft_train *t, enum ft_part part, uint64_t step,
                                    const char *path, struct ft_scores *scores, struct ft_err *err)
{
    struct ft_snapshot *snap = ft_session_link_edit(t->link);
    snap->state = FT_SESSION_EVALUATING;
    snprintf(snap->phase, sizeof snap->phase, "%s split", ft_part_name(part));
    ft_session_link_publish(t->link);
    struct ft_baseline_cache own = {0}, *base = t->baseline ? t->baseline : &own;
    struct ft_scores_side sides[2];
    struct ft_out lines = {0};
    bool has_base = ft_task_has(t->task, FT_TRAIT_OUTPUTS) && has_labelled_training(t);
    char *predictions = ft_path_join(t->dir, "predictions.jsonl");
    enum ft_status st = ft_out_open(&lines, predictions, err);
    if (!st) st = score_part(t, part, scores, lines.f, err);
    if (!st && has_base) st = make_baseline(t, base, err);
    ft_comm_leave(); /* rank 0 alone */
    if (!st) st = ft_train_compare(t, part, scores, sides, err);
    ft_comm_enter();
    if (!st)
        st = write_scores(scores, path, ft_part_name(part), step, t->task, has_base ? base : NULL,
                          t->teacher.m.net ? sides : NULL, err);
    if (!st)
        st = ft_out_commit(&lines, err);
    else if (lines.f)
        ft_out_abort(&lines);
    if (!st && has_base)
        ft_log(FT_LOG_INFO, "baseline%s: %s %.4f, %s %.4f; model %.4f",
               ft_task_has(t->task, FT_TRAIT_NUMBERS) ? " (mean squared error)"
               : ft_task_has(t->task, FT_TRAIT_TAGS)  ? " (F1)"
                                                      : "",
               ft_baseline_constant(t->task), base->constant, ft_baseline_trained(t->task),
               base->trained, ft_scores_first(scores));
    ft_baseline_cache_release(&own);
    struct ft_str line = {0};
    if (!st) ft_scores_line(scores, &line);
    if (!st)
        ft_log(FT_LOG_INFO, "%s split: %s over %zu example%s", ft_part_name(part),
               ft_str_text(&line), scores->examples, ft_plural(scores->examples));
    ft_str_release(&line);
    free(predictions);
    return st;
}

/* The files by which sentence-transformers pools the states of a text, where the folder has them. */
static enum ft_status put_modules(const char *from, struct ft_hf_dir *d, struct ft_err *err)
{
    static const char *const files[] = {"modules.json", "config_sentence_transformers.json",
                                        "sentence_bert_config.json"};
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < sizeof files / sizeof *files && !st; i++)
        st = ft_hf_dir_put_copy(d, from, files[i], err);
    char *pooling = ft_path_join(from, "1_Pooling"), *file = ft_path_join(pooling, "config.json");
    char *to = ft_path_join(d->tmp, "1_Pooling");
    if (!st && ft_path_is_file(file) && !(st = ft_mkdir(to, err)))
        st = ft_hf_dir_put_copy(d, from, "1_Pooling/config.json", err);
    free(to);
    free(file);
    free(pooling);
    return st;
}

static enum ft_status save_model(struct ft_train *t, const char *path, struct ft_err *err)
{
    struct ft_hf_dir d;
    uint64_t bytes = t->model.net->params.floats * sizeof(float) + (1 << 20);
    enum ft_status st = ft_hf_dir_begin_in(&d, path, bytes, err);
    if (st) return st;
    st = ft_model_file_put(&t->model, &d, err);
    if (!st && ft_task_has(t->task, FT_TRAIT_HIDDEN)) st = put_modules(t->model.path, &d, err);
    return ft_hf_dir_end(&d, st, err);
}

/* The thresholds of the labels that are saved with the model: those that maximise F1 on the validation
 * split. */
static enum ft_status tune_thresholds(struct ft_train *t, struct ft_err *err)
{
    const struct ft_sequences *s = &t->seq[FT_PART_VALIDATION];
    size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_eval_batch_size);
    float *logits = NULL;
    if (!ft_task_has(t->task, FT_TRAIT_LABEL_SETS) ||
        !ft_options_bool(&t->o, FT_OPT_tune_thresholds) || !s->n)
        return FT_OK;
    enum ft_status st = ft_train_ranks_score(t, FT_PART_VALIDATION, FT_TRAIN_SCORE_LOGITS, err);
    if (!st) st = ft_classify_logits(&logits, t->model.net, s, batch, NULL, err);
    if (st) return st;
    double *thresholds = ft_xcalloc(s->set_labels + 1, sizeof *thresholds), least = 1, most = 0;
    ft_multi_label_tune(s, logits, thresholds);
    ft_hf_config_set_thresholds(&t->model.config, thresholds);
    for (size_t k = 0; k < s->set_labels; k++) {
        least = fmin(least, thresholds[k]);
        most = fmax(most, thresholds[k]);
    }
    ft_log(FT_LOG_INFO, "thresholds of %zu label%s chosen on the validation split: %.3f to %.3f",
           s->set_labels, ft_plural(s->set_labels), least, most);
    free(thresholds);
    free(logits);
    return FT_OK;
}

enum ft_status ft_train_finish(struct ft_train *t, struct ft_scores *scores, struct ft_err *err)
{
    enum ft_status st = end_line(t, err);
    uint64_t step = t->s.step;
    if (!st && ft_options_bool(&t->o, FT_OPT_load_best_model_at_end) && t->s.has_best &&
        t->s.best_step != t->s.step) {
        char *best = ft_checkpoint_path(t->dir, t->s.best_step);
        struct ft_err why = {0};
        if (!ft_path_is_dir(best)) {
            ft_log(FT_LOG_NOTE,
                   "the checkpoint of the best step %llu is missing: the last model is saved",
                   (unsigned long long)t->s.best_step);
        } else if (ft_checkpoint_verify(best, &why)) {
            ft_log(FT_LOG_WARN, "the best checkpoint cannot be used (%s): the last model is saved",
                   why.msg);
        } else {
            st = ft_checkpoint_weights(t, best, err);
            if (!st) st = ft_train_ranks_weights(t, err);
            step = t->s.best_step;
        }
        free(best);
    }
    char *model = ft_path_join(t->dir, "model"), *eval = ft_path_join(t->dir, "eval.json");
    if (!st) st = ft_metrics_sync(t, err);
    if (!st) st = ft_checkpoint_check(t, err);
    if (!st) st = ft_run_folder_here(t, err);
    if (!st) st = tune_thresholds(t, err);
    if (!st) st = save_model(t, model, err);
    enum ft_part part = t->seq[FT_PART_TEST].n ? FT_PART_TEST : FT_PART_VALIDATION;
    if (!st && t->seq[part].n) st = evaluate_last(t, part, step, eval, scores, err);
    free(model);
    free(eval);
    if (!st) st = ft_record_write(t, "done", err);
    char *cache = ft_path_join(t->dir, FT_TEACHER_CACHE_FILE);
    if (!st && t->teacher.cache) unlink(cache); /* made again where a run goes on after all */
    free(cache);
    bool never = ft_options_choice(&t->o, FT_OPT_save_strategy) == FT_STRATEGY_NEVER;
    if (!st && t->s.kept_best && never) ft_checkpoint_drop(t, t->s.kept_best);
    if (!st && t->undropped) ft_run_folder_clear(t->dir);
    return st;
}
