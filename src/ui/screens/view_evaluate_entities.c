/* What is other on screen 5 for tagged words: an example is an entity, found, missed, spurious or
 * wrong; its text has the true entities in { } and the predicted ones in [ ]. */
#include "ui/screens/entity_text.h"
#include "ui/screens/view_evaluate_in.h"
#include "ui/widgets/plot.h"
#include "util/fs.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool evaluate_entities(const struct evaluate_view *t)
{
    return ft_evaluation_facts(t->e)->there && ft_task_has(evaluate_scores(t)->task, FT_TRAIT_TAGS);
}

size_t evaluate_report_labels(const struct evaluate_view *t)
{
    size_t n = evaluate_scores(t)->labels;
    return n && evaluate_entities(t) ? n - 1 : n;
}

bool evaluate_entities_say(const struct evaluate_view *t, int row, int col, uint64_t n)
{
    const struct ft_scores *s = evaluate_scores(t);
    int none = (int)s->labels - 1;
    if (row != none && col != none) return false;
    if (row == none && col == none)
        ft_app_say(t->w->app, FT_SAY_NOTE, "a column of missed and a row of spurious entities");
    else if (row == none)
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s: %llu predicted where the data has no such words",
                   s->names[col], (unsigned long long)n);
    else
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s: %llu of %llu not predicted with these words",
                   s->names[row], (unsigned long long)n,
                   (unsigned long long)s->classes[row].support);
    return true;
}

/* --- which are listed --- */

size_t evaluate_entities_select(struct evaluate_view *t)
{
    enum ft_entity_error kind = t->right_too ? FT_ENTITY_ERRORS : t->entities;
    return ft_evaluation_entities(t->e, kind, t->right_too, &t->index);
}

bool evaluate_entities_filter(struct evaluate_view *t, const char *word)
{
    static const enum ft_entity_error order[] = {FT_ENTITY_ERRORS, FT_ENTITY_MISSED,
                                                 FT_ENTITY_SPURIOUS, FT_ENTITY_WRONG_TYPE,
                                                 FT_ENTITY_WRONG_BOUNDARY};
    enum { N = sizeof order / sizeof *order };
    size_t next = 0;
    for (size_t i = 0; i < N; i++)
        if (order[i] == t->entities) next = (i + 1) % N;
    if (!t->all) next = 0; /* from the cell's to all errors */
    if (word) {
        for (next = 0; next < N && strcmp(word, ft_entity_error_name(order[next])); next++)
            continue;
        if (next == N) {
            ft_app_say(t->w->app, FT_SAY_ERROR,
                       "all errors, missed, spurious, wrong type or wrong boundary, not '%s'",
                       word);
            return true;
        }
    }
    t->entities = order[next];
    t->all = true;
    t->right_too = false;
    evaluate_select(t);
    return true;
}

/* --- panels --- */

void evaluate_entities_head(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_scores *s = &f->scores;
    char a[32], b[32], d[4][32], scores[160];
    bool wide = r.w >= 100;
    for (int i = 0; i < 4; i++)
        ft_format_short(d[i], sizeof d[i],
                        i == 0   ? s->f1
                        : i == 1 ? s->precision
                        : i == 2 ? s->recall
                                 : s->accuracy,
                        4);
    snprintf(scores, sizeof scores,
             wide ? "F1 %s  precision %s  recall %s  accuracy %s of words" : "F1 %s  P %s  R %s",
             d[0], d[1], d[2], d[3]);
    ft_canvas_printf(
        c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, "%.80s  step %s  %.80s %s sentence%s  %s",
        ft_path_base(f->run), ft_format_count(a, sizeof a, (long long)f->step), f->rows,
        ft_format_count(b, sizeof b, (long long)s->examples), ft_plural(s->examples), scores);
}

