/* Reading SQuAD files: see squad.h. One scan; keys may come in any order, so a paragraph's answers are
 * placed when the paragraph is complete. An object with "paragraphs" is an article, one with
 * "context" a flattened row; at the top, an array of either, an object with either under "data", or
 * one row a line. */
#include "data/squad_in.h"

#include "data/input.h"
#include "data/jscan.h"
#include "data/text.h"
#include "util/hash.h"
#include "util/str.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct ft_squad *q;
    struct ft_jscan s;
    struct ft_strmap titles, contexts; /* of flattened rows: article, paragraph */
    size_t data_i, paragraph_i, qa_i;  /* where we are, for error texts */
    bool nested;
    ft_table_progress_fn *progress;
    void *progress_arg;
    size_t said;
    struct ft_err *err;
};

/* The members of an object, in any order. */
struct fields {
    struct ft_text title, context, question, id;
    bool has_title, has_context, has_question, has_id, has_answers, has_paragraphs, has_data;
    bool impossible;
    size_t answers_first;
};

static enum ft_status at_path(struct reader *r, int depth, const char *fmt, ...)
{
    char what[256], path[160] = "";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (!r->nested)
        snprintf(path, sizeof path, "row %zu", r->data_i + 1);
    else if (depth == 1)
        snprintf(path, sizeof path, "data[%zu]", r->data_i);
    else if (depth == 2)
        snprintf(path, sizeof path, "data[%zu].paragraphs[%zu]", r->data_i, r->paragraph_i);
    else
        snprintf(path, sizeof path, "data[%zu].paragraphs[%zu].qas[%zu]", r->data_i, r->paragraph_i,
                 r->qa_i);
    return ft_fail(r->err, FT_FORMAT, "%s: %s: %s", r->q->path, path, what);
}

