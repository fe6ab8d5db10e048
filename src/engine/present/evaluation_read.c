/* What a run's folder has of an evaluation, read: see evaluation_in.h. */
#include "engine/present/evaluation_in.h"

#include "engine/task/score_report.h"
#include "core/metrics.h"
#include "data/split.h"
#include "util/fs.h"
#include "util/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = 64 << 20 };

void evaluation_content_free(struct evaluation_content *c)
{
    if (!c) return;
    ft_scores_release(&c->f.scores);
    ft_arena_release(&c->arena);
    free(c->rows);
    free(c->lines);
    free(c->run);
    free(c->data);
    free(c);
}

struct evaluation_content *evaluation_content_new(const char *run)
{
    struct evaluation_content *c = ft_xcalloc(1, sizeof *c);
    c->run = ft_xstrdup(run);
    c->data = ft_xstrdup("");
    c->f.trained = c->f.constant = c->f.calibration = (double)NAN;
    return c;
}

static void count_classified(struct evaluation_content *c)
{
    double *sure = ft_xmalloc((c->n + 1) * sizeof *sure), over = 0;
    uint8_t *right = ft_xmalloc(c->n + 1);
    size_t n = 0;
    c->f.wrong = c->f.sure_wrong = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        if (r->label < 0) continue;
        sure[n] = (double)r->probabilities[r->predicted];
        right[n] = r->label == r->predicted;
        c->f.wrong += !right[n];
        c->f.sure_wrong += !right[n] && sure[n] > 0.95;
        over += sure[n] - right[n];
        n++;
    }
    c->f.calibration = n ? ft_calibration_error(sure, right, n) : (double)NAN;
    c->f.too_sure = n ? over / (double)n : 0;
    free(sure);
    free(right);
}

/* Rows with a wrong label; surely wrong: one of its labels with more than .95 for the wrong side. */
static void count_sets(struct evaluation_content *c)
{
    size_t labels = c->f.scores.labels;
    c->f.wrong = c->f.sure_wrong = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        bool sure = false;
        for (size_t k = 0; k < labels && r->label >= 0; k++) {
            float p = r->probabilities[k];
            sure |= (r->cells[k] == FT_SCORES_FP && p > 0.95f) ||
                    (r->cells[k] == FT_SCORES_FN && p < 0.05f);
        }
        c->f.wrong += r->label >= 0 && r->wrong_n;
        c->f.sure_wrong += sure;
    }
}

bool evaluation_none(const struct evaluation_content *c, const struct ft_evaluation_row *r)
{
    return !*r->answer || (c->f.scores.squad.v2 && r->null_diff > c->f.threshold);
}

/* All numbers of questions from their rows, with the threshold in force. */
static void count_questions(struct evaluation_content *c)
{
    struct ft_squad_scores *s = &c->f.scores.squad;
    double sums[2][2] = {{0}}; /* [there is an answer][exact, F1] */
    size_t n[2] = {0};
    if (!c->n) return;
    memset(c->f.answered, 0, sizeof c->f.answered);
    c->f.wrong = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        bool none = evaluation_none(c, r), has = r->has_answer;
        double exact = none ? !has : has ? r->exact : 0, f1 = none ? !has : has ? r->f1 : 0;
        c->f.answered[has][!none]++;
        c->f.wrong += exact < 1;
        sums[has][0] += exact;
        sums[has][1] += f1;
        n[has]++;
    }
    s->total = c->n;
    s->has_n = n[1];
    s->no_n = n[0];
    s->exact = 100 * (sums[0][0] + sums[1][0]) / (double)c->n;
    s->f1 = 100 * (sums[0][1] + sums[1][1]) / (double)c->n;
    s->has_exact = n[1] ? 100 * sums[1][0] / (double)n[1] : 0;
    s->has_f1 = n[1] ? 100 * sums[1][1] / (double)n[1] : 0;
    s->no_exact = n[0] ? 100 * sums[0][0] / (double)n[0] : 0;
    s->no_f1 = n[0] ? 100 * sums[0][1] / (double)n[0] : 0;
}

