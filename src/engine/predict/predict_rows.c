/* See predict_rows.h: each task brings its answers, which are put in the form that is wanted. */
#include "engine/predict/predict_rows.h"

#include "core/comm.h"
#include "data/read.h"

#include "engine/options/data_options.h"
#include "engine/task/share.h"
#include "engine/task/task_facts.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum ft_status ft_predict_form_of(const char *path, enum ft_predict_form *form, struct ft_err *err)
{
    static const char *const endings[] = {[FT_PREDICT_JSONL] = ".jsonl",
                                          [FT_PREDICT_CSV] = ".csv",
                                          [FT_PREDICT_CONLL] = ".conll",
                                          [FT_PREDICT_JSON] = ".json"};
    size_t n = strlen(path);
    for (size_t i = 1; i < sizeof endings / sizeof *endings; i++) {
        if (!ft_ends_with(path, n, endings[i])) continue;
        *form = (enum ft_predict_form)i;
        return FT_OK;
    }
    return ft_fail(err, FT_USAGE,
                   "%s: expected an output file ending in .jsonl, .csv or .json, or of a model for "
                   "ner in .conll",
                   path);
}

static void add_label(const struct ft_predictor *p, size_t i, struct ft_str *out)
{
    const char *label = ft_predictor_label(p, i);
    ft_str_add_shown(out, label, strlen(label), true);
}

static void add_tokens(const struct ft_prediction *x, struct ft_str *out)
{
    for (size_t i = 0; i < x->token_n; i++) {
        ft_str_addf(out, "    %+.4f  ", x->tokens[i].attribution);
        ft_str_add_shown(out, x->tokens[i].text, strlen(x->tokens[i].text), true);
        ft_str_addc(out, '\n');
    }
}

void ft_prediction_text(const struct ft_predictor *p, const struct ft_prediction *x,
                        struct ft_str *out)
{
    const char *between = "";
    size_t said = 0;
    if (ft_task_has(ft_predictor_task(p), FT_TRAIT_NUMBERS)) {
        ft_str_addf(out, "%.6g\n", (double)x->logits[0]);
        add_tokens(x, out);
        return;
    }
    for (size_t i = 0; x->thresholds && i < x->labels; i++) {
        if (!ft_prediction_has(x, i)) continue;
        if (said++) ft_str_addz(out, ", ");
        add_label(p, i, out);
    }
    if (x->thresholds && !said) ft_str_addz(out, "(none)");
    if (!x->thresholds) add_label(p, (size_t)x->label, out);
    ft_str_addf(out, "\t%.4f\t", x->probabilities[x->label]);
    for (size_t i = 0; i < x->labels; i++, between = " ") {
        ft_str_addz(out, between);
        add_label(p, i, out);
        ft_str_addf(out, "=%.4f", x->probabilities[i]);
    }
    ft_str_addc(out, '\n');
    add_tokens(x, out);
}

/* --- one answer in any form --- */

struct sink {
    const struct ft_predict_rows *r;
    enum ft_predict_form form;
    FILE *to;
    const char *name; /* of `to`, for errors */
    size_t rows;
    bool headed; /* the header of a CSV was written */
    bool file;   /* the other columns are kept too */
    struct ft_str line;
    struct ft_str *kept; /* lines of this process that are put out later, with those of others.. */
    uint64_t *kept_n;    /* ..and the bytes of each; NULL: lines are put out at once */
};

struct said {
    const char *id, *text, *answer; /* id: the row's number where the file has none */
    size_t id_n, text_n;
    double score;
    bool no_score;
    bool json;   /* the answer is JSON already */
    bool number; /* the answer is the score */
};

/* For the forms that are the same for every task. */
static void add_said(struct sink *k, const struct said *a)
{
    struct ft_str *s = &k->line;
    size_t n = strlen(a->answer);
    if (k->form == FT_PREDICT_JSON) {
        ft_str_addz(s, k->rows ? ",\n" : "{");
        ft_json_add_str(s, a->id, a->id_n);
        ft_str_addc(s, ':');
        if (a->json)
            ft_str_addz(s, a->answer);
        else if (a->number)
            ft_json_add_f32(s, (float)a->score);
        else
            ft_json_add_str(s, a->answer, n);
        return;
    }
    ft_str_add_cell(s, a->id, a->id_n, ',');
    ft_str_addc(s, ',');
    ft_str_add_cell(s, a->text, a->text_n, ',');
    ft_str_addc(s, ',');
    if (!a->number) {
        ft_str_add_cell(s, a->answer, n, ',');
        ft_str_addc(s, ',');
    }
    if (a->number)
        ft_json_add_f32(s, (float)a->score);
    else if (!a->no_score)
        ft_json_add_num(s, a->score);
    ft_str_addc(s, '\n');
}

