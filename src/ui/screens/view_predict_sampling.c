/* The sampling settings of screen 6: Left and Right take the next usual value, Enter any. */
#include "ui/screens/view_predict_in.h"

#include "util/fs.h"

#include <math.h>

static double step_of(const double *steps, size_t n, double now, int by)
{
    size_t at = 0;
    while (at + 1 < n && steps[at] < now - 1e-9)
        at++;
    if (by > 0 && steps[at] <= now + 1e-9 && at + 1 < n) at++;
    if (by < 0 && at > 0) at--;
    return steps[at];
}

void predict_sampling_changed(struct predict_view *t)
{
    if (t->grown && predict_answered(t) && !predict_growing(t)) predict_go_on(t, t->grown, 0);
}

void predict_change_sampling(struct predict_view *t, int by)
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
    predict_sampling_changed(t);
}

bool predict_take_sampling(void *arg, const char *text)
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
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s '%s': expected a%s from %g to %g",
                   predict_sampling_name(row), text, whole ? "n integer" : " number",
                   bounds[row][0], bounds[row][1]);
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
    predict_sampling_changed(t);
    return true;
}
