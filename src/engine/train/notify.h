/* The user's command at the end of a run (--notify): started with /bin/sh -c in the background, so
 * nothing waits for it. What happened is in its environment, never in its text, so the name of a
 * run cannot add commands:
 *
 *     FETTLE_EVENT    done, failed, nan or stall
 *     FETTLE_RUN      the folder of the run, or of the sweep
 *     FETTLE_MESSAGE  one line: the error, or how far the run came
 *
 * Its stdin is /dev/null; of its output the first line is kept. A status other than 0 is logged as
 * a warning, with that line. It has a session of its own: Ctrl-C and a closed terminal do not end
 * it. Threads: any. */
#ifndef FT_ENGINE_TRAIN_NOTIFY_H
#define FT_ENGINE_TRAIN_NOTIFY_H

#include <stdbool.h>

enum ft_notify_event {
    FT_NOTIFY_DONE,
    FT_NOTIFY_FAILED,
    FT_NOTIFY_NAN,   /* loss or gradient is no longer a number: the run failed */
    FT_NOTIFY_STALL, /* no step for a long time; the run goes on */
    FT_NOTIFY_COUNT
};
const char *ft_notify_event_name(enum ft_notify_event event);

/* Does nothing for an empty command. */
void ft_notify(const char *command, enum ft_notify_event event, const char *run,
               const char *message);
/* Waits at most so long for the commands that are still running, so that a failure is reported
 * before the program ends; false: one goes on. */
bool ft_notify_wait(double seconds);

#endif