#define GROW(q, list, which)                                                                       \
    ft_grow(&(q)->list, &(q)->cap[which], (q)->list##_n + 1, sizeof *(q)->list)

/* ---- answers ---- */

static struct ft_squad_answer *add_answer(struct ft_squad *q)
{
    GROW(q, answers, 3);
    struct ft_squad_answer *a = &q->answers[q->answers_n++];
    memset(a, 0, sizeof *a);
    return a;
}

/* A place as a number or as text of one; what is none is a place that is not known. */
static void take_start(struct ft_jscan *s, struct ft_squad_answer *a)
{
    struct ft_text cell;
    char buf[32];
    double x;
    a->no_start = true;
    if (!ft_jscan_cell(s, &cell) || !cell.data || !cell.n || cell.n >= sizeof buf) return;
    memcpy(buf, cell.data, cell.n);
    buf[cell.n] = 0;
    if (!ft_parse_double(buf, &x) || x < 0 || x > 1e12 || x != floor(x)) return;
    a->start_cp = (size_t)x;
    a->no_start = false;
}

static void take_text(struct ft_jscan *s, struct ft_squad_answer *a)
{
    if (ft_jscan_peek(s) == '"')
        ft_jscan_string(s, &a->text);
    else
        ft_jscan_skip(s, NULL);
}

/* {"text":..,"answer_start":..}, or with arrays of both. What is missing in either is counted. */
static bool answer_object(struct reader *r)
{
    struct ft_jscan *s = &r->s;
    struct ft_squad *q = r->q;
    struct ft_text key;
    size_t first = q->answers_n, texts = 0, starts = 0;
    if (!ft_jscan_enter(s, '{')) return false;
    while (ft_jscan_key(s, &key)) {
        bool text = ft_jscan_is(key, "text"), start = ft_jscan_is(key, "answer_start");
        if (!text && !start) {
            ft_jscan_skip(s, NULL);
            continue;
        }
        size_t *n = text ? &texts : &starts;
        bool array = ft_jscan_peek(s) == '[';
        if (*n && !s->why) s->why = "duplicate key in an answer";
        if (array && !ft_jscan_enter(s, '[')) return false;
        while (!s->why && (array ? ft_jscan_item(s) : !*n)) {
            struct ft_squad_answer *a =
                first + *n < q->answers_n ? &q->answers[first + *n] : add_answer(q);
            if (text)
                take_text(s, a);
            else
                take_start(s, a);
            s->first = false;
            ++*n;
        }
        s->first = false;
    }
    for (size_t i = first + starts; i < q->answers_n; i++)
        q->answers[i].no_start = true;
    return !s->why;
}

/* An answer that is its text alone. */
static void bare_answer(struct reader *r)
{
    struct ft_squad_answer *a = add_answer(r->q);
    take_text(&r->s, a);
    a->no_start = true;
}

static bool take_answers(struct reader *r)
{
    struct ft_jscan *s = &r->s;
    char c = ft_jscan_peek(s);
    if (c == 'n') return ft_jscan_skip(s, NULL);
    if (c == '"') {
        bare_answer(r);
        return !s->why;
    }
    if (c == '{') {
        bool ok = answer_object(r);
        s->first = false;
        return ok;
    }
    if (!ft_jscan_enter(s, '[')) return false;
    while (ft_jscan_item(s)) {
        if (ft_jscan_peek(s) == '"')
            bare_answer(r);
        else if (!answer_object(r))
            return false;
        s->first = false;
    }
    s->first = false;
    return !s->why;
}

/* ---- objects ---- */

static enum ft_status add_question(struct reader *r, const struct fields *f, size_t paragraph)
{
    struct ft_squad *q = r->q;
    if (!f->has_question) return at_path(r, 3, "no \"question\"");
    if (q->questions_n >= UINT32_MAX || q->answers_n >= UINT32_MAX)
        return at_path(r, 3, "too many questions or answers");
    struct ft_text id = f->id;
    if (!f->has_id) {
        char number[24];
        id.n = (size_t)snprintf(number, sizeof number, "%zu", q->questions_n + 1);
        id.data = ft_arena_strndup(&q->arena, number, id.n);
        q->ids_made++;
    }
    bool texts = !f->has_answers || q->answers_n == f->answers_first;
    for (size_t i = f->answers_first; f->has_answers && i < q->answers_n; i++) {
        texts |= q->answers[i].text.n > 0;
        q->malformed += q->answers[i].no_start || !q->answers[i].text.n;
    }
    bool unanswered = (!f->has_answers && !f->impossible) || !texts;
    q->unanswered += unanswered;
    GROW(q, questions, 2);
    q->questions[q->questions_n++] = (struct ft_squad_question){
        .id = id,
        .unanswered = unanswered,
        .text = f->question,
        .paragraph = (uint32_t)paragraph,
        .answers_first = (uint32_t)f->answers_first,
        .answers_n = (uint32_t)(q->answers_n - f->answers_first),
        .impossible = f->impossible,
        .part = FT_PART_TRAIN,
        .kept = true,
    };
    size_t pos = (size_t)(r->s.p - q->input->text);
    if (r->progress && (q->questions_n % 4096 == 0 || pos - r->said >= 4u << 20)) {
        r->said = pos;
        if (!r->progress(r->progress_arg, NULL, q->questions_n, ft_input_done(q->input, pos),
                         q->input->file_bytes))
            return ft_fail(r->err, FT_CANCELLED, "%s: reading was cancelled", q->path);
    }
    return FT_OK;
}

static size_t add_article(struct ft_squad *q, struct ft_text title)
{
    GROW(q, articles, 0);
    q->articles[q->articles_n] = (struct ft_squad_article){.title = title};
    return q->articles_n++;
}

static size_t add_paragraph(struct ft_squad *q, size_t article)
{
    GROW(q, paragraphs, 1);
    q->paragraphs[q->paragraphs_n] = (struct ft_squad_paragraph){.article = (uint32_t)article};
    return q->paragraphs_n++;
}

/* Takes the value of a key of a question or a flattened row; false: not one of them. */
static bool question_key(struct reader *r, struct ft_text key, struct fields *f)
{
    struct ft_jscan *s = &r->s;
    if (ft_jscan_is(key, "question")) {
        f->has_question = ft_jscan_string(s, &f->question);
    } else if (ft_jscan_is(key, "id")) {
        f->has_id = ft_jscan_cell(s, &f->id) && f->id.data;
    } else if (ft_jscan_is(key, "is_impossible")) {
        ft_jscan_bool(s, &f->impossible);
    } else if (ft_jscan_is(key, "answers")) {
        if (f->has_answers && !s->why) s->why = "duplicate \"answers\"";
        f->answers_first = r->q->answers_n;
        f->has_answers = take_answers(r);
    } else {
        return false;
    }
    return true;
}

static enum ft_status take_qas(struct reader *r, size_t paragraph)
{
    struct ft_jscan *s = &r->s;
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(s, '[')) return FT_OK;
    for (r->qa_i = 0; !st && ft_jscan_item(s); r->qa_i++) {
        struct fields f = {.answers_first = r->q->answers_n};
        struct ft_text key;
        if (!ft_jscan_enter(s, '{')) break;
        while (ft_jscan_key(s, &key))
            if (!question_key(r, key, &f)) ft_jscan_skip(s, NULL);
        if (s->why) break;
        st = add_question(r, &f, paragraph);
        s->first = false;
    }
    s->first = false;
    return st;
}

