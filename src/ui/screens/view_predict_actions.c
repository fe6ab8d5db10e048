/* The actions of screen 6: what they do, which of them would do something now, why another one would
 * not, and what the key line calls them. */
#include "ui/screens/view_predict_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is asked for in a prompt --- */

static bool take_threshold(void *arg, const char *text)
{
    struct predict_view *t = arg;
    double x;
    if (!ft_parse_double(text, &x) || !isfinite(x)) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "threshold '%s': expected a number", text);
        return false;
    }
    t->threshold = x;
    return true;
}

static bool take_context(void *arg, const char *path)
{
    struct predict_view *t = arg;
    struct ft_err err = {0};
    char *data;
    size_t n;
    if (ft_file_read(path, PREDICT_CONTEXT_MAX, &data, &n, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_field_set(&t->pair, "");
    ft_field_insert(&t->pair, data, n);
    t->pair.cursor = 0;
    free(data);
    ft_app_unsay(t->w->app); /* that it was missing */
    if (t->text.text.len) predict_ask(t, 0, false);
    return true;
}

static bool write_history(void *arg, const char *path)
{
    struct predict_view *t = arg;
    struct ft_err err = {0};
    if (predict_write_history(t, path, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%zu prediction%s written to %s", t->past_n,
               ft_plural(t->past_n), path);
    return true;
}

static bool take_history(void *arg, const char *path)
{
    struct predict_view *t = arg;
    return ft_workbench_write_to(t->w, path, write_history, t);
}

static bool take_output(void *arg, const char *path)
{
    struct predict_view *t = arg;
    if (!*path || ft_path_exists(path)) {
        ft_app_say(t->w->app, FT_SAY_ERROR,
                   *path ? "%s already exists; choose another name" : "type a file name%s", path);
        return false;
    }
    predict_file_start(t, t->input, path);
    return true;
}

/* The file to predict; where to is asked then. */
static bool take_file(void *arg, const char *path)
{
    struct predict_view *t = arg;
    if (ft_path_exists(path) ? !ft_path_is_file(path) : !ft_dataset_there(path)) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s: no such file; check the path", path);
        return false;
    }
    if (t->file) {
        ft_app_say(t->w->app, FT_SAY_WARN,
                   "another file is being predicted; wait until it is done");
        return true;
    }
    free(t->input);
    t->input = ft_xstrdup(path);
    char *output = ft_xprintf("%s.predictions.jsonl", path);
    for (int i = 2; ft_path_exists(output) && i < 1000; i++) {
        free(output);
        output = ft_xprintf("%s.predictions-%d.jsonl", path, i);
    }
    ft_app_prompt(t->w->app, "write predictions to", output, "W", take_output, t);
    free(output);
    return true;
}

static bool take_beside(void *arg, const char *run)
{
    struct predict_view *t = arg;
    predict_show_beside(t, *run ? run : NULL);
    return true;
}

/* The argument of a word at once, or a prompt for it. */
static bool wanted(struct predict_view *t, const char *arg, const char *label, const char *first,
                   const char *kind, bool (*take)(void *, const char *))
{
    if (arg && *arg)
        take(t, arg);
    else
        ft_app_prompt(t->w->app, label, first, kind, take, t);
    return true;
}

/* --- what they do --- */

bool predict_enter(struct predict_view *t)
{
    char value[32];
    switch ((enum predict_panel)t->view.focus) {
    case PREDICT_TEXT:
    case PREDICT_PAIR:
        predict_type_in(t, t->view.focus);
        return true;
    case PREDICT_ANSWERS:
        if (ft_task_has(predict_task(t), FT_TRAIT_MASKS)) predict_take_word(t);
        return true;
    case PREDICT_NEXT:
        predict_take_token(t);
        return true;
    case PREDICT_SAMPLING:
        predict_sampling_text(t, (enum predict_sampling)t->sampling.selected, value, sizeof value);
        ft_app_prompt(t->w->app, predict_sampling_name((enum predict_sampling)t->sampling.selected),
                      value, "", predict_take_sampling, t);
        return true;
    case PREDICT_HISTORY:
        predict_recall(t);
        return true;
    default:
        return true;
    }
}

static bool predict_word(struct predict_view *t, const char *text)
{
    if (!text || !*text) {
        predict_type_in(t, PREDICT_TEXT);
        return true;
    }
    t->typing = false;
    ft_app_focus(&t->view, PREDICT_TEXT);
    predict_put(t, text, strlen(text), NULL, 0);
    if (predict_lacks_context(t)) ft_app_say(t->w->app, FT_SAY_NOTE, "%s", predict_needs_context);
    predict_ask(t, 0, true);
    return true;
}

static bool again(struct predict_view *t)
{
    if (ft_task_has(predict_task(t), FT_TRAIT_GENERATES) && !t->greedy)
        t->generate.seed++; /* another text */
    predict_ask(t, 0, false);
    return true;
}

static bool act_panel(struct predict_view *t, enum ft_action a)
{
    int by = a == FT_ACT_RIGHT ? 1 : a == FT_ACT_LEFT ? -1 : 0;
    switch ((enum predict_panel)t->view.focus) {
    case PREDICT_ANSWERS: {
        size_t masks = t->answer.fill.masks;
        if (by && ft_task_has(predict_task(t), FT_TRAIT_MASKS) && masks > 1) {
            t->mask = (t->mask + (by > 0 ? 1 : masks - 1)) % masks;
            ft_list_select(&t->answers, 0);
            return true;
        }
        return !ft_task_has(predict_task(t), FT_TRAIT_TEXT_CLASSES) &&
               ft_list_move(&t->answers, ft_action_move(a));
    }
    case PREDICT_SAMPLING:
        if (by) predict_change_sampling(t, by);
        return by || ft_list_move(&t->sampling, ft_action_move(a));
    case PREDICT_NEXT:
        return ft_list_move(&t->next, ft_action_move(a));
    case PREDICT_HISTORY:
        return ft_list_move(&t->history, ft_action_move(a));
    default:
        return ft_scroll_move(&t->scroll[t->view.focus], ft_action_move(a));
    }
}

/* fp32, int8, bf16: the next one that this machine has. */
static enum ft_precision next_precision(enum ft_precision p)
{
    if (p != FT_PRECISION_INT8 && p != FT_PRECISION_BF16 && ft_precision_has(FT_PRECISION_INT8))
        return FT_PRECISION_INT8;
    if (p != FT_PRECISION_BF16 && ft_precision_has(FT_PRECISION_BF16)) return FT_PRECISION_BF16;
    return FT_PRECISION_FP32;
}

bool predict_act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct predict_view *t = predict_of(v);
    char now[32];
    if (ft_action_row(a)->scope == FT_SCOPE_PREDICT && !predict_can(v, a)) return false;
    switch (a) {
    case FT_ACT_PREDICT:
        return predict_word(t, arg);
    case FT_ACT_PREDICT_WHY:
        t->why = !t->why;
        predict_ask(t, 0, false);
        return true;
    case FT_ACT_PREDICT_AGAIN:
        return again(t);
    case FT_ACT_PREDICT_INT8:
        t->precision = next_precision(t->precision);
        predict_ask(t, 0, false);
        return true;
    case FT_ACT_PREDICT_ONE:
        if (!predict_growing(t)) predict_go_on(t, t->grown ? t->grown : ft_field_text(&t->text), 1);
        return true;
    case FT_ACT_PREDICT_GREEDY:
        t->greedy = !t->greedy;
        predict_sampling_changed(t);
        return true;
    case FT_ACT_PREDICT_THRESHOLD:
        snprintf(now, sizeof now, "%g", t->threshold);
        return wanted(t, arg, "no-answer threshold (null - best)", now, "", take_threshold);
    case FT_ACT_PREDICT_CONTEXT:
        return wanted(t, arg, "read the context from", "", "F", take_context);
    case FT_ACT_PREDICT_WRITE:
        return wanted(t, arg, "write the history to (.jsonl .json .csv .tsv)", "history.jsonl", "W",
                      take_history);
    case FT_ACT_WRITE:
        return arg && *arg && (take_history(t, arg) || true);
    case FT_ACT_PREDICT_FILE:
        return wanted(t, arg, "predict file", "", "F", take_file);
    case FT_ACT_PREDICT_BESIDE:
        if (t->beside && !(arg && *arg)) {
            predict_show_beside(t, NULL);
            return true;
        }
        return wanted(t, arg, "compare with run", "", "RUN", take_beside);
    case FT_ACT_ENTER:
        return predict_enter(t);
    case FT_ACT_BACK:
        if (predict_growing(t)) {
            ft_prediction_queue_stop(t->w->asker);
            return true;
        }
        if (v->focus == PREDICT_TEXT) return false;
        ft_app_focus(v, PREDICT_TEXT);
        return true;
    default:
        return act_panel(t, a);
    }
}

/* --- what they would do --- */

bool predict_can(struct ft_view *v, enum ft_action a)
{
    struct predict_view *t = predict_of(v);
    enum ft_task task = predict_task(t);
    bool current, model = *predict_model(t, &current) != 0;
    switch (a) {
    case FT_ACT_PREDICT_WHY:
        return model && ft_task_has(task, FT_TRAIT_ROWS);
    case FT_ACT_PREDICT_ONE:
        return ft_task_has(task, FT_TRAIT_GENERATES) && (t->grown || t->text.text.len);
    case FT_ACT_PREDICT_GREEDY:
        return ft_task_has(task, FT_TRAIT_GENERATES);
    case FT_ACT_PREDICT_THRESHOLD:
    case FT_ACT_PREDICT_CONTEXT:
        return ft_task_has(task, FT_TRAIT_ANSWERS);
    case FT_ACT_PREDICT_AGAIN:
        return model && t->text.text.len && !predict_lacks_context(t);
    case FT_ACT_PREDICT_INT8:
        return model && !current &&
               (t->precision > FT_PRECISION_FP32 ||
                next_precision(t->precision) != FT_PRECISION_FP32);
    case FT_ACT_PREDICT_BESIDE:
        return model && !ft_task_has(task, FT_TRAIT_GENERATES);
    case FT_ACT_PREDICT_FILE:
        return model && !t->file;
    case FT_ACT_PREDICT_WRITE:
        return t->past_n > 0;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_UP:
        return !predict_typing(v) || t->past_n > 0;
    default:
        return !ft_action_by_screen(a);
    }
}

void predict_why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size)
{
    struct predict_view *t = predict_of(v);
    bool current, model = *predict_model(t, &current) != 0;
    const char *why = "";
    switch (a) {
    case FT_ACT_PREDICT_THRESHOLD:
    case FT_ACT_PREDICT_CONTEXT:
        why = "for question answering models only";
        break;
    case FT_ACT_PREDICT_GREEDY:
        why = "for text generation models only";
        break;
    case FT_ACT_PREDICT_ONE:
        why = ft_task_has(predict_task(t), FT_TRAIT_GENERATES) ? "type a text first"
                                                               : "for text generation models only";
        break;
    case FT_ACT_PREDICT_WRITE:
        why = "the history is empty";
        break;
    case FT_ACT_PREDICT_AGAIN:
        why = !model              ? "no model: 2 chooses one"
              : !t->text.text.len ? "type a text first"
                                  : predict_needs_context;
        break;
    case FT_ACT_PREDICT_INT8:
        why = !model    ? "no model: 2 chooses one"
              : current ? "a run's current weights have the run's precision"
                        : "int8 and bf16 are no faster than fp32 on this processor";
        break;
    case FT_ACT_PREDICT_WHY:
    case FT_ACT_PREDICT_BESIDE:
    case FT_ACT_PREDICT_FILE:
        why = !model                       ? "no model: 2 chooses one"
              : a == FT_ACT_PREDICT_FILE   ? "a file is being predicted"
              : a == FT_ACT_PREDICT_BESIDE ? "not for text generation models"
                                           : "for classification models only";
        break;
    default:
        break;
    }
    snprintf(buf, size, "%s", why);
}

