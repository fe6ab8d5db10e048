/* See mpirun.h. */
#include "cli/mpirun.h"

#include "cli/args.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "engine/options/ranks.h"
#include "engine/train/follow.h"
#include "util/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdbool.h>
#include <unistd.h>

#define GRACE_S 0.3 /* in which the session itself finds it */

static int real_stderr = -1; /* of a rank that prints nothing */

/* Signals come to rank 0, or to all from a terminal: rank 0 decides. */
static void silence(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (real_stderr >= 0 || null < 0) return;
    real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    close(null);
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
}

void ft_mpirun_begin(void)
{
    if (ft_ranks_rank()) silence();
}

/* What several processes may be started for. */
enum part { NONE, FIRST, ALL };

static enum part part_of(const char *name)
{
    static const struct {
        const char *name;
        enum part part;
    } list[] = {
        {"train", ALL}, {"eval", ALL}, {"predict", ALL}, {"doctor", FIRST}, {"help", FIRST}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!strcmp(name, list[i].name)) return list[i].part;
    return NONE;
}

int ft_mpirun_refuse(const char *what)
{
    ft_mpirun_begin();
    ft_command_say("error: %s does not run as several processes: start it without mpirun (train, "
                   "eval and predict share their work among processes)",
                   what);
    return 2;
}

static int end(int rc)
{
    if (ft_ranks_broken()) {
        fflush(NULL);
        _exit(1);
    }
    if (ft_ranks_close() || rc) return rc;
    ft_command_say("error: a process of this run did not end well");
    return 1;
}

/* A command that all ranks do alike. Where one fails, so do all. */
static int run_alike(const struct ft_command *c, const struct ft_args *a)
{
    struct ft_err err = {0};
    ft_ranks_enter();
    int rc = c->run(a);
    if (rc) err = *ft_command_last();
    if (rc && !err.code) err.code = FT_CANCELLED; /* by a signal */
    enum ft_status st = ft_ranks_agree(err.code, &err);
    ft_ranks_leave();
    return st && !rc ? ft_command_fail(a, &err) : rc;
}

int ft_mpirun_run(const struct ft_command *c, const struct ft_args *a)
{
    struct ft_err err = {0};
    if (ft_ranks_size() == 1) return c->run(a);
    enum part part = part_of(c->name);
    char what[64];
    snprintf(what, sizeof what, "fettle %s", c->name);
    if (part == NONE) return ft_mpirun_refuse(what);
    if (part == FIRST) return ft_ranks_rank() ? 0 : c->run(a);
    if (ft_ranks_open(&err)) return end(ft_command_fail(a, &err));
    if (ft_ranks_rank()) silence(); /* a forked one */
    return end(strcmp(c->name, "train") ? run_alike(c, a) : c->run(a));
}

int ft_mpirun_work(void)
{
    struct ft_err err = {0};
    if (!ft_follow(&err)) return 0;
    if (ft_ranks_broken()) return 1; /* rank 0 says so; where it is the one, mpirun */
    dprintf(real_stderr, "error: rank %d: %s\n", ft_ranks_rank(), err.msg);
    ft_ranks_abort();
    _exit(1);
}

void ft_mpirun_watch(bool ending)
{
    static double since_s;
    struct ft_err err = {0};
    if (!ft_ranks_lost(&err)) return;
    double now_s = ft_now_s();
    if (since_s <= 0) since_s = now_s;
    if (!ending && now_s - since_s < GRACE_S) return;
    ft_progress_hide();
    ft_command_fail(NULL, &err);
    _exit(1);
}
