/* Messages and the bar of long work: see message_line.h. */
#include "ui/app/message_line.h"

#include "util/clock.h"
#include "util/fs.h"
#include "util/log.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    unsigned style;
    enum ft_log_level level;
} kinds[] = {
    [FT_SAY_OK] = {"ok:", FT_ROLE_GOOD, FT_LOG_INFO},
    [FT_SAY_NOTE] = {"note:", FT_ROLE_ACCENT, FT_LOG_NOTE},
    [FT_SAY_WARN] = {"warn:", FT_ROLE_WARN, FT_LOG_WARN},
    [FT_SAY_ERROR] = {"error:", FT_ROLE_BAD, FT_LOG_ERROR},
};

static const double message_s = 8, bar_after_s = 0.3, eta_after_s = 3, busy_every_s = 0.1;

void ft_message_line_init(struct ft_message_line *m)
{
    *m = (struct ft_message_line){.said_s = -1};
}

void ft_message_line_say(struct ft_message_line *m, enum ft_say kind, const char *text)
{
    snprintf(m->text, sizeof m->text, "%s", text);
    m->kind = kind;
    m->said_s = ft_now_s();
    ft_log(kinds[kind].level, "%s", m->text);
}

void ft_message_line_unsay(struct ft_message_line *m)
{
    m->said_s = -1;
}

bool ft_message_line_said(const struct ft_message_line *m, enum ft_say least)
{
    return m->said_s >= 0 && m->kind >= least;
}

void ft_message_line_seen(struct ft_message_line *m)
{
    if (m->kind == FT_SAY_ERROR) m->said_s = -1;
}

bool ft_message_line_expire(struct ft_message_line *m)
{
    if (m->said_s < 0 || m->kind == FT_SAY_ERROR || ft_now_s() - m->said_s < message_s)
        return false;
    m->said_s = -1;
    return true;
}

/* --- long work --- */

bool ft_message_line_busy(struct ft_message_line *m, const char *what, const char *unit,
                          uint64_t done, uint64_t total, void (*cancel)(void *arg), void *arg)
{
    double now = ft_now_s();
    if (!m->busy.on || strcmp(m->busy.what, what)) {
        snprintf(m->busy.what, sizeof m->busy.what, "%s", what);
        m->busy.start_s = now;
        m->busy.on = true;
        m->busy.drawn_s = 0;
    }
    snprintf(m->busy.unit, sizeof m->busy.unit, "%s", unit ? unit : "");
    m->busy.done = done;
    m->busy.total = total;
    m->busy.cancel = cancel;
    m->busy.arg = arg;
    if (now - m->busy.drawn_s < busy_every_s) return false;
    m->busy.drawn_s = now;
    return true;
}

bool ft_message_line_busy_end(struct ft_message_line *m)
{
    bool on = m->busy.on;
    m->busy.on = false;
    return on;
}

/* --- drawing --- */

/* 38400 -> "38k", 950 -> "950", 2.5 -> "2.5". */
static void rate_text(char *buf, size_t size, double rate)
{
    if (rate >= 1e6)
        snprintf(buf, size, "%.1fM", rate / 1e6);
    else if (rate >= 1e4)
        snprintf(buf, size, "%.0fk", rate / 1e3);
    else if (rate >= 1e3)
        snprintf(buf, size, "%.1fk", rate / 1e3);
    else
        snprintf(buf, size, rate >= 10 ? "%.0f" : "%.1f", rate);
}

static void draw_busy(const struct ft_message_line *m, struct ft_canvas *c, int y)
{
    char tail[200] = "", part[80], done[32], total[32];
    double spent = ft_now_s() - m->busy.start_s;
    bool known = m->busy.total > 0;
    double share = known ? (double)m->busy.done / (double)m->busy.total : 0;
    if (share > 1) share = 1;
    ft_format_count(done, sizeof done, (long long)m->busy.done);
    ft_format_count(total, sizeof total, (long long)m->busy.total);
    if (known)
        snprintf(tail, sizeof tail, " %s/%s", done, total);
    else if (m->busy.done)
        snprintf(tail, sizeof tail, " %s", done);
    size_t n = strlen(tail);
    if (*m->busy.unit && spent > bar_after_s && m->busy.done) {
        rate_text(part, sizeof part, (double)m->busy.done / spent);
        n += (size_t)snprintf(tail + n, sizeof tail - n, "  %s %s/s", part, m->busy.unit);
    }
    if (known && share > 0 && (spent > eta_after_s || share > 0.02) && spent > bar_after_s) {
        ft_format_time(part, sizeof part, spent / share - spent);
        n += (size_t)snprintf(tail + n, sizeof tail - n, "  ETA %s", part);
    }
    if (m->busy.cancel) snprintf(tail + n, sizeof tail - n, "  Esc cancels");
    int x = 1, w = c->w - 2;
    x += ft_canvas_text(c, y, x, w, FT_ROLE_ACCENT | FT_BOLD, "busy:") + 1;
    x += ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, m->busy.what) + 1;
    int bar = c->w - 1 - x - ft_text_width(tail, strlen(tail));
    if (bar > c->w / 4) bar = c->w / 4;
    if (known && spent > bar_after_s && bar >= 4) {
        ft_canvas_progress(c, y, x, bar, share);
        x += bar;
    } else {
        x--;
    }
    ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, tail);
}

void ft_message_line_full(const struct ft_message_line *m, char *buf, size_t size)
{
    snprintf(buf, size, "%s %s", kinds[m->kind].word, m->text);
}

void ft_message_line_text(struct ft_canvas *c, int y, const char *text)
{
    int x = 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, n)) continue;
        x += ft_canvas_text(c, y, x, c->w - 1 - x, kinds[i].style | FT_BOLD, kinds[i].word);
        text += n;
        break;
    }
    ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, text);
}

bool ft_message_line_draw(const struct ft_message_line *m, struct ft_canvas *c, int y)
{
    char text[1100];
    bool said = m->said_s >= 0;
    /* busy: returns two seconds after another message, but an error stays */
    if (said && m->busy.on && m->kind != FT_SAY_ERROR) said = ft_now_s() - m->said_s < 2;
    if (said) {
        ft_message_line_full(m, text, sizeof text);
        ft_message_line_text(c, y, text);
    } else if (m->busy.on) {
        draw_busy(m, c, y);
    }
    return said || m->busy.on;
}
