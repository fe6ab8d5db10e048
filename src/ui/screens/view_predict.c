/* Screen 6: what the app sees of it. A classifier and a model for masked words follow the typing;
 * questions and prompts are asked with Enter. */
#include "ui/screens/view_predict_in.h"

#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[PREDICT_PANELS] = {
    [PREDICT_HEAD] = {"", FT_SCOPE_PREDICT, true},
    [PREDICT_TEXT] = {"Text", FT_SCOPE_PREDICT, false},
    [PREDICT_PAIR] = {"Context", FT_SCOPE_PREDICT, false},
    [PREDICT_ANSWERS] = {"Labels", FT_SCOPE_PREDICT, false},
    [PREDICT_BESIDE] = {"Compare", FT_SCOPE_PREDICT, false},
    [PREDICT_WHY] = {"Why", FT_SCOPE_PREDICT, false},
    [PREDICT_GROWN] = {"Continuation", FT_SCOPE_PREDICT, false},
    [PREDICT_SAMPLING] = {"Sampling", FT_SCOPE_PREDICT, false},
    [PREDICT_NEXT] = {"Next token", FT_SCOPE_PREDICT, false},
    [PREDICT_HISTORY] = {"History", FT_SCOPE_PREDICT, false},
};

/* --- changes since the last frame --- */

static void tick(struct ft_view *v)
{
    struct predict_view *t = predict_of(v);
    predict_file_follow(t);
    if (ft_app_in_front(&t->view) && predict_follow(t)) ft_app_redraw(t->w->app);
}

/* Wide screens always say why. */
static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    struct predict_view *t = predict_of(v);
    if (ft_app_in_front(&t->view)) predict_follow(t);
    if (w >= 120 && !t->why && ft_task_has(predict_task(t), FT_TRAIT_ROWS)) {
        t->why = true;
        if (predict_answered(t)) predict_ask(t, 0, false);
    }
    return predict_layout(v, h, w);
}

static void open_view(struct ft_view *v)
{
    struct predict_view *t = predict_of(v);
    bool current;
    if (*predict_model(t, &current)) predict_type_in(t, PREDICT_TEXT);
    predict_follow(t);
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct ft_job_view work;
    struct predict_view *t = predict_of(v);
    if (t->file) {
        ft_job_look(t->file, &work);
        if (work.total > 0) snprintf(buf, size, "%.0f%%", 100 * work.done / work.total);
    } else if (t->past_n) {
        snprintf(buf, size, "\u2713");
    }
}

static bool click(struct ft_view *v, int p, int y, int x, bool twice)
{
    struct predict_view *t = predict_of(v);
    (void)x;
    struct ft_list *l = p == PREDICT_ANSWERS && !ft_task_has(predict_task(t), FT_TRAIT_TEXT_CLASSES)
                            ? &t->answers
                        : p == PREDICT_NEXT     ? &t->next
                        : p == PREDICT_SAMPLING ? &t->sampling
                        : p == PREDICT_HISTORY  ? &t->history
                                                : NULL;
    if (p == PREDICT_TEXT || p == PREDICT_PAIR) {
        predict_type_in(t, p);
        return true;
    }
    if (!l || !ft_list_click(l, y)) return false;
    if (twice) predict_enter(t);
    return true;
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    struct predict_view *t = predict_of(v);
    (void)before, (void)prefix;
    if (strcmp(kind, "RUN") != 0) return;
    for (size_t i = 0; i < ft_model_list_count(t->w->models); i++)
        ft_matches_add(out, ft_model_list_entry(t->w->models, i)->name);
}

static void close_view(struct ft_view *v)
{
    struct predict_view *t = predict_of(v);
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
                               .act = predict_act,
                               .key = predict_key,
                               .typing = predict_typing,
                               .can = predict_can,
                               .why_not = predict_why_not,
                               .label = predict_label,
                               .tick = tick,
                               .mark = mark,
                               .next = predict_next,
                               .click = click,
                               .complete = complete,
                               .copy = predict_copy,
                               .close = close_view};
    return &t->view;
}
