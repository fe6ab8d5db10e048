/* Label Studio's exports, within the JSON reader.
 * A task, {"data":{..},"annotations":[{"result":[..]},..]}, becomes a row: the fields of "data", and
 * what was annotated, by question ("from_name"):
 *   the first question with choices, a rating or a number   column "label": a label, a JSON list of
 *                                                           several, or the number
 *   regions of text with labels                             column "spans": [{"start","end","label",
 *                                                           "text"},..], see tagged.h
 *   other questions                                         a column named by the question
 * The first annotation that was not cancelled counts. In JSON-MIN and CSV each question is a column
 * already; their cells are put into the same form by ft_studio_cell.
 * Private to the readers. */
#ifndef FT_DATA_JSON_STUDIO_H
#define FT_DATA_JSON_STUDIO_H

#include "data/json_cells.h"

/* Is the object at s a task? */
bool ft_studio_is_task(struct ft_jscan s);
/* Takes the annotations of a task, a list at s. */
enum ft_status ft_studio_annotations(struct ft_json_rows *r, struct ft_jscan *s,
                                     struct ft_err *err);
/* {"choices":["a"]}, {"choices":["a","b"]}, [{"rating":4}], [{"number":0.5}]: the label, the list of
 * labels, the number. false: another cell. */
bool ft_studio_cell(struct ft_text cell, struct ft_arena *arena, struct ft_text *out);

#endif
