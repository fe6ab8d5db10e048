/* The last message and the progress bar, which share the row above the key line: their state and
 * drawing. Independent of the app, whose calls are in app.h (ft_app_say, ft_app_busy).
 *
 *     struct ft_message_line m;
 *     ft_message_line_init(&m);
 *     ft_message_line_say(&m, FT_SAY_OK, "3 rows written");
 *     if (!ft_message_line_draw(&m, c, y)) ft_message_line_text(c, y, "note: no messages yet");
 *
 * Threads: main thread only. */
#ifndef FT_UI_APP_MESSAGE_LINE_H
#define FT_UI_APP_MESSAGE_LINE_H

#include "ui/term/canvas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_say { FT_SAY_OK, FT_SAY_NOTE, FT_SAY_WARN, FT_SAY_ERROR };

struct ft_message_line {
    enum ft_say kind;
    char text[1024];
    double said_s; /* when; below 0: nothing */
    struct {
        char what[120], unit[24];
        uint64_t done, total;
        double start_s, drawn_s;
        void (*cancel)(void *arg);
        void *arg;
        bool on;
    } busy;
};

void ft_message_line_init(struct ft_message_line *m);

/* The message is shown and goes to the log. Errors stay until they are seen, the rest 8 s. */
void ft_message_line_say(struct ft_message_line *m, enum ft_say kind, const char *text);
void ft_message_line_unsay(struct ft_message_line *m);
void ft_message_line_seen(struct ft_message_line *m);   /* a key was pressed: an error goes */
bool ft_message_line_expire(struct ft_message_line *m); /* true: one has had its time */
bool ft_message_line_said(const struct ft_message_line *m, enum ft_say least); /* shown; as bad */

/* As ft_app_busy and ft_app_busy_end; true: to be drawn. */
bool ft_message_line_busy(struct ft_message_line *m, const char *what, const char *unit,
                          uint64_t done, uint64_t total, void (*cancel)(void *arg), void *arg);
bool ft_message_line_busy_end(struct ft_message_line *m);

/* The message, else the bar, on row y; false: there is neither. */
bool ft_message_line_draw(const struct ft_message_line *m, struct ft_canvas *c, int y);
/* The message with the word of its kind ("error: no such file"). */
void ft_message_line_full(const struct ft_message_line *m, char *buf, size_t size);
/* A text that begins with one of these words shows the word in its colour. */
void ft_message_line_text(struct ft_canvas *c, int y, const char *text);

#endif
