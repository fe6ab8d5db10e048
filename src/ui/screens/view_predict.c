/* Screen 6: keys and words. A classifier and a model for masked words follow the typing; questions
 * and prompts are asked with Enter. */
#include "ui/screens/view_predict_in.h"

#include "util/fs.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIVE_MS = 150 };

static const struct ft_panel panels[PREDICT_PANELS] = {
    [PREDICT_HEAD] = {"", FT_SCOPE_PREDICT, true},
    [PREDICT_TEXT] = {"Text", FT_SCOPE_PREDICT, false},
    [PREDICT_PAIR] = {"Context", FT_SCOPE_PREDICT, false},
    [PREDICT_ANSWERS] = {"Labels", FT_SCOPE_PREDICT, false},
    [PREDICT_BESIDE] = {"Beside", FT_SCOPE_PREDICT, false},
    [PREDICT_WHY] = {"Why", FT_SCOPE_PREDICT, false},
    [PREDICT_GROWN] = {"Continuation", FT_SCOPE_PREDICT, false},
    [PREDICT_SAMPLING] = {"Sampling", FT_SCOPE_PREDICT, false},
    [PREDICT_NEXT] = {"Next token", FT_SCOPE_PREDICT, false},
    [PREDICT_HISTORY] = {"History", FT_SCOPE_PREDICT, false},
};

static struct predict_view *of(struct ft_view *v)
{
    return (struct predict_view *)v;
}

static bool in_field(const struct predict_view *t)
{
    return t->view.focus == PREDICT_TEXT || t->view.focus == PREDICT_PAIR;
}

static bool typing(struct ft_view *v)
{
    return of(v)->typing && in_field(of(v));
}

static bool has_mask(const struct predict_view *t)
{
    const char *text = ft_field_text(&t->text);
    return strstr(text, "[MASK]") || strstr(text, "<mask>");
}

static bool is_live(const struct predict_view *t)
{
    enum ft_task task = predict_task(t);
    return task == FT_TASK_CLASSIFY || (task == FT_TASK_MLM && has_mask(t));
}

/* --- the fields --- */

static void forget_answer(struct predict_view *t)
{
    t->failed = (struct ft_err){0};
    t->keep = false;
    predict_ask(t, 0, false); /* nothing: the model alone */
}

static void changed(struct predict_view *t)
{
    if (!t->text.text.len)
        forget_answer(t);
    else if (is_live(t))
        predict_ask(t, LIVE_MS, false);
}

static void put(struct predict_view *t, const char *text, size_t n, const char *pair, size_t pair_n)
{
    ft_field_set(&t->text, "");
    ft_field_insert(&t->text, text, n);
    if (!pair) return;
    ft_field_set(&t->pair, "");
    ft_field_insert(&t->pair, pair, pair_n);
}

static bool take_example(struct predict_view *t)
{
    struct ft_dataset_row row;
    if (t->text.text.len || t->view.focus != PREDICT_TEXT || !predict_example(t, &row))
        return false;
    put(t, row.text, row.n, row.pair, row.pair_n);
    predict_ask(t, 0, false);
    return true;
}

/* The history's entry in the fields; `by` 1 is older. */
static bool walk(struct predict_view *t, int by)
{
    if (!t->past_n || t->view.focus != PREDICT_TEXT) return false;
    if (t->text.text.len && !t->walk) return false;
    size_t to = by > 0 ? t->walk + 1 : t->walk - (t->walk > 0);
    if (to > t->past_n) return true;
    t->walk = to;
    if (!to) {
        ft_field_set(&t->text, "");
    } else {
        const struct predict_past *p = &t->past[to - 1];
        put(t, p->text, strlen(p->text), p->pair, p->pair ? strlen(p->pair) : 0);
    }
    changed(t);
    return true;
}

static const char needs_context[] = "a question needs its context; o reads it from a file";

