/* Screen 4, the panels beside and below the plots: the last evaluation, all of them, checkpoints,
 * where a step's time goes, machine, settings, log. A panel without data says why and which key
 * fills it. */
#include "ui/widgets/matrix.h"
#include "ui/widgets/rich.h"
#include "ui/screens/score_table.h"
#include "ui/screens/view_train_in.h"
#include "util/mem.h"
#include "util/fs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_AS_MATRIX = 12, PAIRS = 5 };

void train_no_evaluation(const struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    train_muted(c, r,
                train_on(t)  ? "no evaluation yet: e evaluates"
                : *t->w->run ? "no evaluation in this run"
                             : "evaluations need a run: T starts");
}

/* Up to PAIRS of the largest wrong cells, as indices true * n + predicted. */
static int worst_pairs(const struct ft_scores *e, size_t *out)
{
    int n = 0;
    for (size_t i = 0; i < e->labels * e->labels; i++) {
        if (i / e->labels == i % e->labels || !e->confusion[i]) continue;
        int at = n;
        while (at > 0 && e->confusion[out[at - 1]] < e->confusion[i])
            at--;
        if (at >= PAIRS) continue;
        if (n < PAIRS) n++;
        for (int k = n - 1; k > at; k--)
            out[k] = out[k - 1];
        out[at] = i;
    }
    return n;
}

static uint64_t right_of(const struct ft_scores *e, size_t label)
{
    return e->confusion[label * e->labels + label];
}

/* "since 1,246: negative +13, positive +29 right", when the labels are the same ones. */
static void draw_since(const struct train_view *t, struct ft_canvas *c, struct ft_rect r, int y)
{
    const struct ft_scores *now = &t->w->eval.scores, *then = &t->before.scores;
    char a[32], line[400];
    if (!then->examples || then->labels != now->labels || !now->labels) return;
    size_t n = (size_t)snprintf(line, sizeof line, "since %s:", train_count(a, 32, t->before.step));
    for (size_t i = 0; i < now->labels && n < sizeof line; i++) {
        if (strcmp(now->names[i], then->names[i]) != 0) return;
        n += (size_t)snprintf(line + n, sizeof line - n, "%s %.40s %+lld", i ? "," : "",
                              now->names[i],
                              (long long)right_of(now, i) - (long long)right_of(then, i));
    }
    if (n < sizeof line) snprintf(line + n, sizeof line - n, " right");
    ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED, line);
}

/* Examples that got another label; *all: of how many. */
static uint64_t wrong_of(const struct ft_scores *e, uint64_t *all)
{
    uint64_t wrong = *all = 0;
    for (size_t i = 0; i < e->labels * e->labels; i++) {
        *all += e->confusion[i];
        if (i / e->labels != i % e->labels) wrong += e->confusion[i];
    }
    return wrong;
}

static void draw_pair(struct ft_canvas *c, int y, int x, int w, const struct ft_scores *e,
                      size_t cell, bool tags)
{
    size_t row = cell / e->labels, col = cell % e->labels, none = e->labels - 1;
    unsigned long long n = e->confusion[cell];
    if (tags && col == none)
        ft_canvas_printf(c, y, x, w, FT_ROLE_NORMAL, "%4llu %s missed", n, e->names[row]);
    else if (tags && row == none)
        ft_canvas_printf(c, y, x, w, FT_ROLE_NORMAL, "%4llu %s spurious", n, e->names[col]);
    else
        ft_canvas_printf(c, y, x, w, FT_ROLE_NORMAL, "%4llu %s as %s", n, e->names[row],
                         e->names[col]);
}

