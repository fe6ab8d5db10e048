/* The panels of screen 6. */
#include "ui/screens/view_predict_in.h"

#include "engine/task/task_facts.h"
#include "ui/screens/attributions.h"
#include "ui/screens/entity_text.h"
#include "ui/widgets/plot.h"
#include "util/fs.h"
#include "util/kinds.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void draw_rich(struct ft_canvas *c, struct ft_rect r, struct ft_rich *text,
                      struct ft_scroll *s)
{
    ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, text, s);
    ft_rich_release(text);
}

static void draw_head(const struct predict_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_answer *a = &t->answer;
    bool current;
    const char *model = predict_model(t, &current);
    struct ft_str s = {0};
    if (!*model) {
        ft_rich_muted(c, r, "no model: 2 chooses one");
        return;
    }
    char *real = ft_path_real(model), *up = ft_path_dir(real ? real : model);
    const char *base = ft_path_base(real ? real : model);
    if (!strcmp(base, "model")) ft_str_addf(&s, "%s/", ft_path_base(up));
    ft_str_addz(&s, base);
    if (a->id) {
        if (a->current) ft_str_addf(&s, "  step %llu", (unsigned long long)a->step);
        ft_str_addf(&s, "  %s", ft_task_facts(a->task)->does);
        if (a->labels_n) ft_str_addf(&s, ", %zu label%s", a->labels_n, ft_plural(a->labels_n));
        ft_str_addf(&s, "  %s %zu tokens",
                    ft_task_has(a->task, FT_TRAIT_GENERATES) ? "context" : "max", a->max_tokens);
        if (a->precision != FT_PRECISION_FP32)
            ft_str_addf(&s, "  %s", ft_precision_name(a->precision));
    } else if (!t->failed.code) {
        ft_str_addz(&s, "  loading");
    }
    ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, ft_str_text(&s));
    ft_str_release(&s);
    free(real);
    free(up);
}

/* --- the fields --- */

/* A text that was cut is muted from there on. */
static void draw_text(struct predict_view *t, struct ft_canvas *c, struct ft_rect r, bool typed)
{
    const struct ft_answer *a = &t->answer;
    struct ft_rect inside = {r.y, r.x + 1, r.h, r.w - 2};
    const char *text = ft_field_text(&t->text);
    struct ft_dataset_row row;
    size_t n = t->text.text.len;
    if (!n && predict_example(t, &row)) {
        struct ft_rich hint = {0};
        if (typed) ft_rich_addz(&hint, FT_ROLE_MUTED, " "); /* the cursor's place */
        ft_rich_add(&hint, FT_ROLE_MUTED, row.text, row.n);
        if (typed) ft_rich_addz(&hint, FT_ROLE_MUTED, "  (Tab accepts it)");
        ft_rich_draw(c, inside, &hint, NULL);
        ft_rich_release(&hint);
        if (typed) ft_field_draw_area(c, inside, &t->text, true);
        return;
    }
    if (!n && !typed) {
        ft_rich_muted(c, r, "Enter to type a text");
        return;
    }
    bool same =
        predict_answered(t) && ft_task_has(a->task, FT_TRAIT_ROWS) && !strcmp(a->text, text);
    if (typed || !same || a->prediction.read_bytes >= n) {
        ft_field_draw_area(c, inside, &t->text, typed);
        return;
    }
    struct ft_rich cut = {0};
    ft_rich_add(&cut, FT_ROLE_NORMAL, text, a->prediction.read_bytes);
    ft_rich_add(&cut, FT_ROLE_MUTED, text + a->prediction.read_bytes, n - a->prediction.read_bytes);
    draw_rich(c, r, &cut, &t->scroll[PREDICT_TEXT]);
}

static size_t bytes_of(const char *text, size_t chars)
{
    size_t at = 0, n = strlen(text);
    uint32_t cp;
    for (; chars && at < n; chars--)
        at += ft_text_next(text + at, n - at, &cp);
    return at;
}

