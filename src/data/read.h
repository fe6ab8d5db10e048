/* What the readers share: a table being filled, row by row. Private to the readers and table.c.
 * A reader adds columns, sets the cells of the current row and pushes it; cells that it does not
 * set are missing. Texts it hands over are views into l->in or pieces of l->t->arena. */
#ifndef FT_DATA_READ_H
#define FT_DATA_READ_H

#include "data/input.h"

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

/* One row a kind of file. `read` fills l->t from l->in (or from the folder l->path). */
struct ft_reader {
    enum ft_format format;
    const char *endings; /* " .csv .txt" */
    enum ft_status (*read)(struct ft_load *l, struct ft_err *err);
};
enum ft_status ft_read_csv(struct ft_load *l, struct ft_err *err); /* TSV too */
enum ft_status ft_read_jsonl(struct ft_load *l, struct ft_err *err);
enum ft_status ft_read_json(struct ft_load *l, struct ft_err *err);
enum ft_status ft_read_text(struct ft_load *l, struct ft_err *err);
enum ft_status ft_read_folder(struct ft_load *l, struct ft_err *err);
enum ft_status ft_read_fasttext(struct ft_load *l, struct ft_err *err);
enum ft_status ft_read_conll(struct ft_load *l, struct ft_err *err);

/* Adds a column (name trimmed, made valid; an empty one becomes "columnN"). FT_FORMAT when there
 * are too many. */
enum ft_status ft_load_column(struct ft_load *l, const char *name, size_t n, struct ft_err *err);
/* Sets a cell of the current row, repairing invalid UTF-8. */
void ft_load_cell(struct ft_load *l, size_t col, struct ft_text text);
/* The row is there: publishes it, says progress. `pos`: bytes of in->text used up. FT_CANCELLED,
 * FT_NOMEM. */
enum ft_status ft_load_row(struct ft_load *l, size_t pos, struct ft_err *err);
/* Notes something about the current row. */
void ft_load_note(struct ft_load *l, enum ft_note_kind kind, size_t amount);

/* Adds a sentence to t->said. */
void ft_load_say(struct ft_load *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Valid UTF-8 for `text`, in the arena when bytes became U+FFFD; *bad counts those. */
struct ft_text ft_text_repair(struct ft_arena *arena, struct ft_text text, size_t *bad);
struct ft_text ft_text_trim(struct ft_text text); /* ASCII blanks at both ends */

/* The form of a CSV file: what is open in `opt` is told from its beginning. */
struct ft_csv_form {
    char delimiter; /* FT_DELIMITER_NONE: a line is one cell */
    char quote;     /* 0: none */
    bool cr;        /* a carriage return by itself ends a row, too */
    bool spaced;    /* a blank follows most delimiters */
    bool header;    /* the first row has the names */
    bool row_names; /* and one name less than the rows have cells: the first column has none */
    size_t skip;    /* bytes before the first row: a line sep=;, rows of nothing */
};
void ft_csv_sniff(const char *text, size_t n, bool eof, bool tsv, const struct ft_read_opt *opt,
                  struct ft_csv_form *form);
/* Bytes of a first line sep=;, and its delimiter; 0: there is none. */
size_t ft_csv_sep_line(const char *text, size_t n, char *delimiter);
/* Is the first row a header? text begins with it. Fills form->header and row_names. */
void ft_csv_guess_header(const char *text, const char *end, bool eof, struct ft_csv_form *form);

/* One row of CSV. */
struct ft_csv_cell {
    const char *p;
    size_t n;
    bool quoted;
    bool quoted_raw; /* p..n is as in the file, with quotes: to be undone by ft_csv_unquote */
};
struct ft_csv_row {
    struct ft_csv_cell *cells;
    size_t n, cap;
    bool stray; /* text after a closing quote */
};
enum ft_csv_result { FT_CSV_ROW, FT_CSV_MORE, FT_CSV_UNCLOSED, FT_CSV_WIDE };
/* Reads the row at p (< end); *next is where the next one begins. MORE: the row may go on after
 * end. */
enum ft_csv_result ft_csv_next(const struct ft_csv_form *form, const char *p, const char *end,
                               bool eof, struct ft_csv_row *row, const char **next);
/* Writes at most cell->n bytes to out; returns how many. */
size_t ft_csv_unquote(const struct ft_csv_cell *cell, char quote, char *out);

#endif
