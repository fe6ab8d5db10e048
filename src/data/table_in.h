/* A table being filled, row by row; private to the readers (read.h). A reader adds columns, sets the
 * cells of the current row and pushes it; cells that it does not set are missing. Texts it hands
 * over are views into l->in or pieces of l->t->arena. */
#ifndef FT_DATA_TABLE_IN_H
#define FT_DATA_TABLE_IN_H

#include "data/input.h"
#include "data/table.h"

struct ft_load {
    struct ft_table *t;
    const struct ft_read_opt *opt;
    struct ft_input *in; /* NULL for folders */
    const char *path;
    size_t rows;                      /* pushed */
    uint64_t bytes_done, bytes_total; /* folders; else told by in */
    size_t said_rows;
    uint64_t said_bytes;
    bool done; /* rows_max is reached: stop, it is no error */
};

/* Adds a column (name trimmed, made valid; an empty one becomes "columnN"). FT_FORMAT when there
 * are too many. */
enum ft_status ft_load_column(struct ft_load *l, const char *name, size_t n, struct ft_err *err);
/* Sets a cell of the current row, repairing invalid UTF-8. */
void ft_load_cell(struct ft_load *l, size_t col, struct ft_text text);
/* Publishes a finished row, reports progress. `pos`: bytes of in->text used up. FT_CANCELLED,
 * FT_NOMEM. */
enum ft_status ft_load_row(struct ft_load *l, size_t pos, struct ft_err *err);
/* Notes something about the current row. */
void ft_load_note(struct ft_load *l, enum ft_note_kind kind, size_t amount);

/* A row in the text of its file. Of a file of columns ({"text":[..],"label":[..]}) there is one place for
 * each of its cells. */
struct ft_json_rows;
struct ft_csv_row;
struct ft_csv_form;
struct ft_row_place {
    size_t row;                   /* from 1; set by ft_load_place */
    size_t group;                 /* the list of rows, or the column, that it stands in */
    const char *from, *to;        /* all of it: a line, an entry with its key */
    const char *value;            /* of JSON: without the key */
    int col;                      /* the column of this cell; -1: a whole row */
    const struct ft_csv_row *csv; /* and form: of CSV, else NULL */
    const struct ft_csv_form *form;
    const struct ft_text
        *marks; /* of fastText: the labels; of CoNLL: the tags, data NULL where a word
                                    has none */
    size_t marks_n;
    const struct ft_json_rows *json; /* of JSON, else NULL */
};

/* Tells opt->place, if there is one, where the row is that is added next. */
void ft_load_place(struct ft_load *l, struct ft_row_place *p);

/* Calls opt->progress: FT_CANCELLED when it returns false. */
enum ft_status ft_load_progress(struct ft_load *l, size_t pos, struct ft_err *err);
/* Adds a sentence to t->said. */
void ft_load_say(struct ft_load *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
