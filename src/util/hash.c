/* Hashes: see hash.h. SHA-256 is libcrypto's, which uses the processor's instructions for it. Its
 * functions SHA256_* need no memory; EVP_* does, and crashes when its first call gets none. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init, _Update, _Final */
#include "util/hash.h"
#include "util/fs.h"
#include "util/mem.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ft_sha256 {
    SHA256_CTX ctx;
};

struct ft_sha256 *ft_sha256_new(void)
{
    struct ft_sha256 *h = ft_xmalloc(sizeof *h);
    SHA256_Init(&h->ctx);
    return h;
}

void ft_sha256_add(struct ft_sha256 *h, const void *data, size_t n)
{
    if (n) SHA256_Update(&h->ctx, data, n);
}

void ft_sha256_end(struct ft_sha256 *h, char hex[65])
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    SHA256_Final(sum, &h->ctx);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    free(h);
}

void ft_sha256_hex(const void *data, size_t n, char hex[65])
{
    struct ft_sha256 *h = ft_sha256_new();
    ft_sha256_add(h, data, n);
    ft_sha256_end(h, hex);
}

enum ft_status ft_sha256_file(const char *path, char hex[65], struct ft_err *err)
{
    FILE *f = fopen(path, "rb");
    if (!f) return ft_fail(err, FT_IO, "%s: cannot be opened: %s", path, strerror(errno));
    enum { PIECE = 1 << 18 };
    char *buf = ft_xmalloc(PIECE);
    struct ft_sha256 *h = ft_sha256_new();
    for (size_t n; (n = fread(buf, 1, PIECE, f)) > 0;)
        ft_sha256_add(h, buf, n);
    int bad = ferror(f), why = errno;
    ft_sha256_end(h, hex);
    free(buf);
    fclose(f);
    if (bad) return ft_fail(err, FT_IO, "%s: reading failed: %s", path, strerror(why));
    return FT_OK;
}

uint64_t ft_hash64(const void *data, size_t n)
{
    const unsigned char *p = data;
    uint64_t h = 0xcbf29ce484222325u ^ n * 0x9E3779B97F4A7C15u;
    while (n >= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        h = (h ^ w) * 0x9FB21C651E98DF25u;
        h ^= h >> 32;
        p += 8;
        n -= 8;
    }
    for (; n; n--)
        h = (h ^ *p++) * 0x100000001b3u;
    h ^= h >> 29;
    h *= 0xBF58476D1CE4E5B9u;
    return h ^ h >> 32;
}

struct ft_strmap_slot {
    const char *key; /* NULL: free */
    size_t len, value;
    uint64_t hash;
};

void ft_strmap_release(struct ft_strmap *m)
{
    free(m->slots);
    memset(m, 0, sizeof *m);
}

static struct ft_strmap_slot *find_slot(const struct ft_strmap *m, const char *key, size_t n,
                                        uint64_t hash)
{
    size_t i = (size_t)hash & (m->cap - 1);
    while (m->slots[i].key) {
        struct ft_strmap_slot *s = &m->slots[i];
        if (s->hash == hash && s->len == n && (!n || !memcmp(s->key, key, n))) return s;
        i = (i + 1) & (m->cap - 1);
    }
    return &m->slots[i];
}

void ft_strmap_put(struct ft_strmap *m, const char *key, size_t n, size_t value)
{
    if ((m->count + 1) * 10 > m->cap * 7) {
        struct ft_strmap bigger = {.cap = m->cap ? m->cap * 2 : 64, .count = m->count};
        bigger.slots = ft_xcalloc(bigger.cap, sizeof *bigger.slots);
        for (size_t i = 0; i < m->cap; i++) {
            struct ft_strmap_slot *s = &m->slots[i];
            if (s->key) *find_slot(&bigger, s->key, s->len, s->hash) = *s;
        }
        free(m->slots);
        *m = bigger;
    }
    uint64_t hash = ft_hash64(key, n);
    struct ft_strmap_slot *s = find_slot(m, key, n, hash);
    if (!s->key) m->count++;
    *s = (struct ft_strmap_slot){.key = key ? key : "", .len = n, .value = value, .hash = hash};
}

size_t *ft_strmap_get(const struct ft_strmap *m, const char *key, size_t n)
{
    if (!m->count) return NULL;
    struct ft_strmap_slot *s = find_slot(m, key, n, ft_hash64(key, n));
    return s->key ? &s->value : NULL;
}
