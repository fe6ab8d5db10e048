/* The directory of a zip archive whose members are stored without compression, as torch.save
 * writes them: names and where their bytes lie. Only its end is read; every offset is checked.
 * Zip64 is read. Not here: unpacking (there is nothing to unpack).
 * Source: APPNOTE.TXT of PKWARE. Threads: a read directory is read-only. */
#ifndef FT_DATA_PT_ZIP_H
#define FT_DATA_PT_ZIP_H

#include "util/err.h"
#include "util/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where bytes come from: a file or memory. `read` is only asked for what lies inside. */
struct ft_pt_source {
    enum ft_status (*read)(void *arg, uint64_t at, void *dst, size_t n, struct ft_err *err);
    void *arg;
    uint64_t size;
    const char *name; /* for error texts */
};

struct ft_pt_member {
    const char *name; /* not ended by 0 */
    size_t name_len;
    uint64_t header;       /* where its local header begins */
    uint64_t packed, size; /* bytes in the archive; bytes of the content */
    uint32_t crc;          /* CRC-32 of the content; 0: none was written */
    bool plain;            /* neither compressed nor encrypted */
};

struct ft_pt_zip {
    const struct ft_pt_source *source;
    uint8_t *directory; /* as in the file */
    struct ft_pt_member *members;
    size_t count, cap;
    struct ft_strmap by_name;
};

bool ft_pt_is_zip(const uint8_t *data, size_t n);
/* `source` must outlive z. On failure there is nothing to release. Errors: FT_FORMAT, FT_IO,
 * FT_NOMEM. */
enum ft_status ft_pt_zip_open(struct ft_pt_zip *z, const struct ft_pt_source *source,
                              struct ft_err *err);
void ft_pt_zip_release(struct ft_pt_zip *z);

/* NULL: there is none of this name. */
const struct ft_pt_member *ft_pt_zip_find(const struct ft_pt_zip *z, const char *name, size_t len);
/* Where the content begins: m->size bytes inside the archive. FT_FORMAT, FT_UNSUPPORTED (packed),
 * FT_IO. */
enum ft_status ft_pt_zip_place(const struct ft_pt_zip *z, const struct ft_pt_member *m,
                               uint64_t *at, struct ft_err *err);
/* Reads all stored members, with `piece` of n bytes as buffer, and compares their CRC-32 where one
 * was written (torch.save can leave them out). FT_FORMAT names the member that differs; FT_IO. */
enum ft_status ft_pt_zip_verify(const struct ft_pt_zip *z, uint8_t *piece, size_t n,
                                struct ft_err *err);

#endif