/* Enter in a field: what is there is asked, and kept. */
static void enter_field(struct predict_view *t)
{
    const struct ft_answer *a = &t->answer;
    if (!t->text.text.len) return;
    bool same = predict_answered(t) && !t->waiting && !strcmp(a->text, ft_field_text(&t->text));
    if (predict_lacks_context(t)) {
        ft_app_focus(&t->view, PREDICT_PAIR);
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s", needs_context);
        return;
    }
    ft_app_unsay(t->w->app); /* what was missing */
    if (same && is_live(t))
        predict_keep(t);
    else
        predict_ask(t, 0, true);
    if (t->view.focus == PREDICT_TEXT) t->text.selected = true; /* the next one takes its place */
}

static bool key(struct ft_view *v, const struct ft_key *k)
{
    struct predict_view *t = of(v);
    if (!typing(v)) return false;
    struct ft_field *f = v->focus == PREDICT_TEXT ? &t->text : &t->pair;
    int w = v->shown.panel[v->focus].w - 3;
    switch (k->code) {
    case FT_KEY_ENTER:
        enter_field(t);
        return true;
    case FT_KEY_ESC:
        if (predict_growing(t))
            ft_prediction_queue_stop(t->w->asker);
        else
            t->typing = false;
        return true;
    case FT_KEY_TAB:
        return take_example(t);
    case FT_KEY_UP:
    case FT_KEY_DOWN:
        if (walk(t, k->code == FT_KEY_UP ? 1 : -1)) return true;
        return ft_field_key(f, k, w > 1 ? w : 1);
    default:
        break;
    }
    char *before = ft_xstrdup(ft_field_text(f));
    bool eaten = ft_field_key(f, k, w > 1 ? w : 1);
    if (strcmp(before, ft_field_text(f)) != 0) {
        t->walk = 0;
        changed(t);
    }
    free(before);
    return eaten;
}

static void type_in(struct predict_view *t, int panel)
{
    t->typing = true;
    ft_app_focus(&t->view, panel);
}

/* --- sampling --- */

static double step_of(const double *steps, size_t n, double now, int by)
{
    size_t at = 0;
    while (at + 1 < n && steps[at] < now - 1e-9)
        at++;
    if (by > 0 && steps[at] <= now + 1e-9 && at + 1 < n) at++;
    if (by < 0 && at > 0) at--;
    return steps[at];
}

static void sampling_changed(struct predict_view *t)
{
    if (t->grown && predict_answered(t) && !predict_growing(t)) predict_go_on(t, t->grown, 0);
}

static void change_sampling(struct predict_view *t, int by)
{
    static const double temperatures[] = {.1, .2, .4, .6, .7, .8, .9, 1, 1.2, 1.5, 2},
                        ks[] = {0, 1, 5, 10, 20, 50, 100, 200, 500},
                        ps[] = {.5, .7, .8, .9, .95, .98, 1},
                        penalties[] = {1, 1.05, 1.1, 1.2, 1.3, 1.5, 2},
                        tokens[] = {10, 20, 40, 60, 100, 200, 500, 1000};
#define STEP(a, now) step_of(a, sizeof a / sizeof *a, now, by)
    struct ft_generate_opt *g = &t->generate;
    switch ((enum predict_sampling)t->sampling.selected) {
    case PREDICT_TEMPERATURE:
        if (!t->greedy) g->temperature = STEP(temperatures, g->temperature);
        t->greedy = false;
        break;
    case PREDICT_TOP_K:
        g->top_k = (size_t)STEP(ks, (double)g->top_k);
        break;
    case PREDICT_TOP_P:
        g->top_p = STEP(ps, g->top_p);
        break;
    case PREDICT_PENALTY:
        g->repetition_penalty = STEP(penalties, g->repetition_penalty);
        break;
    case PREDICT_NEW_TOKENS:
        g->max_new_tokens = (size_t)STEP(tokens, (double)g->max_new_tokens);
        return;
    default:
        if (by > 0 || g->seed) g->seed += by > 0 ? 1 : (uint64_t)-1;
        return;
    }
#undef STEP
    sampling_changed(t);
}

