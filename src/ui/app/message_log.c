/* The message log: see message_log.h. */
#include "ui/app/message_log.h"

#include "ui/app/error_text.h"
#include "util/str.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void line_text(const char *p, size_t n, struct ft_str *out)
{
    struct tm at = {0};
    char line[64];
    snprintf(line, sizeof line, "%.*s", n < 63 ? (int)n : 63, p);
    const char *end = strptime(line, "%Y-%m-%dT%H:%M:%SZ ", &at);
    time_t when = end ? timegm(&at) : 0;
    size_t skip = 0;
    ft_str_clear(out);
    if (end && localtime_r(&when, &at)) {
        skip = (size_t)(end - line);
        ft_str_addf(out, "%02d:%02d:%02d ", at.tm_hour, at.tm_min, at.tm_sec);
        if (!strncmp(end, "info: ", 6)) skip += 6;
    }
    ft_str_add(out, p + skip, n - skip);
}

void ft_message_log_draw(struct ft_message_log *s, struct ft_canvas *c, struct ft_rect r,
                         const char *text)
{
    size_t n = strlen(text), lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n' || i + 1 == n;
    size_t room = r.h > 0 ? (size_t)r.h : 1, last = lines > room ? lines - room : 0;
    if (s->up > last) s->up = last;
    s->h = r.h;
    size_t skip = last - s->up;
    struct ft_str line = {0};
    char shown[1024];
    int y = r.y;
    for (const char *p = text; *p && y < r.y + r.h;) {
        size_t len = strcspn(p, "\n");
        if (skip) {
            skip--;
        } else {
            line_text(p, len, &line);
            ft_engine_text(ft_str_text(&line), shown, sizeof shown);
            ft_canvas_text(c, y++, r.x + 1, r.w - 1, FT_ROLE_NORMAL, shown);
        }
        p += len + (p[len] == '\n');
    }
    ft_str_release(&line);
}

bool ft_message_log_act(struct ft_message_log *s, enum ft_action a)
{
    size_t page = s->h > 1 ? (size_t)s->h - 1 : 1;
    switch (a) {
    case FT_ACT_UP:
        s->up++;
        return true;
    case FT_ACT_DOWN:
        s->up -= s->up > 0;
        return true;
    case FT_ACT_PAGE_UP:
        s->up += page;
        return true;
    case FT_ACT_PAGE_DOWN:
        s->up = s->up > page ? s->up - page : 0;
        return true;
    case FT_ACT_TOP:
        s->up = SIZE_MAX / 2; /* drawing corrects it */
        return true;
    case FT_ACT_BOTTOM:
        s->up = 0;
        return true;
    default:
        return false;
    }
}
