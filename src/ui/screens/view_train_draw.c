/* Screen 4: its head and its plots, with other runs drawn over this one. */
#include "ui/screens/view_train_in.h"
#include "util/fs.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS_MAX = 64, NAME_LEAST = 8 };

const struct ft_run_point *train_last(const struct train_view *t)
{
    const struct ft_run_series *s = &t->w->series;
    return s->points_n ? &s->points[s->points_n - 1] : NULL;
}

char *train_count(char *buf, size_t size, uint64_t n)
{
    return ft_format_count(buf, size, (long long)n);
}

void train_muted(struct ft_canvas *c, struct ft_rect r, const char *text)
{
    if (r.h > 0) ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED, text);
}

static void draw_head(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    char why[160], a[32], b[32];
    const struct ft_snapshot *s = train_snap(t);
    if (!*t->w->run) {
        bool missing = ft_workbench_missing(t->w, why, sizeof why);
        ft_canvas_printf(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "no run: %s%s",
                         missing ? why : "T starts", missing ? "" : " (ready)");
        return;
    }
    uint64_t step = train_step(t), steps = train_steps(t);
    const struct ft_run_point *p = train_last(t);
    const char *name = ft_path_base(t->w->run);
    struct ft_str line = {0}; /* all behind the name */
    ft_str_addf(&line, "  %s", train_state(t));
    bool starting = train_on(t) && !s->steps_total;
    if (train_on(t) && *s->phase && (starting || (s->state == FT_SESSION_EVALUATING && r.w >= 100)))
        ft_str_addf(&line, ": %s", s->phase);
    if (steps)
        ft_str_addf(&line, "  step %s of %s", train_count(a, sizeof a, step),
                    train_count(b, sizeof b, steps));
    else if (step)
        ft_str_addf(&line, "  step %s", train_count(a, sizeof a, step));
    bool narrow = r.w < 60;
    if (!narrow && train_own(t) && s->epochs_total > 0)
        ft_str_addf(&line, "  epoch %.2f of %g", s->epoch, s->epochs_total);
    else if (!narrow && !train_own(t) && p && isfinite(p->epoch))
        ft_str_addf(&line, "  epoch %.2f", p->epoch);
    if (r.w >= 100 && train_on(t) && !train_mine(t))
        ft_str_addf(&line, "  process %lld", (long long)t->w->remote.pid);
    if (train_elsewhere(t))
        ft_str_addf(&line, "  in %s, read-only here", ft_run_process(&t->record, a, sizeof a));
    double took = train_own(t) ? s->elapsed_s : t->w->series.train_runtime_s;
    if (took > 0)
        ft_str_addf(&line, "  %s%s", r.w >= 120 ? "elapsed " : "", ft_format_time(a, 32, took));
    if (train_on(t) && s->eta_s >= 0)
        ft_str_addf(&line, "  ETA %s", ft_format_time(a, 32, s->eta_s));
    if (r.w >= 120 && train_own(t) && s->plan_bytes)
        ft_str_addf(&line, "  memory %s of %s planned",
                    ft_format_bytes(a, sizeof a, (double)s->rss_bytes),
                    ft_format_bytes(b, sizeof b, (double)s->plan_bytes));
    /* the name gives way to what changes */
    int room = r.w - 1 - ft_text_width(ft_str_text(&line), line.len);
    if (room < NAME_LEAST) room = NAME_LEAST;
    int x = r.x + 1;
    x += ft_canvas_text(c, r.y, x, room, FT_ROLE_NORMAL, name);
    ft_canvas_text(c, r.y, x, r.x + r.w - x, FT_ROLE_NORMAL, ft_str_text(&line));
    ft_str_release(&line);
    if (r.h > 1 && steps)
        ft_canvas_progress(c, r.y + 1, r.x + 1, r.w - 2, (double)step / (double)steps);
}

/* Jumps of the loss, changes of the rate, forks, resumes, long pauses and the best evaluation as
 * columns; at most EVENTS_MAX. */