/* The context with the chosen answer in [ ]. */
static void draw_context(struct predict_view *t, struct ft_canvas *c, struct ft_rect r, bool typed)
{
    const struct ft_answer *a = &t->answer;
    const char *text = ft_field_text(&t->pair);
    struct ft_rect inside = {r.y, r.x + 1, r.h, r.w - 2};
    size_t k, n = t->pair.text.len;
    if (!n && !typed) {
        ft_rich_muted(c, r,
                      ft_task_has(predict_task(t), FT_TRAIT_ANSWERS)
                          ? "Enter to type or paste a text; o reads it from a file"
                          : "no second text");
        return;
    }
    bool lit = predict_answered(t) && ft_task_has(a->task, FT_TRAIT_ANSWERS) && a->pair &&
               !strcmp(a->pair, text) && predict_reply_row(&a->reply, t->answers.selected, &k) &&
               k < a->reply.best_n;
    if (typed || !lit) {
        ft_field_draw_area(c, inside, &t->pair, typed);
        return;
    }
    struct ft_rich rich = {0};
    size_t from = bytes_of(text, a->reply.best[k].start), to = bytes_of(text, a->reply.best[k].end);
    struct ft_scroll *s = &t->scroll[PREDICT_PAIR];
    ft_rich_add(&rich, FT_ROLE_NORMAL, text, from);
    ft_rich_addz(&rich, FT_ROLE_GUESS, "[");
    ft_rich_add(&rich, FT_ROLE_GUESS | FT_BOLD, text + from, to - from);
    ft_rich_addz(&rich, FT_ROLE_GUESS, "]");
    ft_rich_add(&rich, FT_ROLE_NORMAL, text + to, n - to);
    /* the answer is seen: its line is brought into the panel when another one was chosen */
    size_t line = ft_wrap(text, from, inside.w > 0 ? inside.w : 1, NULL, 0);
    if (t->lit != from + 1 && inside.h > 0) {
        t->lit = from + 1;
        s->top = line > (size_t)inside.h ? line - (size_t)(inside.h + 1) / 2 : 0;
    }
    draw_rich(c, r, &rich, s);
}

/* --- answers --- */

/* "name ━━━━╸  .941 ": a bar between what stands left and right of it. */
static void draw_bar(struct ft_canvas *c, int y, int x, int w, double share, unsigned style)
{
    char number[16];
    ft_canvas_bar(c, y, x, w - 7, share, style);
    ft_canvas_right(c, y, x + w - 6, 6, style, ft_format_short(number, sizeof number, share, 3));
}

static void draw_labels(struct ft_canvas *c, struct ft_rect r, const struct ft_answer *a, bool all)
{
    const struct ft_prediction *p = &a->prediction;
    size_t n = p->labels, shown = n;
    bool several = p->thresholds;
    size_t most = r.h > 0 ? (size_t)r.h : 0;
    if (!all && n > PREDICT_BARS && most > PREDICT_BARS + 1) most = PREDICT_BARS + 1;
    if (n > most) shown = most ? most - 1 : 0;
    size_t *order = ft_xcalloc(n + 1, sizeof *order);
    int name_w = 8;
    double rest = 1;
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        for (; k > 0 && p->probabilities[order[k - 1]] < p->probabilities[i]; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    for (size_t i = 0; i < shown; i++) {
        int w = ft_text_width(a->labels[order[i]], strlen(a->labels[order[i]]));
        if (w > name_w) name_w = w;
    }
    if (name_w > r.w / 3) name_w = r.w / 3;
    for (size_t i = 0; i < shown; i++) {
        size_t l = order[i];
        int y = r.y + (int)i, x = r.x + 1 + name_w + 2, w = r.x + r.w - x - 9;
        bool said = several ? ft_prediction_has(p, l) : i == 0;
        unsigned style = said ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL;
        char logit[24];
        rest -= p->probabilities[l];
        if (several && said) ft_canvas_text(c, y, r.x, 1, style, "✓");
        ft_canvas_text(c, y, r.x + 1, name_w, style, a->labels[l]);
        if (w > 12) draw_bar(c, y, x, w, p->probabilities[l], style);
        if (w > 12 && several)
            ft_canvas_text(c, y, x + (int)(p->thresholds[l] * (w - 8)), 1, FT_ROLE_NORMAL, "│");
        snprintf(logit, sizeof logit, "%+.2f", (double)p->logits[l]);
        ft_canvas_right(c, y, r.x + r.w - 9, 8, FT_ROLE_MUTED, logit);
    }
    if (shown < n && r.h > 0 && several)
        ft_canvas_printf(c, r.y + (int)shown, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                         "%zu more, at most %.3f", n - shown, p->probabilities[order[shown]]);
    else if (shown < n && r.h > 0)
        ft_canvas_printf(c, r.y + (int)shown, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                         "%zu more, together %.3f", n - shown, rest > 0 ? rest : 0);
    free(order);
}

enum { BAR_W = 22 };

struct rows {
    const struct predict_view *t;
    const struct ft_answer *a;
};

static void reply_row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct rows *rows = arg;
    const struct ft_reply *r = &rows->a->reply;
    size_t k;
    bool span = predict_reply_row(r, i, &k);
    double share = span ? r->best[k].probability : r->null_probability;
    char place[48] = "", rank[24] = "-";
    if (span) {
        snprintf(rank, sizeof rank, "%zu", k + 1);
        snprintf(place, sizeof place, "%zu..%zu", r->best[k].start, r->best[k].end);
    }
    int bar = w > 60 ? BAR_W : 7;
    ft_canvas_text(c, y, x, 2, FT_ROLE_NORMAL, rank);
    draw_bar(c, y, x + 3, bar, share, FT_ROLE_NORMAL);
    int at = x + bar + 5, place_w = w > 50 ? (int)strlen(place) + 2 : 0;
    ft_canvas_text(c, y, at, x + w - at - place_w, span ? FT_ROLE_NORMAL : FT_ROLE_MUTED,
                   span ? r->best[k].text : "(no answer)");
    if (place_w) ft_canvas_right(c, y, x, w, FT_ROLE_MUTED, place);
}

