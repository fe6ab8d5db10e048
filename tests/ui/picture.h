/* Canvases compared with stored pictures, tests/ui/expected/NAME.txt. With FETTLE_UPDATE=1 in the
 * environment the pictures are written instead: look at each one before it is kept. */
#ifndef FT_TESTS_UI_PICTURE_H
#define FT_TESTS_UI_PICTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/canvas.h"
#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void expect_text(const char *name, const char *text, size_t n)
{
    char path[256];
    struct ft_err err = {0};
    snprintf(path, sizeof path, "tests/ui/expected/%s.txt", name);
    if (getenv("FETTLE_UPDATE")) {
        if (ft_file_write(path, text, n, &err)) fail_msg("%s", err.msg);
        return;
    }
    char *want;
    size_t want_n;
    if (ft_file_read(path, 1 << 20, &want, &want_n, &err)) fail_msg("%s", err.msg);
    if (want_n != n || memcmp(want, text, n))
        fail_msg("%s differs; expected:\n%s\nis:\n%s", path, want, text);
    free(want);
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
