/* What differs between two texts, line by line: the shortest list of lines that went and came.
 * Test code only: it aborts without memory. */
#ifndef FT_TESTS_LINE_DIFF_H
#define FT_TESTS_LINE_DIFF_H

#include "util/mem.h"
#include "util/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct diff_lines {
    const char **at;
    size_t *len, n;
};

static inline struct diff_lines diff_split(const char *text, size_t n)
{
    struct diff_lines l = {.at = ft_xcalloc(n + 1, sizeof *l.at),
                           .len = ft_xcalloc(n + 1, sizeof *l.len)};
    for (size_t i = 0; i < n;) {
        const char *end = memchr(text + i, '\n', n - i);
        l.at[l.n] = text + i;
        l.len[l.n] = end ? (size_t)(end - text) - i : n - i;
        i += l.len[l.n++] + 1;
    }
    return l;
}

/* Appends "  old  12 | text" for a line that is gone and "  new  12 | text" for one that came, with
 * its number in its own text. Nothing is appended when all lines are the same. */
static inline void line_diff(struct ft_str *out, const char *old, size_t old_n, const char *new,
                             size_t new_n)
{
    struct diff_lines a = diff_split(old, old_n), b = diff_split(new, new_n);
    size_t w = b.n + 1, i = 0, j = 0;
    size_t *same = ft_xcalloc((a.n + 1) * w, sizeof *same); /* most common lines from i, j on */
#define DIFF_SAME(i, j) (a.len[i] == b.len[j] && !memcmp(a.at[i], b.at[j], a.len[i]))
    for (i = a.n; i-- > 0;)
        for (j = b.n; j-- > 0;) {
            size_t skip_old = same[(i + 1) * w + j], skip_new = same[i * w + j + 1];
            same[i * w + j] = DIFF_SAME(i, j)        ? same[(i + 1) * w + j + 1] + 1
                              : skip_old >= skip_new ? skip_old
                                                     : skip_new;
        }
    for (i = 0, j = 0; i < a.n || j < b.n;) {
        if (i < a.n && j < b.n && DIFF_SAME(i, j)) {
            i++, j++;
        } else if (j == b.n || (i < a.n && same[(i + 1) * w + j] >= same[i * w + j + 1])) {
            ft_str_addf(out, "  old %3zu | %.*s\n", i + 1, (int)a.len[i], a.at[i]);
            i++;
        } else {
            ft_str_addf(out, "  new %3zu | %.*s\n", j + 1, (int)b.len[j], b.at[j]);
            j++;
        }
    }
#undef DIFF_SAME
    free(same);
    free(a.at);
    free(a.len);
    free(b.at);
    free(b.len);
}

#endif