static enum ft_status put(struct sink *k, struct ft_err *err)
{
    struct ft_str shown = {0};
    if (k->kept) {
        ft_str_add(k->kept, k->line.data, k->line.len);
        k->kept_n[k->rows++] = k->line.len;
        ft_str_clear(&k->line);
        return FT_OK;
    }
    if (k->form == FT_PREDICT_TEXT) ft_str_add_shown(&shown, k->line.data, k->line.len, false);
    const struct ft_str *out = k->form == FT_PREDICT_TEXT ? &shown : &k->line;
    bool ok = fwrite(ft_str_text(out), 1, out->len, k->to) == out->len;
    ft_str_release(&shown);
    ft_str_clear(&k->line);
    k->rows++;
    return ok ? FT_OK : ft_fail(err, FT_IO, "%s: write failed: %s", k->name, strerror(errno));
}

/* --- by task --- */

/* The header of a CSV of rows. */
static void add_header(struct sink *k, const struct ft_predict_cells *more)
{
    k->headed = true;
    bool number = ft_task_has(ft_predictor_task(k->r->p), FT_TRAIT_NUMBERS);
    ft_str_addf(&k->line, "row,text,%s%s", ft_task_facts(ft_predictor_task(k->r->p))->answer_key,
                number ? "" : ",score");
    for (size_t i = 0; more && i < more->n; i++) {
        ft_str_addc(&k->line, ',');
        ft_str_add_cell(&k->line, more->names[i], strlen(more->names[i]), ',');
    }
    ft_str_addc(&k->line, '\n');
}

/* The file's other columns go behind the answer's. */
static void add_cells(struct sink *k, const struct ft_predict_cells *more)
{
    if (!more || !more->n || (k->form != FT_PREDICT_CSV && k->form != FT_PREDICT_JSONL)) return;
    bool json = k->form == FT_PREDICT_JSONL;
    k->line.len -= json ? 2 : 1; /* the brace and the newline */
    for (size_t i = 0; i < more->n; i++) {
        const char *cell = more->cells[i] ? more->cells[i] : "";
        if (json)
            ft_json_add_key(&k->line, more->names[i]);
        else
            ft_str_addc(&k->line, ',');
        if (json && more->cells[i])
            ft_json_add_str(&k->line, cell, more->cells_n[i]);
        else if (json)
            ft_str_addz(&k->line, "null");
        else
            ft_str_add_cell(&k->line, cell, more->cells_n[i], ',');
    }
    ft_str_addz(&k->line, json ? "}\n" : "\n");
}

/* The predicted labels as a JSON list. */
static void add_label_list(const struct ft_predictor *p, const struct ft_prediction *x,
                           struct ft_str *out)
{
    const char *between = "";
    ft_str_addc(out, '[');
    for (size_t i = 0; i < x->labels; i++) {
        if (!ft_prediction_has(x, i)) continue;
        const char *label = ft_predictor_label(p, i);
        ft_str_addz(out, between);
        ft_json_add_str(out, label, strlen(label));
        between = ",";
    }
    ft_str_addc(out, ']');
}