static enum ft_status take_paragraphs(struct reader *r, size_t article)
{
    struct ft_jscan *s = &r->s;
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(s, '[')) return FT_OK;
    for (r->paragraph_i = 0; !st && ft_jscan_item(s); r->paragraph_i++) {
        size_t p = add_paragraph(r->q, article);
        struct ft_text key, context = {NULL, 0};
        bool has_context = false, has_qas = false;
        if (!ft_jscan_enter(s, '{')) break;
        while (!st && ft_jscan_key(s, &key)) {
            if (ft_jscan_is(key, "context")) {
                has_context = ft_jscan_string(s, &context);
            } else if (ft_jscan_is(key, "qas")) {
                if (has_qas && !s->why) s->why = "duplicate \"qas\"";
                has_qas = true;
                if (!s->why) st = take_qas(r, p);
            } else {
                ft_jscan_skip(s, NULL);
            }
        }
        if (s->why || st) break;
        if (!has_context)
            st = at_path(r, 2, "no \"context\"");
        else if (!has_qas)
            st = at_path(r, 2, "no \"qas\"");
        r->q->paragraphs[p].context = context;
        s->first = false;
    }
    s->first = false;
    return st;
}

/* A flattened row: its article and paragraph are those with the same title and context. */
static enum ft_status add_row(struct reader *r, const struct fields *f)
{
    struct ft_squad *q = r->q;
    q->flat = true;
    if (!f->has_context) return at_path(r, 3, "no \"context\"");
    struct ft_text title =
        f->has_title ? f->title : f->context; /* without titles, each context stands alone */
    const size_t *hit = ft_strmap_get(&r->contexts, f->context.data, f->context.n);
    size_t p;
    if (hit) {
        p = *hit;
    } else {
        const size_t *a = ft_strmap_get(&r->titles, title.data, title.n);
        size_t article = a ? *a : add_article(q, f->title);
        if (!a) ft_strmap_put(&r->titles, title.data, title.n, article);
        p = add_paragraph(q, article);
        q->paragraphs[p].context = f->context;
        ft_strmap_put(&r->contexts, f->context.data, f->context.n, p);
    }
    return add_question(r, f, p);
}

static enum ft_status take_object(struct reader *r, bool top, struct fields *f);

static enum ft_status take_data(struct reader *r)
{
    struct ft_jscan *s = &r->s;
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(s, '[')) return FT_OK;
    for (r->data_i = 0; !st && ft_jscan_item(s); r->data_i++) {
        struct fields f;
        st = take_object(r, false, &f);
        if (s->why) break;
        s->first = false;
    }
    s->first = false;
    return st;
}

static void set_version(struct ft_squad *q, struct ft_text v)
{
    size_t n = v.n < sizeof q->version - 1 ? v.n : sizeof q->version - 1;
    if (n) memcpy(q->version, v.data, n);
    q->version[n] = 0;
}