/* A matrix if all of it fits: with missing rows it shows less than the most confused pairs. */
static void draw_confusion(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_scores *e = &t->w->eval.scores;
    uint64_t all, wrong = wrong_of(e, &all);
    char a[32], b[32];
    bool tags = ft_task_has(e->task, FT_TRAIT_TAGS);
    int used = 0;
    if (e->labels <= LABELS_AS_MATRIX && (int)e->labels < r.h) {
        struct ft_matrix m = {.counts = e->confusion,
                              .labels = (const char *const *)e->names,
                              .row_none = tags ? "spurious" : NULL,
                              .col_none = tags ? "missed" : NULL,
                              .n = (int)e->labels,
                              .row = -1,
                              .col = -1,
                              .no_recall = r.w < 45};
        struct ft_rect top = {r.y, r.x + 1, r.h, r.w - 1};
        used = ft_matrix_draw(c, top, &m, false);
    } else {
        size_t pairs[PAIRS];
        int n = worst_pairs(e, pairs);
        for (int i = 0; i < n && i < r.h - 1; i++, used++)
            draw_pair(c, r.y + i, r.x + 1, r.w - 1, e, pairs[i], tags);
    }
    if (used < r.h && all)
        ft_canvas_printf(c, r.y + used++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "wrong %s of %s",
                         train_count(a, sizeof a, wrong), train_count(b, sizeof b, all));
    if (used < r.h) draw_since(t, c, r, r.y + used);
}

static void draw_language(const struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_scores *s = &t->w->eval.scores, *then = &t->before.scores;
    char a[32], rows[5][64];
    int n = 0;
    snprintf(rows[n++], 64, "loss        %.4f", s->loss);
    snprintf(rows[n++], 64, "perplexity  %.2f", s->perplexity);
    if (isfinite(s->accuracy)) snprintf(rows[n++], 64, "accuracy    %.4f", s->accuracy);
    snprintf(rows[n++], 64, "tokens      %s", train_count(a, sizeof a, s->tokens));
    if (then->examples && isfinite(then->perplexity))
        snprintf(rows[n++], 64, "%+.2f since %s", s->perplexity - then->perplexity,
                 train_count(a, sizeof a, t->before.step));
    for (int i = 0; i < n && i < r.h; i++)
        ft_canvas_text(c, r.y + i, r.x + 1, r.w - 1, i < 4 ? FT_ROLE_NORMAL : FT_ROLE_MUTED,
                       rows[i]);
}

/* The scores of a regression. */
static void draw_numbers(const struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_scores *s = &t->w->eval.scores, *then = &t->before.scores;
    const struct {
        const char *name;
        double now, then;
    } rows[] = {{"pearson", s->pearson, then->pearson},
                {"spearman", s->spearman, then->spearman},
                {"r2", s->r2, then->r2},
                {"mae", s->mae, then->mae},
                {"rmse", s->rmse, then->rmse},
                {"mse", s->mse, then->mse}};
    char a[32];
    for (int i = 0; i < (int)(sizeof rows / sizeof *rows) && i < r.h; i++) {
        char text[96], since[48] = "";
        if (then->examples && isfinite(rows[i].now) && isfinite(rows[i].then))
            snprintf(since, sizeof since, "  %+.4g since %s", rows[i].now - rows[i].then,
                     train_count(a, sizeof a, t->before.step));
        if (isfinite(rows[i].now))
            snprintf(text, sizeof text, "%-9s %8.4g%s", rows[i].name, rows[i].now, since);
        else
            snprintf(text, sizeof text, "%-9s not defined", rows[i].name);
        ft_canvas_text(c, r.y + i, r.x + 1, r.w - 1, FT_ROLE_NORMAL, text);
    }
}

/* How near the model comes to its teacher's states. */
static void draw_hidden(const struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_scores *s = &t->w->eval.scores, *then = &t->before.scores;
    char a[32], rows[4][64];
    int n = 0;
    snprintf(rows[n++], 64, "loss        %.4f", s->loss);
    snprintf(rows[n++], 64, "cosine      %.4f", s->cosine);
    snprintf(rows[n++], 64, "tokens      %s", train_count(a, sizeof a, s->tokens));
    if (then->examples)
        snprintf(rows[n++], 64, "%+.4f since %s", s->cosine - then->cosine,
                 train_count(a, sizeof a, t->before.step));
    for (int i = 0; i < n && i < r.h; i++)
        ft_canvas_text(c, r.y + i, r.x + 1, r.w - 1, i < 3 ? FT_ROLE_NORMAL : FT_ROLE_MUTED,
                       rows[i]);
}

static int by_f1(const void *a, const void *b, void *arg)
{
    const struct ft_scores *s = arg;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    double x = s->classes[i].f1, y = s->classes[k].f1;
    return x < y ? -1 : x > y ? 1 : i < k ? -1 : 1;
}

