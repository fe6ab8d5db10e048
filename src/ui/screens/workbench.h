/* What the screens share: the options being edited with their undo, the training session of this
 * program, and the run whose numbers screens 4 to 6 show. Screens change it only through these
 * functions; each that changes something asks the app for a redraw.
 *
 *     struct ft_workbench *w = ft_workbench_new(app);     sets the app's hooks and watches w->wake
 *     ft_app_add(app, ft_view_tune_new(w));               and so on
 *     ...
 *     ft_app_free(app); ft_workbench_free(w);
 *
 * Threads: main thread only; the session's thread is met through session.h. */
#ifndef FT_UI_SCREENS_WORKBENCH_H
#define FT_UI_SCREENS_WORKBENCH_H

#include "engine/present/prediction_queue.h"
#include "engine/present/model_list.h"
#include "engine/present/dataset.h"
#include "engine/present/doubts.h"
#include "engine/present/evaluation.h"
#include "engine/model/pull.h"
#include "engine/options/options.h"
#include "engine/runs/sweep.h"
#include "engine/present/plan.h"
#include "engine/present/run_list.h"
#include "engine/present/run_pair.h"
#include "engine/present/similarity.h"
#include "engine/runs/queue.h"
#include "engine/task/score_report.h"
#include "engine/task/task_cache.h"
#include "engine/train/run_series.h"
#include "engine/train/session.h"
#include "ui/app/app.h"

#include <stdbool.h>

struct ft_undo;
struct ft_workbench_create;
struct ft_workbench_audit;

struct ft_workbench {
    struct ft_app *app;
    struct ft_wake wake; /* signalled by sessions and by other long work of the screens */

    /* settings */
    struct ft_options o;       /* always legal */
    char *wrong[FT_OPT_COUNT]; /* what was typed and is not legal; NULL: the value is o's */
    char preset[64];           /* applied last; "" none */
    enum ft_task task;         /* what they say, or data and model look like */
    struct ft_task_cache task_cache;
    uint64_t train_examples; /* of the data that is set; 0: not counted */
    struct ft_undo *undo;
    size_t undone;      /* the row whose label the last undo or redo changed; 0: something else */
    char fork_run[512]; /* T starts from a checkpoint of this run; "" it starts anew */
    uint64_t fork_step;

    struct ft_dataset *data;      /* what the settings make of the file; follows them by itself */
    char edits_file[1024];        /* where label edits were written to last; "" nowhere yet */
    size_t row;                   /* its place that is selected on screen 1 */
    struct ft_model_list *models; /* what can be chosen on screen 2 */
    struct ft_model_list *chosen; /* looks at the model that is set */
    struct ft_workbench_create *create; /* a model that is being made; NULL: none */
    struct ft_speed *speed;             /* of a training step, measured on demand */
    bool measuring;                     /* its bar is in the message line */
    struct ft_run_list *runs;           /* what screen 7 lists */
    struct ft_run_pair *pair;           /* the paired test of two of them */
    struct ft_run_list *stopped; /* looked through at the start for one to resume; NULL: done */

    struct {                      /* a model that is pulled from the hub */
        struct ft_pull *job;      /* NULL: none; kept after a failure, until pull_end */
        struct ft_pull_view view; /* the last look */
        char asked[256];          /* what was asked for, ID[@REV] */
        char offered[256];        /* that a question is about */
        bool use;                 /* it is put in use when it is here */
        bool began;               /* one was asked for since the start */
        bool went;        /* the download was confirmed; set before the worker sets it in view */
        char *name;       /* the last that came, as --model takes it; NULL: none yet */
        uint64_t version; /* counts those that came */
        void (*then)(struct ft_workbench *w); /* what waits for the answer about it */
    } pull;

    struct {
        struct ft_sweep_spec spec; /* what T would start: the options that are marked on screen 3 */
        struct ft_sweep *now;      /* one that this program drives; NULL: none */
        struct ft_job *job;        /* makes one; NULL: none is made */
        struct ft_workbench_sweep *made;
        double looked_s; /* for requests of other processes */
    } sweep;

    struct {                /* audits that the queue makes */
        struct ft_job *job; /* finds out what one would take; NULL: none */
        struct ft_workbench_audit *made;
        char **dirs;  /* (n) of the queue, as read last */
        bool *failed; /* (n) said */
        size_t n;
        uint64_t stamp; /* of the queue's file */
    } audit;

