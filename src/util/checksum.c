/* The checksum: see checksum.h. Four independent lanes of 8 bytes each hide the latency of the
 * multiplication. The order of bytes in a word is that of little-endian processors on all. */
#include "util/checksum.h"

#include <stdio.h>
#include <string.h>

/* Odd numbers with well-mixed bits: multiplying by them is a bijection. */
static const uint64_t factor = 0x9FB21C651E98DF25u, factor2 = 0xBF58476D1CE4E5B9u;

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static uint64_t word_at(const unsigned char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* Whole blocks; returns the bytes that were taken. */
static size_t add_blocks(struct ft_checksum *c, const unsigned char *p, size_t n)
{
    uint64_t a = c->lane[0], b = c->lane[1], d = c->lane[2], e = c->lane[3];
    size_t at = 0;
    for (; n - at >= FT_CHECKSUM_BLOCK; at += FT_CHECKSUM_BLOCK) {
        a = rotate((a ^ word_at(p + at)) * factor, 29);
        b = rotate((b ^ word_at(p + at + 8)) * factor, 29);
        d = rotate((d ^ word_at(p + at + 16)) * factor, 29);
        e = rotate((e ^ word_at(p + at + 24)) * factor, 29);
    }
    c->lane[0] = a, c->lane[1] = b, c->lane[2] = d, c->lane[3] = e;
    return at;
}

void ft_checksum_init(struct ft_checksum *c)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < FT_CHECKSUM_LANES; i++)
        c->lane[i] = factor2 * (uint64_t)(i + 1);
}

void ft_checksum_add(struct ft_checksum *c, const void *data, size_t n)
{
    const unsigned char *p = data;
    size_t have = (size_t)(c->bytes % FT_CHECKSUM_BLOCK);
    if (!n) return;
    c->bytes += n;
    if (have) {
        size_t room = FT_CHECKSUM_BLOCK - have, take = n < room ? n : room;
        memcpy(c->rest + have, p, take);
        p += take;
        n -= take;
        if (have + take < FT_CHECKSUM_BLOCK) return;
        add_blocks(c, c->rest, FT_CHECKSUM_BLOCK);
    }
    size_t done = add_blocks(c, p, n);
    if (n > done) memcpy(c->rest, p + done, n - done);
}

uint64_t ft_checksum_end(const struct ft_checksum *c)
{
    struct ft_checksum last = *c;
    size_t have = (size_t)(c->bytes % FT_CHECKSUM_BLOCK);
    memset(last.rest + have, 0, FT_CHECKSUM_BLOCK - have);
    add_blocks(&last, last.rest, FT_CHECKSUM_BLOCK);
    uint64_t sum = c->bytes;
    for (int i = 0; i < FT_CHECKSUM_LANES; i++) {
        sum = (sum ^ last.lane[i]) * factor2;
        sum ^= sum >> 31;
    }
    return sum;
}

void ft_checksum_text(uint64_t sum, char text[FT_CHECKSUM_DIGITS + 1])
{
    snprintf(text, FT_CHECKSUM_DIGITS + 1, "%016llx", (unsigned long long)sum);
}
