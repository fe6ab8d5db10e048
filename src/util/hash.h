/* Hashes: SHA-256 of files and texts (from libcrypto), FNV-1a for tables, and a string map. */
#ifndef FT_UTIL_HASH_H
#define FT_UTIL_HASH_H

#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

void ft_sha256_hex(const void *data, size_t n, char hex[65]);
enum ft_status ft_sha256_file(const char *path, char hex[65], struct ft_err *err);
/* Incremental. */
struct ft_sha256;
struct ft_sha256 *ft_sha256_new(void);
void ft_sha256_add(struct ft_sha256 *h, const void *data, size_t n);
void ft_sha256_end(struct ft_sha256 *h, char hex[65]); /* frees h */

uint64_t ft_hash64(const void *data, size_t n);

/* Byte strings to size_t, open addressing. Keys are not copied: they must outlive the map. */
struct ft_strmap {
    struct ft_strmap_slot *slots;
    size_t cap, count;
};
void ft_strmap_release(struct ft_strmap *m);
void ft_strmap_put(struct ft_strmap *m, const char *key, size_t n, size_t value); /* or replaces */
size_t *ft_strmap_get(const struct ft_strmap *m, const char *key, size_t n); /* NULL: not there */

#endif
