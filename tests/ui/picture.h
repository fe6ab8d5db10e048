/* Canvases compared with stored pictures, tests/ui/expected/NAME.txt. A test that fails prints the
 * lines that differ and leaves NAME.txt.new next to it. With FETTLE_UPDATE=1 in the environment the
 * pictures are written instead: look at each one (git diff) before it is kept. */
#ifndef FT_TESTS_UI_PICTURE_H
#define FT_TESTS_UI_PICTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "line_diff.h"
#include "ui/term/canvas.h"
#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether `text` is what the file at `path` holds. If not, says which lines differ and leaves the
 * text in PATH.new; with FETTLE_UPDATE it becomes the file's text. */
static inline bool picture_is(const char *path, const char *text, size_t n)
{
    char *want = NULL, now[300];
    size_t want_n = 0;
    struct ft_err err = {0};
    snprintf(now, sizeof now, "%s.new", path);
    bool update = getenv("FETTLE_UPDATE") != NULL;
    bool known = ft_file_read(path, 1 << 20, &want, &want_n, &err) == FT_OK;
    bool same = known && want_n == n && !memcmp(want, text, n);
    if (same || update) unlink(now);
    if (!same && ft_file_write(update ? path : now, text, n, &err)) fail_msg("%s", err.msg);
    if (!same && !update) {
        struct ft_str diff = {0};
        line_diff(&diff, known ? want : "", want_n, text, n);
        print_error("%s %s:\n%s", path, known ? "differs" : "is missing", ft_str_text(&diff));
        print_error("the new one is %s; with FETTLE_UPDATE=1 the test accepts it\n", now);
        ft_str_release(&diff);
    }
    free(want);
    return same || update;
}

static inline void expect_text(const char *name, const char *text, size_t n)
{
    char path[256];
    snprintf(path, sizeof path, "tests/ui/expected/%s.txt", name);
    if (!picture_is(path, text, n)) fail_msg("%s differs", path);
}

static inline void expect_picture(const char *name, const struct ft_canvas *c)
{
    struct ft_str s = {0};
    ft_canvas_dump(c, &s);
    expect_text(name, ft_str_text(&s), s.len);
    ft_str_release(&s);
}

/* Row y of the canvas as text is `want` (blanks at the end left out). */
static inline void expect_row(const struct ft_canvas *c, int y, const char *want)
{
    struct ft_str s = {0};
    ft_canvas_dump(c, &s);
    const char *p = ft_str_text(&s);
    for (int i = 0; i < y; i++)
        p = strchr(p, '\n') + 1;
    char *row = strndup(p, strcspn(p, "\n"));
    if (strcmp(row, want)) fail_msg("row %d is '%s', expected '%s'", y, row, want);
    free(row);
    ft_str_release(&s);
}

#endif
