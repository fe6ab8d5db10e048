/* See progress.h. */
#include "cli/progress.h"

#include "util/clock.h"
#include "util/str.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_AFTER_S 1.0
#define DRAW_EVERY_S  0.1
#define PLAIN_EVERY_S 10.0

static atomic_bool drawn; /* a line is on the terminal */

void ft_progress_init(struct ft_progress *p)
{
    *p = (struct ft_progress){.terminal = isatty(STDERR_FILENO), .shown_s = ft_now_s()};
}

void ft_progress_hide(void)
{
    if (atomic_exchange(&drawn, false)) fputs("\r\033[K", stderr);
}

/* "embedding: 1,024 of 20,000 texts, 0:42 left" */
static void describe(const struct ft_job_view *v, char *line, size_t size)
{
    char done[32], total[32], left[32];
    bool bytes = !strcmp(v->unit, "bytes");
    if (v->total <= 0) {
        snprintf(line, size, "%s", v->what);
        return;
    }
    if (bytes) {
        ft_format_bytes(done, sizeof done, v->done);
        ft_format_bytes(total, sizeof total, v->total);
    } else {
        ft_format_count(done, sizeof done, (long long)v->done);
        ft_format_count(total, sizeof total, (long long)v->total);
    }
    int n = snprintf(line, size, "%s: %s of %s%s%s", v->what, done, total, bytes ? "" : " ",
                     bytes ? "" : v->unit);
    if (v->done <= 0 || v->done >= v->total || n < 0 || (size_t)n >= size) return;
    ft_format_time(left, sizeof left, v->seconds / v->done * (v->total - v->done));
    snprintf(line + n, size - (size_t)n, ", %s left", left);
}

void ft_progress_show(struct ft_progress *p, const struct ft_job_view *view)
{
    double now_s = ft_now_s();
    if (view->finished || view->seconds < FIRST_AFTER_S ||
        now_s - p->shown_s < (p->terminal ? DRAW_EVERY_S : PLAIN_EVERY_S))
        return;
    p->shown_s = now_s;
    char line[256];
    describe(view, line, sizeof line);
    ft_text_tame(line, strlen(line));
    if (p->terminal) {
        fprintf(stderr, "\r\033[K%.78s", line);
        fflush(stderr);
        atomic_store(&drawn, true);
    } else {
        fprintf(stderr, "%s\n", line);
    }
}
