/* See tok_charsmap.h. */
#include "data/tok_charsmap.h"

#include "data/unicode.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static uint32_t little(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

enum ft_status tok_charsmap_parse(struct tok_charsmap *m, const uint8_t *bytes, size_t n,
                                  const char *name, struct ft_err *err)
{
    size_t size = n >= 4 ? little(bytes) : 0;
    *m = (struct tok_charsmap){0};
    if (n == 0) return FT_OK;
    if (n < 4 || size % 4 || size > n - 4)
        return ft_fail(
            err, FT_FORMAT,
            "%s: Precompiled: the map of characters is damaged: an array of %zu bytes in "
            "%zu",
            name, size, n);
    if (!ft_uni_valid((const char *)bytes + 4 + size, n - 4 - size))
        return ft_fail(err, FT_FORMAT, "%s: Precompiled: the map's texts are not UTF-8", name);
    m->units_n = size / 4;
    m->units = ft_xmalloc(size + 4);
    for (size_t i = 0; i < m->units_n; i++)
        m->units[i] = little(bytes + 4 + 4 * i);
    m->texts_n = n - 4 - size;
    m->texts = ft_xmalloc(m->texts_n + 1);
    if (m->texts_n) memcpy(m->texts, bytes + 4 + size, m->texts_n);
    m->texts[m->texts_n] = 0;
    return FT_OK;
}

void tok_charsmap_release(struct tok_charsmap *m)
{
    free(m->units);
    free(m->texts);
    *m = (struct tok_charsmap){0};
}

/* A unit: the label in its low byte (and bit 31, set in values), bit 8 "has a value", the offset to
 * its children from bit 10 on, 256 times as far when bit 9 is set. */
static size_t offset_of(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 0x200u) >> 6);
}

bool tok_charsmap_find(const struct tok_charsmap *m, const char *key, size_t n, const char **text,
                       size_t *text_n)
{
    size_t at;
    if (!m->units_n) return false;
    at = offset_of(m->units[0]);
    for (size_t i = 0; i < n && key[i]; i++) {
        uint8_t byte = (uint8_t)key[i];
        at ^= byte;
        if (at >= m->units_n || (m->units[at] & 0x800000FFu) != byte) return false;
        uint32_t unit = m->units[at];
        at ^= offset_of(unit);
        if (!(unit >> 8 & 1)) continue;
        size_t from = at < m->units_n ? m->units[at] & 0x7FFFFFFFu : SIZE_MAX;
        if (from > m->texts_n) return false;
        *text = m->texts + from;
        *text_n = strlen(*text);
        return true;
    }
    return false;
}
