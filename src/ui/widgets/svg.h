/* The screen as a picture: a canvas written as an SVG file, in the colours of its theme. For
 * README, docs and bug reports: `:dump F.svg`, `fettle ui --dump F.svg`.
 *
 *     ft_canvas_svg(&app->canvas, &app->theme, &text);
 *
 * Lines, bars and braille are drawn as shapes, so the picture does not depend on the viewer's
 * fonts; other text is in the viewer's monospace font, each run stretched to its columns. Colours
 * are those of the theme at its depth: give it FT_DEPTH_TRUE, whatever the terminal has. Threads:
 * any, on a canvas that nobody draws into. */
#ifndef FT_UI_WIDGETS_SVG_H
#define FT_UI_WIDGETS_SVG_H

#include "ui/term/canvas.h"

/* Appends the whole file. */
void ft_canvas_svg(const struct ft_canvas *c, const struct ft_theme *theme, struct ft_str *out);

#endif
