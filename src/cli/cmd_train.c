/* `fettle train`: starts a session, shows its progress on stderr, passes signals on, prints the
 * scores of the end on stdout. */
#include "cli/args.h"
#include "cli/mpirun.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "cli/training.h"
#include "engine/options/ranks.h"
#include "engine/task/score_report.h"
#include "engine/train/notify.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>

/* A command of --notify that fails at once is reported; a slow one goes on by itself. */
static const double notify_wait_s = 3;

int ft_cmd_train(const struct ft_args *a)
{
    struct ft_session_how how = {.resume = ft_args_flag(a, "resume"),
                                 .fork = ft_args_flag(a, "fork")};
    if (how.resume && how.fork) return ft_command_usage(a, "use --resume or --fork, not both");
    if (!how.resume && !how.fork) {
        static const enum ft_opt needed[] = {FT_OPT_model, FT_OPT_data};
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
            if (!ft_args_option(a, needed[i]))
                return ft_command_usage(a, "--%s is required", ft_option_at(needed[i])->name);
    }
    if (!how.resume && !ft_args_option(a, FT_OPT_output_dir))
        return ft_command_usage(a, "--output_dir is required");
    if (ft_ranks_rank()) return ft_mpirun_work();
    struct ft_err err = {0};
    struct ft_snapshot snap = {0};
    struct ft_scores scores = {0};
    enum ft_status st = ft_training(&a->o, &how, NULL, &snap, &scores, &err);
    int rc;
    if (st) {
        rc = ft_command_fail(a, &err);
    } else if (snap.state == FT_SESSION_STOPPED) {
        ft_command_say("stopped at step %llu of %llu; resume with: fettle train --resume %s",
                       (unsigned long long)snap.step, (unsigned long long)snap.steps_total,
                       snap.output_dir);
        rc = ft_stop_signal() ? 128 + ft_stop_signal() : 0;
    } else {
        struct ft_str s = {0};
        if (scores.examples && ft_args_flag(a, "json")) {
            ft_str_addc(&s, '{');
            ft_scores_json(&scores, &s);
            ft_str_addz(&s, "}\n");
        } else if (scores.examples) {
            ft_scores_text(&scores, &s);
        }
        ft_command_print(a, &s);
        ft_str_release(&s);
        ft_command_say("done: %s", snap.output_dir);
        rc = ft_command_done();
    }
    ft_scores_release(&scores);
    ft_notify_wait(notify_wait_s);
    return rc;
}
