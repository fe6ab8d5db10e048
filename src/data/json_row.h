/* One JSON value as one row of a table. An object's keys are columns; objects inside it are reached
 * by dotted names ("review.body"); other lists stay their JSON text. What annotation tools write is
 * understood:
 *   a list with one label              that label (doccano, Prodigy's "accept")
 *   {"cats":{"good":1.0,"bad":0.0}}    the category that is 1 (spaCy)
 *   {"annotations":[{"label":5}]}      that label; several: a list of them (doccano, before 1.3)
 *   {"data":{..},"annotations":[..]}   the fields of "data" and the choice, as "label" (Label
 * Studio) Conversations are texts: see json_chat.h. Lists of several labels and spans stay as they
 * are: see label_form.h. Private to the readers. */
#ifndef FT_DATA_JSON_ROW_H
#define FT_DATA_JSON_ROW_H

#include "data/jscan.h"
#include "data/table_in.h"
#include "util/hash.h"

struct ft_json_rows {
    struct ft_load *l;
    struct ft_strmap index; /* key to column; keys are the columns' own names */
    size_t guess;           /* the column that the next key will most likely name */
    size_t nested;          /* columns of objects inside objects */
    bool begun, label_studio;
    int depth;                    /* objects around the one that is looked at for rows */
    struct ft_text part;          /* of the rows that follow, for l->t->part_column */
    size_t lists, cats, disagree; /* rows: label from a list of one, from cats; annotators differ */
    size_t marked;                /* rows: label from "annotations" */
    size_t chats, silent;         /* cells that are conversations; their turns without text */
    char name[256];               /* of a dotted column, while it is put together */
};
void ft_json_rows_release(struct ft_json_rows *r);
/* The column of a key, added when it is new. FT_FORMAT when there are too many. */
enum ft_status ft_json_column(struct ft_json_rows *r, struct ft_text key, size_t *col,
                              struct ft_err *err);
/* Takes one object, list of cells or text as a row. `pos`: bytes of the input used up. When the
 * JSON is invalid, s->why is set and no row is added. */
enum ft_status ft_json_row(struct ft_json_rows *r, struct ft_jscan *s, size_t pos,
                           struct ft_err *err);
/* The same in two steps, for rows whose cells come from several places. */
enum ft_status ft_json_row_end(struct ft_json_rows *r, size_t pos, struct ft_err *err);
/* Adds to t->said what was done with the labels. */
void ft_json_rows_say(const struct ft_json_rows *r);

#endif