/* Averages and the labels, lowest F1 first, with what they lose F1 by. */
static void draw_label_scores(const struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_scores *s = &t->w->eval.scores, *then = &t->before.scores;
    size_t *order = ft_xcalloc(s->labels + 1, sizeof *order);
    char a[32];
    int y = r.y, name_w = r.w - 24;
    for (size_t i = 0; i < s->labels; i++)
        order[i] = i;
    qsort_r(order, s->labels, sizeof *order, by_f1, (void *)s);
    ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_NORMAL, "f1 micro %.4f  macro %.4f", s->f1,
                     s->f1_macro);
    if (r.h > 1 && then->examples && then->task == s->task)
        ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "%+.4f since %s",
                         s->f1 - then->f1, train_count(a, sizeof a, t->before.step));
    if (y < r.y + r.h) {
        ft_canvas_text(c, y, r.x + 1, name_w, FT_ROLE_MUTED,
                       name_w > 22 ? "label, lowest F1 first" : "label");
        ft_canvas_right(c, y++, r.x, r.w - 1, FT_ROLE_MUTED, "f1  missed  wrong");
    }
    for (size_t i = 0; i < s->labels && y < r.y + r.h; i++, y++) {
        const uint64_t *cell = s->cells + order[i] * FT_SCORES_CELLS;
        char row[64], f1[16];
        snprintf(row, sizeof row, "%s %7llu %6llu",
                 ft_format_short(f1, sizeof f1, s->classes[order[i]].f1, 3),
                 (unsigned long long)cell[FT_SCORES_FN], (unsigned long long)cell[FT_SCORES_FP]);
        ft_canvas_text(c, y, r.x + 1, name_w, FT_ROLE_NORMAL, s->names[order[i]]);
        ft_canvas_right(c, y, r.x, r.w - 1, FT_ROLE_NORMAL, row);
    }
    free(order);
}

/* The scores of the last evaluation, as the task reports them. */
static void draw_matrix(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_scores *s = &t->w->eval.scores;
    if (!s->examples) {
        train_no_evaluation(t, c, r);
        return;
    }
    switch (ft_task_predicts(s->task)) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_ENTITIES:
        draw_confusion(t, c, r);
        break;
    case FT_PREDICTS_LABELS:
        draw_label_scores(t, c, r);
        break;
    case FT_PREDICTS_NUMBER:
        draw_numbers(t, c, r);
        break;
    case FT_PREDICTS_SPAN:
        ft_squad_table_draw(&s->squad, c, r);
        break;
    case FT_PREDICTS_TOKENS:
    case FT_PREDICTS_TEXT:
        draw_language(t, c, r);
        break;
    case FT_PREDICTS_NOTHING:
        draw_hidden(t, c, r);
        break;
    }
}

/* Parts of a step: forward, backward, optimizer, data. false: not known. */
static bool step_ms(const struct train_view *t, double ms[4])
{
    const struct ft_run_point *p = train_last(t);
    const struct ft_snapshot *s = train_snap(t);
    if (train_own(t) && s->step > s->step_first) {
        ms[0] = s->ms_forward, ms[1] = s->ms_backward, ms[2] = s->ms_optimizer, ms[3] = s->ms_data;
        return true;
    }
    if (!p || !isfinite(p->ms[0])) return false;
    ms[0] = p->ms[FT_RUN_MS_FORWARD], ms[1] = p->ms[FT_RUN_MS_BACKWARD];
    ms[2] = p->ms[FT_RUN_MS_OPTIMIZER], ms[3] = p->ms[FT_RUN_MS_DATA];
    return true;
}

static void draw_step(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    static const char *const names[4] = {"forward", "backward", "optimizer", "data"};
    double ms[4], sum = 0;
    if (!step_ms(t, ms)) {
        train_muted(c, r, "no step yet");
        return;
    }
    for (int i = 0; i < 4; i++)
        sum += ms[i];
    int bar = r.w - 27;
    for (int i = 0; i < 4 && i < r.h; i++) {
        ft_canvas_text(c, r.y + i, r.x + 1, 9, FT_ROLE_NORMAL, names[i]);
        if (bar > 2 && sum > 0)
            ft_canvas_bar(c, r.y + i, r.x + 11, bar, ms[i] / sum, FT_ROLE_ACCENT);
        ft_canvas_printf(c, r.y + i, r.x + r.w - 16, 15, FT_ROLE_NORMAL,
                         ms[i] < 10 ? "%7.2f ms %3.0f%%" : "%7.4g ms %3.0f%%", ms[i],
                         sum > 0 ? 100 * ms[i] / sum : 0);
    }
}

