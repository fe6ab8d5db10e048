/* What the settings will come to: the model that is set, looked at in the background, the speed of
 * this machine, and the plan made of both. See workbench.h. */
#include "ui/screens/workbench_in.h"

#include "engine/task/model_flops.h"
#include "engine/task/task_facts.h"
#include "util/mem.h"

#include <stdlib.h>

void ft_workbench_look_at(struct ft_workbench *w, struct ft_model_list *b, const char *model,
                          int task)
{
    size_t n = ft_dataset_labels(w->data);
    struct ft_model_ask ask = {.task = task,
                               .freeze = ft_options_text(&w->o, FT_OPT_freeze),
                               .teacher = ft_options_text(&w->o, FT_OPT_teacher)};
    const char **labels = ft_xcalloc(n + 1, sizeof *labels);
    for (size_t i = 0; i < n; i++)
        labels[i] = ft_dataset_label(w->data, i, NULL);
    if (ft_task_has(task, FT_TRAIT_CLASSES) && n > 1) {
        ask.labels = labels;
        ask.label_n = n;
    }
    ft_model_list_look(b, model, &ask);
    free(labels);
}

const struct ft_model_facts *ft_workbench_look(struct ft_workbench *w)
{
    const char *model = ft_options_text(&w->o, FT_OPT_model);
    if (*model)
        ft_workbench_look_at(w, w->chosen, model, (int)w->task);
    else
        ft_model_list_look(w->chosen, NULL, NULL);
    const struct ft_model_facts *f = ft_model_list_facts(w->chosen);
    return f && f->task == w->task ? f : NULL;
}

void ft_workbench_plan(struct ft_workbench *w, const struct ft_options *o, struct ft_plan *p,
                       struct ft_plan_in *in)
{
    *in = (struct ft_plan_in){.o = o,
                              .task = w->task,
                              .data = w->data,
                              .examples = w->train_examples,
                              .model = ft_workbench_look(w),
                              .speed = ft_speed_last(w->speed)};
    ft_plan_make(p, in);
}

static void cancel(void *arg)
{
    struct ft_workbench *w = arg;
    ft_speed_cancel(w->speed);
}

void ft_workbench_measure(struct ft_workbench *w)
{
    struct ft_options o;
    struct ft_plan p;
    struct ft_plan_in in;
    ft_options_copy(&o, &w->o);
    ft_task_settle(&o, w->task);
    ft_workbench_plan(w, &o, &p, &in);
    size_t length = p.mean_length ? p.mean_length : p.memory.length;
    if (w->session)
        ft_app_say(w->app, FT_SAY_NOTE, "a run is active; screen 4 shows the speed");
    else if (!in.model)
        ft_app_say(w->app, FT_SAY_NOTE, "%s",
                   *ft_options_text(&o, FT_OPT_model)
                       ? "the model is still being read; press b again"
                       : "measuring needs a model (2)");
    else if (p.has_memory && !p.memory.fits)
        ft_app_say(w->app, FT_SAY_ERROR, "not enough memory for a step: %s", p.memory.advice);
    else
        ft_speed_start(w->speed, &o, length,
                       ft_model_flops_recompute(&o) *
                           ft_model_flops_of_token(in.model, in.task,
                                                   ft_options_num(&o, FT_OPT_mlm_probability),
                                                   length));
    ft_options_release(&o);
}

bool ft_workbench_follow_speed(struct ft_workbench *w)
{
    struct ft_job_view view;
    bool ended = ft_speed_follow(w->speed);
    const struct ft_speed_fact *f = ft_speed_last(w->speed);
    if (ft_speed_busy(w->speed, &view)) {
        ft_app_busy(w->app, view.what, view.unit, (uint64_t)view.done, (uint64_t)view.total, cancel,
                    w);
        w->measuring = true;
    } else if (w->measuring) {
        ft_app_busy_end(w->app);
        w->measuring = false;
    }
    if (!ended) return false;
    if (ft_speed_failed(w->speed)->code)
        ft_app_say_err(w->app, ft_speed_failed(w->speed));
    else if (f)
        ft_app_say(w->app, FT_SAY_OK, "%.3g ms per step of %zu x %zu tokens, %.1fk tokens/s", f->ms,
                   f->sequences, f->length, f->tokens_per_s / 1000);
    return true;
}
