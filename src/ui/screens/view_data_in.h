/* The inside of screen 1, one unit in these files:
 *
 *     view_data.c           what the app sees: opening, ticks, clicks, completion
 *     view_data_actions.c   keys and words: a table of what each does
 *     view_data_rows.c      filter, sorting, finding, the rows of a problem
 *     view_data_settings.c  cleaning, split and cut
 *     view_data_columns.c   what columns are for, and how the file is read
 *     view_data_edits.c     labels changed here
 *     view_data_best.c      the model's labels for a row
 *     view_data_together.c  labels that occur together, of several per row
 *     view_data_similar.c   the rows most similar to one
 *     view_data_doubts.c    the rows that an audit doubts
 *     view_data_near.c      near duplicates, searched and as items of that list
 *     view_data_frame.c     layout, titles, message line
 *     view_data_draw.c      the panels; view_data_counts.c those that count
 *     view_data_text.c      the text of one row */
#ifndef FT_UI_SCREENS_VIEW_DATA_IN_H
#define FT_UI_SCREENS_VIEW_DATA_IN_H

#include "ui/app/view_action.h"
#include "ui/widgets/plot.h"
#include "ui/screens/relabel.h"
#include "ui/screens/similar.h"
#include "ui/widgets/rich.h"
#include "util/text_table.h"
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
    struct data_together { /* rows with both labels, of several per row */
        uint64_t *counts;  /* (n, n); NULL: not counted */
        uint64_t version;  /* of the data that they are of */
        size_t n;
        struct ft_list list; /* the selected label */
    } together;
    struct ft_similar similar;
    struct ft_list similar_list;
    size_t similar_home; /* the row from which it was opened */
    uint64_t similar_of; /* version of the data that its rows are of */
    struct data_doubts { /* a list of doubts in place of the rows */
        bool on;
        struct ft_doubts *list; /* w->doubts or w->near */
        bool near;              /* it has near duplicates: another table, two texts */
        bool opening, read;     /* it was asked for; it has been read and waits for the data */
        uint64_t fitted;        /* to which texts and labels */
        size_t home;            /* the row, filter and order from which it was opened */
        char filter[512];
        enum ft_dataset_sort sort;
        bool down;
        size_t back;           /* the row that the cursor has to go back to; 0: none */
        uint64_t back_version; /* of the data in which it was not listed */
    } doubts;
    struct data_near {        /* the search for near duplicates */
        bool busy;            /* it is in the message line */
        bool touched;         /* keys were pressed since: the list does not come by itself */
        uint64_t key, coming; /* of the data that w->near is of, and that the search is of */
    } near;
    struct ft_node nodes[16];
    bool cutting; /* the cut is being moved */
    size_t cut;
    size_t cycled, robbed; /* the column whose use was changed last, the one that lost it */
    bool busy;             /* our work is in the message line */
    double busy_s;         /* when there was none last, by ft_now_s */
    bool failed;
    size_t stale; /* label edits that match no row, as reported last */
    char find[128];
    char shown_path[512]; /* of the rows' selection */
};

static inline struct data_view *data_of(struct ft_view *v)
{
    return (struct data_view *)v;
}

struct ft_dataset_row data_row(const struct data_view *t, bool *there);
/* Recent files that are still there, and the sample that ships; for an empty screen. */
size_t data_recent(const struct data_view *t, char (*paths)[512], size_t max);

/* view_data_actions.c */
bool data_act(struct ft_view *v, enum ft_action a, const char *arg);
bool data_can(struct ft_view *v, enum ft_action a);
const char *data_label(struct ft_view *v, enum ft_action a);

/* view_data_rows.c */
bool data_take_filter(void *view, const char *text);
bool data_find(struct data_view *t, bool back);
bool data_take_find(void *view, const char *text);
bool data_sort_word(struct data_view *t, const char *arg); /* "COLUMN [down]" */
void data_show_problem(struct data_view *t, size_t i);     /* its rows */
void data_next_problem(struct data_view *t);

/* view_data_settings.c */
bool data_set(struct data_view *t, enum ft_opt id, const char *text); /* false: invalid, reported */
void data_toggle_clean(struct data_view *t, size_t step);
/* Can the step be used with these data? Words with tags can only be left out. */
bool data_step_fits(const struct data_view *t, size_t step);
bool data_take_split(void *view, const char *text); /* "80,10,10 .." */
size_t data_cut(const struct data_view *t);
size_t data_span(const struct data_view *t); /* lengths that the histogram shows */
bool data_move_cut(struct data_view *t, int by);
void data_take_cut(struct data_view *t); /* it becomes the setting */

/* view_data_edits.c: only labelled rows of --data can be given another label. */
bool data_editable(struct data_view *t);              /* the selected row; false: reported */
void data_entity(void *view, char *buf, size_t size); /* the first one of the selected row */
bool data_relabel_row(void *view, const char *label); /* the selected row; then the next one */
bool data_row_has(void *view, const char *label);     /* of several: the selected row has it */
bool data_has_sets(void *view);                       /* rows have any number of labels */
bool data_next_row(void *view);
bool data_edit_word(struct data_view *t, const char *arg, bool drop); /* "ROW [LABEL]" */
void data_drop(struct data_view *t);

