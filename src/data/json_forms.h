/* Where the rows are in a JSON file that is one object:
 *   {"data":[rows]} or {"rows":[rows]}, or the only list of objects under another name
 *   {"train":[rows],"test":[rows]}                       parts, in a column "part"
 *   {"columns":[names],"data":[[cells],..]}              pandas, orient="split"
 *   {"text":{"0":..},"label":{"0":..}}                   pandas' default, column by column
 *   {"text":[..],"label":[..]}                           lists of one length
 *   {"0":{"text":..,"label":..},"1":{..}}                pandas, orient="index"
 * Private to the JSON reader. */
#ifndef FT_DATA_JSON_FORMS_H
#define FT_DATA_JSON_FORMS_H

#include "data/json_row.h"

/* An array of rows. */
enum ft_status ft_json_array(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err);
/* The object at s, as one of the forms above. FT_FORMAT for another, naming its keys. */
enum ft_status ft_json_object(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err);

#endif