void evaluation_count(struct evaluation_content *c)
{
    c->f.there = true;
    c->f.run = c->run;
    c->f.part = c->part;
    c->f.data = c->data;
    snprintf(c->said, sizeof c->said, "%s%s%s%s", *c->data ? ft_path_base(c->data) : c->part,
             *c->data ? "" : " part", *c->precision ? ", " : "", c->precision);
    c->f.rows = c->said;
    c->f.examples = c->n;
    if (ft_task_has(c->f.scores.task, FT_TRAIT_LABELS)) count_classified(c);
    if (ft_task_has(c->f.scores.task, FT_TRAIT_LABEL_SETS)) count_sets(c);
    if (ft_task_has(c->f.scores.task, FT_TRAIT_ANSWERS)) count_questions(c);
    if (ft_task_has(c->f.scores.task, FT_TRAIT_TAGS)) evaluation_count_entities(c);
}

struct ft_evaluation_row *evaluation_add_row(struct evaluation_content *c,
                                             const struct ft_evaluation_row *row)
{
    ft_grow(&c->rows, &c->cap, c->n + 1, sizeof *c->rows);
    struct ft_evaluation_row *r = &c->rows[c->n++];
    *r = *row;
    r->text = ft_arena_strndup(&c->arena, row->text ? row->text : "", row->n);
    if (row->pair) r->pair = ft_arena_strndup(&c->arena, row->pair, row->pair_n);
    return r;
}

static void add_classified(struct evaluation_content *c, const struct ft_evaluation_row *row)
{
    size_t labels = c->f.scores.labels;
    float *p = ft_arena_alloc(&c->arena, labels * sizeof *p);
    memcpy(p, row->probabilities, labels * sizeof *p);
    evaluation_add_row(c, row)->probabilities = p;
}

static const char *part_named(const char *name)
{
    for (int i = 0; i < FT_PART_COUNT; i++)
        if (!strcmp(name, ft_part_name((enum ft_part)i))) return ft_part_name((enum ft_part)i);
    return "";
}

/* --- what a run's folder has --- */

enum ft_status evaluation_read_scores(struct evaluation_content *c, const char *path,
                                      struct ft_err *err)
{
    struct ft_scores_file file;
    enum ft_status st = ft_scores_read(&file, path, err);
    c->f.scores = file.scores; /* ours now */
    c->f.step = file.step;
    c->f.has_teacher = file.has_teacher;
    c->f.student = file.student;
    c->f.teacher = file.teacher;
    snprintf(c->part, sizeof c->part, "%s", file.part);
    return st;
}

static int label_of(const struct ft_scores *s, const cJSON *name)
{
    for (size_t i = 0; cJSON_IsString(name) && i < s->labels; i++)
        if (!strcmp(s->names[i], name->valuestring)) return (int)i;
    return -1;
}

static void take_classified(struct evaluation_content *c, const cJSON *tree,
                            struct ft_evaluation_row *r, float *p)
{
    const struct ft_scores *s = &c->f.scores;
    const cJSON *pair = ft_json_get(tree, "text_pair"),
                *shares = ft_json_get(tree, "probabilities");
    r->label = label_of(s, ft_json_get(tree, "label"));
    r->predicted = label_of(s, ft_json_get(tree, "predicted"));
    r->probabilities = p;
    if (r->predicted < 0) return;
    for (size_t i = 0; i < s->labels; i++) {
        const cJSON *x = ft_json_get(shares, s->names[i]);
        p[i] = cJSON_IsNumber(x) ? (float)x->valuedouble : 0;
    }
    if (cJSON_IsString(pair)) {
        r->pair = pair->valuestring;
        r->pair_n = strlen(r->pair);
    }
    add_classified(c, r);
}

/* Adds `bit` to the cells of the labels that a list names; false: it names another label. */
static bool mark(const struct ft_scores *s, const cJSON *list, uint8_t bit, uint8_t *cells)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, list)
    {
        int k = label_of(s, name);
        if (k < 0) return false;
        cells[k] |= bit;
    }
    return true;
}