/* Blanks as "_", controls as "<0A>". */
static void visible(const char *token, char *buf, size_t size)
{
    size_t n = 0;
    for (const char *p = token; *p && n + 6 < size; p++) {
        unsigned char b = (unsigned char)*p;
        if (b == ' ')
            buf[n++] = '_';
        else if (b < 32)
            n += (size_t)snprintf(buf + n, size - n, "<%02X>", b);
        else
            buf[n++] = *p;
    }
    buf[n] = 0;
}

static void choice_row(struct ft_canvas *c, int y, int x, int w, const struct ft_fill_choice *f)
{
    char token[64];
    int name_w = w / 3 < 16 ? w / 3 : 16;
    visible(f->token, token, sizeof token);
    ft_canvas_text(c, y, x, name_w, FT_ROLE_NORMAL, token);
    int bar = w - name_w - 2 < 48 ? w - name_w - 2 : 48;
    if (bar > 8) draw_bar(c, y, x + name_w + 1, bar, f->probability, FT_ROLE_NORMAL);
}

static void fill_row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct rows *rows = arg;
    const struct ft_fill *f = &rows->a->fill;
    size_t mask = rows->t->mask < f->masks ? rows->t->mask : 0;
    choice_row(c, y, x, w, &f->choice[mask * f->choices + i]);
}

static void entity_row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct rows *rows = arg;
    const struct ft_tagging *g = &rows->a->tagging;
    const struct ft_tagging_entity *e = &g->entities[i];
    struct ft_rich text = {0};
    ft_rich_addf(&text,
                 ft_entity_style((const char *const *)rows->a->labels, rows->a->labels_n, e->type),
                 "%-12.40s", e->type);
    ft_rich_addf(&text, FT_ROLE_NORMAL, "  %.3f  ", e->score);
    ft_rich_add(&text, FT_ROLE_NORMAL, g->text + e->start, e->end - e->start);
    ft_rich_draw(c, (struct ft_rect){y, x, 1, w}, &text, NULL);
    ft_rich_release(&text);
}

static void next_row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct rows *rows = arg;
    choice_row(c, y, x, w, &rows->a->generated.next[i]);
}

/* The answers of `a`, with the list `l` where one is chosen from. */
static void draw_answers(const struct predict_view *t, const struct ft_answer *a,
                         struct ft_canvas *c, struct ft_rect r, struct ft_list *l, bool focused)
{
    struct rows rows = {t, a};
    struct ft_rich text = {0};
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_LABELS:
        draw_labels(c, r, a, t->view.zoom);
        break;
    case FT_PREDICTS_ENTITIES:
        if (!a->tagging.entities_n) {
            ft_rich_muted(c, r, "no entities in this text");
            break;
        }
        l->n = a->tagging.entities_n;
        ft_list_draw(c, r, l, focused, entity_row, &rows);
        break;
    case FT_PREDICTS_NUMBER:
        predict_draw_number(t, c, r, a);
        break;
    case FT_PREDICTS_SPAN:
        l->n = a->reply.best_n + 1;
        ft_list_draw(c, r, l, focused, reply_row, &rows);
        break;
    case FT_PREDICTS_TOKENS:
        l->n = a->fill.choices;
        ft_list_draw(c, r, l, focused, fill_row, &rows);
        break;
    case FT_PREDICTS_TEXT:
        ft_rich_add(&text, FT_ROLE_NORMAL, a->generated.text, a->generated.n);
        draw_rich(c, r, &text, NULL);
        break;
    case FT_PREDICTS_NOTHING:
        break;
    }
}

/* Why there is no prediction, if one was tried: row 23 shows the beginning only. The model is named
 * without its folder, which row 2 has. */
