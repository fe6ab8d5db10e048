/* Labels as annotation tools write them in JSON, and texts in lists of one: see json_row.h. Private
 * to the JSON reader. */
#ifndef FT_DATA_JSON_LABEL_H
#define FT_DATA_JSON_LABEL_H

#include "data/json_cells.h"

/* The value at s, which is under `key`, as one cell: a list with one label or text, categories,
 * Label Studio's choices and ratings. false: another value; s is unchanged. */
bool ft_json_label(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text key,
                   struct ft_text *cell);
/* "annotations" of doccano before 1.3: the label, a list of those that differ, or spans. false: not
 * of that form; s is unchanged. */
bool ft_json_marks(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text *cell);

#endif