    void (*after_edits)(struct ft_workbench *w); /* what waits for the answer about them */
    struct {                                     /* a file that somebody is asked about */
        char *path;                              /* NULL: none */
        bool (*write)(void *arg, const char *path);
        void *arg;
    } replacing;

    /* the session of this program */
    struct ft_session *session; /* NULL: none is on */
    struct ft_snapshot snap;    /* the last look, also after the end */
    bool has_snap;
    struct ft_err failed; /* why the last session failed; code 0: it did not */
    bool quit_after;      /* the program ends when the session has */
    char *notify;         /* its --notify; NULL: none */
    struct {              /* leaving it to a process in the background */
        bool on;
        int64_t pid; /* 0: not started yet */
        char dir[512];
        char sweep[512]; /* that the run is a member of; "" none */
        double since_s;
    } leave;
    struct { /* a run that is asked about: queue it? */
        bool on;
        struct ft_options o;
        char *fork, *resume;
        char *sweep; /* the folder of one that is to go on; NULL: it is a run */
    } queueing;
    int64_t queue_pid; /* a process that was started here to work through the queue; 0: none */
    char *farewell;    /* for the terminal, once it is restored; NULL: nothing */

    /* questions to a model; the last answer, whoever asked (its id says), who may move it away */
    struct ft_prediction_queue *asker;
    struct ft_answer answer;            /* id 0: none */
    uint64_t answered;                  /* id of the last one */
    struct ft_prediction_queue *beside; /* asked for a second opinion; NULL: never yet */
    bool predicting;                    /* a file, in the background of screen 6 */

    /* the run shown */
    char run[512];   /* its folder; "" none */
    bool run_is_own; /* it is the session's (going on or ended) */
    struct {         /* when another process trains it and says how far it is */
        bool on;
        int64_t pid; /* also set, or -1, when only the lock is held; 0: nobody trains it */
        struct ft_snapshot snap;
    } remote;
    struct ft_run_series series;
    struct ft_scores_file eval; /* the last evaluation's; no examples: none */
    struct ft_similarity *similar_rows, *similar_examples; /* what ~ asks for on screens 1 and 5 */
    struct ft_doubts *doubts, *near; /* what :audit and :duplicates list on screen 1 */
    double near_wanted; /* threshold of a search that begins once the data is there; 0: none */
    struct ft_evaluation *evaluation; /* the whole of the last one, with its examples */
    uint64_t eval_tried;              /* the step whose file was read last, found or not */
    uint64_t version;                 /* counts changes of series, eval, run and snapshot */
};

struct ft_workbench *ft_workbench_new(struct ft_app *app);
/* A session that is still on is stopped with a checkpoint and waited for. */
void ft_workbench_free(struct ft_workbench *w);

/* --- settings --- */
/* As one undo step. An invalid text is kept in wrong[id], `err` is the reason. */
enum ft_status ft_workbench_set(struct ft_workbench *w, enum ft_opt id, const char *text,
                                struct ft_err *err);
/* What a word may set: as ft_workbench_set, but an illegal text, a file that is not there or a
 * column that the data does not have is refused, and nothing changes. ft_workbench_legal only
 * looks. */
enum ft_status ft_workbench_set_legal(struct ft_workbench *w, enum ft_opt id, const char *text,
                                      struct ft_err *err);
enum ft_status ft_workbench_legal(const struct ft_workbench *w, enum ft_opt id, const char *text,
                                  struct ft_err *err);
/* A rate, epochs and a warm-up that suit the model when it is the one that ships, and the defaults again
 * when it is another; what somebody chose stays. No step of undo; true: they changed. */
bool ft_workbench_suit_model(struct ft_workbench *w);
void ft_workbench_reset(struct ft_workbench *w, enum ft_opt id); /* to the default */
/* Another file of examples; it is among the recent ones then. A path where nothing is leaves what
 * is open as it is: it says so and returns false. */
bool ft_workbench_open(struct ft_workbench *w, const char *path);
/* Another model; a name that is nowhere leaves the one that is set: it says so, or offers to pull
 * it, and returns false. */
bool ft_workbench_use_model(struct ft_workbench *w, const char *name);
/* What was open last, before anything else is done: no step of undo. false: nothing, or its file is
 * gone. */
bool ft_workbench_recall(struct ft_workbench *w);
/* Label edits lie beside the data as DATA.edits.jsonl: those that are there are taken up, unless
 * --edits names others. Each change is written there at once; where that folder can't be written
 * to, into the state folder. */