/* The columns in the middle are the task's own. */
static void draw_evals(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run_series *s = &t->w->series;
    enum { N = 7 };
    if (!s->evals_n) {
        train_no_evaluation(t, c, r);
        return;
    }
    const struct ft_run_eval *last = &s->evals[s->evals_n - 1];
    bool lm = isfinite(last->perplexity), qa = isfinite(last->exact),
         mlm = isfinite(last->accuracy), hidden = isfinite(last->cosine),
         several = isfinite(last->subset_accuracy), numbers = isfinite(last->mae),
         tags = isfinite(last->recall);
    const struct ft_column columns[N] = {{"step", 9, true, 0},
                                         {"epoch", 7, true, 0},
                                         {"eval loss", 10, true, 0},
                                         {lm                ? "perplexity"
                                          : qa              ? "exact"
                                          : hidden          ? "cosine"
                                          : several || tags ? "f1"
                                          : numbers         ? "pearson"
                                                            : "accuracy",
                                          11, true, 0},
                                         {(lm && mlm) || tags ? "accuracy"
                                          : several           ? "f1_macro"
                                          : numbers           ? "mae"
                                          : lm || hidden      ? ""
                                                              : "f1",
                                          9, true, 0},
                                         {"took s", 8, true, 0},
                                         {"checkpoint", 0, false, 0}};
    ft_columns_header(c, r.y, r.x + 1, columns, N, r.w - 2, -1, false);
    size_t room = r.h > 1 ? (size_t)r.h - 1 : 0, from = s->evals_n > room ? s->evals_n - room : 0;
    for (size_t i = from; i < s->evals_n; i++) {
        const struct ft_run_eval *e = &s->evals[i];
        double more[2] = {lm                ? e->perplexity
                          : qa              ? e->exact
                          : hidden          ? e->cosine
                          : several || tags ? e->f1
                          : numbers         ? e->pearson
                                            : e->accuracy,
                          lm || tags ? e->accuracy
                          : several  ? e->f1_macro
                          : numbers  ? e->mae
                                     : e->f1};
        char cells[N][48];
        bool saved = false;
        for (size_t k = 0; k < t->saved_n; k++)
            saved = saved || t->saved[k].step == e->step;
        train_count(cells[0], sizeof cells[0], e->step);
        snprintf(cells[1], sizeof cells[1], "%.2f", e->epoch);
        ft_format_score(cells[2], sizeof cells[2], e->loss);
        for (int k = 0; k < 2; k++) {
            cells[3 + k][0] = 0;
            if (isfinite(more[k]))
                train_metric(t, columns[3 + k].name, more[k], cells[3 + k], sizeof cells[3 + k]);
        }
        snprintf(cells[5], sizeof cells[5], "%.1f", e->seconds);
        snprintf(cells[6], sizeof cells[6], "%s%s", saved ? "saved" : "-",
                 e->step == train_best_step(t) ? ", best" : "");
        for (int k = 0; k < N; k++)
            ft_columns_cell(c, r.y + 1 + (int)(i - from), r.x + 1, columns, N, r.w - 2, k,
                            FT_ROLE_NORMAL, cells[k]);
    }
}

/* The checkpoint that the next save removes; SIZE_MAX: none. As ft_checkpoint_save does it. */
static size_t next_to_go(const struct train_view *t)
{
    double limit = 0;
    ft_parse_double(train_option(t, FT_OPT_save_total_limit), &limit);
    if (!train_on(t) || !(limit > 0) || (double)t->saved_n < limit) return SIZE_MAX;
    for (size_t i = 0; i < t->saved_n; i++)
        if (t->saved[i].step != train_best_step(t)) return i;
    return SIZE_MAX;
}

