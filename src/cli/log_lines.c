/* See log_lines.h. */
#include "cli/log_lines.h"

#include "cli/progress.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 10000 };

static struct {
    pthread_mutex_t mu;
    bool once;
    char **lines; /* (n), the keys of `said` */
    size_t n, cap;
    struct ft_strmap said;
} state = {.mu = PTHREAD_MUTEX_INITIALIZER};

static void forget(void)
{
    for (size_t i = 0; i < state.n; i++)
        free(state.lines[i]);
    free(state.lines);
    ft_strmap_release(&state.said);
    state.lines = NULL;
    state.n = state.cap = 0;
}

/* Whether it was printed before; keeps it. */
static bool again(const char *line)
{
    if (ft_strmap_get(&state.said, line, strlen(line))) return true;
    if (state.n == LINES_MAX) return false;
    ft_grow(&state.lines, &state.cap, state.n + 1, sizeof *state.lines);
    state.lines[state.n] = ft_xstrdup(line);
    ft_strmap_put(&state.said, state.lines[state.n], strlen(line), state.n);
    state.n++;
    return false;
}

static void say(void *arg, enum ft_log_level level, const char *line)
{
    (void)arg;
    if (level < FT_LOG_NOTE) return;
    const char *before = level == FT_LOG_WARN    ? "warning: "
                         : level == FT_LOG_ERROR ? "error: "
                                                 : "";
    pthread_mutex_lock(&state.mu);
    bool print = !state.once || level == FT_LOG_ERROR || !again(line);
    pthread_mutex_unlock(&state.mu);
    if (!print) return;
    ft_progress_hide();
    fprintf(stderr, "%s%s\n", before, line);
}

void ft_log_lines_begin(void)
{
    ft_log_listen(say, NULL);
}

void ft_log_lines_once(bool once)
{
    pthread_mutex_lock(&state.mu);
    state.once = once;
    forget();
    pthread_mutex_unlock(&state.mu);
}

void ft_log_lines_end(void)
{
    ft_log_listen(NULL, NULL);
    ft_log_lines_once(false);
}
