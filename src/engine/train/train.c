/* The training loop: what happens around each update. See train.h. */
#include "engine/train/train.h"

#include "core/comm.h"
#include "core/pool.h"
#include "engine/options/schedule.h"
#include "engine/train/checkpoint.h"
#include "engine/train/events.h"
#include "engine/train/metrics_file.h"
#include "engine/train/record.h"
#include "engine/train/run_folder.h"
#include "engine/train/session_link.h"
#include "engine/train/train_eval.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "engine/train/train_update.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/str.h"

#include <math.h>
#include <string.h>

/* The parts of the loss of a run with a teacher, before they are weighted. */
static void add_parts(const struct ft_train *t, struct ft_str *s)
{
    double n = (double)t->s.log_steps;
    if (!t->teacher.m.net) return;
    if (!ft_task_has(t->task, FT_TRAIT_HIDDEN))
        ft_json_put_num(s, "loss_label", t->s.log_label / n);
    if (t->teacher.logits) ft_json_put_num(s, "loss_teacher", t->s.log_teacher / n);
    if (t->teacher.hidden) ft_json_put_num(s, "loss_hidden", t->s.log_hidden / n);
}

static enum ft_status log_line(struct ft_train *t, const struct ft_update *u, double tokens_per_s,
                               struct ft_err *err)
{
    static const char *const parts[4] = {"data", "forward", "backward", "optimizer"};
    struct ft_str s = {0};
    double loss = t->s.log_loss / (double)t->s.log_steps;
    ft_str_addf(&s, "{\"step\":%llu", (unsigned long long)t->s.step);
    struct {
        const char *key;
        double value;
    } rows[] = {{"epoch", ft_train_epoch(t, t->s.step)},
                {"loss", loss},
                {"grad_norm", u->norm},
                {"learning_rate", t->optim.lr},
                {"tokens", (double)t->s.tokens},
                {"tokens_per_second", round(tokens_per_s)}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ft_json_put_num(&s, rows[i].key, rows[i].value);
        if (i == 1) add_parts(t, &s);
    }
    ft_str_addz(&s, ",\"ms\":{");
    for (int i = 0; i < 4; i++) {
        ft_json_put_num(&s, parts[i], round(u->ms[i] * 100) / 100);
    }
    if (t->teacher.m.net) ft_json_put_num(&s, "teacher", round(u->teacher_ms * 100) / 100);
    if (ft_comm_size() > 1) ft_json_put_num(&s, "communication", round(u->carry_ms * 100) / 100);
    ft_str_addf(&s, "},\"rss_bytes\":%lld}", (long long)ft_mem_rss());
    enum ft_status st = ft_metrics_line(t, ft_str_text(&s), err);
    ft_str_release(&s);
    if (ft_jump_see(&t->jump, loss) && ft_jump_said(t->jump.jumps)) {
        char count[64] = "";
        if (t->jump.jumps > 1)
            snprintf(count, sizeof count, " (%llu spikes so far)",
                     (unsigned long long)t->jump.jumps);
        ft_log(FT_LOG_NOTE, "! step %llu loss %.4f: more than %d times its previous mean%s",
               (unsigned long long)t->s.step, loss, FT_JUMP_TIMES, count);
    }
    t->s.log_loss = t->s.log_label = t->s.log_teacher = t->s.log_hidden = 0;
    t->s.log_steps = 0;
    return st;
}

/* Whether something that happens by steps or by epochs happens now. */
static bool due(const struct ft_train *t, enum ft_opt strategy, long long every)
{
    switch ((enum ft_strategy)ft_options_choice(&t->o, strategy)) {
    case FT_STRATEGY_EPOCH:
        return t->s.step % t->updates == 0 || t->s.step == t->total;
    case FT_STRATEGY_STEPS:
        return every > 0 && t->s.step % (uint64_t)every == 0;
    case FT_STRATEGY_NEVER:
    case FT_STRATEGY_BEST: /* saved after a better evaluation */
        break;
    }
    return false;
}