void ft_workbench_edits_beside(struct ft_workbench *w);
char *ft_workbench_edits_path(const struct ft_workbench *w); /* of that file; free() it */
/* Has `write` write the file at once, or, where there is one already, when somebody agrees to lose
 * it. false: nothing was written and nothing is asked; what is wrong was said. */
bool ft_workbench_write_to(struct ft_workbench *w, const char *path,
                           bool (*write)(void *arg, const char *path), void *arg);
/* Replaces all settings as one undo step (presets, another run's); copies `o`. */
void ft_workbench_replace(struct ft_workbench *w, const struct ft_options *o);
/* Gives row `row` of --data another label (NULL: leaves it out), as one undo step. On an error it
 * says why and returns false. */
bool ft_workbench_relabel(struct ft_workbench *w, size_t row, const char *label);
/* Marks a label as correct, as ft_dataset_keep; one undo step. */
bool ft_workbench_keep(struct ft_workbench *w, size_t row, const char *label, bool on);
/* These say what is as before, or return false when there is nothing. */
bool ft_workbench_undo(struct ft_workbench *w);
bool ft_workbench_redo(struct ft_workbench *w);
/* The name of the data that the next undo brings back; false: it is about something else. */
bool ft_workbench_file_before(const struct ft_workbench *w, char *buf, size_t size);
bool ft_workbench_can_undo(const struct ft_workbench *w);
/* After w->o was changed by hand: data and task follow. */
void ft_workbench_settled(struct ft_workbench *w);
enum ft_task ft_workbench_task(const struct ft_workbench *w);
/* Several labels per row: gives the row the label, or takes it away; a step of undo. */
bool ft_workbench_toggle(struct ft_workbench *w, size_t row, const char *label);
/* What keeps T from starting, as one line ("model is missing (2)"); NULL: nothing. */
const char *ft_workbench_missing(const struct ft_workbench *w, char *buf, size_t size);

/* Asks `b` what is inside `model` for this task (-1: its own), with the labels of the data. Asking
 * for what is there already costs nothing. */
void ft_workbench_look_at(struct ft_workbench *w, struct ft_model_list *b, const char *model,
                          int task);
/* What a run with these options (settled; w->o with what is being typed) would be. The model that
 * is set is looked at in the background: facts come by themselves. */
void ft_workbench_plan(struct ft_workbench *w, const struct ft_options *o, struct ft_plan *p,
                       struct ft_plan_in *in);
/* Measures a training step with the settings; Esc ends it. Says what keeps it from starting. */
void ft_workbench_measure(struct ft_workbench *w);

/* --- sweeps --- */
/* Marks an option: its values as typed behind --over OPTION=; "" takes the mark away. */
enum ft_status ft_workbench_sweep_over(struct ft_workbench *w, enum ft_opt id, const char *values,
                                       struct ft_err *err);
/* The values of a marked option as typed, into out (may be NULL); false: it is not marked. */
/* All of it as on the command line, "--over learning_rate=1e-5,3e-5 --seeds 3"; "": no sweep. */
void ft_workbench_sweep_text(const struct ft_workbench *w, struct ft_str *out);
bool ft_workbench_swept(const struct ft_workbench *w, enum ft_opt id, struct ft_str *out);
/* Whether T would start a sweep: something is marked, or repeats are set. */
bool ft_workbench_sweeps(const struct ft_workbench *w);
/* ":sweep seeds 3", ":sweep strategy halving", ":sweep resume D", ":sweep off": says what is wrong. */
void ft_workbench_sweep_word(struct ft_workbench *w, const char *text);

/* --- pulling a model from the hub --- */
/* Asks the hub about ID[@REV]: w->pull.view goes to FT_PULL_READY or FT_PULL_FAILED. `use`: the model
 * is put in use when it is here. One that is on its way is not disturbed: says so, returns false. */
bool ft_workbench_pull(struct ft_workbench *w, const char *name, bool use);
bool ft_workbench_pulling(const struct ft_workbench *w);     /* the hub is asked, or files come */
void ft_workbench_pull_go(struct ft_workbench *w);           /* FT_PULL_READY: downloads it */
void ft_workbench_pull_cancel(struct ft_workbench *w);       /* what came so far is kept */
void ft_workbench_pull_end(struct ft_workbench *w);          /* forgets plan and failure; cancels */
int ft_workbench_pull_percent(const struct ft_workbench *w); /* -1: nothing is downloaded now */
/* Asks whether a model that was named should be pulled. false: the name is no id. */
bool ft_workbench_offer_pull(struct ft_workbench *w, const char *name);
/* At the start: a model that is set and not here is offered on screen 2. */
void ft_workbench_check_model(struct ft_workbench *w);