static void take_set(struct evaluation_content *c, const cJSON *tree, struct ft_evaluation_row *r,
                     float *p)
{
    const struct ft_scores *s = &c->f.scores;
    const cJSON *pair = ft_json_get(tree, "text_pair"), *truth = ft_json_get(tree, "label"),
                *said = ft_json_get(tree, "labels"), *shares = ft_json_get(tree, "probabilities");
    uint8_t *cells = ft_arena_alloc(&c->arena, s->labels + 1);
    memset(cells, 0, s->labels);
    r->label = cJSON_IsArray(truth) ? 0 : -1;
    if (!cJSON_IsArray(said) || !mark(s, truth, FT_SCORES_FN, cells) ||
        !mark(s, said, FT_SCORES_FP, cells))
        return;
    r->probabilities = p;
    r->cells = cells;
    for (size_t i = 0; i < s->labels; i++) {
        const cJSON *x = ft_json_get(shares, s->names[i]);
        p[i] = cJSON_IsNumber(x) ? (float)x->valuedouble : 0;
        r->wrong_n += cells[i] == FT_SCORES_FN || cells[i] == FT_SCORES_FP;
    }
    if (r->label < 0) r->wrong_n = 0;
    if (cJSON_IsString(pair)) {
        r->pair = pair->valuestring;
        r->pair_n = strlen(r->pair);
    }
    add_classified(c, r);
}

static void take_value(struct evaluation_content *c, const cJSON *tree, struct ft_evaluation_row *r)
{
    const cJSON *pair = ft_json_get(tree, "text_pair");
    r->truth = ft_json_number(tree, "label");
    r->value = ft_json_number(tree, "value");
    if (!isfinite(r->value)) return;
    if (cJSON_IsString(pair)) {
        r->pair = pair->valuestring;
        r->pair_n = strlen(r->pair);
    }
    evaluation_add_row(c, r);
}

static const char *keep(struct evaluation_content *c, const cJSON *x)
{
    const char *text = cJSON_IsString(x) ? x->valuestring : "";
    return ft_arena_strndup(&c->arena, text, strlen(text));
}

/* The first right answer that is in the context. */
static void place_gold(struct ft_evaluation_row *r, const cJSON *answers)
{
    const cJSON *x;
    cJSON_ArrayForEach(x, answers)
    {
        size_t n = cJSON_IsString(x) ? strlen(x->valuestring) : 0;
        char *at = n ? strstr(r->text, x->valuestring) : NULL;
        if (!at) continue;
        r->gold_start = (size_t)(at - r->text);
        r->gold_end = r->gold_start + n;
        return;
    }
}

static void take_question(struct evaluation_content *c, const cJSON *tree,
                          const struct ft_evaluation_row *given)
{
    struct ft_evaluation_row row = *given;
    const cJSON *context = ft_json_get(tree, "context"), *question = ft_json_get(tree, "question");
    const cJSON *answers = ft_json_get(tree, "answers"), *best = ft_json_get(tree, "best"), *x;
    if (!cJSON_IsString(context) || !cJSON_IsString(question)) return;
    row.text = context->valuestring;
    row.n = strlen(row.text);
    row.pair = question->valuestring;
    row.pair_n = strlen(row.pair);
    struct ft_evaluation_row *r = evaluation_add_row(c, &row);
    struct ft_str gold = {0};
    cJSON_ArrayForEach(x, answers)
    {
        if (!cJSON_IsString(x) || !*x->valuestring) continue;
        if (gold.len) ft_str_addz(&gold, " | ");
        ft_str_addz(&gold, x->valuestring);
    }
    r->gold = ft_arena_strndup(&c->arena, ft_str_text(&gold), gold.len);
    ft_str_release(&gold);
    place_gold(r, answers);
    r->id = keep(c, ft_json_get(tree, "id"));
    r->answer = keep(c, ft_json_get(best, "text"));
    r->start = ft_utf8_byte(r->text, r->n, ft_json_count(best, "start"));
    r->end = ft_utf8_byte(r->text, r->n, ft_json_count(best, "end"));
    r->has_answer = *r->gold;
    r->score = ft_json_number(best, "score");
    r->exact = ft_json_number(best, "exact");
    r->f1 = ft_json_number(best, "f1");
    r->null_diff = ft_json_number(tree, "null_score_diff");
}

static void take_block(struct evaluation_content *c, const cJSON *tree,
                       struct ft_evaluation_row *given)
{
    const cJSON *list = ft_json_get(tree, "hardest"), *x;
    int n = cJSON_GetArraySize(list);
    struct ft_evaluation_row *r = evaluation_add_row(c, given);
    struct ft_evaluation_hard *hard =
        ft_arena_alloc(&c->arena, ((size_t)(n > 0 ? n : 0) + 1) * sizeof *hard);
    r->tokens = ft_json_count(tree, "tokens");
    r->right = ft_json_count(tree, "right");
    r->hard = hard;
    cJSON_ArrayForEach(x, list) hard[r->hard_n++] =
        (struct ft_evaluation_hard){.start = ft_utf8_byte(r->text, r->n, ft_json_count(x, "start")),
                                    .end = ft_utf8_byte(r->text, r->n, ft_json_count(x, "end")),
                                    .loss = ft_json_number(x, "loss"),
                                    .guess = keep(c, ft_json_get(x, "guess"))};
}

