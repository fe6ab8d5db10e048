/* What the readers share: one function a kind of file, and the parts of the CSV reader. Private to
 * read*.c and csv*.c. */
#ifndef FT_DATA_READ_IN_H
#define FT_DATA_READ_IN_H

#include "data/read.h"
#include "data/table_in.h"

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

/* What the beginning of a text file is: FASTTEXT, CONLL, else AUTO. */
enum ft_format ft_tagged_sniff(const char *text, size_t n);

/* The form of a CSV file: what is open in `opt` is told from its beginning. */
struct ft_csv_form {
    char delimiter; /* FT_DELIMITER_NONE: a line is one cell */
    char quote;     /* 0: none */
    bool cr;        /* a carriage return by itself ends a row, too */
    bool spaced;    /* a blank follows most delimiters */
    bool blanks;    /* blanks around a cell with quotes belong to no cell */
    bool backslash; /* \" is a quote within a cell with quotes */
    bool header;    /* the first row has the names */
    bool unsure;    /* header was guessed, without evidence in the rows */
    bool row_names; /* and one name less than the rows have cells: the first column has none */
    size_t skip;    /* bytes before the first row: a line sep=;, rows of nothing */
};
void ft_csv_sniff(const char *text, size_t n, bool eof, bool tsv, const struct ft_read_opt *opt,
                  struct ft_csv_form *form);
/* Bytes of a first line sep=;, and its delimiter; 0: there is none. */
size_t ft_csv_sep_line(const char *text, size_t n, char *delimiter);
/* Is the first row a header? text begins with it. Fills form->header and row_names. */
void ft_csv_guess_header(const char *text, const char *end, bool eof, struct ft_csv_form *form);

/* The format of a text by its name: CSV or TSV where each line has the same number of cells, and,
 * with commas, semicolons or bars, names above them; else TEXT. `all`: the text is the whole file.
 */
enum ft_format ft_csv_in_text(const char *text, size_t n, bool all, const struct ft_read_opt *opt);

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
size_t ft_csv_unquote(const struct ft_csv_cell *cell, const struct ft_csv_form *form, char *out);

#endif
