/* A growable byte string, always ended by a 0 that is not counted. Zero-initialise it; NULs inside
 * are allowed. */
#ifndef FT_UTIL_STR_H
#define FT_UTIL_STR_H

#include <stdbool.h>
#include <stddef.h>

struct ft_str {
    char *data; /* NULL while empty and never used; ft_str_text() gives "" then */
    size_t len, cap;
};

void ft_str_release(struct ft_str *s);
void ft_str_clear(struct ft_str *s); /* keeps the memory */
void ft_str_reserve(struct ft_str *s, size_t cap);
void ft_str_add(struct ft_str *s, const char *data, size_t n);
void ft_str_addz(struct ft_str *s, const char *text);
void ft_str_addc(struct ft_str *s, char c);
/* A cell of a table, quoted as RFC 4180 says when it has to be. */
void ft_str_add_cell(struct ft_str *s, const char *text, size_t n, char delimiter);
void ft_str_addf(struct ft_str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *ft_str_text(const struct ft_str *s);
char *ft_str_take(struct ft_str *s); /* the caller owns the memory; s is empty again */

/* Length of the valid UTF-8 sequence that `text` (n bytes) begins with, 0 when there is none. */
size_t ft_utf8_len(const char *text, size_t n);
/* How many bytes of `text` are valid UTF-8 from its beginning on: n when all are. */
size_t ft_utf8_prefix(const char *text, size_t n);

/* Code points that begin in the first n bytes of UTF-8, and the byte at which code point `chars`
 * begins (n: there are fewer). */
size_t ft_utf8_chars(const char *text, size_t n);
size_t ft_utf8_byte(const char *text, size_t n, size_t chars);

/* Text of a file on its way to a terminal. Control characters (ASCII, DEL, U+0080 to U+009F), the
 * marks that turn the direction of a line, and bytes that are not UTF-8 are never passed on.
 * show: they are appended as escapes, "\x1b", "\u009b"; `line`: newline and tab, too, as "\n" and
 * "\t". tame: in place, they become '?'; newline and tab stay. */
void ft_str_add_shown(struct ft_str *s, const char *text, size_t n, bool line);
void ft_text_tame(char *text, size_t n);

/* Whether the n bytes of `text` end with `end`. */
bool ft_ends_with(const char *text, size_t n, const char *end);
/* strtod/strtoll that take the whole text or nothing: false for "", "3x", out of range. */
bool ft_parse_double(const char *text, double *out);
bool ft_parse_i64(const char *text, long long *out);

/* 12345678 -> "12,345,678" into buf (32 bytes are always enough); returns buf. */
char *ft_format_count(char *buf, size_t size, long long n);
/* 1234567890 -> "1.15 GB"; returns buf. Units of 1024. */
char *ft_format_bytes(char *buf, size_t size, double bytes);
/* seconds -> "0:09", "12:34", "1:02:03"; returns buf. */
char *ft_format_time(char *buf, size_t size, double seconds);

/* "" for 1, else "s": "%zu row%s", n, ft_plural(n). */
const char *ft_plural(size_t n);
/* The first for 1, else the second: "%zu row%s", n, ft_by_count(n, " is", "s are"). */
const char *ft_by_count(size_t n, const char *one, const char *more);

/* Edit distance (Levenshtein), for "did you mean". */
size_t ft_edit_distance(const char *a, const char *b);
/* The nearest of n names by edit distance, or NULL when none is near enough to be meant. */
const char *ft_nearest(const char *word, const char *const *names, size_t n);

#endif