/* Evaluations that are still to come. */
static double evaluations_left(const struct ft_train *t)
{
    int when = ft_options_choice(&t->o, FT_OPT_eval_strategy);
    long long every = ft_options_int(&t->o, FT_OPT_eval_steps);
    if (!every) every = ft_options_int(&t->o, FT_OPT_logging_steps);
    bool epoch = when == FT_STRATEGY_EPOCH; /* the end counts as one */
    if (epoch) every = (long long)t->updates;
    if (when == FT_STRATEGY_NEVER || every <= 0) return 0;
    double all = (double)t->total / (double)every;
    return (epoch ? ceil(all) : floor(all)) - floor((double)t->s.step / (double)every);
}

/* Seconds to the end; negative: not known yet. */
static double time_left(const struct ft_train *t)
{
    const struct ft_pace *p = &t->pace;
    uint64_t n = p->updates < FT_PACE_UPDATES ? p->updates : FT_PACE_UPDATES;
    double sum = 0;
    if (n < 3) return -1;
    for (uint64_t i = 0; i < n; i++)
        sum += p->seconds[i];
    return sum / (double)n * (double)(t->total - t->s.step) + evaluations_left(t) * p->evaluation;
}

static void show(struct ft_train *t, const struct ft_update *u, double per_s, uint64_t first)
{
    struct ft_snapshot *snap = ft_session_link_edit(t->link);
    snap->state = FT_SESSION_RUNNING;
    snap->step = t->s.step;
    snap->steps_total = t->total;
    snap->step_first = first;
    snap->epoch = ft_train_epoch(t, t->s.step);
    snap->epochs_total = t->epochs;
    snap->loss = u->loss;
    snap->taught = t->teacher.m.net != NULL;
    snap->loss_label = ft_task_has(t->task, FT_TRAIT_HIDDEN) ? (double)NAN : u->label_loss;
    snap->loss_teacher = t->teacher.logits ? u->teacher_loss : (double)NAN;
    snap->loss_hidden = t->teacher.hidden ? u->hidden_loss : (double)NAN;
    snap->grad_norm = u->norm;
    snap->learning_rate = t->optim.lr;
    snap->tokens_per_s = per_s;
    snap->elapsed_s = t->seconds_before + ft_now_s() - t->started_s;
    snap->eta_s = time_left(t);
    snap->ms_data = u->ms[0];
    snap->ms_forward = u->ms[1];
    snap->ms_backward = u->ms[2];
    snap->ms_optimizer = u->ms[3];
    snap->plan_bytes = t->plan.total_bytes;
    snap->rss_bytes = (uint64_t)ft_mem_rss();
    ft_session_link_publish(t->link);
}

static bool patience_is_over(const struct ft_train *t)
{
    long long patience = ft_options_int(&t->o, FT_OPT_early_stopping_patience);
    return patience > 0 && t->s.worse >= (uint64_t)patience;
}

/* Saves a checkpoint when one is `due`, or to keep the weights of a better evaluation until there
 * are better ones: what was kept for that before goes. */
static enum ft_status save(struct ft_train *t, bool due, bool better, struct ft_err *err)
{
    uint64_t before = t->s.kept_best;
    bool keep = better && ft_options_bool(&t->o, FT_OPT_load_best_model_at_end);
    if (!due && !keep) return FT_OK;
    if (better) t->s.kept_best = due ? 0 : t->s.step;
    enum ft_status st = ft_checkpoint_save(t, err);
    if (!st && better && before) ft_checkpoint_drop(t, before);
    return st ? st : ft_record_write(t, "running", err);
}

/* After an update: evaluation, checkpoint, and whether the run ends early. `again`: what is wished
 * while it is paused, after what was due. */