static int events_of(const struct train_view *t, struct ft_plot_event out[EVENTS_MAX])
{
    const struct ft_run_series *s = &t->w->series;
    int n = 0;
    for (size_t i = 0; i < t->notes.jumps_n; i++)
        out[n++] = (struct ft_plot_event){train_x(t, (double)t->notes.jumps[i]), '!'};
    for (size_t i = 0; i < s->events_n && n < EVENTS_MAX; i++) {
        bool rate = !strcmp(s->events[i].option, "learning_rate");
        if (rate) out[n++] = (struct ft_plot_event){train_x(t, (double)s->events[i].step), 'r'};
    }
    for (size_t i = 0; t->has_record && i < t->record.breaks.n && n < EVENTS_MAX; i++) {
        static const char letters[FT_RUN_SEGMENT_COUNT] = {[FT_RUN_SEGMENT_FORKED] = 'f',
                                                           [FT_RUN_SEGMENT_RESUMED] = 'c',
                                                           [FT_RUN_SEGMENT_PAUSED] = 'p'};
        const struct ft_run_segment *b = &t->record.breaks.items[i];
        out[n++] = (struct ft_plot_event){train_x(t, (double)b->step), letters[b->kind]};
    }
    uint64_t best = train_best_step(t);
    if (best && n < EVENTS_MAX) out[n++] = (struct ft_plot_event){train_x(t, (double)best), 'b'};
    return n;
}

static const char *time_label(double x, char *buf, size_t size)
{
    return ft_format_time(buf, size, x);
}

static double latest(const struct train_curves *k)
{
    double x = k->n ? k->smooth[k->n - 1].x : 0;
    return k->val_n ? fmax(x, k->val[k->val_n - 1].x) : x;
}

/* The planned length, or (fit, time) that of what is there; other runs may be longer. */
static void set_x(const struct train_view *t, struct ft_plot *p)
{
    uint64_t steps = train_steps(t);
    double planned = (double)steps;
    if (t->axis == AXIS_EPOCH) {
        planned = train_own(t) ? train_snap(t)->epochs_total : 0;
        if (!(planned > 0)) ft_parse_double(train_option(t, FT_OPT_num_train_epochs), &planned);
    } else if (t->axis == AXIS_TIME) {
        planned = 0;
        p->x_label = time_label;
    }
    bool to_now = t->fit_all || latest(&t->c) > planned * (1 + 1e-9);
    p->x_max = to_now ? latest(&t->c) : planned;
    for (size_t i = 0; i < t->others_n; i++)
        p->x_max = fmax(p->x_max, latest(&t->others[i].curves));
    p->has_cursor = t->reading && t->at < t->c.n;
    if (p->has_cursor) p->cursor = t->c.lines[LINE_LOSS][t->at].x;
}

/* The colour and sign of run i drawn over this one, whose own are the first two. */
static unsigned other_style(size_t i)
{
    return (unsigned)ft_role_series((int)i + 2);
}

static char other_sign(size_t i)
{
    return ft_series_sign((int)i + 2);
}

/* Rows at the right edge of the plot, where they hide least of it (else at the top), on blanks:
 * what is drawn beside them is not to be read into them. */
struct corner_row {
    char text[160];
    unsigned style;
};
enum { CORNER_ROWS = 3 + TRAIN_OTHERS_MAX };

/* "label 0.348  teacher 0.0738  hidden 0.113": the parts of a distillation's loss; false: it has
 * none. */
static bool parts_text(const struct ft_run_point *p, char *buf, size_t size)
{
    const struct {
        const char *name;
        double value;
    } parts[] = {
        {"label", p->loss_label}, {"teacher", p->loss_teacher}, {"hidden", p->loss_hidden}};
    size_t n = 0;
    char a[32];
    for (size_t i = 0; i < sizeof parts / sizeof *parts && n < size; i++)
        if (isfinite(parts[i].value))
            n += (size_t)snprintf(buf + n, size - n, "%s%s %s", n ? "  " : "", parts[i].name,
                                  ft_format_short(a, sizeof a, parts[i].value, 3));
    return n > 0;
}