/* --- the session --- */
bool ft_workbench_running(const struct ft_workbench *w); /* a session is on */
/* These say what is wrong in the message line and return false then. */
bool ft_workbench_train(struct ft_workbench *w);
/* `more` (NULL: nothing) is laid over the run's options, such as a larger num_train_epochs. */
/* What T would start, as a command for a shell: with its folder, the checkpoint it forks from and a
 * file of the label edits (written now). `all`: with every option, but of a fork, which gives what
 * differs. Says what would keep it from starting; false: it has no command. */
bool ft_workbench_command(struct ft_workbench *w, bool all, struct ft_str *out);
bool ft_workbench_resume(struct ft_workbench *w, const char *dir, const struct ft_options *more);
/* The run's settings become those of the form, as one undo step, and T will start from that
 * checkpoint, until ft_workbench_end_fork. Says what is wrong and returns false then. */
bool ft_workbench_begin_fork(struct ft_workbench *w, const char *dir, uint64_t step);
void ft_workbench_end_fork(struct ft_workbench *w);
/* What `changed` gives is laid over the run's options. */
bool ft_workbench_fork(struct ft_workbench *w, const char *dir, uint64_t step,
                       const struct ft_options *changed);
/* Copies the model (a folder, a run, a name) to the new folder `to`, in the background; what came
 * of it is said when it is done. */
bool ft_workbench_export(struct ft_workbench *w, const char *model, const char *to);
/* Makes a smaller model from `model` as the words of `arg` say ("small keep_layers=0,2,5"), in the
 * background, and puts it into the settings. Says what is wrong. */
bool ft_workbench_create(struct ft_workbench *w, const char *model, const char *arg);
/* "ask: w save and stop  d discard..": does what is answered. */
void ft_workbench_ask_stop(struct ft_workbench *w);

/* Finds out what an audit of the data with `folds` models would take, asks, and queues it. Says what keeps it
 * from being made. */
void ft_workbench_audit(struct ft_workbench *w, size_t folds);
/* Says when an audit of the queue has ended; now and then. */
void ft_workbench_watch_audits(struct ft_workbench *w);
/* Starts a process in the background that works through the queue, unless one does. */
bool ft_workbench_run_queue(struct ft_workbench *w);
/* Continues the sweep in `dir` here, run after run; asks whether to queue it while something trains. Says
 * what is wrong. */
void ft_workbench_sweep_resume(struct ft_workbench *w, const char *dir);
/* Saves a checkpoint and lets a process in the background continue; then the program ends. When
 * that process cannot, the reason is said and the run stays here, stopped. */
void ft_workbench_leave(struct ft_workbench *w);

/* --- the run shown --- */
/* It is trained now, here or in another process that can be asked. */
bool ft_workbench_active(const struct ft_workbench *w);
/* How far the run shown is, or was when this program trained it; NULL: only its files say. */
const struct ft_snapshot *ft_workbench_snapshot(const struct ft_workbench *w);
/* Asks the session, or the other process, that trains it. false: it cannot be; said. */
bool ft_workbench_request(struct ft_workbench *w, const struct ft_run_request *r);
/* A run's folder as it is kept: without slashes at its end, as completion gives them. */
void ft_workbench_run_name(char *buf, size_t size, const char *dir);
/* NULL or "": none. Reads what is there. */
void ft_workbench_show(struct ft_workbench *w, const char *dir);
/* The same when there is a run in the folder; false: there is none, and it says so. */
bool ft_workbench_show_found(struct ft_workbench *w, const char *dir);
/* The same, and its settings become those of the form where nothing was given, before anything else
 * is done: no step of undo. What is gone of its files is said in one line. */
bool ft_workbench_show_with_data(struct ft_workbench *w, const char *dir);
/* Offers the run that was stopped last, in the message line, when the folder was looked through. */
void ft_workbench_look_for_stopped(struct ft_workbench *w);
/* Looks at the session and reads what files grew; true when something changed. The app's wake hook
 * does it, and a screen's tick may. */
bool ft_workbench_follow(struct ft_workbench *w);

#endif
