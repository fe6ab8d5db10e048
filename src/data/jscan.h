/* A JSON scanner over bytes that lie still: strings without escapes are views, the others go to an
 * arena; values that are not wanted are skipped without being built. For data files of any size and
 * the headers of weight files; small settings files go through util/json.h.
 *
 *     struct ft_jscan s = {.p = text, .end = text + n, .arena = &arena};
 *     if (ft_jscan_enter(&s, '{'))
 *         while (ft_jscan_key(&s, &key)) ... exactly one value is taken here ...
 *     if (s.why) the text is broken at s.p, s.why says how
 *
 * Data files are read as other programs write them: control characters in strings, NaN, half of a
 * surrogate pair and invalid UTF-8 (both become U+FFFD). `strict` refuses the first three, and
 * leaves UTF-8 to the caller, who has checked the text.
 */
#ifndef FT_DATA_JSCAN_H
#define FT_DATA_JSCAN_H

#include "data/text.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_jscan {
    const char *p, *end;
    struct ft_arena *arena;
    bool strict;
    const char *why;   /* NULL: no error so far */
    char wanted;       /* of an error: the byte expected at p; 0: see why */
    const char *start; /* where the key or string that was read last begins */
    size_t bad_utf8;   /* sequences that became U+FFFD */
    bool first;        /* private: no comma is wanted before the next item */
};

/* The first byte of the next value, blanks skipped: '{' '[' '"' 't' 'f' 'n' '-' or a digit; 0 at
 * the end or when something else is next. */
char ft_jscan_peek(struct ft_jscan *s);
/* Goes into an object '{' or array '['; false (with why) when the next value is none. */
bool ft_jscan_enter(struct ft_jscan *s, char open);
/* The next key, or false at the end of the object (or of everything, with why). */
bool ft_jscan_key(struct ft_jscan *s, struct ft_text *key);
/* Is there one more item in the array? */
bool ft_jscan_item(struct ft_jscan *s);
bool ft_jscan_string(struct ft_jscan *s, struct ft_text *out);
/* Skips any value; *raw (may be NULL) is its text as it is. At most 512 levels deep, 32 if strict. */
bool ft_jscan_skip(struct ft_jscan *s, struct ft_text *raw);
/* Any value as the text of a cell: strings decoded, null missing, the rest as its JSON text. */
bool ft_jscan_cell(struct ft_jscan *s, struct ft_text *out);
/* Takes the byte c, as in "[", number, ",", number, "]"; false (with wanted) when another is next. */
bool ft_jscan_expect(struct ft_jscan *s, char c);
/* A whole number without sign, point or exponent; ft_jscan_count: below 10^15. */
bool ft_jscan_u64(struct ft_jscan *s, uint64_t *out);
bool ft_jscan_count(struct ft_jscan *s, size_t *out);
bool ft_jscan_bool(struct ft_jscan *s, bool *out);
/* true when only blanks are left. */
bool ft_jscan_at_end(struct ft_jscan *s);
bool ft_jscan_is(struct ft_text key, const char *name);
/* "line 3, column 14" of s->p, into buf; returns buf. */
char *ft_jscan_place(const struct ft_jscan *s, const char *text, char *buf, size_t size);

#endif