/* Cells of r in which curves are drawn, the columns of events left out. */
static int drawn_cells(const struct ft_canvas *c, struct ft_rect r)
{
    int n = 0;
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++) {
            const struct ft_cell *cell = ft_canvas_at(c, y, x);
            n += cell && cell->cp != ' ' && cell->cp != 0x250a && cell->cp != ':';
        }
    return n;
}

/* Returns the rows of the screen that they take, x and w are those of r; none of them is one of
 * `taken`, and without a place nothing is drawn. */
static struct ft_rect draw_corner(struct ft_canvas *c, struct ft_rect r,
                                  const struct corner_row *rows, int n, struct ft_rect taken)
{
    int w = 0;
    for (int i = 0; i < n; i++) {
        int have = ft_text_width(rows[i].text, strlen(rows[i].text));
        if (have > w) w = have;
    }
    if (w > r.w - 8) w = r.w - 8;
    if (n > r.h - 1) n = r.h - 1;
    struct ft_rect at = {r.y, r.x + r.w - w - 2, n, w + 2}, place = at;
    int least = INT_MAX;
    place.h = 0;
    for (; (at.y == r.y || at.y + n < r.y + r.h - 1) && least; at.y++) { /* the axis stays free */
        if (at.y < taken.y + taken.h && taken.y < at.y + n) continue;
        int hidden = drawn_cells(c, at);
        if (hidden >= least) continue;
        least = hidden;
        place = at;
    }
    for (int i = 0; i < place.h; i++) {
        int have = ft_text_width(rows[i].text, strlen(rows[i].text));
        struct ft_rect row = {place.y + i, place.x, 1, have < w ? have + 2 : w + 2};
        ft_canvas_fill(c, row, ' ', FT_ROLE_NORMAL);
        ft_canvas_text(c, row.y, row.x + 1, w, rows[i].style, rows[i].text);
    }
    return place;
}

/* What the letters on the x axis stand for, of those that are there; false: none is. */
static bool marks_text(const struct ft_plot *p, char *buf, size_t size)
{
    static const struct {
        char letter;
        const char *means;
    } marks[] = {{'b', "best"},    {'!', "loss jumped"}, {'r', "rate changed"},
                 {'c', "resumed"}, {'f', "forked"},      {'p', "paused"}};
    size_t n = 0;
    for (size_t k = 0; k < sizeof marks / sizeof *marks && n < size; k++) {
        bool there = false;
        for (int i = 0; i < p->events_n; i++)
            there = there || p->events[i].letter == marks[k].letter;
        if (there)
            n += (size_t)snprintf(buf + n, size - n, "%s%c %s", n ? "  " : "", marks[k].letter,
                                  marks[k].means);
    }
    return n > 0;
}

/* In a place of its own: below the others it would widen what they hide. */
static void draw_marks(const struct ft_plot *p, struct ft_canvas *c, struct ft_rect r,
                       struct ft_rect taken)
{
    struct corner_row row = {.style = FT_ROLE_MUTED};
    if (marks_text(p, row.text, sizeof row.text)) draw_corner(c, r, &row, 1, taken);
}

