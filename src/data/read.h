/* Files to tables: which of the readers a file wants, and reading it. CSV, TSV, JSON, JSON Lines,
 * plain text, labelled lines, tagged words, folders of texts, Excel workbooks. A unit of several
 * files: read.c decides, read_*.c read a kind of file each, csv_*.c are the parts of the CSV reader.
 *
 *     struct ft_table t = {0};
 *     if ((st = ft_table_read(&t, "train.csv.xz", NULL, &err))) ..
 *     ft_table_release(&t);        in any case
 *
 * Threads: see table.h. */
#ifndef FT_DATA_READ_H
#define FT_DATA_READ_H

#include "data/split.h"
#include "data/table.h"

/* Reads `path` (a file or a folder). Errors: FT_NOTFOUND, FT_IO, FT_FORMAT with row and reason,
 * FT_NOMEM with the numbers, FT_CANCELLED, FT_USAGE for a SQuAD file (ft_squad_read takes those).
 * After an error the rows before it can still be read (complete is false), and the caller still
 * releases the table. */
enum ft_status ft_table_read(struct ft_table *t, const char *path, const struct ft_read_opt *opt,
                             struct ft_err *err);
/* The same from bytes that stay the caller's and must outlive the table; `name` is for error texts
 * and, by its ending, for sniffing. No decompression. */
enum ft_status ft_table_read_mem(struct ft_table *t, const char *name, const void *data, size_t n,
                                 const struct ft_read_opt *opt, struct ft_err *err);
/* SHA-256 of the file that a path of data names, also one with a sheet (F.xlsx#SHEET). */
enum ft_status ft_table_sha256(const char *path, char hex[65], struct ft_err *err);

/* What is at `path`: never AUTO on success. Reads the beginning only (all of a compressed JSON). */
enum ft_status ft_format_sniff(const char *path, const struct ft_read_opt *opt, enum ft_format *out,
                               struct ft_err *err);
/* Has a file of this name rows, by its ending (also before .gz and .xz)? */
bool ft_format_is_data(const char *name);

/* From words: "auto" (0: sniff), one character, or comma, tab, semicolon, pipe, space, none;
 * double, single, none. Errors: FT_USAGE. */
enum ft_status ft_delimiter_parse(const char *text, char *out, struct ft_err *err);
enum ft_status ft_quote_parse(const char *text, char *out, struct ft_err *err);
/* As a word, or the character itself. */
const char *ft_delimiter_name(char delimiter);
const char *ft_quote_name(char quote); /* 0: "none" */

/* The data files of a folder that is not read as one table: a folder with one data file means that file, and the
 * SQuAD files of splits (train-v1.1.json, dev-v1.1.json) are read one by one. False: the path is no such
 * folder, all parts are NULL then; else free() each. A single file is that of the training part; several
 * of SQuAD without one for training are no such folder. */
bool ft_folder_files(const char *path, char *part[FT_PART_COUNT]);

#endif
