/* The inside of the workbench's state, one unit in these files:
 *
 *     workbench.c          its life, and what comes from the background
 *     workbench_open.c     opening data, choosing a model
 *     workbench_set.c      settings
 *     workbench_undo.c     their undo
 *     workbench_edits.c    label edits and their file
 *     workbench_plan.c     what the next run would be
 *     workbench_create.c   smaller models
 *     workbench_pull.c     pulling a model from the hub
 *     workbench_run.c      starting runs
 *     workbench_sweep.c    sweeps: what is marked, and driving one
 *     workbench_audit.c    audits: asking, queueing, their end
 *     workbench_session.c  the run that is on, and its end
 *     workbench_shown.c    the run that is shown
 *     workbench_queue.c    queueing a run while another one trains
 *     workbench_follow.c   runs of other processes, and leaving the own one to one
 *     workbench_hooks.c    what it does for the app; workbench_states.c what scripts wait for */
#ifndef FT_UI_SCREENS_WORKBENCH_IN_H
#define FT_UI_SCREENS_WORKBENCH_IN_H

#include "ui/screens/workbench.h"

void ft_workbench_changed(struct ft_workbench *w);                   /* a new version; draws */
void ft_workbench_hook(struct ft_workbench *w);                      /* sets the app's hooks */
int ft_workbench_reached(struct ft_workbench *w, const char *state); /* as ft_hooks.reached */
/* What is new of the session that is on, and its end; of the run shown. true: something changed. */
bool ft_workbench_follow_session(struct ft_workbench *w);
bool ft_workbench_follow_run(struct ft_workbench *w);
/* Starts a session; show: its run becomes the one that is shown. Says nothing. */
enum ft_status ft_workbench_begin_session(struct ft_workbench *w, const struct ft_options *o,
                                          const struct ft_session_how *how, bool show,
                                          struct ft_err *err);
/* workbench_sweep.c */
void ft_workbench_sweep_init(struct ft_workbench *w);
void ft_workbench_sweep_release(struct ft_workbench *w); /* the session has ended before */
/* What is swept becomes `spec` (copied), as one step of undo. */
void ft_workbench_replace_sweep(struct ft_workbench *w, const struct ft_sweep_spec *spec);
/* What is wrong with the words of `:sweep` while they are typed. */
void ft_workbench_sweep_check(const struct ft_workbench *w, const char *text, struct ft_err *err);
/* T: asks whether it is a sweep, where values are marked; false: none are. */
bool ft_workbench_sweep_ask(struct ft_workbench *w);
bool ft_workbench_follow_sweep(struct ft_workbench *w); /* true: something changed */
/* The session of a member has ended with `st` and *why: goes on with the next one. false: there is no
 * sweep. */
bool ft_workbench_sweep_ended(struct ft_workbench *w, enum ft_status st, const struct ft_err *why);
/* workbench_run.c: T without a sweep; and the options of a sweep, with its folder (the caller releases
 * them). false: said why. */
bool ft_workbench_train_one(struct ft_workbench *w);
bool ft_workbench_sweep_options(struct ft_workbench *w, struct ft_options *o);
/* The same for an audit, whose folder is DIR-audit. */
bool ft_workbench_audit_options(struct ft_workbench *w, struct ft_options *o);
bool ft_workbench_follow_remote(struct ft_workbench *w);
bool ft_workbench_follow_leave(struct ft_workbench *w);
void ft_workbench_leave_stopped(struct ft_workbench *w); /* the session that is left has ended */
bool ft_workbench_leave_quit(struct ft_workbench *w);    /* q while the other process starts */
/* Rings the bell and, where the terminal can, shows a notification: "NAME is done". */
void ft_workbench_tell(struct ft_workbench *w, const char *name, const char *what);
/* Asks whether to queue a run that cannot be started now. */
void ft_workbench_offer_queue(struct ft_workbench *w, const struct ft_options *o,
                              const struct ft_session_how *how);
/* workbench_audit.c */
bool ft_workbench_follow_audit(struct ft_workbench *w); /* true: something changed */
void ft_workbench_audit_release(struct ft_workbench *w);
/* An entry for what trains in the background, after the run that is on. false: said why. */
bool ft_workbench_queue_entry(struct ft_workbench *w, const struct ft_queue_entry *e);
/* The same for a sweep that was begun. */
void ft_workbench_offer_queue_sweep(struct ft_workbench *w, const char *dir);
/* A sweep whose folder has been made. */
void ft_workbench_queue_sweep(struct ft_workbench *w, const char *dir);
bool ft_workbench_is_queued(const char *dir);
void ft_workbench_queue_release(struct ft_workbench *w);
/* Starts it although a run of another process is shown as active. */
bool ft_workbench_start_now(struct ft_workbench *w, const struct ft_options *o, const char *resume,
                            const char *fork);
void ft_workbench_end_session(struct ft_workbench *w); /* with a checkpoint; waits */
void ft_workbench_forget_deleted(
    struct ft_workbench *w); /* the run shown is not one that is gone */
bool ft_workbench_answer_stop(void *w, const struct ft_key *k); /* "w save.. d discard.." */
bool ft_workbench_follow_stopped(struct ft_workbench *w);       /* true: something is offered */
/* Shows the run; own: it is the session's. */
void ft_workbench_show_own(struct ft_workbench *w, const char *dir, bool own);
/* Data that could not be loaded is nothing to go back to: the settings are those before it. */
void ft_workbench_forget_failed(struct ft_workbench *w);
/* As ft_workbench_replace, and T starts from that checkpoint; undo takes back both. */
void ft_workbench_replace_forking(struct ft_workbench *w, const struct ft_options *o,
                                  const char *run, uint64_t step);
void ft_workbench_settings_release(struct ft_workbench *w);
/* A step of undo: all settings as they are, and later what became of them. */
struct ft_undo_value;
struct ft_undo_value *ft_workbench_begin_step(const struct ft_workbench *w);
/* Takes `before` over; false: nothing had changed. */
bool ft_workbench_end_step(struct ft_workbench *w, struct ft_undo_value *before);
void ft_workbench_undo_release(struct ft_workbench *w);
void ft_workbench_remember(struct ft_workbench *w); /* what the next start opens */
void ft_workbench_add_edits(struct ft_workbench *w,
                            struct ft_options *o); /* those beside o's data */
/* Label edits made here go with a run: o's --edits becomes a file of them. false: it can't, said.
 */
bool ft_workbench_take_edits(struct ft_workbench *w, struct ft_options *o);
/* What labels changed since is counted from: those that the run shown was trained with. */
void ft_workbench_edits_base(struct ft_workbench *w);
/* Edits that could not be written: asks what to do, then goes on with `then`. false: there are
 * none. */
bool ft_workbench_ask_edits(struct ft_workbench *w, void (*then)(struct ft_workbench *w));
/* Writes what no file holds; after each change of a label. Says what is wrong. */
void ft_workbench_keep_edits(struct ft_workbench *w);
/* workbench_plan.c: facts of the model that is set, NULL while they are not read. */
const struct ft_model_facts *ft_workbench_look(struct ft_workbench *w);
bool ft_workbench_follow_speed(struct ft_workbench *w); /* true: it has ended */
bool ft_workbench_follow_create(struct ft_workbench *w);
void ft_workbench_end_create(struct ft_workbench *w);  /* cancels and waits */
bool ft_workbench_follow_pull(struct ft_workbench *w); /* true: something changed */
/* A download that would end with the program: asks, then goes on with `then`. false: there is none.
 */
bool ft_workbench_ask_pull(struct ft_workbench *w, void (*then)(struct ft_workbench *w));

#endif
