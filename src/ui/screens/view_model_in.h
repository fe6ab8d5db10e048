/* The inside of screen 2: view_model.c has its state, keys and words, view_model_draw.c its panels
 * but for the tokens, which are in view_model_tokens.c, view_model_frame.c the layout and the
 * message line. */
#ifndef FT_UI_SCREENS_VIEW_MODEL_IN_H
#define FT_UI_SCREENS_VIEW_MODEL_IN_H

#include "ui/widgets/rich.h"

#include "engine/task/model_memory.h"
#include "ui/screens/view_model.h"

enum model_panel {
    MODEL_LIST,
    MODEL_INSIDE,
    MODEL_PARTS,
    MODEL_MEMORY,
    MODEL_TENSORS,
    MODEL_TOKENS,
    MODEL_PANELS
};

enum { MODEL_TEXT_MAX = 64 << 10 };

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
    char find[128];
    struct ft_node nodes[16];
};

/* NULL: the list is empty. */
const struct ft_model_entry *model_entry(const struct model_view *t);
bool model_in_use(const struct model_view *t, const struct ft_model_entry *e);
const struct ft_model_entry *model_used(const struct model_view *t); /* NULL: not in the list */
/* Facts of the selected entry; NULL: not there (yet). */
const struct ft_model_facts *model_facts(const struct model_view *t);
/* The memory of a run with the model that is looked at; of the data's texts when it is the one in
 * use. false: nothing of it is known. */
bool model_memory(const struct model_view *t, struct ft_model_memory *m);
/* What the selected model is wanted for: enum ft_task, -1 while neither data nor settings say it.
 */
int model_task(const struct model_view *t);

void model_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void model_title(struct ft_view *v, int p, struct ft_title *title);
/* config.json with what is in force, for a page. */
void model_config_page(const struct model_view *t, struct ft_rich *out);

/* view_model_frame.c */
const struct ft_node *model_layout(struct ft_view *v, int h, int w);
void model_next(struct ft_view *v, char *buf, size_t size);

/* view_model_tokens.c */
void model_tokens_draw(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);
void model_tokens_title(const struct model_view *t, struct ft_title *title);

#endif
