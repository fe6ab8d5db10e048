/* The bytes of a data file as UTF-8 text that lies still: the file is read, unpacked where it is
 * .gz or .xz (known by its first bytes) and converted, piece by piece, to the end of memory that
 * grows without moving, so that views into it stay good. What was read is a copy: what other
 * programs do to the file afterwards changes nothing.
 *
 *     ft_input_open(&in, path, FT_ENCODING_AUTO, &err);
 *     use in.text[0..n); while more is needed and !in.eof: ft_input_more(&in, want, &err);
 *
 * Bytes that are not UTF-8 are left as they are (what cannot be converted becomes the byte 0xFF):
 * who cuts the text into rows repairs them and knows the row. One thread at a time. */
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
