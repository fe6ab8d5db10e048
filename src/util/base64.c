/* See base64.h. */
#include "util/base64.h"

#include "util/mem.h"

#include <stdlib.h>

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool ft_base64_decode(const char *text, size_t text_n, uint8_t **bytes, size_t *n)
{
    uint32_t bits = 0;
    size_t have = 0, pads = 0;
    *bytes = NULL;
    *n = 0;
    while (pads < 2 && text_n && text[text_n - 1] == '=') {
        text_n--;
        pads++;
    }
    if (text_n % 4 == 1 || (pads && (text_n + pads) % 4)) return false;
    uint8_t *to = ft_xmalloc(text_n / 4 * 3 + 3);
    for (size_t i = 0; i < text_n; i++) {
        int v = value_of(text[i]);
        if (v < 0) {
            free(to);
            return false;
        }
        bits = bits << 6 | (uint32_t)v;
        if (i % 4) to[have++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *bytes = to;
    *n = have;
    return true;
}

void ft_base64_add(struct ft_str *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    ft_str_reserve(out, out->len + n / 3 * 4 + 8);
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)bytes[i] << 16;
        v |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        v |= left > 2 ? bytes[i + 2] : 0;
        ft_str_addc(out, digits[v >> 18]);
        ft_str_addc(out, digits[v >> 12 & 63]);
        ft_str_addc(out, left > 1 ? digits[v >> 6 & 63] : '=');
        ft_str_addc(out, left > 2 ? digits[v & 63] : '=');
    }
}