static enum ft_status put_label(void *arg, size_t row, const char *text, size_t n, const char *pair,
                                size_t pair_n, const struct ft_prediction *x,
                                const struct ft_predict_cells *more, struct ft_err *err)
{
    struct sink *k = arg;
    if (!k->file) more = NULL;
    if (k->form == FT_PREDICT_CSV && !k->headed) add_header(k, more);
    const struct ft_predictor *p = k->r->p;
    char id[24];
    int id_n = snprintf(id, sizeof id, "%zu", row);
    if (k->form == FT_PREDICT_TEXT) {
        ft_prediction_text(p, x, &k->line);
    } else if (k->form == FT_PREDICT_JSONL) {
        ft_prediction_json(p, x, text, n, pair, pair_n, &k->line);
        ft_str_addc(&k->line, '\n');
    } else if (ft_task_has(ft_predictor_task(p), FT_TRAIT_NUMBERS)) {
        add_said(k, &(struct said){.id = id,
                                   .id_n = (size_t)id_n,
                                   .text = text,
                                   .text_n = n,
                                   .answer = "",
                                   .score = (double)x->logits[0],
                                   .number = true});
    } else {
        struct ft_str answer = {0};
        if (x->thresholds)
            add_label_list(p, x, &answer);
        else
            ft_str_addz(&answer, ft_predictor_label(p, (size_t)x->label));
        add_said(k, &(struct said){.id = id,
                                   .id_n = (size_t)id_n,
                                   .text = text,
                                   .text_n = n,
                                   .answer = ft_str_text(&answer),
                                   .score = x->probabilities[x->label],
                                   .json = x->thresholds != NULL});
        ft_str_release(&answer);
    }
    add_cells(k, more);
    return put(k, err);
}

static enum ft_status put_reply(void *arg, const char *id, size_t id_n, const char *question,
                                size_t qn, const struct ft_reply *x, struct ft_err *err)
{
    struct sink *k = arg;
    if (!id && k->form != FT_PREDICT_JSONL) id = "1", id_n = 1;
    if (k->form == FT_PREDICT_TEXT) {
        const char *answer = *x->text ? x->text : "(no answer)";
        ft_str_add_shown(&k->line, answer, strlen(answer), true);
        ft_str_addf(&k->line, "\t%.4f\t", x->score);
        ft_str_add_shown(&k->line, question, qn, true);
        ft_str_addc(&k->line, '\n');
    } else if (k->form == FT_PREDICT_JSONL) {
        ft_reply_json(x, id, id_n, question, qn, &k->line);
        ft_str_addc(&k->line, '\n');
    } else {
        add_said(k, &(struct said){.id = id,
                                   .id_n = id_n,
                                   .text = question,
                                   .text_n = qn,
                                   .answer = x->text,
                                   .score = x->score});
    }
    return put(k, err);
}

/* A long text is not waited for when the work was given up. */
static bool goes_on(void *arg, const char *text, size_t n, size_t new_tokens)
{
    (void)text, (void)n, (void)new_tokens;
    return !ft_job_cancelled(arg);
}

/* A filled text, or a generated one: the other is NULL. */
static enum ft_status put_text(struct sink *k, const char *text, size_t n, const struct ft_fill *f,
                               const struct ft_generated *g, struct ft_err *err)
{
    const char *answer = f ? f->text : g->text;
    char id[24];
    int id_n = snprintf(id, sizeof id, "%zu", k->rows + 1);
    if (k->form == FT_PREDICT_TEXT) {
        ft_str_addf(&k->line, "%s\n", answer);
    } else if (k->form == FT_PREDICT_JSONL) {
        if (f)
            ft_fill_json(f, text, n, &k->line);
        else
            ft_generated_json(g, text, n, &k->line);
        ft_str_addc(&k->line, '\n');
    } else {
        add_said(k, &(struct said){.id = id,
                                   .id_n = (size_t)id_n,
                                   .text = text,
                                   .text_n = n,
                                   .answer = answer,
                                   .no_score = true});
    }
    return put(k, err);
}

static enum ft_status put_generated(struct sink *k, const char *prompt, size_t n, struct ft_job *w,
                                    struct ft_err *err)
{
    static const struct ft_generate_opt greedy = {
        .max_new_tokens = 50, .top_p = 1, .repetition_penalty = 1};
    struct ft_generated g = {0};
    const struct ft_generate_opt *how = k->r->generate ? k->r->generate : &greedy;
    enum ft_status st = ft_generate(k->r->p, prompt, n, how, goes_on, w, &g, err);
    if (!st) st = put_text(k, prompt, n, NULL, &g, err);
    ft_generated_release(&g);
    return st;
}

struct filling {
    struct sink *k;
    const struct ft_text *texts;
};

static enum ft_status put_filled(void *arg, size_t i, struct ft_fill *x, struct ft_err *err)
{
    const struct filling *f = arg;
    const char *text = f->texts[i].data ? f->texts[i].data : "";
    return put_text(f->k, text, f->texts[i].n, x, NULL, err);
}

