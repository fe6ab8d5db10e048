/* Private to evaluation*.c: what an evaluation is made of. */
#ifndef FT_ENGINE_PRESENT_EVALUATION_IN_H
#define FT_ENGINE_PRESENT_EVALUATION_IN_H

#include "engine/present/evaluation.h"
#include "util/mem.h"

#include <cjson/cJSON.h>

#include <stdio.h>

struct evaluation_content {
    struct ft_evaluation_facts f;
    char *run, *data;
    char part[16];
    char precision[8]; /* that it was computed in, here and now; "": as the run was */
    char said[300];    /* of f.rows */
    struct ft_evaluation_row *rows;
    size_t n, cap;
    struct ft_arena arena; /* texts and probabilities */
    struct ft_text_line {  /* ner: the lines as read, of all sentences */
        const char *text;
        size_t n;
    } * lines;
    size_t lines_n, lines_cap;
};
struct evaluation_content *evaluation_content_new(const char *run);
void evaluation_content_free(struct evaluation_content *c);
const struct evaluation_content *evaluation_content_of(const struct ft_evaluation *e);
bool evaluation_none(const struct evaluation_content *c, const struct ft_evaluation_row *r);
/* Counts what is wrong, once all rows are there or the threshold is another. */
void evaluation_count(struct evaluation_content *c);

/* eval.json. */
enum ft_status evaluation_read_scores(struct evaluation_content *c, const char *path,
                                      struct ft_err *err);
/* Lines of predictions.jsonl for the scores that are there; what is not understood is passed over.
 */
enum ft_status evaluation_read_lines(struct evaluation_content *c, FILE *f, int64_t size,
                                     struct ft_job *w, struct ft_err *err);
/* evaluation_entities.c: a sentence of tagged words, as its entities. */
void evaluation_take_sentence(struct evaluation_content *c, const cJSON *tree, const char *line,
                              size_t n, const struct ft_evaluation_row *given);
void evaluation_count_entities(struct evaluation_content *c);
/* Adds a copy of the row and of its texts. */
struct ft_evaluation_row *evaluation_add_row(struct evaluation_content *c,
                                             const struct ft_evaluation_row *row);
/* One row as such a line again. */
void evaluation_write_line(const struct evaluation_content *c, const struct ft_evaluation_row *r,
                           struct ft_str *out);

#endif