static void draw_unanswered(const struct predict_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_rich text = {0};
    char why[sizeof t->failed.msg];
    if (!t->failed.code) {
        ft_rich_muted(c, r, "no prediction yet");
        return;
    }
    size_t dir = t->model ? strlen(t->model) - strlen(ft_path_base(t->model)) : 0;
    const char *said = ft_error_text(&t->failed, why, sizeof why);
    if (dir && !strncmp(said, t->model, dir)) said += dir;
    ft_rich_addf(&text, FT_ROLE_BAD, "\u2717 %s", said);
    ft_rich_addz(&text, FT_ROLE_NORMAL, "\nT trains it on your data, 2 chooses another model");
    draw_rich(c, r, &text, NULL);
}

static void draw_beside(const struct predict_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_answer *a = &t->beside_answer;
    struct ft_list l = {.no_mark = true};
    if (a->status) {
        struct ft_rich text = {0};
        char why[sizeof a->err.msg];
        ft_rich_addf(&text, FT_ROLE_BAD, "\u2717 %s", ft_error_text(&a->err, why, sizeof why));
        draw_rich(c, r, &text, NULL);
    } else if (!a->text) {
        ft_rich_muted(c, r, "predicted with the next text");
    } else {
        draw_answers(t, a, c, r, &l, false);
    }
}

/* --- the rest --- */

/* The text with its entities; the one that is chosen in the list is lit. */
static void draw_tagged(struct predict_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_answer *a = &t->answer;
    const struct ft_tagging *g = &a->tagging;
    struct ft_rich text = {0};
    struct ft_entity_mark *marks = ft_xcalloc(g->entities_n + 1, sizeof *marks);
    for (size_t i = 0; i < g->entities_n; i++)
        marks[i] = (struct ft_entity_mark){
            .start = g->entities[i].start,
            .end = g->entities[i].end,
            .type = g->entities[i].type,
            .style =
                ft_entity_style((const char *const *)a->labels, a->labels_n, g->entities[i].type),
            .lit = t->view.focus == PREDICT_ANSWERS && i == t->answers.selected};
    ft_entity_text(&text, g->text, g->n, marks, g->entities_n, NULL);
    free(marks);
    draw_rich(c, r, &text, &t->scroll[PREDICT_WHY]);
}

static void draw_why(struct predict_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_answer *a = &t->answer;
    struct ft_rich text = {0};
    if (ft_task_has(predict_task(t), FT_TRAIT_TAGS)) {
        if (predict_answered(t))
            draw_tagged(t, c, r);
        else
            ft_rich_muted(c, r, "the text with its entities, as you type");
        return;
    }
    if (!predict_answered(t))
        ft_rich_muted(c, r, "attributions: type a text first");
    else if (!a->prediction.token_n)
        ft_rich_muted(c, r, "i shows token attributions (press Esc first while typing)");
    else
        ft_attributions(&text, a->text, &a->prediction, r.w - 2);
    draw_rich(c, r, &text, &t->scroll[PREDICT_WHY]);
}

static void draw_grown(struct predict_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_answer *a = &t->answer;
    struct ft_rich text = {0};
    if (!predict_answered(t)) {
        ft_rich_muted(c, r,
                      ft_task_has(predict_task(t), FT_TRAIT_MASKS)
                          ? "the text with its most likely tokens"
                          : "Enter in the prompt generates");
    } else if (ft_task_has(a->task, FT_TRAIT_MASKS)) {
        ft_rich_addz(&text, FT_ROLE_NORMAL, a->fill.text);
    } else if (t->grown) {
        size_t n = strlen(t->grown), prompt = t->prompt_bytes < n ? t->prompt_bytes : n;
        ft_rich_add(&text, FT_ROLE_MUTED, t->grown, prompt);
        ft_rich_add(&text, FT_ROLE_NORMAL, t->grown + prompt, n - prompt);
    }
    draw_rich(c, r, &text, &t->scroll[PREDICT_GROWN]);
}

const char *predict_sampling_name(enum predict_sampling row)
{
    static const char *const names[PREDICT_SAMPLINGS] = {
        "temperature", "top_k", "top_p", "repetition_penalty", "max_new_tokens", "seed"};
    return names[row];
}

void predict_sampling_text(const struct predict_view *t, enum predict_sampling row, char *buf,
                           size_t size)
{
    const struct ft_generate_opt *g = &t->generate;
    switch (row) {
    case PREDICT_TEMPERATURE:
        if (t->greedy)
            snprintf(buf, size, "greedy");
        else
            snprintf(buf, size, "%g", g->temperature);
        break;
    case PREDICT_TOP_K:
        if (g->top_k)
            snprintf(buf, size, "%zu", g->top_k);
        else
            snprintf(buf, size, "off");
        break;
    case PREDICT_TOP_P:
        snprintf(buf, size, "%g", g->top_p);
        break;
    case PREDICT_PENALTY:
        snprintf(buf, size, "%g", g->repetition_penalty);
        break;
    case PREDICT_NEW_TOKENS:
        snprintf(buf, size, "%zu", g->max_new_tokens);
        break;
    default:
        snprintf(buf, size, "%llu", (unsigned long long)g->seed);
        break;
    }
}