void evaluate_entities_counts(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const uint64_t *n = f->scores.entity_errors;
    char a[32], b[32];
    int y = r.y;
    if (y < r.y + r.h)
        ft_canvas_printf(
            c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "%llu found, %llu missed, %llu spurious",
            (unsigned long long)n[FT_ENTITY_RIGHT], (unsigned long long)n[FT_ENTITY_MISSED],
            (unsigned long long)n[FT_ENTITY_SPURIOUS]);
    if (y < r.y + r.h)
        ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                         "%llu wrong type, %llu wrong boundary",
                         (unsigned long long)n[FT_ENTITY_WRONG_TYPE],
                         (unsigned long long)n[FT_ENTITY_WRONG_BOUNDARY]);
    if (y >= r.y + r.h) return;
    bool worse = f->has_baseline && f->trained > f->scores.f1;
    if (f->has_baseline)
        ft_canvas_printf(c, y, r.x + 1, r.w - 1, worse ? FT_ROLE_WARN : FT_ROLE_MUTED,
                         "F1 of majority %s, unigram %s%s",
                         ft_format_short(a, sizeof a, f->constant, 3),
                         ft_format_short(b, sizeof b, f->trained, 3), worse ? " !" : "");
    else
        ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "b scores the baselines");
}

static const struct ft_column columns[] = {{"row", 7, true, 0},     {"part", 4, false, 90},
                                           {"loss", 6, true, 0},    {"error", 14, false, 0},
                                           {"true", 10, false, 60}, {"predicted", 10, false, 0},
                                           {"entity", 0, false, 0}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void example_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = ft_evaluation_row(t->e, t->index[i]);
    char text[64] = "";
    int at[COLUMNS], cw[COLUMNS];
    if (!r) return;
    ft_columns_place(columns, COLUMNS, w, at, cw);
    snprintf(text, sizeof text, "%zu", r->row);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 0, FT_ROLE_MUTED, text);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 1, FT_ROLE_MUTED, r->part);
    *text = 0;
    if (isfinite(r->loss)) snprintf(text, sizeof text, "%.2f", r->loss);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 2, FT_ROLE_NORMAL, text);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 3,
                    r->error == FT_ENTITY_RIGHT ? FT_ROLE_MUTED : FT_ROLE_WARN,
                    ft_entity_error_name(r->error));
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 4, FT_ROLE_NORMAL, *r->gold ? r->gold : "-");
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 5, FT_ROLE_NORMAL, *r->answer ? r->answer : "-");
    bool true_one = r->gold_end > r->gold_start;
    size_t from = true_one ? r->gold_start : r->start, to = true_one ? r->gold_end : r->end;
    if (cw[6] <= 0 || to > r->n || from > to) return;
    ft_canvas_textn(c, y, x + at[6], cw[6], FT_ROLE_NORMAL, r->text + from, to - from);
}

void evaluate_entities_examples(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                                bool focused)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    if (!t->examples.n) {
        ft_rich_muted(c, r,
                      !f->examples ? "no predictions.jsonl in this run: e evaluates again"
                                   : "no such entities here; f lists other errors, a all entities");
        return;
    }
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, columns, COLUMNS, r.w - 1, -1, true);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->examples, focused,
                 example_draw, t);
}

/* --- the text --- */

struct edge { /* a bracket: before byte `at`; those that close go first, the inner ones before */
    size_t at, other;
    bool opens, gold, lit;
    const char *type;
};

static int by_place(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->opens != y->opens) return x->opens ? 1 : -1;
    /* of two that open, the longer one; of two that close, the one that began later */
    if (x->other != y->other) return x->other > y->other ? -1 : 1;
    return x->opens == x->gold ? -1 : 1; /* the gold one is the outer one */
}

static void add_edges(struct edge *edges, size_t *n, size_t start, size_t end, bool gold, bool lit,
                      const char *type)
{
    if (end <= start) return;
    for (size_t i = 0; i < *n; i++) { /* an entity is in two rows when its boundary is wrong */
        if (edges[i].at != start || !edges[i].opens || edges[i].gold != gold) continue;
        edges[i].lit |= lit;
        edges[i + 1].lit |= lit;
        return;
    }
    edges[(*n)++] = (struct edge){start, end, true, gold, lit, type};
    edges[(*n)++] = (struct edge){end, start, false, gold, lit, type};
}

