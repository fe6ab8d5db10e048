/* See text.h. */
#include "data/text.h"

#include "data/unicode.h"

#include <string.h>
#include <strings.h>

struct ft_text ft_text_trim(struct ft_text s)
{
    while (s.n && strchr(" \t\r\n\v\f", s.data[0]) && s.data[0])
        s.data++, s.n--;
    while (s.n && strchr(" \t\r\n\v\f", s.data[s.n - 1]) && s.data[s.n - 1])
        s.n--;
    return s;
}

struct ft_text ft_text_repair(struct ft_arena *arena, struct ft_text s, size_t *bad)
{
    *bad = 0;
    if (!s.n || ft_uni_valid(s.data, s.n)) return s;
    char *out = ft_arena_alloc(arena, s.n * 3);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        uint32_t cp = ft_uni_next(s.data, s.n, &i);
        /* U+FFFD that was there as its own three bytes is not an error. */
        if (cp == FT_UNI_REPLACEMENT &&
            !(i - from == 3 && !memcmp(s.data + from, "\xEF\xBF\xBD", 3)))
            ++*bad;
        n += ft_uni_put(cp, out + n);
    }
    return (struct ft_text){out, n};
}

bool ft_text_is_missing(struct ft_text cell)
{
    static const char *const words[] = {"",       "nan",       "null", "none",    "n/a",    "na",
                                        "#n/a",   "<na>",      "nil",  "-",       "--",     "?",
                                        "#null!", "undefined", "nat",  "missing", "(none)", "\\n"};
    struct ft_text s = ft_text_trim(cell);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (s.n == strlen(words[i]) && !strncasecmp(s.n ? s.data : "", words[i], s.n)) return true;
    return false;
}