/* view_data_similar.c */
void data_similar_open(struct data_view *t, const char *arg); /* NULL: of the selected row */
void data_similar_close(struct data_view *t, bool home); /* home: back to where it was opened */
void data_similar_follow(struct data_view *t);           /* rows that are others are taken */
bool data_similar_move(struct data_view *t, enum ft_move move);
void data_similar_moved(struct data_view *t); /* the rows' cursor follows the list's */

/* view_data_doubts.c */
void data_doubts_open(struct data_view *t, const char *arg); /* NULL: of the newest audit */
void data_doubts_close(struct data_view *t, bool home); /* home: rows, filter, cursor as before */
void data_doubts_follow(struct data_view *t);
void data_doubts_to(struct data_view *t, size_t row); /* the cursor, where the row is listed */
/* Shows a list that is there; the cursor on its first undecided item of a kind, FT_DOUBT_KINDS: any. */
void data_doubts_begin(struct data_view *t, struct ft_doubts *items, int kind);
const struct ft_doubt *data_doubt_selected(const struct data_view *t, size_t *item);
void data_doubts_take(struct data_view *t); /* the suggested label; then the next row */
void data_doubts_keep(struct data_view *t); /* the given one is correct, or no longer */
void data_doubts_draw(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);
void data_doubts_title(const struct data_view *t, struct ft_title *title);
void data_doubts_next(const struct data_view *t, char *buf, size_t size);

/* view_data_near.c */
#define NEAR_OTHER_ROWS "other rows or splits: D compares the rows as they are now"
void data_near_open(struct data_view *t,
                    const char *arg); /* the threshold; NULL: the list there is */
void data_near_follow(struct data_view *t);
bool data_near_is_of(const struct data_view *t); /* w->near is of the rows and splits as they are */
/* The selected item and the row that it is like; NULL: the selected row is no near duplicate. */
const struct ft_doubt *data_near_selected(const struct data_view *t, struct ft_dataset_row *other);
struct data_doubt_row {
    size_t place; /* in the list */
    const struct ft_doubt *item;
    enum ft_doubt_decision decision;
    const char *sign; /* of the decision */
};
void data_near_row(const struct data_view *t, const struct data_doubt_row *d, struct ft_canvas *c,
                   int y, int x, int w);
void data_near_header(const struct data_view *t, struct ft_canvas *c, int y, int x, int w);
void data_near_source(const struct data_view *t, char *buf, size_t size);
void data_near_next(const struct data_view *t, const struct ft_doubt *q,
                    enum ft_doubt_decision decision, char *buf, size_t size);
bool data_near_take(struct data_view *t, const struct ft_doubt *q); /* false: not without asking */
/* Text with the words that `other` does not have in bold. */
void data_near_words(struct ft_rich *out, const char *text, size_t n, const char *other,
                     size_t other_n);
/* The problems of the data and those that the search has found. */
size_t data_problems(struct data_view *t);
bool data_problem(struct data_view *t, size_t i, struct ft_dataset_problem *p);
bool data_near_problem(struct data_view *t, size_t i); /* shows its items; false: another problem */

/* view_data.c: with the keys of the list of doubts, or without. */
const struct ft_panel *data_panels(bool doubts);

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

/* view_data_together.c: which labels occur together. */
bool data_together_on(const struct data_view *t); /* the panel of labels shows it */
void data_together_draw(struct data_view *t, struct ft_canvas *c, struct ft_rect r);
void data_together_title(const struct data_view *t, struct ft_title *title);
void data_together_copy(const struct data_view *t, struct ft_text_table *out);

/* view_data_best.c: the `best` of the strip, and what came of the question. */
int data_best(void *view, const char **best);
void data_best_follow(struct data_view *t);
void data_best_release(struct data_view *t);

/* view_data_frame.c */
const struct ft_node *data_layout(struct ft_view *v, int h, int w);
void data_title(struct ft_view *v, int p, struct ft_title *title);
void data_next(struct ft_view *v, char *buf, size_t size);

/* view_data_draw.c, view_data_counts.c */
void data_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void data_draw_labels(const struct data_view *t, struct ft_canvas *c, struct ft_rect r);
void data_draw_tokens(const struct data_view *t, struct ft_canvas *c, struct ft_rect r);
void data_muted(struct ft_canvas *c, struct ft_rect r, int line, const char *text);
char *data_count(char *buf, size_t n); /* into at least 32 bytes */
/* What is shown, if anything, are the rows before what is wrong in the file. */
bool data_broke(const struct data_view *t);
bool data_step_on(const struct data_view *t, size_t step); /* of cleaning */

bool data_copy(struct ft_view *v, struct ft_str *out); /* view_data_copy.c */

/* view_data_write.c: by key and by word */
bool data_act_edits(const struct ft_view_call *call);
bool data_act_write(const struct ft_view_call *call);
bool data_act_corrected(const struct ft_view_call *call);
bool data_act_export(const struct ft_view_call *call);

/* view_data_text.c */
void data_text(const struct data_view *t, bool before, struct ft_rich *out);

#endif