void evaluate_entities_text(struct evaluate_view *t, struct ft_rich *out)
{
    const struct ft_evaluation_row *r = evaluate_row(t);
    const struct ft_evaluation_row *x;
    size_t first = t->index[t->examples.selected], end = first, n = 0, at = 0;
    while (first && (x = ft_evaluation_row(t->e, first - 1)) && x->sentence == r->sentence)
        first--;
    while ((x = ft_evaluation_row(t->e, end)) && x->sentence == r->sentence)
        end++;
    struct edge *edges = calloc(4 * (end - first) + 1, sizeof *edges);
    if (!edges) return;
    for (size_t i = first; i < end; i++) {
        x = ft_evaluation_row(t->e, i);
        add_edges(edges, &n, x->gold_start, x->gold_end, true, x == r, x->gold);
        add_edges(edges, &n, x->start, x->end, false, x == r, x->answer);
    }
    if (n) qsort(edges, n, sizeof *edges, by_place);
    ft_rich_addf(out, FT_ROLE_NORMAL, "%s: ", ft_entity_error_name(r->error));
    ft_rich_addf(out, FT_ROLE_GOLD, "{true} ");
    ft_rich_addf(out, FT_ROLE_GUESS, "[predicted]\n");
    unsigned inside[2] = {0, 0}; /* how many are open */
    for (size_t i = 0; i <= n; i++) {
        size_t to = i < n ? edges[i].at : r->n;
        unsigned style = inside[0] && inside[1] ? FT_BOLD
                         : inside[1]            ? FT_ROLE_GOLD
                         : inside[0]            ? FT_ROLE_GUESS
                                                : FT_ROLE_NORMAL;
        if (to > at && to <= r->n) ft_rich_add(out, style, r->text + at, to - at);
        if (to > at) at = to;
        if (i == n) break;
        const struct edge *e = &edges[i];
        style = (e->gold ? FT_ROLE_GOLD : FT_ROLE_GUESS) | (e->lit ? (unsigned)FT_REVERSE : 0);
        if (e->opens)
            ft_rich_addz(out, style, e->gold ? "{" : "[");
        else
            ft_rich_addf(out, style, " %s%s", e->type, e->gold ? "}" : "]");
        inside[e->gold] += e->opens ? 1U : 0U;
        inside[e->gold] -= e->opens ? 0U : 1U;
    }
    free(edges);
}

/* --- titles, actions, next step --- */

bool evaluate_entities_title(const struct evaluate_view *t, int p, struct ft_title *title)
{
    if (p != EVAL_EXAMPLES) return false;
    bool cell = !t->all && t->matrix.row >= 0;
    snprintf(title->left, sizeof title->left, "Entities %zu %s, by loss", t->examples.n,
             cell                              ? "in this cell"
             : t->right_too                    ? "in all"
             : t->entities == FT_ENTITY_ERRORS ? "wrong"
                                               : ft_entity_error_name(t->entities));
    return true;
}

bool evaluate_entities_can(const struct evaluate_view *t, enum ft_action a, bool *can)
{
    (void)t;
    *can = false;
    return a == FT_ACT_EVAL_TAKE || a == FT_ACT_EVAL_AGAIN || a == FT_ACT_EVAL_KEEP ||
           a == FT_ACT_EVAL_WHY || a == FT_ACT_EVAL_SIMILAR;
}

void evaluate_entities_next(const struct evaluate_view *t, char *buf, size_t size)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const uint64_t *n = f->scores.entity_errors;
    size_t edits = ft_dataset_edits_since(t->w->data);
    if (edits)
        snprintf(buf, size, "note: " EVAL_CHANGED_LABELS "; T retrains", edits, ft_plural(edits));
    else if (f->has_baseline && f->trained > f->scores.f1)
        snprintf(buf, size,
                 "warn: a unigram tagger has %.1f points of F1 more: tune epochs and learning_rate "
                 "(3)",
                 100 * (f->trained - f->scores.f1));
    else
        snprintf(buf, size,
                 "ok: %llu missed, %llu spurious, %llu of a wrong type, %llu wrong boundaries.  f "
                 "lists one kind",
                 (unsigned long long)n[FT_ENTITY_MISSED], (unsigned long long)n[FT_ENTITY_SPURIOUS],
                 (unsigned long long)n[FT_ENTITY_WRONG_TYPE],
                 (unsigned long long)n[FT_ENTITY_WRONG_BOUNDARY]);
}
