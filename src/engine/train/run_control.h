/* Requests to a run that is active in another process: pause, stop, save, evaluate, change an
 * option. Each request is a file in DIR/.control, written under a temporary name and renamed; the
 * run's process looks there a few times a second, takes the requests in the order they were made
 * and removes them. No signal is sent and no pid is trusted.
 *
 *     struct ft_run_request r = {.kind = FT_RUN_REQUEST_SET, .option = FT_OPT_learning_rate,
 *                                .value = "x0.8"};
 *     st = ft_run_control_send("runs/imdb", &r, &err);            any process of the same user
 *     while (ft_run_control_take("runs/imdb", &r)) ...            the run's process
 *
 * Only the same user's requests are taken: folder and files must belong to the user the process
 * runs as and be writable by nobody else; links and other kinds of files are refused. What a file
 * says is checked like any input: a broken one is removed and logged.
 *
 * Threads: send from any; take and clear are for one thread of the run's process. */
#ifndef FT_ENGINE_TRAIN_RUN_CONTROL_H
#define FT_ENGINE_TRAIN_RUN_CONTROL_H

#include "engine/options/options.h"
#include "engine/train/event_list.h"
#include "util/err.h"

#include <stdbool.h>

enum ft_run_request_kind {
    FT_RUN_REQUEST_PAUSE,
    FT_RUN_REQUEST_CONTINUE,
    FT_RUN_REQUEST_STOP,    /* with a checkpoint */
    FT_RUN_REQUEST_DISCARD, /* stop, back to the last checkpoint */
    FT_RUN_REQUEST_SAVE,
    FT_RUN_REQUEST_EVALUATE,
    FT_RUN_REQUEST_SET, /* option and value as of ft_session_set */
    FT_RUN_REQUEST_COUNT
};
const char *ft_run_request_name(enum ft_run_request_kind kind);

struct ft_run_request {
    enum ft_run_request_kind kind;
    enum ft_opt option;             /* of SET */
    char value[FT_EVENT_VALUE_MAX]; /* of SET */
};

/* FT_USAGE: an option that cannot be changed during a run, or a value it cannot have. The learning
 * rate is a factor on the whole schedule, "x1.25", or a new peak, "3e-5". */
enum ft_status ft_run_request_check(const struct ft_run_request *r, struct ft_err *err);

/* FT_NOTFOUND: no process trains in DIR. FT_UNSUPPORTED: the run is another user's. FT_USAGE: as
 * ft_run_request_check. FT_IO. */
enum ft_status ft_run_control_send(const char *dir, const struct ft_run_request *r,
                                   struct ft_err *err);

/* The oldest request that is there; false: none. */
bool ft_run_control_take(const char *dir, struct ft_run_request *r);
/* Removes the folder with all requests: before a run begins in DIR, and at its end. */
void ft_run_control_clear(const char *dir);

#endif
