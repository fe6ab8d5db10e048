/* Describes data files, model folders, runs, tensors and tokens. The result is text or the JSON of
 * the command line, so the front ends need no types from lower modules.
 *
 *     struct ft_str s = {0};
 *     if ((st = ft_inspect("train.csv", &options, true, &s, &err))) ..
 *
 * Threads: nothing is kept between calls. */
#ifndef FT_ENGINE_TOOLS_INSPECT_H
#define FT_ENGINE_TOOLS_INSPECT_H

#include "engine/options/options.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum ft_inspect_kind {
    FT_INSPECT_DATA,
    FT_INSPECT_MODEL,
    FT_INSPECT_WEIGHTS, /* one .safetensors file, only checked */
    FT_INSPECT_RUN,
};
/* What `name` is: by its ending, by run.json or config.json in a folder, by the hub's cache.
 * Errors: FT_NOTFOUND, with what was looked for. */
enum ft_status ft_inspect_kind(const char *name, enum ft_inspect_kind *kind, struct ft_err *err);

/* Appends one JSON object and a newline, or text for a person. Of `o` are used: form and column
 * options, seed, and model (for data: token counts with its tokenizer). Errors: those of the files.
 */
enum ft_status ft_inspect(const char *name, const struct ft_options *o, bool json,
                          struct ft_str *out, struct ft_err *err);

/* The rows of a data file as the reader understood them, a JSON object each, without newline; at
 * most `max` (0: all). Of `o` are used: the form options. `row` returning an error ends it. */
typedef enum ft_status ft_inspect_row_fn(void *arg, const struct ft_str *json, struct ft_err *err);
enum ft_status ft_inspect_rows(const char *name, const struct ft_options *o, size_t max,
                               ft_inspect_row_fn *row, void *arg, struct ft_err *err);

/* Texts to tokens. */
enum ft_tokenize_form { FT_TOKENIZE_IDS, FT_TOKENIZE_TOKENS, FT_TOKENIZE_JSON };
struct ft_tokenizer;
enum ft_status ft_tokenizer_open(struct ft_tokenizer **t, const char *model, struct ft_err *err);
void ft_tokenizer_free(struct ft_tokenizer *t);
/* Appends one line without its newline: ids or tokens, blank-separated, or CLI.md's object. pair
 * NULL: none. Nothing is cut. */
enum ft_status ft_tokenize(struct ft_tokenizer *t, const char *text, size_t n, const char *pair,
                           size_t pair_n, bool no_special, enum ft_tokenize_form form,
                           struct ft_str *out, struct ft_err *err);
/* The same for a line of JSON: a string, or {"text":..,"text_pair":..}. NULs (\\u0000) are text.
 * Errors: FT_FORMAT with the column. */
enum ft_status ft_tokenize_json(struct ft_tokenizer *t, const char *line, size_t n, bool no_special,
                                enum ft_tokenize_form form, struct ft_str *out, struct ft_err *err);
/* The lines of a text file, unpacked where it is compressed. Bytes that are no UTF-8 became U+FFFD,
 * which the log says. `line` returning an error ends it; the error then names the line. */
typedef enum ft_status ft_tokenize_line_fn(void *arg, const char *line, size_t n,
                                           struct ft_err *err);
enum ft_status ft_tokenize_file(const char *path, ft_tokenize_line_fn *line, void *arg,
                                struct ft_err *err);
/* The same of a stream, each line as it comes; `name` is for what is said. Nothing is unpacked, and
 * bytes that are no UTF-8 become U+FFFD when the line is tokenized. */
enum ft_status ft_tokenize_stream(FILE *in, const char *name, ft_tokenize_line_fn *line, void *arg,
                                  struct ft_err *err);

#endif
