/* The titles of screen 4's panels, with the last value of each plot. */
#include "ui/screens/view_train_in.h"

#include "util/fs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void title_loss(const struct train_view *t, struct ft_title *out)
{
    char f[16];
    const struct ft_plot_report *rep = &t->loss_report;
    if (t->smooth > 0)
        snprintf(out->left, sizeof out->left, "Loss raw and smooth %s%s",
                 ft_format_short(f, sizeof f, t->smooth, t->smooth > 0.94 ? 2 : 1),
                 t->log_y ? ", log" : "");
    else
        snprintf(out->left, sizeof out->left, "Loss raw%s", t->log_y ? ", log" : "");
    if (t->axis != AXIS_STEP) {
        size_t n = strlen(out->left);
        snprintf(out->left + n, sizeof out->left - n, ", by %s",
                 t->axis == AXIS_EPOCH ? "epoch" : "time");
    }
    if (rep->beyond && rep->bad)
        snprintf(out->right, sizeof out->right, "%zu beyond, %zu NaN", rep->beyond, rep->bad);
    else if (rep->beyond)
        snprintf(out->right, sizeof out->right, "%zu beyond", rep->beyond);
    else if (rep->bad)
        snprintf(out->right, sizeof out->right, "%zu NaN", rep->bad);
}

static void title_strip(const struct train_view *t, const char *name, enum train_line line,
                        struct ft_title *out)
{
    char a[32], b[32];
    if (!t->c.n) return;
    double top = train_strip_top(t, line);
    if (line == LINE_SPEED) {
        snprintf(out->left, sizeof out->left, "%s %.1fk (0 .. %gk)", name,
                 t->c.lines[line][t->c.n - 1].y / 1000, top / 1000);
        return;
    }
    snprintf(out->left, sizeof out->left, "%s %s (0 .. %s)", name,
             ft_format_g(a, sizeof a, t->c.lines[line][t->c.n - 1].y, 3),
             ft_format_g(b, sizeof b, top, 3));
}

/* The rate now and the peak of its schedule, which + - and = change. */
static void title_rate(const struct train_view *t, struct ft_title *out)
{
    char a[32], b[32], d[32];
    double peak = train_own(t) ? train_snap(t)->peak_rate : 0;
    if (t->c.n && peak > 0)
        snprintf(out->left, sizeof out->left, "Learning rate %s, peak %s (0 .. %s)",
                 ft_format_g(a, sizeof a, t->c.lines[LINE_RATE][t->c.n - 1].y, 3),
                 ft_format_g(b, sizeof b, peak, 3),
                 ft_format_g(d, sizeof d, train_strip_top(t, LINE_RATE), 3));
    else
        title_strip(t, "Learning rate", LINE_RATE, out);
}

static void title_score(const struct train_view *t, struct ft_title *out)
{
    const struct ft_run_series *s = &t->w->series;
    char a[32], b[32], x[32], exact[48] = "";
    const char *name;
    if (!s->evals_n) return;
    const struct ft_run_eval *e = &s->evals[s->evals_n - 1];
    double score = train_score(e, &name);
    if (isfinite(e->exact))
        snprintf(exact, sizeof exact, ", x exact %s",
                 train_metric(t, "exact", e->exact, x, sizeof x));
    snprintf(out->left, sizeof out->left, "%s %s%s at %s%s", name,
             train_metric(t, isfinite(e->exact) ? "f1" : name, score, a, sizeof a), exact,
             train_count(b, sizeof b, e->step), e->step == train_best_step(t) ? ", best" : "");
}

/* ", clipped 97%": the share of the logged norms above max_grad_norm. */
static void add_clipped(const struct train_view *t, struct ft_title *out)
{
    double most = 0;
    size_t n = strlen(out->left), over = 0, all = 0;
    if (!ft_parse_double(train_option(t, FT_OPT_max_grad_norm), &most) || !(most > 0)) return;
    for (size_t i = 0; i < t->c.n; i++) {
        double x = t->c.lines[LINE_NORM][i].y;
        all += isfinite(x) != 0;
        over += isfinite(x) && x > most;
    }
    if (all)
        snprintf(out->left + n, sizeof out->left - n, ", clipped %.0f%%",
                 100 * (double)over / (double)all);
}

void train_title(struct ft_view *v, int p, struct ft_title *out)
{
    const struct train_view *t = (const struct train_view *)v;
    switch ((enum train_panel)p) {
    case TRAIN_LOSS:
        title_loss(t, out);
        break;
    case TRAIN_SCORE:
        title_score(t, out);
        break;
    case TRAIN_RATE:
        title_rate(t, out);
        break;
    case TRAIN_NORM:
        title_strip(t, "Gradient norm", LINE_NORM, out);
        if (t->c.n) add_clipped(t, out);
        break;
    case TRAIN_SPEED:
        title_strip(t, "Tokens per second", LINE_SPEED, out);
        break;
    default:
        train_facts_title(t, p, out);
        break;
    }
}