static struct ft_rect draw_readout(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run_point *p = &t->w->series.points[t->at];
    enum { ROW = sizeof((struct corner_row *)0)->text };
    struct corner_row rows[CORNER_ROWS] = {0};
    char a[32], b[32];
    int n = 0;
    snprintf(rows[n++].text, ROW, "step %s epoch %.2f", train_count(a, sizeof a, p->step),
             p->epoch);
    snprintf(rows[n++].text, ROW, "train %s raw %s",
             ft_format_short(a, sizeof a, t->c.smooth[t->at].y, 3),
             ft_format_short(b, sizeof b, p->loss, 3));
    if (parts_text(p, rows[n].text, ROW)) n++;
    snprintf(rows[n++].text, ROW, "LR %s", ft_format_g(a, sizeof a, p->learning_rate, 3));
    snprintf(rows[n++].text, ROW, "gradient norm %.3g", p->grad_norm);
    const struct ft_run_series *s = &t->w->series;
    for (size_t i = s->evals_n; i-- > 0;) {
        if (s->evals[i].step > p->step) continue;
        snprintf(rows[n++].text, ROW, "o val %s at %s",
                 ft_format_short(a, sizeof a, s->evals[i].loss, 3),
                 train_count(b, sizeof b, s->evals[i].step));
        break;
    }
    for (int i = 0; i < n; i++)
        rows[i].style = FT_ROLE_ACCENT;
    return draw_corner(c, r, rows, n, (struct ft_rect){0});
}

/* The value of `train` is the line's, the smooth one, as in the read-out. */
static struct ft_rect draw_legend(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct corner_row rows[CORNER_ROWS] = {0};
    enum { ROW = sizeof rows->text };
    char a[32], b[32];
    const struct ft_run_point *last = train_last(t);
    int n = 0;
    if (last) {
        rows[n].style = FT_ROLE_ACCENT;
        snprintf(rows[n++].text, ROW, "train %s at %s",
                 ft_format_short(a, sizeof a, t->c.smooth[t->c.n - 1].y, 3),
                 train_count(b, sizeof b, last->step));
        if (parts_text(last, rows[n].text, ROW)) rows[n++].style = FT_ROLE_MUTED;
    }
    if (t->c.val_n) {
        const struct ft_run_eval *e = &t->w->series.evals[t->c.val_n - 1];
        rows[n].style = FT_ROLE_SERIES2;
        snprintf(rows[n++].text, ROW, "o val %s at %s", ft_format_short(a, sizeof a, e->loss, 3),
                 train_count(b, sizeof b, e->step));
    }
    for (size_t i = 0; i < t->others_n; i++) {
        const struct train_curves *k = &t->others[i].curves;
        rows[n].style = other_style(i);
        snprintf(rows[n++].text, ROW, "%c %.100s %s", other_sign(i), ft_path_base(t->others[i].run),
                 k->n ? ft_format_short(a, sizeof a, k->smooth[k->n - 1].y, 3) : "-");
    }
    return draw_corner(c, r, rows, n, (struct ft_rect){0});
}

static void draw_loss(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_plot_event events[EVENTS_MAX];
    if (!t->c.n && !t->c.val_n) {
        bool on = train_on(t);
        train_muted(c, r,
                    !*t->w->run     ? "no run yet: T starts one"
                    : on            ? "no step logged yet (logging_steps)"
                    : t->has_record ? "no logged step in this run: C continues it"
                                    : "the run did not start; see the message line");
        t->loss_report = (struct ft_plot_report){0};
        return;
    }
    struct ft_series series[2 + TRAIN_OTHERS_MAX] = {{.kind = FT_SERIES_RAW,
                                                      .points = t->c.lines[LINE_LOSS],
                                                      .n = t->c.n,
                                                      .style = FT_ROLE_ACCENT},
                                                     {.kind = FT_SERIES_MARKED,
                                                      .points = t->c.val,
                                                      .n = t->c.val_n,
                                                      .style = FT_ROLE_SERIES2,
                                                      .marker = 'o'}};
    for (size_t i = 0; i < t->others_n; i++)
        series[2 + i] = (struct ft_series){.kind = FT_SERIES_LINE,
                                           .points = t->others[i].curves.smooth,
                                           .n = t->others[i].curves.n,
                                           .style = other_style(i),
                                           .marker = other_sign(i),
                                           .overlay = true,
                                           .pattern = (int)i + 1};
    struct ft_plot p = {.series = series,
                        .series_n = 2 + (int)t->others_n,
                        .smooth = t->smooth,
                        .log_y = t->log_y,
                        .fit_all = t->fit_all,
                        .range = &t->loss_range,
                        .label_w = 5,
                        .events = events,
                        .events_n = events_of(t, events)};
    set_x(t, &p);
    ft_plot_draw(c, r, &p, &t->loss_report);
    struct ft_rect taken = p.has_cursor ? draw_readout(t, c, r) : draw_legend(t, c, r);
    draw_marks(&p, c, r, taken);
}