/* What Enter does in the text field. */
static const char *enter_label(enum ft_task task)
{
    switch (ft_task_predicts(task)) {
    case FT_PREDICTS_SPAN:
        return "ask";
    case FT_PREDICTS_TEXT:
        return "generate";
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_ENTITIES:
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_NUMBER:
    case FT_PREDICTS_TOKENS:
    case FT_PREDICTS_NOTHING:
        break;
    }
    return "keep";
}

const char *predict_label(struct ft_view *v, enum ft_action a)
{
    struct predict_view *t = predict_of(v);
    enum ft_task task = predict_task(t);
    if (a == FT_ACT_ENTER && predict_typing(v)) return enter_label(task);
    if (a == FT_ACT_ENTER && v->focus == PREDICT_HISTORY) return "ask again";
    if (a == FT_ACT_ENTER && v->focus == PREDICT_SAMPLING) return "type a value";
    if (a == FT_ACT_ENTER && (v->focus == PREDICT_NEXT || ft_task_has(task, FT_TRAIT_MASKS)) &&
        !predict_in_field(t))
        return "accept";
    if (a == FT_ACT_BACK && predict_growing(t)) return "stop";
    if (a == FT_ACT_PREDICT_BESIDE && t->beside) return "end compare";
    if (a == FT_ACT_PREDICT_GREEDY && t->greedy) return "sample";
    if (a == FT_ACT_PREDICT_INT8) return ft_precision_name(next_precision(t->precision));
    return NULL;
}