static enum ft_status after(struct ft_train *t, const struct ft_wish *wish, bool again, bool *early,
                            struct ft_err *err)
{
    long long eval_steps = ft_options_int(&t->o, FT_OPT_eval_steps);
    if (!eval_steps) eval_steps = ft_options_int(&t->o, FT_OPT_logging_steps);
    bool better = false, has_part = t->seq[FT_PART_VALIDATION].n > 0;
    bool evaluate = wish->evaluate || (!again && due(t, FT_OPT_eval_strategy, eval_steps));
    bool wanted = wish->save || (wish->stop && !wish->discard);
    if (!again && due(t, FT_OPT_save_strategy, ft_options_int(&t->o, FT_OPT_save_steps)))
        wanted = true;
    enum ft_status st = FT_OK;
    if (wish->evaluate && !has_part) ft_log(FT_LOG_NOTE, "no validation split to evaluate (split)");
    evaluate = evaluate && has_part && t->evaluated != t->s.step; /* once is enough */
    if (evaluate && (st = ft_train_evaluate(t, &better, err))) return st;
    if (evaluate) t->evaluated = t->s.step;
    if (better && ft_options_choice(&t->o, FT_OPT_save_strategy) == FT_STRATEGY_BEST) wanted = true;
    if ((st = save(t, wanted, better, err))) return st;
    if (evaluate && patience_is_over(t)) {
        ft_log(FT_LOG_NOTE, "early stopping: %llu evaluation%s without improvement",
               (unsigned long long)t->s.worse, ft_plural(t->s.worse));
        *early = true;
    }
    return FT_OK;
}

/* Events of the run that is made again, then what is wished now. */
static enum ft_status make_events(struct ft_train *t, struct ft_wish *wish, struct ft_err *err)
{
    bool save = false, evaluate = false;
    enum ft_status st = ft_events_due(t, &save, &evaluate, err);
    for (size_t i = 0; i < wish->changes && !st; i++)
        st = ft_events_set(t, wish->change[i].option, wish->change[i].value, err);
    if (!st && wish->evaluate && !evaluate) st = ft_events_note(t, FT_EVENT_EVALUATE, err);
    if (!st && wish->save && !save) st = ft_events_note(t, FT_EVENT_SAVE, err);
    wish->evaluate |= evaluate;
    wish->save |= save;
    return st;
}

enum ft_status ft_train_loop(struct ft_train *t, bool *stopped, struct ft_err *err)
{
    struct ft_update u;
    enum ft_status st = ft_update_begin(&u, t, err);
    if (!st) st = ft_train_ranks_begin(t, err);
    if (st) return st;
    uint64_t first = t->s.step, tokens = 0;
    double seconds = 0; /* of the updates since the last line */
    bool early = t->resumed && !t->asked.n && patience_is_over(t); /* it had come to its end */
    *stopped = false;
    struct ft_wish none = {0};
    st = ft_events_due(t, &none.save, &none.evaluate, err); /* those of the checkpoint's step */
    if (!st) st = ft_events_asked(t, err);
    if (t->resumed && t->s.step >= ft_schedule_until(t->until_step, t->until_share, t->total) &&
        t->s.step < t->total)
        *stopped = true; /* its process was killed after the checkpoint */
    while (!st && t->s.step < t->total && !early && !*stopped) {
        struct ft_wish wish = {0};
        ft_pool_take();
        double from = ft_now_s();
        st = ft_update_once(&u, t, err);
        double took = ft_now_s() - from;
        ft_pool_give();
        if (!st) st = ft_run_folder_watch(t, err);
        if (st) break;
        t->pace.seconds[t->pace.updates++ % FT_PACE_UPDATES] = took;
        tokens += u.tokens;
        seconds += took;
        double per_s = (double)tokens / (seconds > 1e-9 ? seconds : 1e-9);
        if (t->s.step % (uint64_t)ft_options_int(&t->o, FT_OPT_logging_steps) == 0) {
            if ((st = log_line(t, &u, per_s, err))) break;
            tokens = 0;
            seconds = 0;
        }
        show(t, &u, per_s, first);
        for (bool again = false; !st && !(again && !wish.paused); again = true) {
            ft_session_link_wishes(t->link, &wish);
            if (!again && t->s.step < t->total &&
                t->s.step == ft_schedule_until(t->until_step, t->until_share, t->total))
                wish.evaluate = wish.stop = true;
            st = make_events(t, &wish, err);
            if (!st && wish.paused_s >= FT_RUN_SEGMENT_PAUSE_S) {
                ft_run_segments_add(&t->breaks, FT_RUN_SEGMENT_PAUSED, t->s.step);
                st = ft_record_write(t, "running", err);
            }
            if (!st) st = after(t, &wish, again, &early, err);
            if (early) break;
        }
        if (!st && wish.stop && wish.discard) st = ft_metrics_discard(t, err);
        *stopped = wish.stop;
    }
    if (!st) ft_train_sync(t);
    ft_update_end(&u);
    return st;
}
