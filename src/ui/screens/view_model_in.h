/* The inside of screen 2, one unit in these files:
 *
 *     view_model.c            what the app sees: opening, ticks, clicks, completion
 *     view_model_actions.c    keys and words
 *     view_model_selection.c  the list, the selected model, the one that is set
 *     view_model_typing.c     the text whose tokens are shown
 *     view_model_pull.c       pulling a model: the id, the plan, the download; _pull_draw its panel
 *     view_model_frame.c      layout and message line
 *     view_model_draw.c       the panels; view_model_tokens.c that of the tokens */
#ifndef FT_UI_SCREENS_VIEW_MODEL_IN_H
#define FT_UI_SCREENS_VIEW_MODEL_IN_H

#include "ui/widgets/rich.h"

#include "engine/present/known_list.h"
#include "engine/task/model_memory.h"
#include "ui/screens/view_model.h"

enum model_panel {
    MODEL_LIST,
    MODEL_INSIDE,
    MODEL_PARTS,
    MODEL_MEMORY,
    MODEL_TENSORS,
    MODEL_TOKENS,
    MODEL_PULL,
    MODEL_PANELS
};

enum { MODEL_TEXT_MAX = 64 << 10, MODEL_ID_MAX = 240 };
enum { MODEL_LIST_AND_PULL = 140 }; /* columns from which both have room */

struct model_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;
    struct ft_model_list *b;
    struct ft_list list, tensors;
    char *selected;  /* name of the entry the cursor was put on; NULL: the one in use */
    char *listed;    /* the settings' model that the list was made for; NULL: none yet */
    char *used_name; /* the settings' model that `used` is about */
    size_t used;     /* its place in the list */
    bool has_used;
    uint64_t seen; /* version of the browser that `used` is about */
    bool opened, running, list_failed;
    bool busy; /* our work is in the message line */
    struct ft_scroll inside, tokens;
    struct ft_str text;    /* in the token line */
    struct ft_field field; /* while it is typed */
    bool typing, own_text; /* the text was typed, else it follows the data's row */
    bool text_cut;         /* it is the first part of a longer row */
    size_t row_number;     /* that row, in its file */
    struct {
        bool open;             /* the panel is shown */
        struct ft_field field; /* the id */
        struct ft_known_list *known;
        struct ft_list list;    /* what matches it: known models, and the id itself */
        int typed_at;           /* row of the id itself; -1: it is none, or one of the known */
        struct ft_scroll files; /* of the plan and the download */
        uint64_t seen;          /* version of the workbench's pulls that the list was made after */
    } pull;
    char find[128];
    struct ft_node nodes[16];
};

/* What the panel of a pull shows. */
enum model_pull_state {
    MODEL_PULL_CHOOSE, /* an id is typed */
    MODEL_PULL_ASK,    /* the hub is asked */
    MODEL_PULL_READY,  /* what would be downloaded */
    MODEL_PULL_LOAD,
    MODEL_PULL_FAILED, /* or cancelled */
};

static inline struct model_view *model_of(struct ft_view *v)
{
    return (struct model_view *)v;
}

/* view_model_actions.c */
bool model_act(struct ft_view *v, enum ft_action a, const char *arg);
bool model_can(struct ft_view *v, enum ft_action a);
const char *model_label(struct ft_view *v, enum ft_action a);

/* view_model_typing.c */
bool model_key(struct ft_view *v, const struct ft_key *k);
bool model_typing(struct ft_view *v);
void model_type_text(struct model_view *t, const char *text); /* NULL, "": begins to be typed */
void model_put_text(struct model_view *t, const char *text, size_t n);

/* view_model_selection.c */
const char *model_setting(const struct model_view *t); /* the model that is set; "" none */
void model_list_anew(struct model_view *t);
void model_follow(struct model_view *t);       /* the list, the settings, the data's row */
void model_select_entry(struct model_view *t); /* the cursor was moved */
/* NULL: the list is empty. */
const struct ft_model_entry *model_entry(const struct model_view *t);
bool model_in_use(const struct model_view *t, const struct ft_model_entry *e);
bool model_is_missing(const struct ft_model_entry *e); /* not here, but may be on the hub */
const struct ft_model_entry *model_used(const struct model_view *t); /* NULL: not in the list */
/* Facts of the selected entry; NULL: not there (yet). */
const struct ft_model_facts *model_facts(const struct model_view *t);
/* The memory of a run with the model that is looked at; of the data's texts when it is the one in
 * use. false: nothing of it is known. */
bool model_memory(const struct model_view *t, struct ft_model_memory *m);
/* What the selected model is wanted for: enum ft_task, -1 while neither data nor settings say it.
 */
int model_task(const struct model_view *t);

/* view_model_draw.c */
void model_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void model_title(struct ft_view *v, int p, struct ft_title *title);
char *model_short_count(char *buf, uint64_t n); /* "23M", "410k"; buf has 32 bytes */
/* config.json with what is in force, for a page. */
void model_config_page(const struct model_view *t, struct ft_rich *out);

/* view_model_frame.c */
const struct ft_node *model_layout(struct ft_view *v, int h, int w);
void model_next(struct ft_view *v, char *buf, size_t size);

/* view_model_pull.c */
enum model_pull_state model_pull_state(const struct model_view *t);
/* Shows the panel; a name (ID or ID@REV) is asked for at once. */
void model_pull_open(struct model_view *t, const char *name);
void model_pull_close(struct model_view *t);
bool model_pull_typing(const struct model_view *t);
bool model_pull_key(struct model_view *t, const struct ft_key *k);
bool model_pull_act(struct model_view *t, enum ft_action a); /* false: not this panel's */
bool model_pull_can(const struct model_view *t, enum ft_action a);
const char *model_pull_label(const struct model_view *t, enum ft_action a);
bool model_pull_next(const struct model_view *t, char *buf, size_t size); /* false: nothing */
void model_pull_follow(struct model_view *t); /* a model that has come is selected */
void model_pull_release(struct model_view *t);
/* What row i of the list stands for; the id is the typed one where the row is NULL. */
const struct ft_known_row *model_pull_row(const struct model_view *t, size_t i);

/* view_model_pull_draw.c */
void model_pull_draw(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);
void model_pull_title(const struct model_view *t, struct ft_title *title);

/* view_model_tokens.c */
void model_tokens_draw(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);
void model_tokens_title(const struct model_view *t, struct ft_title *title);

#endif
