/* The inside of screen 6, one unit in these files:
 *
 *     view_predict.c           what the app sees: opening, ticks, clicks, completion
 *     view_predict_fields.c    the text fields: keys, when they are asked, what fills them
 *     view_predict_actions.c   the other keys, and words
 *     view_predict_sampling.c  how a text grows
 *     view_predict_ask.c       what is asked and kept
 *     view_predict_frame.c     layout, titles and message line
 *     view_predict_draw.c      the panels */
#ifndef FT_UI_SCREENS_VIEW_PREDICT_IN_H
#define FT_UI_SCREENS_VIEW_PREDICT_IN_H

#include "engine/model/precision.h"
#include "engine/predict/predict_rows.h"
#include "ui/widgets/rich.h"
#include "ui/screens/view_predict.h"

enum predict_panel {
    PREDICT_HEAD,
    PREDICT_TEXT,
    PREDICT_PAIR,    /* second text, or the context of a question */
    PREDICT_ANSWERS, /* labels, answers, or choices for a masked word */
    PREDICT_BESIDE,  /* the same of another run */
    PREDICT_WHY,
    PREDICT_GROWN, /* the continuation, or the text with its masks filled in */
    PREDICT_SAMPLING,
    PREDICT_NEXT, /* choices for the next token */
    PREDICT_HISTORY,
    PREDICT_PANELS
};

enum {
    PREDICT_TEXT_MAX = 64 << 10,
    PREDICT_CONTEXT_MAX = 1 << 20,
    PREDICT_BARS = 8,     /* labels shown before "N more" */
    PREDICT_CHOICES = 10, /* for a masked word or the next token */
    PREDICT_PAST = 1000,  /* kept in the history */
};

enum predict_sampling {
    PREDICT_TEMPERATURE,
    PREDICT_TOP_K,
    PREDICT_TOP_P,
    PREDICT_PENALTY,
    PREDICT_NEW_TOKENS,
    PREDICT_SEED,
    PREDICT_SAMPLINGS
};

struct predict_past {
    char *text, *pair, *model, *answer; /* pair NULL: none */
    double score;                       /* negative: none */
    uint64_t step;                      /* of a model that was being trained, else 0 */
    enum ft_task task;
};

struct predict_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;
    struct ft_field text, pair;
    bool typing; /* plain characters go into the field that has the focus */

    /* the model and its last answer */
    char *model;  /* that was asked last; NULL: none */
    bool current; /* ..with the weights of the session */
    uint64_t asked;
    bool waiting;            /* for the answer to `asked` */
    bool keep;               /* it goes into the history */
    struct ft_answer answer; /* id 0: none; text NULL: the model is there, nothing was asked */
    struct ft_err failed;    /* code 0: the last question was answered */

    bool why;
    enum ft_precision precision; /* that is asked for; a run's current weights have the run's */
    double threshold;
    struct ft_list answers; /* of a question, or choices for mask number `mask` */
    size_t mask, lit;       /* lit: where the shown answer starts, from 1 */
    struct ft_scroll scroll[PREDICT_PANELS];

    /* a text that grows */
    struct ft_generate_opt generate;
    size_t tokens_asked;  /* max_new_tokens of the last question */
    bool greedy, goes_on; /* goes_on: the last question went on from `grown` */
    char *grown;          /* prompt and continuation */
    size_t prompt_bytes;  /* of `grown` */
    struct ft_list sampling, next;

    /* newest first */
    struct predict_past *past;
    size_t past_n;
    struct ft_list history;
    size_t walk; /* the entry in the field, from 1; 0: none */

    /* comparison with another run */
    char *beside; /* its folder; NULL: not shown */
    struct ft_answer beside_answer;

    /* a file, in the background */
    struct ft_job *file;
    char *input; /* of the next one, whose output is being asked for */
    struct predict_file *job;
    struct ft_node nodes[20];
};

static inline struct predict_view *predict_of(struct ft_view *v)
{
    return (struct predict_view *)v;
}