/* One line of predictions.jsonl; one that is not understood is passed over. */
static void take_line(struct evaluation_content *c, const char *line, size_t n, float *p)
{
    enum ft_task task = c->f.scores.task;
    cJSON *tree = NULL;
    if (ft_json_parse(line, n, "predictions.jsonl", &tree, NULL)) return;
    const cJSON *text = ft_json_get(tree, "text"), *part = ft_json_get(tree, "part");
    double row = ft_json_number(tree, "row");
    struct ft_evaluation_row r = {.part = part_named(cJSON_IsString(part) ? part->valuestring : ""),
                                  .loss = ft_json_number(tree, "loss"),
                                  .label = -1,
                                  .predicted = -1};
    if (cJSON_IsString(text)) {
        r.text = text->valuestring;
        r.n = strlen(r.text);
    }
    bool no_text = ft_task_has(task, FT_TRAIT_ANSWERS) || ft_task_has(task, FT_TRAIT_TAGS);
    if (row >= 0 && row < 9e15 && (r.text || no_text)) {
        r.row = (size_t)row;
        switch (ft_task_predicts(task)) {
        case FT_PREDICTS_LABEL:
            take_classified(c, tree, &r, p);
            break;
        case FT_PREDICTS_LABELS:
            take_set(c, tree, &r, p);
            break;
        case FT_PREDICTS_ENTITIES:
            evaluation_take_sentence(c, tree, line, n, &r);
            break;
        case FT_PREDICTS_NUMBER:
            take_value(c, tree, &r);
            break;
        case FT_PREDICTS_SPAN:
            take_question(c, tree, &r);
            break;
        case FT_PREDICTS_TOKENS:
        case FT_PREDICTS_TEXT:
        case FT_PREDICTS_NOTHING:
            take_block(c, tree, &r);
            break;
        }
    }
    cJSON_Delete(tree);
}