static bool take_sampling(void *arg, const char *text)
{
    static const double bounds[PREDICT_SAMPLINGS][2] = {{1e-3, 100}, {0, 1e6}, {1e-6, 1},
                                                        {.01, 100},  {1, 1e6}, {0, 9e15}};
    struct predict_view *t = arg;
    enum predict_sampling row = (enum predict_sampling)t->sampling.selected;
    bool whole = row == PREDICT_TOP_K || row == PREDICT_NEW_TOKENS || row == PREDICT_SEED;
    double x;
    if (row == PREDICT_TEMPERATURE && ft_parse_double(text, &x) && x == 0) {
        t->greedy = true;
        return true;
    }
    if (!ft_parse_double(text, &x) || !(x >= bounds[row][0] && x <= bounds[row][1]) ||
        (whole && x != floor(x))) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s is '%s', expected a %snumber from %g to %g",
                   predict_sampling_name(row), text, whole ? "whole " : "", bounds[row][0],
                   bounds[row][1]);
        return false;
    }
    struct ft_generate_opt *g = &t->generate;
    if (row == PREDICT_TEMPERATURE)
        g->temperature = x, t->greedy = false;
    else if (row == PREDICT_TOP_K)
        g->top_k = (size_t)x;
    else if (row == PREDICT_TOP_P)
        g->top_p = x;
    else if (row == PREDICT_PENALTY)
        g->repetition_penalty = x;
    else if (row == PREDICT_NEW_TOKENS)
        g->max_new_tokens = (size_t)x;
    else
        g->seed = (uint64_t)x;
    sampling_changed(t);
    return true;
}

/* --- what Enter does --- */

/* The first mask becomes the chosen word. */
static void take_word(struct predict_view *t)
{
    const struct ft_fill *f = &t->answer.fill;
    const char *text = ft_field_text(&t->text);
    static const char *const masks[] = {"[MASK]", "<mask>"};
    size_t mask = t->mask, at = SIZE_MAX, len = 0;
    if (t->answers.selected >= f->choices || mask >= f->masks) return;
    for (const char *p = text; *p && at == SIZE_MAX; p++)
        for (size_t i = 0; i < 2; i++) {
            size_t n = strlen(masks[i]);
            if (strncmp(p, masks[i], n) || mask-- > 0) continue;
            at = (size_t)(p - text);
            len = n;
            break;
        }
    if (at == SIZE_MAX) return;
    const char *word = f->choice[t->mask * f->choices + t->answers.selected].token;
    while (*word == ' ')
        word++;
    char *filled = ft_xprintf("%.*s%s%s", (int)at, text, word, text + at + len);
    ft_field_set(&t->text, filled);
    free(filled);
    if (has_mask(t)) predict_ask(t, 0, false);
}

static void take_token(struct predict_view *t)
{
    const struct ft_generated *g = &t->answer.generated;
    if (!t->grown || predict_growing(t) || t->next.selected >= g->next_n) return;
    char *text = ft_xprintf("%s%s", t->grown, g->next[t->next.selected].token);
    predict_go_on(t, text, 0);
    free(text);
}

static void recall(struct predict_view *t)
{
    if (!t->past_n) return;
    const struct predict_past *p = &t->past[t->history.selected];
    put(t, p->text, strlen(p->text), p->pair, p->pair ? strlen(p->pair) : 0);
    predict_ask(t, 0, false);
}

static bool enter(struct predict_view *t)
{
    char value[32];
    switch ((enum predict_panel)t->view.focus) {
    case PREDICT_TEXT:
    case PREDICT_PAIR:
        type_in(t, t->view.focus);
        return true;
    case PREDICT_ANSWERS:
        if (predict_task(t) == FT_TASK_MLM) take_word(t);
        return true;
    case PREDICT_NEXT:
        take_token(t);
        return true;
    case PREDICT_SAMPLING:
        predict_sampling_text(t, (enum predict_sampling)t->sampling.selected, value, sizeof value);
        ft_app_prompt(t->w->app, predict_sampling_name((enum predict_sampling)t->sampling.selected),
                      value, "", take_sampling, t);
        return true;
    case PREDICT_HISTORY:
        recall(t);
        return true;
    default:
        return true;
    }
}