/* --- view_predict_fields.c --- */
extern const char predict_needs_context[]; /* a message */
bool predict_key(struct ft_view *v, const struct ft_key *k);
bool predict_typing(struct ft_view *v);
bool predict_in_field(const struct predict_view *t); /* one of them has the focus */
void predict_type_in(struct predict_view *t, int panel);
/* Into the fields; pair NULL: the second one stays as it is. */
void predict_put(struct predict_view *t, const char *text, size_t n, const char *pair,
                 size_t pair_n);
void predict_take_word(struct predict_view *t);  /* the chosen one, for a mask */
void predict_take_token(struct predict_view *t); /* appends the chosen one to the text */
void predict_recall(struct predict_view *t);     /* the selected entry of the history */

/* --- view_predict_sampling.c --- */
void predict_change_sampling(struct predict_view *t, int by);
bool predict_take_sampling(void *view, const char *text); /* of the selected row */
void predict_sampling_changed(struct predict_view *t);    /* asks for the next tokens again */

/* --- view_predict_actions.c --- */
bool predict_act(struct ft_view *v, enum ft_action a, const char *arg);
bool predict_can(struct ft_view *v, enum ft_action a);
void predict_why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size);
const char *predict_label(struct ft_view *v, enum ft_action a);
bool predict_enter(struct predict_view *t); /* Enter outside the fields */

/* --- view_predict_ask.c --- */

/* What is asked: the run shown, else the settings' model; "" none. */
const char *predict_model(const struct predict_view *t, bool *current);
enum ft_task predict_task(const struct predict_view *t); /* of the model, as far as it is known */
bool predict_answered(const struct predict_view *t);     /* there is an answer to a text */
/* Asks what stands in the fields (nothing: loads the model); `keep` its answer in the history. */
void predict_ask(struct predict_view *t, int delay_ms, bool keep);
/* Goes on from the text so far with so many tokens; 0: only the choices for the next one. */
void predict_go_on(struct predict_view *t, const char *text, size_t tokens);
bool predict_growing(const struct predict_view *t);
void predict_keep(struct predict_view *t); /* the answer there is, into the history */
/* Takes answers; asks anew when the model is another one. true: something changed. */
bool predict_follow(struct predict_view *t);
/* An example of the data for an empty field; false: there is none. */
bool predict_example(const struct predict_view *t, struct ft_dataset_row *row);
bool predict_lacks_context(const struct predict_view *t); /* a question, and nothing to look in */
bool predict_has_pair(const struct predict_view *t);      /* the second field is shown */
/* The answer as a word or two, for the history. free() it. */
/* The predicted labels of several, "a, b" or "none"; free() it. */
char *predict_labels(const struct ft_answer *a);
char *predict_said(const struct predict_view *t, const struct ft_answer *a, double *score);
/* A question got no answer under the threshold. */
bool predict_none(const struct predict_view *t, const struct ft_reply *r);
/* Row i of the answers to a question, by probability: best[*k], or no answer (false). */
bool predict_reply_row(const struct ft_reply *r, size_t i, size_t *k);
void predict_show_beside(struct predict_view *t, const char *run); /* NULL: no longer */
enum ft_status predict_write_history(const struct predict_view *t, const char *path,
                                     struct ft_err *err);
void predict_file_start(struct predict_view *t, const char *input, const char *output);
void predict_file_follow(struct predict_view *t);
void predict_release(struct predict_view *t);

/* --- view_predict_frame.c --- */
const struct ft_node *predict_layout(struct ft_view *v, int h, int w);
void predict_title(struct ft_view *v, int p, struct ft_title *title);
void predict_next(struct ft_view *v, char *buf, size_t size);

bool predict_copy(struct ft_view *v, struct ft_str *out); /* view_predict_copy.c */

/* --- view_predict_number.c --- */
void predict_draw_number(const struct predict_view *t, struct ft_canvas *c, struct ft_rect r,
                         const struct ft_answer *a);

/* --- view_predict_draw.c --- */
void predict_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
/* A sampling row's value as text. */
void predict_sampling_text(const struct predict_view *t, enum predict_sampling row, char *buf,
                           size_t size);
const char *predict_sampling_name(enum predict_sampling row);

#endif