enum ft_status evaluation_read_lines(struct evaluation_content *c, FILE *f, int64_t size,
                                     struct ft_job *w, struct ft_err *err)
{
    int64_t done = 0;
    float *p = ft_xcalloc(c->f.scores.labels + 1, sizeof *p);
    char *line = NULL;
    size_t cap = 0, lines = 0;
    enum ft_status st = FT_OK;
    for (ssize_t n; !st && (n = getline(&line, &cap, f)) > 0;) {
        done += n;
        if (n < LINE_MOST) take_line(c, line, (size_t)n, p);
        if (++lines % 256) continue;
        ft_job_report(w, (double)done, (double)size, "bytes");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    free(line);
    free(p);
    return st;
}

/* A question with the answer of the threshold in force; what is not shown is not written again:
 * the n best. */
static void question_line(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                          struct ft_str *out)
{
    bool none = evaluation_none(c, r);
    double exact = none ? !r->has_answer : r->exact, f1 = none ? !r->has_answer : r->f1;
    ft_str_addf(out, "{\"row\":%zu,\"part\":\"%s\",\"id\":", r->row, r->part);
    ft_json_add_str(out, r->id, strlen(r->id));
    ft_json_add_key(out, "question");
    ft_json_add_str(out, r->pair, r->pair_n);
    ft_json_add_key(out, "context");
    ft_json_add_str(out, r->text, r->n);
    ft_str_addz(out, ",\"answers\":[");
    const char *at = r->gold;
    for (const char *end; *at; at = *end ? end + 3 : end) {
        end = strstr(at, " | ");
        if (!end) end = at + strlen(at);
        if (at != r->gold) ft_str_addc(out, ',');
        ft_json_add_str(out, at, (size_t)(end - at));
    }
    ft_str_addz(out, "],\"answer\":");
    ft_json_add_str(out, none ? "" : r->answer, none ? 0 : strlen(r->answer));
    const struct {
        const char *key;
        double value;
    } rows[] = {{"score", none ? 1 - r->score : r->score},
                {"null_score_diff", r->null_diff},
                {"exact", exact},
                {"f1", f1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ft_json_put_num(out, rows[i].key, rows[i].value);
    }
    ft_str_addz(out, "}\n");
}

static void block_line(const struct ft_evaluation_row *r, struct ft_str *out)
{
    ft_str_addf(out, "{\"row\":%zu,\"part\":\"%s\",\"text\":", r->row, r->part);
    ft_json_add_str(out, r->text, r->n);
    ft_str_addf(out, ",\"tokens\":%zu,\"right\":%zu,\"loss\":", r->tokens, r->right);
    ft_json_add_num(out, r->loss);
    ft_str_addz(out, "}\n");
}

static void classified_line(const struct ft_scores *s, const struct ft_evaluation_row *r,
                            struct ft_str *out)
{
    struct ft_prediction_line x = {.row = r->row,
                                   .part = r->part,
                                   .text = r->text,
                                   .n = r->n,
                                   .pair = r->pair,
                                   .pair_n = r->pair_n,
                                   .names = (const char *const *)s->names,
                                   .labels = s->labels,
                                   .label = r->label,
                                   .predicted = r->predicted,
                                   .probabilities = r->probabilities,
                                   .loss = (float)r->loss};
    ft_prediction_line(out, &x);
}

void ft_evaluation_labels(const struct ft_scores *s, const struct ft_evaluation_row *r,
                          bool predicted, bool json, struct ft_str *out)
{
    size_t n = 0;
    uint8_t bit = predicted ? FT_SCORES_FP : FT_SCORES_FN; /* TP has both */
    if (json) ft_str_addc(out, '[');
    for (size_t k = 0; k < s->labels && r->cells; k++) {
        if (!(r->cells[k] & bit)) continue;
        if (n++) ft_str_addz(out, json ? "," : ", ");
        if (json)
            ft_json_add_str(out, s->names[k], strlen(s->names[k]));
        else
            ft_str_addz(out, s->names[k]);
    }
    if (json)
        ft_str_addc(out, ']');
    else if (!n)
        ft_str_addz(out, "none");
}

static void set_line(const struct ft_scores *s, const struct ft_evaluation_row *r,
                     struct ft_str *out)
{
    ft_str_addf(out, "{\"row\":%zu,\"part\":\"%s\",\"text\":", r->row, r->part);
    ft_json_add_str(out, r->text, r->n);
    if (r->pair) {
        ft_json_add_key(out, "text_pair");
        ft_json_add_str(out, r->pair, r->pair_n);
    }
    ft_json_add_key(out, "label");
    if (r->label < 0)
        ft_str_addz(out, "null");
    else
        ft_evaluation_labels(s, r, false, true, out);
    ft_json_add_key(out, "labels");
    ft_evaluation_labels(s, r, true, true, out);
    ft_str_addz(out, ",\"probabilities\":{");
    for (size_t k = 0; k < s->labels; k++) {
        ft_json_add_key(out, s->names[k]);
        ft_json_add_f32(out, r->probabilities[k]);
    }
    ft_str_addz(out, "},\"loss\":");
    ft_json_add_f32(out, (float)r->loss);
    ft_str_addz(out, "}\n");
}

static void value_line(const struct ft_evaluation_row *r, struct ft_str *out)
{
    struct ft_value_line x = {.row = r->row,
                              .part = r->part,
                              .text = r->text,
                              .n = r->n,
                              .pair = r->pair,
                              .pair_n = r->pair_n,
                              .label = r->truth,
                              .value = r->value,
                              .loss = r->loss};
    ft_value_line(out, &x);
}

void evaluation_write_line(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                           struct ft_str *out)
{
    switch (ft_task_predicts(c->f.scores.task)) {
    case FT_PREDICTS_LABEL:
        classified_line(&c->f.scores, r, out);
        break;
    case FT_PREDICTS_LABELS:
        set_line(&c->f.scores, r, out);
        break;
    case FT_PREDICTS_ENTITIES:
        ft_str_add(out, c->lines[r->sentence].text, c->lines[r->sentence].n);
        break;
    case FT_PREDICTS_NUMBER:
        value_line(r, out);
        break;
    case FT_PREDICTS_SPAN:
        question_line(c, r, out);
        break;
    case FT_PREDICTS_TOKENS:
    case FT_PREDICTS_TEXT:
        block_line(r, out);
        break;
    case FT_PREDICTS_NOTHING:
        break;
    }
}
