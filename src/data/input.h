/* The bytes of a data file as UTF-8 text at a fixed address: the file is read, decompressed if it is
 * .gz or .xz (detected by its first bytes) and converted, chunk by chunk, into memory that
 * grows without moving, so that views into it stay valid. The text is a copy: later changes of the
 * file by other programs do not affect it.
 *
 *     ft_input_open(&in, path, FT_ENCODING_AUTO, &err);
 *     use in.text[0..n); while more is needed and !in.eof: ft_input_more(&in, want, &err);
 *
 * Invalid UTF-8 is kept (bytes that cannot be converted become 0xFF): the reader that splits the
 * text into rows replaces it and can report the row. One thread at a time. */
#ifndef FT_DATA_INPUT_H
#define FT_DATA_INPUT_H

#include "data/packed.h"
#include "data/encoding.h"

struct ft_input {
    char *path;
    const char *compression;        /* "gz", "xz" or NULL */
    enum ft_encoding encoding;      /* may turn from UTF-8 to windows-1252 until eof, in AUTO */
    const char *text;               /* without a byte order mark */
    size_t n;                       /* bytes there so far */
    bool eof;                       /* n is all */
    uint64_t file_bytes, file_done; /* of the file on the disk; done: read of it */
    /* private */
    struct ft_packed file;
    struct ft_input_memory *memory; /* NULL: text is a view of the caller's bytes */
};

/* Errors: FT_NOTFOUND, FT_IO; FT_FORMAT for a known kind of binary file, with what to do. */
enum ft_status ft_input_open(struct ft_input *in, const char *path, enum ft_encoding enc,
                             struct ft_err *err);
/* Over bytes that outlive it; they are not decompressed. */
enum ft_status ft_input_open_mem(struct ft_input *in, const char *name, const void *data, size_t n,
                                 enum ft_encoding enc, struct ft_err *err);
/* Appends about `want` bytes or more (fewer only at the end, where eof becomes true). Errors:
 * FT_FORMAT for broken or cut off compressed data, FT_NOMEM when the text outgrows memory, both
 * with numbers; FT_IO, also when the file was changed meanwhile. */
enum ft_status ft_input_more(struct ft_input *in, size_t want, struct ft_err *err);
enum ft_status ft_input_all(struct ft_input *in, struct ft_err *err);
void ft_input_close(struct ft_input *in);

/* Bytes of the file that were read when the text before `pos` is used up, for progress. */
uint64_t ft_input_done(const struct ft_input *in, size_t pos);

#endif
