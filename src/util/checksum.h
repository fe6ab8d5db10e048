/* A fast 64-bit checksum of a stream of bytes, to notice damage by disks and memory (several GB/s
 * on one core). Not for hostile files: it is no cryptographic hash, hash.h has one.
 *
 * Within one lane every step is a bijection of the state, so a changed word always changes the sum;
 * other damage goes unnoticed with a probability of about 2^-64.
 *
 *     struct ft_checksum c;
 *     ft_checksum_init(&c);
 *     ft_checksum_add(&c, data, n);      as often as you like; pieces of any length
 *     uint64_t sum = ft_checksum_end(&c);
 */
#ifndef FT_UTIL_CHECKSUM_H
#define FT_UTIL_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

enum { FT_CHECKSUM_LANES = 4, FT_CHECKSUM_BLOCK = 8 * FT_CHECKSUM_LANES };
struct ft_checksum {
    uint64_t lane[FT_CHECKSUM_LANES];
    uint64_t bytes;
    unsigned char rest[FT_CHECKSUM_BLOCK]; /* bytes % FT_CHECKSUM_BLOCK of them are in use */
};
void ft_checksum_init(struct ft_checksum *c);
void ft_checksum_add(struct ft_checksum *c, const void *data, size_t n);
uint64_t ft_checksum_end(const struct ft_checksum *c);

/* The sum as 16 hexadecimal digits. */
enum { FT_CHECKSUM_DIGITS = 16 };
void ft_checksum_text(uint64_t sum, char text[FT_CHECKSUM_DIGITS + 1]);

#endif