/* --- words --- */

static bool take_threshold(void *arg, const char *text)
{
    struct predict_view *t = arg;
    double x;
    if (!ft_parse_double(text, &x) || !isfinite(x)) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "the threshold is '%s', expected a number", text);
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

static bool take_history(void *arg, const char *path)
{
    struct predict_view *t = arg;
    struct ft_err err = {0};
    if (predict_write_history(t, path, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%zu predictions written to %s", t->past_n, path);
    return true;
}

static bool take_output(void *arg, const char *path)
{
    struct predict_view *t = arg;
    if (!*path || ft_path_exists(path)) {
        ft_app_say(t->w->app, FT_SAY_ERROR,
                   *path ? "%s already exists; choose another name" : "type a file's name%s", path);
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
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s: there is no such file; check the path", path);
        return false;
    }
    if (t->file) {
        ft_app_say(t->w->app, FT_SAY_WARN, "another file is being predicted: wait for it");
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

static bool predict_word(struct predict_view *t, const char *text)
{
    if (!text || !*text) {
        type_in(t, PREDICT_TEXT);
        return true;
    }
    t->typing = false;
    ft_app_focus(&t->view, PREDICT_TEXT);
    put(t, text, strlen(text), NULL, 0);
    if (predict_lacks_context(t)) ft_app_say(t->w->app, FT_SAY_NOTE, "%s", needs_context);
    predict_ask(t, 0, true);
    return true;
}

static bool again(struct predict_view *t)
{
    if (predict_task(t) == FT_TASK_CLM && !t->greedy) t->generate.seed++; /* another text */
    predict_ask(t, 0, false);
    return true;
}

static bool act_panel(struct predict_view *t, enum ft_action a)
{
    int by = a == FT_ACT_RIGHT ? 1 : a == FT_ACT_LEFT ? -1 : 0;
    switch ((enum predict_panel)t->view.focus) {
    case PREDICT_ANSWERS: {
        size_t masks = t->answer.fill.masks;
        if (by && predict_task(t) == FT_TASK_MLM && masks > 1) {
            t->mask = (t->mask + (by > 0 ? 1 : masks - 1)) % masks;
            ft_list_select(&t->answers, 0);
            return true;
        }
        return predict_task(t) != FT_TASK_CLASSIFY && ft_list_move(&t->answers, ft_action_move(a));
    }
    case PREDICT_SAMPLING:
        if (by) change_sampling(t, by);
        return by || ft_list_move(&t->sampling, ft_action_move(a));
    case PREDICT_NEXT:
        return ft_list_move(&t->next, ft_action_move(a));
    case PREDICT_HISTORY:
        return ft_list_move(&t->history, ft_action_move(a));
    default:
        return ft_scroll_move(&t->scroll[t->view.focus], ft_action_move(a));
    }
}

static bool can(struct ft_view *v, enum ft_action a)
{
    struct predict_view *t = of(v);
    enum ft_task task = predict_task(t);
    bool current, model = *predict_model(t, &current) != 0;
    switch (a) {
    case FT_ACT_PREDICT_WHY:
        return model && task == FT_TASK_CLASSIFY;
    case FT_ACT_PREDICT_ONE:
        return task == FT_TASK_CLM && (t->grown || t->text.text.len);
    case FT_ACT_PREDICT_GREEDY:
        return task == FT_TASK_CLM;
    case FT_ACT_PREDICT_THRESHOLD:
    case FT_ACT_PREDICT_CONTEXT:
        return task == FT_TASK_QA;
    case FT_ACT_PREDICT_AGAIN:
        return model && t->text.text.len && !predict_lacks_context(t);
    case FT_ACT_PREDICT_BESIDE:
        return model && task != FT_TASK_CLM;
    case FT_ACT_PREDICT_FILE:
        return model && !t->file;
    case FT_ACT_PREDICT_WRITE:
        return t->past_n > 0;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_UP:
        return !typing(v) || t->past_n > 0;
    default:
        return !ft_action_by_screen(a);
    }
}

static void why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size)
{
    struct predict_view *t = of(v);
    bool current, model = *predict_model(t, &current) != 0;
    const char *why = "";
    switch (a) {
    case FT_ACT_PREDICT_THRESHOLD:
    case FT_ACT_PREDICT_CONTEXT:
        why = "for models that answer questions";
        break;
    case FT_ACT_PREDICT_GREEDY:
        why = "for models that continue a text";
        break;
    case FT_ACT_PREDICT_ONE:
        why = predict_task(t) == FT_TASK_CLM ? "type a text first"
                                             : "for models that continue a text";
        break;
    case FT_ACT_PREDICT_WRITE:
        why = "nothing was asked so far";
        break;
    case FT_ACT_PREDICT_AGAIN:
        why = !model              ? "no model: 2 chooses one"
              : !t->text.text.len ? "type a text first"
                                  : needs_context;
        break;
    case FT_ACT_PREDICT_WHY:
    case FT_ACT_PREDICT_BESIDE:
    case FT_ACT_PREDICT_FILE:
        why = !model                       ? "no model: 2 chooses one"
              : a == FT_ACT_PREDICT_FILE   ? "a file is being predicted"
              : a == FT_ACT_PREDICT_BESIDE ? "not for models that continue a text"
                                           : "for models with labels";
        break;
    default:
        break;
    }
    snprintf(buf, size, "%s", why);
}

static bool act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct predict_view *t = of(v);
    char now[32];
    if (ft_action_row(a)->scope == FT_SCOPE_PREDICT && !can(v, a)) return false;
    switch (a) {
    case FT_ACT_PREDICT:
        return predict_word(t, arg);
    case FT_ACT_PREDICT_WHY:
        t->why = !t->why;
        predict_ask(t, 0, false);
        return true;
    case FT_ACT_PREDICT_AGAIN:
        return again(t);
    case FT_ACT_PREDICT_ONE:
        if (!predict_growing(t)) predict_go_on(t, t->grown ? t->grown : ft_field_text(&t->text), 1);
        return true;
    case FT_ACT_PREDICT_GREEDY:
        t->greedy = !t->greedy;
        sampling_changed(t);
        return true;
    case FT_ACT_PREDICT_THRESHOLD:
        snprintf(now, sizeof now, "%g", t->threshold);
        return wanted(t, arg, "no answer when null - best is above", now, "", take_threshold);
    case FT_ACT_PREDICT_CONTEXT:
        return wanted(t, arg, "context from", "", "F", take_context);
    case FT_ACT_PREDICT_WRITE:
        return wanted(t, arg, "write the history to", "predictions.jsonl", "F", take_history);
    case FT_ACT_PREDICT_FILE:
        return wanted(t, arg, "predict file", "", "F", take_file);
    case FT_ACT_PREDICT_BESIDE:
        if (t->beside && !(arg && *arg)) {
            predict_show_beside(t, NULL);
            return true;
        }
        return wanted(t, arg, "run beside", "", "RUN", take_beside);
    case FT_ACT_ENTER:
        return enter(t);
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

static const char *label(struct ft_view *v, enum ft_action a)
{
    struct predict_view *t = of(v);
    enum ft_task task = predict_task(t);
    if (a == FT_ACT_ENTER && typing(v))
        return task == FT_TASK_QA ? "ask" : task == FT_TASK_CLM ? "generate" : "keep";
    if (a == FT_ACT_ENTER && v->focus == PREDICT_HISTORY) return "ask again";
    if (a == FT_ACT_ENTER && v->focus == PREDICT_SAMPLING) return "type a value";
    if (a == FT_ACT_ENTER && (v->focus == PREDICT_NEXT || task == FT_TASK_MLM) && !in_field(t))
        return "take it";
    if (a == FT_ACT_BACK && predict_growing(t)) return "stop";
    if (a == FT_ACT_PREDICT_BESIDE && t->beside) return "one again";
    if (a == FT_ACT_PREDICT_GREEDY && t->greedy) return "sample";
    return NULL;
}

/* --- what goes on --- */

static void tick(struct ft_view *v)
{
    struct predict_view *t = of(v);
    predict_file_follow(t);
    if (ft_app_in_front(&t->view) && predict_follow(t)) ft_app_redraw(t->w->app);
}

/* Wide screens always say why. */
static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    struct predict_view *t = of(v);
    if (ft_app_in_front(&t->view)) predict_follow(t);
    if (w >= 120 && !t->why && predict_task(t) == FT_TASK_CLASSIFY) {
        t->why = true;
        if (predict_answered(t)) predict_ask(t, 0, false);
    }
    return predict_layout(v, h, w);
}

static void open_view(struct ft_view *v)
{
    struct predict_view *t = of(v);
    bool current;
    if (*predict_model(t, &current)) type_in(t, PREDICT_TEXT);
    predict_follow(t);
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct ft_job_view work;
    struct predict_view *t = of(v);
    if (t->file) {
        ft_job_look(t->file, &work);
        if (work.total > 0) snprintf(buf, size, "%.0f%%", 100 * work.done / work.total);
    } else if (t->past_n) {
        snprintf(buf, size, "\u2713");
    }
}

static bool click(struct ft_view *v, int p, int y, int x, bool twice)
{
    struct predict_view *t = of(v);
    (void)x;
    struct ft_list *l = p == PREDICT_ANSWERS && predict_task(t) != FT_TASK_CLASSIFY ? &t->answers
                        : p == PREDICT_NEXT                                         ? &t->next
                        : p == PREDICT_SAMPLING                                     ? &t->sampling
                        : p == PREDICT_HISTORY                                      ? &t->history
                                                                                    : NULL;
    if (p == PREDICT_TEXT || p == PREDICT_PAIR) {
        type_in(t, p);
        return true;
    }
    if (!l || !ft_list_click(l, y)) return false;
    if (twice) enter(t);
    return true;
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    struct predict_view *t = of(v);
    (void)before, (void)prefix;
    if (strcmp(kind, "RUN") != 0) return;
    for (size_t i = 0; i < ft_model_list_count(t->w->models); i++)
        ft_matches_add(out, ft_model_list_entry(t->w->models, i)->name);
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    struct predict_view *t = of(v);
    double score;
    if (!predict_answered(t)) return false;
    char *said = predict_said(t, &t->answer, &score);
    ft_str_addz(out, t->answer.task == FT_TASK_CLM && t->grown ? t->grown : said);
    free(said);
    return out->len > 0;
}

static void close_view(struct ft_view *v)
{
    struct predict_view *t = of(v);
    predict_release(t);
    free(t);
}

struct ft_view *ft_view_predict_new(struct ft_workbench *w)
{
    struct predict_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->text.max_bytes = PREDICT_TEXT_MAX;
    t->pair.max_bytes = PREDICT_CONTEXT_MAX;
    t->pair.multiline = true;
    t->generate = (struct ft_generate_opt){.max_new_tokens = 60,
                                           .temperature = 0.8,
                                           .top_k = 50,
                                           .top_p = 0.95,
                                           .repetition_penalty = 1,
                                           .seed = 42,
                                           .tell_next = PREDICT_CHOICES};
    t->view = (struct ft_view){.name = "Predict",
                               .scope = FT_SCOPE_PREDICT,
                               .panels = panels,
                               .panels_n = PREDICT_PANELS,
                               .focus = PREDICT_TEXT,
                               .open = open_view,
                               .layout = layout,
                               .draw = predict_draw,
                               .title = predict_title,
                               .act = act,
                               .key = key,
                               .typing = typing,
                               .can = can,
                               .why_not = why_not,
                               .label = label,
                               .tick = tick,
                               .mark = mark,
                               .next = predict_next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}
