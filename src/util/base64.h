/* Base64 (RFC 4648, section 4): bytes as text in JSON. No line breaks; padding is written, and may
 * be missing when reading.
 *
 *     st = ft_base64_decode(text, strlen(text), &bytes, &n);
 *     .. bytes[0..n) ..
 *     free(bytes);
 *
 * Threads: safe. */
#ifndef FT_UTIL_BASE64_H
#define FT_UTIL_BASE64_H

#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *bytes gets the *n bytes that text stands for, the caller's to free; false, and NULL, when it is
 * not base64. */
bool ft_base64_decode(const char *text, size_t text_n, uint8_t **bytes, size_t *n);
/* Appends n bytes as base64. */
void ft_base64_add(struct ft_str *out, const uint8_t *bytes, size_t n);

#endif