static enum ft_status put_own_lines(struct sink *k, const struct ft_text *texts, size_t n,
                                    size_t *done, struct ft_job *w, struct ft_err *err)
{
    enum { CHOICES = 5 };
    struct filling f = {k, texts};
    if (ft_task_has(ft_predictor_task(k->r->p), FT_TRAIT_MASKS))
        return ft_predict_fill_all(k->r->p, texts, n, CHOICES, done, put_filled, &f, w, err);
    enum ft_status st = FT_OK;
    for (*done = 0; *done < n && !st;) {
        st = put_generated(k, texts[*done].data, texts[*done].n, w, err);
        if (!st) ++*done;
        if (!st && ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
        ft_job_report(w, (double)*done, (double)n, "texts");
    }
    return st;
}

/* Lines 0 to n of all ranks, each of which has kept those of its own share. */
static enum ft_status put_kept(struct sink *k, const struct ft_share *share, size_t n, size_t from,
                               enum ft_status st, struct ft_err *err)
{
    struct ft_str own = *k->kept;
    uint64_t *start = ft_xcalloc(n + 1, sizeof *start);
    st = ft_share_rows(share, k->kept_n, sizeof *k->kept_n, NULL, st, err);
    for (size_t i = 0; i < n; i++)
        start[i + 1] = start[i] + k->kept_n[i];
    char *all = ft_xcalloc((size_t)start[n] + 1, 1);
    if (!st && own.len) memcpy(all + start[from], own.data, own.len);
    if (!st) st = ft_share_rows(share, all, 1, start, st, err);
    k->kept = NULL;
    for (size_t i = k->rows = 0; i < n && !st; i++) {
        ft_str_add(&k->line, all + start[i], (size_t)k->kept_n[i]);
        st = put(k, err);
    }
    free(all);
    free(start);
    return st;
}

/* Each rank has its share of the lines. */
static enum ft_status put_lines(struct sink *k, const struct ft_text *texts, size_t n, size_t *done,
                                struct ft_job *w, struct ft_err *err)
{
    size_t ranks = (size_t)ft_comm_size(), from = 0, to = 0;
    if (ranks == 1) return put_own_lines(k, texts, n, done, w, err);
    struct ft_share share;
    struct ft_str own = {0}, head = k->line; /* the header of a CSV */
    size_t *pick = ft_xcalloc(n + 1, sizeof *pick);
    ft_share_init(&share, n);
    for (size_t r = 0, at = 0; r < ranks; r++) {
        size_t end = n * (r + 1) / ranks;
        for (size_t i = at; i < end; i++)
            pick[i] = i;
        if (ft_share_takes(&share, pick + at, end - at)) from = at, to = end;
        at = end;
    }
    k->kept = &own;
    k->kept_n = ft_xcalloc(n + 1, sizeof *k->kept_n);
    k->line = (struct ft_str){0};
    k->rows = from;
    enum ft_status st = put_own_lines(k, texts + from, to - from, done, w, err);
    *done += from;
    ft_str_release(&k->line);
    k->line = head;
    st = put_kept(k, &share, n, from, st, err);
    ft_share_release(&share);
    ft_str_release(&own);
    free(k->kept_n);
    free(pick);
    return st;
}

static enum ft_status each_line(struct sink *k, struct ft_job *w, struct ft_err *err)
{
    const char *path = k->r->input;
    struct ft_table t = {0};
    enum ft_format format;
    struct ft_read_opt how = ft_data_read_opt(k->r->o);
    enum ft_status st = ft_format_sniff(path, &how, &format, err);
    how.format = format;
    if (!st && format != FT_FORMAT_TEXT)
        st = ft_fail(err, FT_USAGE, "%s: a language model needs a .txt file with one text per line",
                     path);
    if (!st) st = ft_table_read(&t, path, &how, err);
    if (!st) ft_data_say_notes(&t);
    size_t n = st ? 0 : ft_table_rows(&t);
    if (!st && !n) st = ft_fail(err, FT_FORMAT, "%s: is empty; expected one text per line", path);
    struct ft_text *lines = ft_xcalloc(n + 1, sizeof *lines);
    size_t done = 0;
    for (size_t i = 0; i < n; i++)
        lines[i] = ft_table_cell(&t, i, 0);
    if (!st) st = put_lines(k, lines, n, &done, w, err);
    if (n && (st == FT_USAGE || st == FT_CANCELLED)) { /* of a text typed: here it is the file's */
        struct ft_err why = *err;
        st = st == FT_USAGE ? ft_fail(err, FT_FORMAT, "%s line %zu: %s", path, done + 1, why.msg)
                            : ft_fail(err, st, "%s: %s", path, why.msg);
    }
    free(lines);
    ft_table_release(&t);
    return st;
}

/* A cell of CoNLL: a blank character would begin another one. */
static void add_conll(struct ft_str *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ft_str_addc(s, strchr("\t\n\r", text[i]) && text[i] ? ' ' : text[i]);
    if (!n) ft_str_addc(s, '_');
}

static void add_entities(struct sink *k, size_t row, const struct ft_tagging *x)
{
    for (size_t i = 0; i < x->entities_n; i++) {
        const struct ft_tagging_entity *e = &x->entities[i];
        if (k->form == FT_PREDICT_TEXT) {
            ft_str_add_shown(&k->line, x->text + e->start, e->end - e->start, true);
            ft_str_addc(&k->line, '\t');
            ft_str_add_shown(&k->line, e->type, strlen(e->type), true);
            ft_str_addf(&k->line, "\t%.4f\t%zu-%zu\n", e->score, e->first, e->last);
            continue;
        }
        ft_str_addf(&k->line, "%zu,", row);
        ft_str_add_cell(&k->line, e->type, strlen(e->type), ',');
        ft_str_addc(&k->line, ',');
        ft_str_add_cell(&k->line, x->text + e->start, e->end - e->start, ',');
        ft_str_addf(&k->line, ",%zu,%zu,", e->first, e->last);
        ft_json_add_f32(&k->line, (float)e->score);
        ft_str_addc(&k->line, '\n');
    }
    if (k->form == FT_PREDICT_TEXT && !x->entities_n) ft_str_addz(&k->line, "(no entities)\n");
    if (k->form == FT_PREDICT_TEXT && k->r->input) ft_str_addc(&k->line, '\n');
}

static void add_words(struct sink *k, const struct ft_tagging *x)
{
    for (size_t i = 0; i < x->words_n; i++) {
        const struct ft_tagging_word *w = &x->words[i];
        const char *label = ft_tagging_label(k->r->p, w);
        add_conll(&k->line, x->text + w->start, w->end - w->start);
        ft_str_addc(&k->line, '\t');
        add_conll(&k->line, label, strlen(label));
        ft_str_addc(&k->line, '\n');
    }
    ft_str_addc(&k->line, '\n');
}

static enum ft_status put_tagging(void *arg, size_t row, const struct ft_tagging *x,
                                  struct ft_err *err)
{
    struct sink *k = arg;
    if (k->form == FT_PREDICT_CONLL) {
        add_words(k, x);
    } else if (k->form == FT_PREDICT_JSONL) {
        ft_tagging_json(k->r->p, x, &k->line);
        ft_str_addc(&k->line, '\n');
    } else if (k->form == FT_PREDICT_JSON) {
        ft_str_addf(&k->line, "%s\"%zu\":", k->rows ? ",\n" : "{", row);
        ft_tagging_json(k->r->p, x, &k->line);
    } else {
        add_entities(k, row, x);
    }
    return put(k, err);
}

static enum ft_status each_row(struct sink *k, struct ft_job *w, struct ft_err *err)
{
    bool tags = ft_task_has(ft_predictor_task(k->r->p), FT_TRAIT_TAGS);
    struct ft_options o;
    ft_options_copy(&o, k->r->o);
    const char *data = ft_options_text(&o, FT_OPT_data);
    if (*data && !ft_path_same(data, k->r->input)) ft_data_reset_form(&o); /* it is of that file */
    enum ft_status st = ft_options_set_id(&o, FT_OPT_data, k->r->input, true, err);
    if (!st && tags)
        st = ft_predict_sentences(k->r->p, &o, put_tagging, k, w, err);
    else if (!st)
        st = ft_predict_file(k->r->p, &o, k->r->explain, put_label, k, w, err);
    ft_options_release(&o);
    return st;
}

static enum ft_status each_answer(struct sink *k, struct ft_job *w, struct ft_err *err)
{
    switch (ft_task_predicts(ft_predictor_task(k->r->p))) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_ENTITIES:
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_NUMBER:
        return each_row(k, w, err);
    case FT_PREDICTS_SPAN:
        return ft_predict_questions(k->r->p, k->r->o, k->r->input, put_reply, k, w, err);
    case FT_PREDICTS_TOKENS:
    case FT_PREDICTS_TEXT:
        return each_line(k, w, err);
    case FT_PREDICTS_NOTHING:
        break;
    }
    return ft_fail(err, FT_UNSUPPORTED, "this model has no head: it makes no predictions");
}

