/* Rows and columns of text as parsed from the file, before any cleaning.
 *
 *     struct ft_table t = {0};
 *     struct ft_read_opt opt = {0};                      detect everything
 *     if ((st = ft_table_read(&t, "train.csv.xz", &opt, &err))) {
 *         ft_table_release(&t);
 *         return st;
 *     }
 *     struct ft_text cell = ft_table_cell(&t, row, col); row and col from 0
 *     ft_table_release(&t);
 *
 * Memory is about the size of the text: the file is read (and unpacked, and converted to UTF-8)
 * once into memory that never moves, and a cell that needs no unquoting is a view into that. Cells
 * are 16 bytes each, column by column, reached in constant time.
 *
 * Cells are UTF-8: invalid bytes are replaced by U+FFFD, and each such row is noted. NULs may occur.
 * A missing cell (a short row, JSON null, a missing key) has data == NULL; an empty text has not.
 *
 * Threads: a table is read by one thread. From the first call of the progress function (after 64
 * rows) until ft_table_read() returns, any thread may call ft_table_rows(), ft_table_columns(),
 * ft_table_cell() and ft_table_name() for rows below the value that ft_table_rows() gave, and for
 * columns below the value that ft_table_columns() gave after that; such rows neither change nor
 * move until ft_table_release(). Everything else (notes, format, encoding..) is for the
 * reading thread until ft_table_read() returned; after that the table is read-only.
 */
#ifndef FT_DATA_TABLE_H
#define FT_DATA_TABLE_H

#include "data/encoding.h"
#include "data/text.h"
#include "util/err.h"
#include "util/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_FORMAT_LIST(X)                                                                          \
    X(AUTO, "auto")                                                                                \
    X(CSV, "csv")                                                                                  \
    X(TSV, "tsv")                                                                                  \
    X(JSONL, "jsonl")                                                                              \
    X(JSON, "json")                                                                                \
    X(FOLDER, "folder")                                                                            \
    X(TEXT, "text")                                                                                \
    X(FASTTEXT, "fasttext")                                                                        \
    X(CONLL, "conll")                                                                              \
    X(XLSX, "xlsx")                                                                                \
    X(SQUAD, "squad")
/* SQUAD is never a table: see data/squad.h. */
enum ft_format {
#define X(id, name) FT_FORMAT_##id,
    FT_FORMAT_LIST(X)
#undef X
};
const char *ft_format_name(enum ft_format f);

enum {
    FT_TABLE_COLUMNS_MAX = 4096,
    FT_TABLE_NOTES_MAX = 1000 /* kept of each kind; all are counted */
};

/* Irregularities in rows, found while reading. */
#define FT_NOTE_LIST(X)                                                                            \
    X(UTF8, "invalid UTF-8 became U+FFFD")                                                         \
    X(SHORT, "fewer cells than columns")                                                           \
    X(LONG, "more cells than columns, the last ones are ignored")                                  \
    X(QUOTE, "text after a closing quote")                                                         \
    X(LINES, "a quoted cell holds lines that look like rows: is a quote missing?")
enum ft_note_kind {
#define X(id, text) FT_NOTE_##id,
    FT_NOTE_LIST(X)
#undef X
        FT_NOTE_COUNT
};
const char *ft_note_text(enum ft_note_kind k);
struct ft_note {
    size_t row;      /* from 1, as people count */
    uint32_t amount; /* UTF8: invalid sequences; SHORT, LONG: cells found; LINES: lines */
};
struct ft_notes {
    struct ft_note *items; /* the first FT_TABLE_NOTES_MAX rows */
    size_t n, cap, rows;   /* kept; rows with this note in all */
    size_t last_row;       /* private */
};

struct ft_table;
/* Called on the reading thread about every 4 MB or 4,096 rows, and once at the end. Bytes are those
 * of the file on disk (compressed). Returning false ends the reading with FT_CANCELLED. During
 * the call the first `rows` rows of `t` may be read. */
typedef bool ft_table_progress_fn(void *arg, const struct ft_table *t, size_t rows,
                                  uint64_t bytes_done, uint64_t bytes_total);

/* Where a row is in the file's text; for rewrite.h only, see read_in.h. */
struct ft_row_place;
typedef void ft_row_place_fn(void *arg, const struct ft_row_place *p);

/* All zero: everything is detected. Values that are set are used unchecked. */
struct ft_read_opt {
    enum ft_format format;
    enum ft_encoding encoding;
    char delimiter;  /* CSV, TSV: 0: detect; FT_DELIMITER_NONE: one cell per line */
    char quote;      /* 0: detect; FT_QUOTE_NONE: quotes are plain characters */
    int header;      /* 0: detect; 1: the first row has the names; -1: no header */
    bool whole;      /* plain text: the whole file is one row, not one row per line */
    size_t rows_max; /* stop after this many rows, without an error (a preview); 0: all */
    ft_table_progress_fn *progress; /* NULL: none */
    void *progress_arg;
    ft_row_place_fn *place; /* NULL; called before each row of a file of text is added */
    void *place_arg;
};
#define FT_QUOTE_NONE     ((char)-1)
#define FT_DELIMITER_NONE '\n'

enum { FT_TABLE_CHUNKS = 40 };
struct ft_table_column {
    char *name; /* trimmed, UTF-8, never empty: "column3" where the file has none */
    struct ft_text
        *chunks[FT_TABLE_CHUNKS]; /* chunk k holds 64 << k rows; NULL: all cells missing */
};

struct ft_table {
    char *path;
    enum ft_format format;
    enum ft_encoding encoding;
    const char *compression; /* "gz", "xz" or NULL */
    char delimiter, quote;   /* CSV, TSV; quote 0: none */
    bool has_header;
    bool complete;       /* everything was read (false after an error, a cancel, rows_max) */
    int part_column;     /* a folder or a file with splits: column "part"; -1: none */
    bool part_by_name;   /* it is a column of the file that says so by its name and its cells */
    int turns_column;    /* conversations, a line for each turn; -1: none */
    bool studio_choices; /* CSV of Label Studio: several labels are {"choices":[..]} */
    char *said;          /* how an unusual format was read, for a message; NULL: nothing */
    size_t files, files_skipped; /* FOLDER: texts read; entries that are no text */
    uint64_t text_bytes;         /* of all cells */
    struct ft_notes notes[FT_NOTE_COUNT];

    /* Private; use the functions below. */
    atomic_size_t rows_ready, columns_ready;
    struct ft_table_column **columns;
    struct ft_arena arena;
    struct ft_input *input;
    struct ft_table
        *parts; /* a folder's data files, one per split, that own the texts of the cells */
};

void ft_table_release(struct ft_table *t);

size_t ft_table_rows(const struct ft_table *t);
size_t ft_table_columns(const struct ft_table *t);
const char *ft_table_name(const struct ft_table *t, size_t col);
/* The column of that name (exactly; else without regard to ASCII case), -1 when there is none. */
bool ft_table_has(const struct ft_table *t, const char *name); /* a column of just this name */
int ft_table_find(const struct ft_table *t, const char *name);
/* row < ft_table_rows, col < ft_table_columns, else {NULL, 0}. */
struct ft_text ft_table_cell(const struct ft_table *t, size_t row, size_t col);

/* Appends one row as a JSON object, every value a string (missing cells: null), no newline. */
struct ft_str;
void ft_table_row_json(const struct ft_table *t, size_t row, struct ft_str *out);

#endif
