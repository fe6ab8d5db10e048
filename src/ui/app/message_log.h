/* A panel with a run's messages: the end of its log.txt with the time of day. It scrolls from the
 * end, so that new lines are visible unless the user has scrolled back.
 *
 * Threads: the screen's. */
#ifndef FT_UI_APP_MESSAGE_LOG_H
#define FT_UI_APP_MESSAGE_LOG_H

#include "ui/app/action.h"
#include "ui/term/canvas.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_message_log {
    size_t up; /* lines scrolled back */
    int h;     /* rows drawn last, for pages */
};

/* Lines "2026-11-27T22:04:38Z info: saved x" are shown as "22:04:38 saved x", in the time of here:
 * time since the run began would count pauses and nights, and contradict the time it took. Other
 * lines are shown as they are. Controls are made visible. */
void ft_message_log_draw(struct ft_message_log *s, struct ft_canvas *c, struct ft_rect r,
                         const char *text);
/* Scrolls; false: not a key of it. */
bool ft_message_log_act(struct ft_message_log *s, enum ft_action a);

#endif