static void draw_score(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    if (!t->c.val_n) {
        train_no_evaluation(t, c, r);
        return;
    }
    struct ft_series series[2 + TRAIN_OTHERS_MAX] = {{.kind = FT_SERIES_MARKED,
                                                      .points = t->c.score,
                                                      .n = t->c.val_n,
                                                      .style = FT_ROLE_SERIES2,
                                                      .marker = 'o'}};
    int n = 1;
    for (size_t i = 0; i < t->others_n; i++)
        series[n++] = (struct ft_series){.kind = FT_SERIES_MARKED,
                                         .points = t->others[i].curves.score,
                                         .n = t->others[i].curves.val_n,
                                         .style = other_style(i),
                                         .marker = other_sign(i)};
    if (!t->others_n && isfinite(t->c.exact[t->c.val_n - 1].y))
        series[n++] = (struct ft_series){.kind = FT_SERIES_MARKED,
                                         .points = t->c.exact,
                                         .n = t->c.val_n,
                                         .style = FT_ROLE_ACCENT,
                                         .marker = 'x'};
    const struct ft_run_eval *e = &t->w->series.evals[t->c.val_n - 1];
    struct ft_plot p = {.series = series,
                        .series_n = n,
                        .range = &t->score_range,
                        .fit_all = t->fit_all,
                        .y_limit = isfinite(e->perplexity) ? 0
                                   : isfinite(e->exact)    ? 100
                                                           : 1};
    struct ft_plot_report report;
    set_x(t, &p);
    ft_plot_draw(c, r, &p, &report);
}

/* The largest value of a strip, up to a tick. */
double train_strip_top(const struct train_view *t, enum train_line line)
{
    double most = 0, first, step;
    for (size_t i = 0; i < t->c.n; i++)
        if (isfinite(t->c.lines[line][i].y)) most = fmax(most, t->c.lines[line][i].y);
    if (!(most > 0)) return 1;
    int n = ft_plot_ticks(0, most, 4, &first, &step);
    return fmax(most, first + step * (n - 1));
}

static void draw_strip(struct train_view *t, enum train_line line, struct ft_canvas *c,
                       struct ft_rect r)
{
    struct ft_plot_event events[EVENTS_MAX];
    if (!t->c.n) {
        train_muted(c, r, "no step logged yet");
        return;
    }
    struct ft_series s = {
        .kind = FT_SERIES_LINE, .points = t->c.lines[line], .n = t->c.n, .style = FT_ROLE_ACCENT};
    struct ft_plot p = {.series = &s,
                        .series_n = 1,
                        .fixed = true,
                        .y_max = train_strip_top(t, line),
                        .no_labels = true,
                        .label_w = 5,
                        .events = events,
                        .events_n = events_of(t, events)};
    struct ft_plot_report report;
    set_x(t, &p);
    ft_plot_draw(c, r, &p, &report);
}

void train_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct train_view *t = (struct train_view *)v;
    (void)focused;
    if (train_facts_draw(t, p, c, r)) return;
    switch ((enum train_panel)p) {
    case TRAIN_HEAD:
        draw_head(t, c, r);
        break;
    case TRAIN_LOSS:
        draw_loss(t, c, r);
        break;
    case TRAIN_SCORE:
        draw_score(t, c, r);
        break;
    case TRAIN_RATE:
        draw_strip(t, LINE_RATE, c, r);
        break;
    case TRAIN_NORM:
        draw_strip(t, LINE_NORM, c, r);
        break;
    case TRAIN_SPEED:
        draw_strip(t, LINE_SPEED, c, r);
        break;
    default:
        break;
    }
}