/* The file itself, an article, or a flattened row. */
static enum ft_status take_object(struct reader *r, bool top, struct fields *f)
{
    struct ft_jscan *s = &r->s;
    struct ft_squad *q = r->q;
    enum ft_status st = FT_OK;
    struct ft_text key, version;
    size_t article = SIZE_MAX;
    *f = (struct fields){.answers_first = q->answers_n};
    if (!ft_jscan_enter(s, '{')) return FT_OK;
    while (!st && ft_jscan_key(s, &key)) {
        if (top && ft_jscan_is(key, "data") && ft_jscan_peek(s) == '[') {
            f->has_data = true;
            st = take_data(r);
        } else if (top && ft_jscan_is(key, "version")) {
            if (ft_jscan_cell(s, &version)) set_version(q, version);
        } else if (ft_jscan_is(key, "title")) {
            f->has_title = ft_jscan_cell(s, &f->title) && f->title.data;
        } else if (ft_jscan_is(key, "context")) {
            f->has_context = ft_jscan_string(s, &f->context);
        } else if (ft_jscan_is(key, "paragraphs")) {
            if (f->has_paragraphs && !s->why) s->why = "duplicate \"paragraphs\"";
            f->has_paragraphs = r->nested = true;
            article = add_article(q, (struct ft_text){NULL, 0});
            st = take_paragraphs(r, article);
        } else if (!question_key(r, key, f)) {
            ft_jscan_skip(s, NULL);
        }
    }
    if (st || s->why || f->has_data) return st;
    if (f->has_paragraphs) {
        q->articles[article].title = f->title;
        return FT_OK;
    }
    if (!f->has_context && !f->has_question) {
        r->nested = r->nested || !q->flat;
        return at_path(r, 1, "neither \"paragraphs\" nor \"context\"");
    }
    return add_row(r, f);
}

/* ---- the file ---- */

static enum ft_status read_all(struct reader *r)
{
    struct ft_squad *q = r->q;
    struct ft_jscan *s = &r->s;
    enum ft_status st = ft_input_all(q->input, r->err);
    if (st) return st;
    q->encoding = q->input->encoding;
    q->compression = q->input->compression;
    *s = (struct ft_jscan){
        .p = q->input->text, .end = q->input->text + q->input->n, .arena = &q->arena};
    char c = ft_jscan_peek(s);
    if (c == '[') {
        st = take_data(r);
    } else if (c == '{') {
        struct fields f;
        st = take_object(r, true, &f);
        /* One row a line. */
        while (!st && !s->why && !f.has_data && !r->nested && !ft_jscan_at_end(s)) {
            r->data_i++;
            st = take_object(r, true, &f);
        }
    } else {
        s->why = "expected question answering data as JSON";
    }
    if (!st && !s->why && !ft_jscan_at_end(s)) s->why = "text after the end of the JSON";
    if (!st && s->why) {
        char place[64];
        st = ft_fail(r->err, FT_FORMAT, "%s: %s: %s", q->path,
                     ft_jscan_place(s, q->input->text, place, sizeof place), s->why);
    }
    if (!st && !q->questions_n)
        st = ft_fail(r->err, FT_FORMAT, "%s: no questions in this file", q->path);
    if (st) return st;
    q->invalid_utf8 = s->bad_utf8;
    ft_squad_link(q);
    if (r->progress && !r->progress(r->progress_arg, NULL, q->questions_n, q->input->file_bytes,
                                    q->input->file_bytes))
        return ft_fail(r->err, FT_CANCELLED, "%s: reading was cancelled", q->path);
    return FT_OK;
}

static enum ft_status run(struct reader *r)
{
    enum ft_status st = read_all(r);
    ft_strmap_release(&r->titles);
    ft_strmap_release(&r->contexts);
    if (st) ft_squad_release(r->q);
    return st;
}

enum ft_status ft_squad_read(struct ft_squad *q, const char *path, ft_table_progress_fn *progress,
                             void *progress_arg, struct ft_err *err)
{
    return ft_squad_read_as(q, path, FT_ENCODING_AUTO, progress, progress_arg, err);
}

enum ft_status ft_squad_read_as(struct ft_squad *q, const char *path, enum ft_encoding encoding,
                                ft_table_progress_fn *progress, void *progress_arg,
                                struct ft_err *err)
{
    memset(q, 0, sizeof *q);
    q->input = ft_xcalloc(1, sizeof *q->input);
    enum ft_status st = ft_input_open(q->input, path, encoding, err);
    if (st) {
        ft_squad_release(q);
        return st;
    }
    q->path = ft_xstrdup(path);
    struct reader r = {.q = q, .progress = progress, .progress_arg = progress_arg, .err = err};
    return run(&r);
}

enum ft_status ft_squad_read_mem(struct ft_squad *q, const char *name, const void *data, size_t n,
                                 struct ft_err *err)
{
    memset(q, 0, sizeof *q);
    q->input = ft_xcalloc(1, sizeof *q->input);
    enum ft_status st = ft_input_open_mem(q->input, name, data, n, FT_ENCODING_AUTO, err);
    if (st) {
        ft_squad_release(q);
        return st;
    }
    q->path = ft_xstrdup(name);
    struct reader r = {.q = q, .err = err};
    return run(&r);
}
