/* Choosing the checkpoint that another run starts from, on screen 4. */
#include "ui/screens/view_train_in.h"

#include "util/fs.h"

#include <stdio.h>

/* Its settings go to Tune, where T starts it; the start is asked for here. */
static bool fork_from(struct train_view *t, uint64_t step)
{
    char dir[sizeof t->w->run], n[32];
    snprintf(dir, sizeof dir, "%s", t->w->run);
    t->forking = false;
    if (!ft_workbench_begin_fork(t->w, dir, step)) return false;
    ft_app_screen_of(t->w->app, FT_SCOPE_TUNE);
    ft_app_say(t->w->app, FT_SAY_OK, "fork from step %s of %s: change the settings, T starts it",
               ft_format_count(n, sizeof n, (long long)step), ft_path_base(dir));
    return true;
}

void train_fork_word(struct train_view *t, const char *text)
{
    long long step;
    if (ft_parse_i64(text, &step))
        for (size_t i = 0; i < t->saved_n; i++)
            if ((long long)t->saved[i].step == step) {
                fork_from(t, t->saved[i].step);
                return;
            }
    ft_app_say(t->w->app, FT_SAY_ERROR, "no checkpoint of step %s", text);
}

/* The list of checkpoints has the keys; the best one is chosen at first. */
void train_begin_choosing(struct train_view *t)
{
    t->forking = true;
    t->fork = t->saved_n - 1;
    for (size_t i = 0; i < t->saved_n; i++)
        if (t->saved[i].step == train_best_step(t)) t->fork = i;
    ft_app_focus(&t->view, TRAIN_SAVED);
}

bool train_choose(struct train_view *t, enum ft_action a)
{
    switch (a) {
    case FT_ACT_UP:
        if (t->fork) t->fork--;
        return true;
    case FT_ACT_DOWN:
        if (t->fork + 1 < t->saved_n) t->fork++;
        return true;
    case FT_ACT_TOP:
        t->fork = 0;
        return true;
    case FT_ACT_BOTTOM:
        t->fork = t->saved_n - 1;
        return true;
    case FT_ACT_ENTER:
        fork_from(t, t->saved[t->fork].step);
        return true;
    case FT_ACT_BACK:
        t->forking = false;
        ft_app_focus(&t->view, TRAIN_LOSS);
        return true;
    default:
        return false;
    }
}