static enum ft_status one_question(struct sink *k, struct ft_err *err)
{
    const char *question = k->r->question, *context = k->r->context;
    struct ft_reply x = {0};
    enum ft_status st =
        ft_predict_answer(k->r->p, question, strlen(question), context, strlen(context), &x, err);
    if (!st) st = put_reply(k, NULL, 0, question, strlen(question), &x, err);
    ft_reply_release(&x);
    return st;
}

static enum ft_status one_text(struct sink *k, struct ft_job *w, struct ft_err *err)
{
    const struct ft_predict_rows *r = k->r;
    size_t n = strlen(r->text), pair_n = r->pair ? strlen(r->pair) : 0;
    if (ft_task_has(ft_predictor_task(r->p), FT_TRAIT_TAGS)) {
        struct ft_tagging found = {0};
        enum ft_status done = ft_predict_entities(r->p, r->text, n, &found, err);
        if (!done) done = put_tagging(k, 1, &found, err);
        ft_tagging_release(&found);
        return done;
    }
    if (ft_task_has(ft_predictor_task(r->p), FT_TRAIT_MASKS))
        return put_lines(k, &(struct ft_text){r->text, n}, 1, &(size_t){0}, w, err);
    struct ft_prediction x = {0};
    enum ft_status st = ft_predict(r->p, r->text, n, r->pair, pair_n, r->explain, &x, err);
    if (!st) st = put_label(k, 1, r->text, n, r->pair, pair_n, &x, NULL, err);
    ft_prediction_release(&x);
    return st;
}

