/* The inside of screen 1: view_data.c has its state, keys and words, view_data_draw.c its panels,
 * view_data_columns.c what columns are for, view_data_text.c the text of one row. */
#ifndef FT_UI_SCREENS_VIEW_DATA_IN_H
#define FT_UI_SCREENS_VIEW_DATA_IN_H

#include "ui/widgets/plot.h"
#include "ui/screens/relabel.h"
#include "ui/widgets/rich.h"
#include "ui/screens/view_data.h"

enum data_panel {
    DATA_HEAD,
    DATA_ROWS,
    DATA_TEXT,
    DATA_BEFORE,
    DATA_LABELS,
    DATA_TOKENS,
    DATA_PROBLEMS,
    DATA_CLEAN,
    DATA_COLUMNS,
    DATA_PANELS
};

enum { DATA_BINS = 256 };

struct data_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;
    struct ft_dataset *d;
    struct ft_list rows, problems, clean, columns, recent;
    enum ft_dataset_sort column; /* the column that [ and ] sort by */
    struct ft_scroll text, before;
    struct ft_relabel relabel;
    struct data_best {  /* the model's labels for one row, for the strip */
        uint64_t asked; /* 0: nothing is being asked */
        uint64_t text;  /* hash of the text they are for; 0: none yet */
        char *names[FT_RELABEL_BEST];
        int n;
    } best;
    struct ft_node nodes[16];
    bool cutting; /* the cut is being moved */
    size_t cut;
    size_t cycled, robbed; /* the column whose use was changed last, the one that lost it */
    bool busy;             /* our work is in the message line */
    bool failed;
    size_t stale; /* label edits that fit no row, as said last */
    char find[128];
    char shown_path[512]; /* of the rows' selection */
};

struct ft_dataset_row data_row(const struct data_view *t, bool *there);
size_t data_cut(const struct data_view *t);
size_t data_span(const struct data_view *t); /* lengths that the histogram shows */
/* Recent files that are still there, and the sample that ships; for an empty screen. */
size_t data_recent(const struct data_view *t, char (*paths)[512], size_t max);

/* view_data_columns.c */
const char *data_column_use(const struct data_view *t, size_t column); /* as set; "" none */
void data_cycle_use(struct data_view *t, size_t column);
/* Header row, delimiter, quotes, encoding: those that the file has. The value as it is set; *found:
 * what was told from the file. */
size_t data_forms(const struct data_view *t);
const char *data_form_name(const struct data_view *t, size_t i);
const char *data_form(const struct data_view *t, size_t i, const char **found);
void data_cycle_form(struct data_view *t, size_t i);
bool data_columns_word(struct data_view *t, const char *arg); /* "text=C pair=C label=C" */

/* view_data_best.c: the `best` of the strip, and what came of the question. */
int data_best(void *view, const char **best);
void data_best_follow(struct data_view *t);
void data_best_release(struct data_view *t);

void data_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void data_title(struct ft_view *v, int p, struct ft_title *title);
/* view_data_text.c */
void data_text(const struct data_view *t, bool before, struct ft_rich *out);

#endif