static void draw_saved(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run_series *s = &t->w->series;
    char a[32], b[32], score[32];
    if (!t->saved_n) {
        train_muted(c, r, train_on(t) ? "none yet: w saves one" : "none");
        return;
    }
    size_t room = r.h > 1 ? (size_t)r.h - 1 : 1, from = t->saved_n > room ? t->saved_n - room : 0;
    size_t going = next_to_go(t);
    if (t->forking && t->fork < from) from = t->fork;
    int y = r.y;
    for (size_t i = from; i < t->saved_n && i < from + room; i++, y++) {
        bool best = t->saved[i].step == train_best_step(t), here = t->forking && i == t->fork;
        snprintf(score, sizeof score, "-");
        for (size_t k = 0; k < s->evals_n; k++)
            if (s->evals[k].step == t->saved[i].step)
                train_metric(t, isfinite(s->evals[k].exact) ? "f1" : "",
                             train_score(&s->evals[k], NULL), score, sizeof score);
        ft_canvas_printf(c, y, r.x, r.w, here ? FT_ROLE_SELECT : FT_ROLE_NORMAL,
                         "%s%9s %8s %9s  %s",
                         here   ? "\u25b8"
                         : best ? "\u25aa"
                                : " ",
                         train_count(a, sizeof a, t->saved[i].step), score,
                         ft_format_bytes(b, sizeof b, (double)t->saved[i].bytes),
                         best         ? "best, kept"
                         : i == going ? "deleted at next save"
                                      : "");
    }
    if (y < r.y + r.h)
        ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                       t->forking    ? "Enter: new run from it  Esc"
                       : train_on(t) ? "w saves one now"
                                     : "f starts a new run from one");
}

static void draw_machine(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run_series *s = &t->w->series;
    const struct ft_snapshot *snap = train_snap(t);
    char a[32], b[32], rows[4][120];
    double peak = 0;
    int n = 0;
    bool own = train_on(t), mine = train_mine(t);
    for (size_t i = 0; i < s->points_n; i++)
        if (s->points[i].rss_bytes > peak) peak = s->points[i].rss_bytes;
    if (mine && t->busy >= 0)
        snprintf(rows[n++], 120, "threads busy %.1f of %s", t->busy,
                 strcmp(train_option(t, FT_OPT_threads), "0") ? train_option(t, FT_OPT_threads)
                                                              : "all");
    if (own)
        snprintf(rows[n++], 120, "memory  %s in use, %s planned",
                 ft_format_bytes(a, sizeof a, (double)snap->rss_bytes),
                 ft_format_bytes(b, sizeof b, (double)snap->plan_bytes));
    else if (peak > 0)
        snprintf(rows[n++], 120, "memory  up to %s in use", ft_format_bytes(a, sizeof a, peak));
    int64_t free_bytes = ft_disk_free(*t->w->run ? t->w->run : ".");
    if (*t->w->run)
        snprintf(rows[n++], 120, "disk    %s used, %s free",
                 ft_format_bytes(a, sizeof a, (double)t->folder_bytes),
                 free_bytes >= 0 ? ft_format_bytes(b, sizeof b, (double)free_bytes) : "?");
    if (t->has_record && *t->record.processor)
        snprintf(rows[n++], 120, "on      %.100s", t->record.processor);
    if (!n) train_muted(c, r, "shown during a run");
    for (int i = 0; i < n && i < r.h; i++)
        ft_canvas_text(c, r.y + i, r.x + 1, r.w - 1, FT_ROLE_NORMAL, rows[i]);
}

/* Names of the options that were given, but those that every run has. */
static void given_names(const struct train_view *t, struct ft_str *out)
{
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        bool every = i == FT_OPT_model || i == FT_OPT_data || i == FT_OPT_output_dir;
        if (every || !ft_options_given(&t->record.options, (enum ft_opt)i)) continue;
        ft_str_addf(out, "%s%s %s", out->len ? ", " : "", ft_option_at((enum ft_opt)i)->name,
                    train_option(t, (enum ft_opt)i));
    }
}

