/* What `y` copies on screen 4. */
#include "ui/screens/view_train_in.h"

#include "engine/task/report_table.h"
#include "util/text_table.h"

#include <math.h>

/* Numbers that have a name, one a row; those that are not there are left out. */
static void number(struct ft_text_table *t, const char *name, double x)
{
    if (!isfinite(x)) return;
    ft_text_table_word(t, name);
    ft_text_table_number(t, x);
    ft_text_table_end(t);
}

/* The point of the read-out, else the last one. */
static size_t point(const struct train_view *t)
{
    return t->reading && t->at < t->c.n ? t->at : t->c.n - 1;
}

static void at_point(const struct train_view *t, int line, const char *name,
                     struct ft_text_table *out)
{
    const struct ft_run_series *s = &t->w->series;
    if (!t->c.n || point(t) >= s->points_n) return;
    const struct ft_run_point *p = &s->points[point(t)];
    number(out, "step", (double)p->step);
    number(out, "epoch", p->epoch);
    if (line == LINE_LOSS) {
        number(out, "loss", p->loss);
        number(out, "smooth", t->c.smooth[point(t)].y);
    } else {
        number(out, name, t->c.lines[line][point(t)].y);
    }
}

static void evaluations(const struct train_view *t, size_t from, struct ft_text_table *out)
{
    static const char *const head[] = {"step",  "epoch",      "loss",      "accuracy", "f1",
                                       "exact", "perplexity", "cosine",    "pearson",  "spearman",
                                       "mse",   "mae",        "precision", "recall",   "seconds"};
    const struct ft_run_series *s = &t->w->series;
    for (size_t i = 0; s->evals_n && i < sizeof head / sizeof *head; i++)
        ft_text_table_word(out, head[i]);
    if (s->evals_n) ft_text_table_end(out);
    for (size_t i = from; i < s->evals_n; i++) {
        const struct ft_run_eval *e = &s->evals[i];
        const double values[] = {e->epoch,      e->loss,      e->accuracy, e->f1,       e->exact,
                                 e->perplexity, e->cosine,    e->pearson,  e->spearman, e->mse,
                                 e->mae,        e->precision, e->recall,   e->seconds};
        ft_text_table_count(out, e->step);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            ft_text_table_number(out, values[k]);
        ft_text_table_end(out);
    }
}

bool train_copy(struct ft_view *v, struct ft_str *out)
{
    const struct train_view *t = (const struct train_view *)v;
    const struct ft_scores *s = &t->w->eval.scores;
    size_t evals_n = t->w->series.evals_n;
    struct ft_text_table table = {.out = out, .delimiter = '\t'};
    switch ((enum train_panel)v->focus) {
    case TRAIN_LOSS:
        at_point(t, LINE_LOSS, "loss", &table);
        break;
    case TRAIN_RATE:
        at_point(t, LINE_RATE, "learning rate", &table);
        break;
    case TRAIN_NORM:
        at_point(t, LINE_NORM, "gradient norm", &table);
        break;
    case TRAIN_SPEED:
        at_point(t, LINE_SPEED, "tokens/s", &table);
        break;
    case TRAIN_SCORE:
        evaluations(t, evals_n ? evals_n - 1 : 0, &table);
        break;
    case TRAIN_EVALS:
        evaluations(t, 0, &table);
        break;
    case TRAIN_MATRIX:
        if (!s->examples) break;
        if (s->labels)
            ft_confusion_table(s, '\t', out);
        else
            ft_report_table(s, '\t', out);
        break;
    case TRAIN_SAID:
        ft_str_add(out, t->log.data, t->log.len);
        break;
    default:
        break;
    }
    return out->len > 0;
}
