/* A file of records with named fields, in the format given by its name: .csv and .tsv (quoted
 * as in RFC 4180, with a header row), .jsonl (one object per line), .json (an array of objects).
 * Written under a temporary name and renamed: never incomplete.
 *
 *     struct ft_record_file f;
 *     static const char *const names[] = {"text", "label"};
 *     if ((st = ft_record_file_open(&f, "rows.csv", names, 2, &err))) return st;
 *     ft_record_text(&f, text, n);       the fields of a record in their order..
 *     ft_record_number(&f, 0.5);
 *     ..
 *     return ft_record_file_close(&f, &err);      reports any write error since open */
#ifndef FT_UTIL_RECORD_FILE_H
#define FT_UTIL_RECORD_FILE_H

#include "util/err.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

enum ft_record_format {
    FT_RECORD_NONE,
    FT_RECORD_CSV,
    FT_RECORD_TSV,
    FT_RECORD_JSONL,
    FT_RECORD_JSON
};
/* By the end of the name; NONE: it is none of them. */
enum ft_record_format ft_record_format_of(const char *path);

struct ft_record_file {
    struct ft_out out;
    struct ft_str line;
    enum ft_record_format format;
    const char *const *names; /* the caller's, until it is closed */
    size_t fields, at, records;
};
/* FT_USAGE for a name that ends in none of the four. */
enum ft_status ft_record_file_open(struct ft_record_file *f, const char *path,
                                   const char *const *names, size_t fields, struct ft_err *err);
void ft_record_text(struct ft_record_file *f, const char *text, size_t n);
void ft_record_word(struct ft_record_file *f, const char *text); /* NULL: as ft_record_none */
void ft_record_count(struct ft_record_file *f, size_t n);
void ft_record_number(struct ft_record_file *f, double x); /* not finite: as ft_record_none */
void ft_record_none(struct ft_record_file *f);             /* an empty cell; JSON leaves it out */
enum ft_status ft_record_file_close(struct ft_record_file *f, struct ft_err *err);

#endif
