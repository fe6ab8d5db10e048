/* The bytes of a file (or of memory), unpacked while they are read where it is gzip or xz data.
 *
 *     if ((st = ft_packed_open(&p, path, err))) return st;
 *     while (!st && !p.end) st = ft_packed_read(&p, buf, sizeof buf, &got, err);
 *     ft_packed_close(&p);
 *
 * The file is read, never mapped: another program may cut it short or write over it meanwhile. That
 * is found at its end and is an error. One thread at a time. */
#ifndef FT_DATA_PACKED_H
#define FT_DATA_PACKED_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_packed_decoder;
struct ft_packed {
    const char *path;        /* the caller's; for error texts */
    const char *compression; /* "gz", "xz" or NULL */
    uint64_t size_bytes;     /* of the file */
    uint64_t done_bytes;     /* of the file, read */
    bool end;                /* nothing more comes */
    /* private */
    int fd; /* -1: memory */
    bool borrowed;
    const uint8_t *mem;
    int64_t changed_s, changed_ns;
    struct ft_packed_decoder *decoder; /* NULL: plain */
};

/* Errors: FT_NOTFOUND, FT_IO, FT_NOMEM. */
enum ft_status ft_packed_open(struct ft_packed *p, const char *path, struct ft_err *err);
/* Bytes that stay the caller's; they are not unpacked. */
void ft_packed_open_mem(struct ft_packed *p, const char *name, const void *data, size_t n);
/* The same file once more from its beginning; `p` must outlive it. */
enum ft_status ft_packed_again(struct ft_packed *again, const struct ft_packed *p,
                               struct ft_err *err);
/* Up to n bytes (n > 0); fewer only at the end. Errors: FT_FORMAT for broken or cut off compressed
 * data, FT_NOMEM, FT_IO, also when the file was changed since it was opened. */
enum ft_status ft_packed_read(struct ft_packed *p, void *buf, size_t n, size_t *got,
                              struct ft_err *err);
void ft_packed_close(struct ft_packed *p);

#endif
