/* Files of JSON values, one a line.
 *
 *     static enum ft_status take(void *arg, const cJSON *value, size_t line, struct ft_err *err);
 *     st = ft_json_lines(path, take, &arg, &err);
 *
 * Threads: the caller's. */
#ifndef FT_UTIL_JSON_LINES_H
#define FT_UTIL_JSON_LINES_H

#include "util/json.h"

/* value: NULL for a line that is not JSON, with *err saying why. line from 1. Not FT_OK ends the
 * reading. */
typedef enum ft_status ft_json_line_fn(void *arg, const cJSON *value, size_t line,
                                       struct ft_err *err);
/* Errors: those of opening the file, FT_NOMEM, and what take returns. */
enum ft_status ft_json_lines(const char *path, ft_json_line_fn *take, void *arg,
                             struct ft_err *err);

#endif
