/* For readers that take paths: one folder a process, in memory where there is such a place, in
 * which the input's pieces are files. */
#ifndef FT_TESTS_FUZZ_FILES_H
#define FT_TESTS_FUZZ_FILES_H

#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char fuzz_dir[64];

static inline void fuzz_dir_remove(void)
{
    ft_remove_tree(fuzz_dir, NULL);
}

/* The path of a file in the folder; valid until the fourth call from here. */
static inline const char *fuzz_path(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    if (!*fuzz_dir) {
        snprintf(fuzz_dir, sizeof fuzz_dir, "%s/fettle-fuzz-XXXXXX",
                 ft_path_is_dir("/dev/shm") ? "/dev/shm" : "/tmp");
        if (!mkdtemp(fuzz_dir) || atexit(fuzz_dir_remove)) abort();
    }
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", fuzz_dir, name);
    return path;
}

static inline void fuzz_write(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(fuzz_path(name), "wbe");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f)) abort();
}

/* The piece of [*data, *data + *n) before the first 0 byte, and goes on behind it. */
static inline const uint8_t *fuzz_piece(const uint8_t **data, size_t *n, size_t *piece_n)
{
    const uint8_t *piece = *data, *stop = *n ? memchr(piece, 0, *n) : NULL;
    *piece_n = stop ? (size_t)(stop - piece) : *n;
    *data += *piece_n + (stop != NULL);
    *n -= *piece_n + (stop != NULL);
    return piece;
}

#endif