static void sampling_row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct predict_view *t = arg;
    enum predict_sampling row = (enum predict_sampling)i;
    bool off = t->greedy && (row == PREDICT_TOP_K || row == PREDICT_TOP_P || row == PREDICT_SEED);
    char value[32];
    predict_sampling_text(t, row, value, sizeof value);
    ft_canvas_text(c, y, x, w - 7, off ? FT_ROLE_MUTED : FT_ROLE_NORMAL,
                   predict_sampling_name(row));
    ft_canvas_right(c, y, x, w, off ? FT_ROLE_MUTED : FT_ROLE_NORMAL, value);
}

static void draw_sampling(struct predict_view *t, struct ft_canvas *c, struct ft_rect r,
                          bool focused)
{
    const struct ft_generated *g = &t->answer.generated;
    t->sampling.n = PREDICT_SAMPLINGS;
    struct ft_rect rows = r;
    if (rows.h > PREDICT_SAMPLINGS) rows.h = PREDICT_SAMPLINGS;
    ft_list_draw(c, rows, &t->sampling, focused, sampling_row, t);
    struct ft_rect below = {r.y + PREDICT_SAMPLINGS + 1, r.x, r.h - PREDICT_SAMPLINGS - 1, r.w};
    if (below.h > 0) ft_rich_muted(c, below, "left/right change");
    below.y++, below.h--;
    if (below.h > 0 && predict_answered(t) && g->seconds > 0 && g->ids_n > g->prompt_n)
        ft_canvas_printf(c, below.y, below.x + 1, below.w - 1, FT_ROLE_MUTED, "%.1f tokens/s",
                         (double)(g->ids_n - g->prompt_n) / g->seconds);
}

static void past_row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct predict_view *t = arg;
    const struct predict_past *p = &t->past[i];
    char score[16] = "";
    int answer_w = w / 4 > 24 ? 24 : w / 4 < 8 ? 8 : w / 4;
    if (p->score >= 0) ft_format_short(score, sizeof score, p->score, 3);
    if (ft_task_has(p->task, FT_TRAIT_TEXT)) {
        ft_canvas_text(c, y, x, w, FT_ROLE_NORMAL, p->answer);
        return;
    }
    ft_canvas_text(c, y, x, answer_w, *p->answer ? FT_ROLE_NORMAL : FT_ROLE_MUTED,
                   *p->answer ? p->answer : "no answer");
    ft_canvas_text(c, y, x + answer_w + 1, 5, FT_ROLE_NORMAL, score);
    ft_canvas_text(c, y, x + answer_w + 7, w - answer_w - 7, FT_ROLE_NORMAL, p->text);
}

void predict_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct predict_view *t = (struct predict_view *)v;
    bool typed = focused && t->typing;
    if (r.h < 1 || r.w < 3) return;
    switch ((enum predict_panel)p) {
    case PREDICT_HEAD:
        draw_head(t, c, r);
        break;
    case PREDICT_TEXT:
        draw_text(t, c, r, typed);
        break;
    case PREDICT_PAIR:
        draw_context(t, c, r, typed);
        break;
    case PREDICT_ANSWERS:
        if (predict_answered(t))
            draw_answers(t, &t->answer, c, r, &t->answers, focused);
        else
            draw_unanswered(t, c, r);
        break;
    case PREDICT_BESIDE:
        draw_beside(t, c, r);
        break;
    case PREDICT_WHY:
        draw_why(t, c, r);
        break;
    case PREDICT_GROWN:
        draw_grown(t, c, r);
        break;
    case PREDICT_SAMPLING:
        draw_sampling(t, c, r, focused);
        break;
    case PREDICT_NEXT:
        if (predict_answered(t) && t->next.n)
            ft_list_draw(c, r, &t->next, focused, next_row, &(struct rows){t, &t->answer});
        else
            ft_rich_muted(c, r, "the candidates for the next token");
        break;
    case PREDICT_HISTORY:
        if (t->past_n)
            ft_list_draw(c, r, &t->history, focused, past_row, t);
        else
            ft_rich_muted(c, r, "no history yet: Enter in the text adds it");
        break;
    case PREDICT_PANELS:
        break;
    }
}
