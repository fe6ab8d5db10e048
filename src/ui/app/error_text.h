/* An engine's error in the words of the workbench. The engine's messages name command-line options
 * ("use --quote none"); in the workbench it is a command (":set quote none").
 *
 *     char text[512];
 *     ft_app_say(app, FT_SAY_ERROR, "%s", ft_error_text(&err, text, sizeof text)); */
#ifndef FT_UI_APP_ERROR_TEXT_H
#define FT_UI_APP_ERROR_TEXT_H

#include "util/err.h"

#include <stddef.h>

/* The error's message, or its status where it has none, with `--NAME` as `:set NAME` (`:set NAME
 * true` where the option is a switch without a value) and `--resume`, `--fork` as commands. What is
 * part of a shell command (`fettle ..`) and names that are no option stay. Cut to `size`; returns
 * `buf`. */
char *ft_error_text(const struct ft_err *err, char *buf, size_t size);
/* The same for any text of the engine: a note, a line of a log, the reason why a model is refused. */
char *ft_engine_text(const char *text, char *buf, size_t size);

#endif
