/* One JSON value as one row of a table. An object's keys are columns; objects inside it are reached
 * by dotted names ("review.body"); other lists stay their JSON text. What annotation tools write is
 * understood:
 *   a list with one label or text      that one (doccano, Prodigy's "accept")
 *   {"cats":{"good":1.0,"bad":0.0}}    the categories that are 1: one, or a JSON list (spaCy)
 *   {"annotations":[{"label":5}]}      that label; several: a list of them (doccano, before 1.3);
 *                                      with places, the spans [[start,end,label],..]
 *   ["text",{"entities":[..]}]         the text, and the fields of the object (spaCy 2)
 *   Label Studio's tasks               see json_studio.h
 * Conversations are texts: see json_chat.h. Lists of several labels and spans stay as they are: see
 * label_form.h. A key that comes twice in a row, and rows of other shapes than the first, are errors.
 * Private to the readers. */
#ifndef FT_DATA_JSON_ROW_H
#define FT_DATA_JSON_ROW_H

#include "data/json_cells.h"

/* Takes one object, list of cells or text as a row. `pos`: bytes of the input used up. When the
 * JSON is invalid, s->why is set and no row is added. */
enum ft_status ft_json_row(struct ft_json_rows *r, struct ft_jscan *s, size_t pos,
                           struct ft_err *err);
/* The same in two steps, for rows whose cells come from several places. */
enum ft_status ft_json_row_end(struct ft_json_rows *r, size_t pos, struct ft_err *err);
/* Is the value at s ["text",{..}], a text and its annotations? */
bool ft_json_is_pair(struct ft_jscan s);
/* Adds to t->said what was done with the labels. */
void ft_json_rows_say(const struct ft_json_rows *r);

#endif