static enum ft_status write_rows(const struct ft_predict_rows *r, enum ft_predict_form form,
                                 FILE *to, const char *name, bool file, struct ft_job *w,
                                 struct ft_err *err)
{
    struct sink k = {.r = r, .form = form, .to = to, .name = name, .file = file};
    enum ft_task task = ft_predictor_task(r->p);
    bool rows = ft_task_has(task, FT_TRAIT_ROWS), tags = ft_task_has(task, FT_TRAIT_TAGS);
    if (form == FT_PREDICT_CONLL && !tags)
        return ft_fail(err, FT_USAGE,
                       "%s: words with tags are what a model for ner predicts, not "
                       "one for %s",
                       name, ft_task_name(task));
    if (form == FT_PREDICT_CSV && tags)
        ft_str_addz(&k.line, "row,entity,text,start,end,score\n");
    else if (form == FT_PREDICT_CSV && !rows)
        ft_str_addz(&k.line, "id,text,answer,score\n");
    enum ft_status st = r->input      ? each_answer(&k, w, err)
                        : r->question ? one_question(&k, err)
                        : r->prompt   ? put_generated(&k, r->prompt, strlen(r->prompt), w, err)
                                      : one_text(&k, w, err);
    if (!st && form == FT_PREDICT_CSV && rows && !k.headed) add_header(&k, NULL);
    if (!st && form == FT_PREDICT_JSON) ft_str_addz(&k.line, k.rows ? "}\n" : "{}\n");
    if (!st) st = put(&k, err);
    ft_str_release(&k.line);
    return st;
}

enum ft_status ft_predict_write(const struct ft_predict_rows *r, enum ft_predict_form form,
                                FILE *to, struct ft_job *w, struct ft_err *err)
{
    return write_rows(r, form, to, "stdout", false, w, err);
}

enum ft_status ft_predict_write_file(const struct ft_predict_rows *r, const char *output,
                                     struct ft_job *w, struct ft_err *err)
{
    enum ft_predict_form form = FT_PREDICT_TEXT;
    struct ft_out out = {0};
    enum ft_status st = ft_predict_form_of(output, &form, err);
    if (!st && r->input && ft_path_same(r->input, output))
        st = ft_fail(err, FT_USAGE, "%s: is the input file; write the predictions to another file",
                     output);
    if (!st) st = ft_out_open(&out, output, err);
    if (st) return st;
    st = write_rows(r, form, out.f, output, true, w, err);
    if (!st) return ft_out_commit(&out, err);
    ft_out_abort(&out);
    return st;
}
