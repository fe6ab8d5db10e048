/* Checked access to cJSON trees and text that is JSON. Getters look keys up with their case and say
 * the path of what is wrong; numbers are range-checked before they become integers. */
#ifndef FT_UTIL_JSON_H
#define FT_UTIL_JSON_H

#include "util/err.h"
#include "util/str.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parses n bytes; `name` (a path) is for the error text, which gives line and column. FT_NOMEM
 * when memory runs out. Whole text must be one value; nesting deeper than cJSON's limit is refused.
 * *out is freed with cJSON_Delete.
 */
enum ft_status ft_json_parse(const char *text, size_t n, const char *name, cJSON **out,
                             struct ft_err *err);
enum ft_status ft_json_read(const char *path, size_t max_bytes, cJSON **out, struct ft_err *err);

/* Optional keys: missing or null keeps *out; a wrong type or range fails. `name` as above. */
enum ft_status ft_json_i64(const cJSON *obj, const char *key, int64_t min, int64_t max,
                           int64_t *out, const char *name, struct ft_err *err);
enum ft_status ft_json_f64(const cJSON *obj, const char *key, double min, double max, double *out,
                           const char *name, struct ft_err *err);
enum ft_status ft_json_bool(const cJSON *obj, const char *key, bool *out, const char *name,
                            struct ft_err *err);
/* *out points into the tree. */
enum ft_status ft_json_str(const cJSON *obj, const char *key, const char **out, const char *name,
                           struct ft_err *err);
const cJSON *ft_json_get(const cJSON *obj,
                         const char *key); /* NULL when missing or not an object */
/* NaN when there is no number of that key. */
double ft_json_number(const cJSON *obj, const char *key);
/* As a count; 0 when it is none, or 9e15 and more. */
size_t ft_json_count(const cJSON *obj, const char *key);

/* Appends a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD; control
 * characters, also DEL and U+0080 to U+009F, are escaped. */
void ft_json_add_str(struct ft_str *s, const char *text, size_t n);
/* Appends the shortest text that reads back as the same double; NaN and Inf become null. */
void ft_json_add_num(struct ft_str *s, double x);
/* The same for a float: shortest text that reads back as the same float. */
void ft_json_add_f32(struct ft_str *s, float x);
/* `"key":` with a comma before it unless the last byte is `{` or `[`. */
void ft_json_add_key(struct ft_str *s, const char *key);
/* `"key":value`, with the comma as above. */
void ft_json_put_num(struct ft_str *s, const char *key, double x);
void ft_json_put_text(struct ft_str *s, const char *key, const char *text);
/* A text that may not be UTF-8, such as a path. Then a second key, KEY_bytes, has it with those
 * bytes, and %, as %XX; readers that do not know it take the text with U+FFFD. */
void ft_json_put_bytes(struct ft_str *s, const char *key, const char *text);
/* The text of such a pair: NULL when neither is a string; free() it. FT_FORMAT for escapes that are
 * broken or stand for a 0 byte. */
enum ft_status ft_json_bytes(const cJSON *obj, const char *key, char **out, const char *name,
                             struct ft_err *err);
/* A whole tree with sorted keys, indent 2 and a final newline: the form of Hugging Face's files. */
void ft_json_pretty(struct ft_str *s, const cJSON *tree);
/* In one line, keys in their order, without a newline. */
void ft_json_compact(struct ft_str *s, const cJSON *tree);

#endif
