/* The examples of an evaluation as a file: as a run writes them (JSON lines), as one JSON array, or
 * as a table. */
#include "engine/present/evaluation_in.h"

#include "util/record_file.h"

#include <string.h>

static const char *const classified_names[] = {"row",   "part",      "text",        "text_pair",
                                               "label", "predicted", "probability", "loss"};
static const char *const set_names[] = {"row",   "part",   "text", "text_pair",
                                        "label", "labels", "loss"};
static const char *const number_names[] = {"row",   "part",  "text", "text_pair",
                                           "label", "value", "loss"};
static const char *const question_names[] = {
    "row",   "part", "id", "question", "context", "answers", "answer", "score", "null_score_diff",
    "exact", "f1"};
static const char *const entity_names[] = {
    "row", "part", "error", "type", "predicted", "entity", "predicted_entity", "text", "loss"};
static const char *const block_names[] = {"row", "part", "text", "tokens", "right", "loss"};

static void classified(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                       struct ft_record_file *f)
{
    char **names = c->f.scores.names;
    ft_record_text(f, r->text, r->n);
    if (r->pair)
        ft_record_text(f, r->pair, r->pair_n);
    else
        ft_record_none(f);
    ft_record_word(f, r->label >= 0 ? names[r->label] : NULL);
    ft_record_word(f, r->predicted >= 0 ? names[r->predicted] : NULL);
    if (r->predicted >= 0)
        ft_record_number(f, (double)r->probabilities[r->predicted]);
    else
        ft_record_none(f);
    ft_record_number(f, r->loss);
}

static void set(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                struct ft_record_file *f)
{
    struct ft_str list = {0};
    ft_record_text(f, r->text, r->n);
    if (r->pair)
        ft_record_text(f, r->pair, r->pair_n);
    else
        ft_record_none(f);
    if (r->label >= 0) {
        ft_evaluation_labels(&c->f.scores, r, false, true, &list);
        ft_record_text(f, list.data, list.len);
    } else {
        ft_record_none(f);
    }
    ft_str_clear(&list);
    ft_evaluation_labels(&c->f.scores, r, true, true, &list);
    ft_record_text(f, list.data, list.len);
    ft_record_number(f, r->loss);
    ft_str_release(&list);
}

static void question(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                     struct ft_record_file *f)
{
    bool none = evaluation_none(c, r);
    ft_record_word(f, r->id);
    ft_record_text(f, r->pair, r->pair_n);
    ft_record_text(f, r->text, r->n);
    ft_record_word(f, r->gold);
    ft_record_word(f, none ? "" : r->answer);
    ft_record_number(f, none ? 1 - r->score : r->score);
    ft_record_number(f, r->null_diff);
    ft_record_number(f, none ? !r->has_answer : r->exact);
    ft_record_number(f, none ? !r->has_answer : r->f1);
}

static void number(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                   struct ft_record_file *f)
{
    (void)c;
    ft_record_text(f, r->text, r->n);
    if (r->pair)
        ft_record_text(f, r->pair, r->pair_n);
    else
        ft_record_none(f);
    ft_record_number(f, r->truth);
    ft_record_number(f, r->value);
    ft_record_number(f, r->loss);
}

static void block(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                  struct ft_record_file *f)
{
    (void)c;
    ft_record_text(f, r->text, r->n);
    ft_record_count(f, r->tokens);
    ft_record_count(f, r->right);
    ft_record_number(f, r->loss);
}

static void entity(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                   struct ft_record_file *f)
{
    (void)c;
    bool truth = r->gold_end > r->gold_start;
    size_t start = truth ? r->gold_start : r->start, end = truth ? r->gold_end : r->end;
    ft_record_word(f, ft_entity_error_name(r->error));
    ft_record_word(f, r->gold);
    ft_record_word(f, r->answer);
    ft_record_text(f, r->text + start, end - start);
    ft_record_text(f, r->text + r->start, r->end - r->start);
    ft_record_text(f, r->text, r->n);
    ft_record_number(f, r->loss);
}

struct table {
    const char *const *names;
    size_t columns;
    void (*row)(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                struct ft_record_file *f); /* without the first two columns */
};

static const struct table *table_of(enum ft_task task)
{
    static const struct table labels = {classified_names, 8, classified},
                              sets = {set_names, 7, set}, numbers = {number_names, 7, number},
                              questions = {question_names, 11, question},
                              entities = {entity_names, 9, entity},
                              blocks = {block_names, 6, block};
    switch (ft_task_predicts(task)) {
    case FT_PREDICTS_LABEL:
        return &labels;
    case FT_PREDICTS_ENTITIES:
        return &entities;
    case FT_PREDICTS_LABELS:
        return &sets;
    case FT_PREDICTS_NUMBER:
        return &numbers;
    case FT_PREDICTS_SPAN:
        return &questions;
    case FT_PREDICTS_TOKENS:
    case FT_PREDICTS_TEXT:
    case FT_PREDICTS_NOTHING:
        break;
    }
    return &blocks;
}

static enum ft_status write_table(const struct evaluation_content *c, const char *path,
                                  struct ft_err *err)
{
    const struct table *table = table_of(c->f.scores.task);
    struct ft_record_file f;
    enum ft_status st = ft_record_file_open(&f, path, table->names, table->columns, err);
    for (size_t i = 0; !st && i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        ft_record_count(&f, r->row);
        ft_record_word(&f, r->part);
        table->row(c, r, &f);
    }
    return st ? st : ft_record_file_close(&f, err);
}

/* `array`: the lines as one JSON value. */
static enum ft_status write_lines(const struct evaluation_content *c, const char *path, bool array,
                                  struct ft_err *err)
{
    struct ft_out out;
    struct ft_str line = {0};
    enum ft_status st = ft_out_open(&out, path, err);
    if (st) return st;
    if (array) fputs("[\n", out.f);
    size_t lines = c->lines_n ? c->lines_n : c->n;
    for (size_t i = 0; i < lines; i++) {
        ft_str_clear(&line);
        if (c->lines_n) /* of sentences, whose rows are their entities */
            ft_str_add(&line, c->lines[i].text, c->lines[i].n);
        else
            evaluation_write_line(c, &c->rows[i], &line);
        size_t n = array ? line.len - 1 : line.len; /* its newline */
        fwrite(line.data, 1, n, out.f);
        if (array) fputs(i + 1 < lines ? ",\n" : "\n", out.f);
    }
    if (array) fputs("]\n", out.f);
    ft_str_release(&line);
    return ft_out_commit(&out, err);
}

enum ft_status ft_evaluation_write(const struct ft_evaluation *e, const char *path,
                                   struct ft_err *err)
{
    const struct evaluation_content *c = evaluation_content_of(e);
    if (!c->n && !c->lines_n)
        return ft_fail(err, FT_USAGE, "there are no predictions to write: e evaluates");
    switch (ft_record_format_of(path)) {
    case FT_RECORD_CSV:
    case FT_RECORD_TSV:
        return write_table(c, path, err);
    case FT_RECORD_JSON:
    case FT_RECORD_JSONL:
        return write_lines(c, path, ft_record_format_of(path) == FT_RECORD_JSON, err);
    case FT_RECORD_NONE:
        break;
    }
    return ft_fail(err, FT_USAGE,
                   "%s: expected a name ending in .csv, .tsv, .jsonl or .json for predictions",
                   path);
}