static void draw_run(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run *run = &t->record;
    struct ft_rich text = {0};
    struct ft_str given = {0};
    char a[32], why[512];
    if (!*t->w->run || !t->has_record) {
        train_muted(c, r, *t->w->run ? "no run.json yet" : "no run yet: T starts one");
        return;
    }
    if (run->state == FT_RUN_UNREADABLE) {
        ft_rich_addf(&text, FT_ROLE_BAD, "%s", ft_engine_text(run->why, why, sizeof why));
    } else {
        const char *patience = train_option(t, FT_OPT_early_stopping_patience);
        given_names(t, &given);
        ft_rich_addf(&text, FT_ROLE_NORMAL, "model   %s, %s parameters\n", ft_path_base(run->model),
                     train_count(a, sizeof a, run->parameters));
        ft_rich_addf(&text, FT_ROLE_NORMAL, "data    %s, %s\n", ft_path_base(run->data), run->task);
        ft_rich_addf(&text, FT_ROLE_NORMAL, "batch   %s x %s tokens, %s epochs, seed %s\n",
                     train_option(t, FT_OPT_per_device_train_batch_size),
                     train_option(t, FT_OPT_max_seq_length),
                     train_option(t, FT_OPT_num_train_epochs), train_option(t, FT_OPT_seed));
        ft_rich_addf(&text, FT_ROLE_NORMAL, "best by %s, early stop %s%s\n", run->metric,
                     strcmp(patience, "0") ? patience : "off",
                     strcmp(patience, "0") ? " evaluations" : "");
        ft_rich_addf(&text, FT_ROLE_MUTED, "changed %s", given.len ? ft_str_text(&given) : "none");
    }
    ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, &text, NULL);
    ft_rich_release(&text);
    ft_str_release(&given);
}

static void draw_said(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    if (t->log.len)
        ft_message_log_draw(&t->said, c, r, ft_str_text(&t->log));
    else
        train_muted(c, r, *t->w->run ? "no messages yet" : "no run yet: T starts one");
}

bool train_facts_draw(struct train_view *t, int p, struct ft_canvas *c, struct ft_rect r)
{
    switch ((enum train_panel)p) {
    case TRAIN_MATRIX:
        draw_matrix(t, c, r);
        return true;
    case TRAIN_STEP:
        draw_step(t, c, r);
        return true;
    case TRAIN_EVALS:
        draw_evals(t, c, r);
        return true;
    case TRAIN_SAVED:
        draw_saved(t, c, r);
        return true;
    case TRAIN_MACHINE:
        draw_machine(t, c, r);
        return true;
    case TRAIN_RUN:
        draw_run(t, c, r);
        return true;
    case TRAIN_SAID:
        draw_said(t, c, r);
        return true;
    default:
        return false;
    }
}

void train_facts_title(const struct train_view *t, int p, struct ft_title *out)
{
    const struct ft_scores *s = &t->w->eval.scores;
    char a[32];
    double ms[4], sum;
    uint64_t all = 0, wrong;
    switch ((enum train_panel)p) {
    case TRAIN_MATRIX:
        if (!s->examples) break;
        train_count(a, sizeof a, t->w->eval.step);
        wrong = ft_task_has(s->task, FT_TRAIT_LABELS) ? wrong_of(s, &all) : 0;
        if (!ft_task_has(s->task, FT_TRAIT_LABELS))
            snprintf(out->left, sizeof out->left, "Validation scores at %s", a);
        else
            snprintf(out->left, sizeof out->left, "Confusion at %s, %.1f%% wrong", a,
                     all ? 100.0 * (double)wrong / (double)all : 0);
        break;
    case TRAIN_STEP:
        if (step_ms(t, ms)) {
            const struct ft_run_point *last = train_last(t);
            double speed = train_own(t) ? train_snap(t)->tokens_per_s
                           : last       ? last->tokens_per_s
                                        : 0;
            sum = ms[0] + ms[1] + ms[2] + ms[3];
            snprintf(out->left, sizeof out->left,
                     sum < 100 ? "Step %.3g ms  %.1fk tokens/s" : "Step %.0f ms  %.1fk tokens/s",
                     sum, speed / 1000);
        }
        break;
    case TRAIN_EVALS:
        if (t->w->series.evals_n)
            snprintf(out->left, sizeof out->left, "Evaluations %zu", t->w->series.evals_n);
        break;
    case TRAIN_SAVED:
        if (t->forking)
            snprintf(out->left, sizeof out->left, "Fork from which step?");
        else if (t->saved_n)
            snprintf(out->left, sizeof out->left, "Checkpoints %zu", t->saved_n);
        break;
    default:
        break;
    }
}
