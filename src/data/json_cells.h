/* The state of a JSON reader, and the cells of its current row: a column is made the first time its key
 * is seen. Private to the readers. */
#ifndef FT_DATA_JSON_CELLS_H
#define FT_DATA_JSON_CELLS_H

#include "data/jscan.h"
#include "data/table_in.h"
#include "util/hash.h"

enum { FT_STUDIO_QUESTIONS = 16 };
struct ft_studio_question {
    struct ft_text name, column;
    int kind; /* private to json_studio.c */
};

struct ft_json_rows {
    struct ft_load *l;
    struct ft_strmap index; /* key to column; keys are the columns' own names */
    size_t guess;           /* the column that the next key will most likely name */
    size_t nested;          /* columns of objects inside objects */
    size_t *set_in;         /* the row in which each column was set last, from 1 */
    size_t set_cap;
    char shape; /* of the first row: '{', '[', '"', or 'p' for [text, object] */
    bool label_studio;
    struct ft_studio_question questions[FT_STUDIO_QUESTIONS];
    size_t questions_n, unplaced;                 /* spans without a place in plain text */
    bool studio_label, studio_spans, studio_seen; /* private to json_studio.c */
    const char *entry;            /* of a row with a key: where that begins; NULL: it has none */
    size_t group;                 /* of the rows that follow: see ft_row_place */
    int depth;                    /* objects around the one that is looked at for rows */
    struct ft_text part;          /* of the rows that follow, for l->t->part_column */
    size_t lists, cats, disagree; /* rows: label from a list of one, from cats; annotators differ */
    size_t marked;                /* rows: label from "annotations" */
    size_t studio_cells;          /* cells of Label Studio's JSON-MIN that were made simpler */
    size_t pairs;                 /* rows [text, object] */
    size_t chats, silent;         /* cells that are conversations; their turns without text */
    char name[256];               /* of a dotted column, while it is put together */
};
void ft_json_rows_release(struct ft_json_rows *r);
/* The column of a key, added when it is new. FT_FORMAT when there are too many. */
enum ft_status ft_json_column(struct ft_json_rows *r, struct ft_text key, size_t *col,
                              struct ft_err *err);
/* Sets the cell of that column in the current row. FT_FORMAT where it has one already. */
enum ft_status ft_json_set(struct ft_json_rows *r, struct ft_text key, struct ft_text cell,
                           struct ft_err *err);

#endif
