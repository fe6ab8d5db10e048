/* The inside of screen 3, one unit in these files:
 *
 *     view_tune.c          what the app sees: clicks, completion, message line
 *     view_tune_actions.c  keys and words
 *     view_tune_rows.c     the form's rows
 *     view_tune_changes.c  changing a setting
 *     view_tune_presets.c  the list of presets
 *     view_tune_draw.c     the panels */
#ifndef FT_UI_SCREENS_VIEW_TUNE_IN_H
#define FT_UI_SCREENS_VIEW_TUNE_IN_H

#include "ui/widgets/field.h"
#include "ui/widgets/list.h"
#include "ui/screens/view_tune.h"

enum tune_panel { TUNE_FORM, TUNE_HELP, TUNE_SCHEDULE, TUNE_PLAN, TUNE_NOTE, TUNE_PANELS };

/* A row of the form: an option, or a group's head. */
struct tune_row {
    bool head;
    enum ft_opt_group group;
    enum ft_opt id;
};

struct tune_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;
    struct ft_options settled;  /* the settings with what the task decides; made with the rows */
    struct ft_options defaults; /* the same with nothing set */
    bool has_settled;
    struct ft_list list;
    struct tune_row rows[FT_OPT_COUNT + FT_OPT_GROUP_COUNT];
    bool folded[FT_OPT_GROUP_COUNT];
    bool changed_only, editing;
    bool listing; /* the presets stand in place of the form */
    struct ft_list presets;
    char **own; /* names of the user's */
    size_t own_n;
    struct ft_options preset_made; /* the settings as the preset left them */
    bool has_preset_made;
    struct ft_field field;
    char find[80];
    enum ft_opt asked; /* the option of the question "now or next run" */
};

static inline struct tune_view *tune_of(struct ft_view *v)
{
    return (struct tune_view *)v;
}

/* --- view_tune_actions.c --- */
bool tune_act(struct ft_view *v, enum ft_action a, const char *arg);
bool tune_can(struct ft_view *v, enum ft_action a);
const char *tune_label(struct ft_view *v, enum ft_action a);
bool tune_key(struct ft_view *v, const struct ft_key *k); /* while a value is typed */
bool tune_typing(struct ft_view *v);

/* --- view_tune_changes.c --- */
void tune_set(struct tune_view *t, enum ft_opt id, const char *text);
void tune_cycle(struct tune_view *t, enum ft_opt id, int by); /* the next choice, around the end */
void tune_step(struct tune_view *t, enum ft_opt id, int by);  /* the next of its usual values */
void tune_begin_edit(struct tune_view *t, enum ft_opt id);
bool tune_take_file(void *view, const char *text);

/* --- view_tune_rows.c --- */
void tune_make_rows(struct tune_view *t); /* after every change */
void tune_select_option(struct tune_view *t, enum ft_opt id);
bool tune_changed(const struct tune_view *t, enum ft_opt id);
bool tune_used(const struct tune_view *t, enum ft_opt id);       /* by the task */
const struct tune_row *tune_selected(const struct tune_view *t); /* NULL: no rows */
/* As typed; what was not given, as the task has it. */
const char *tune_value(const struct tune_view *t, enum ft_opt id);

/* --- view_tune_presets.c --- */
void tune_presets_open(struct tune_view *t);
void tune_presets_close(struct tune_view *t);
bool tune_presets_act(struct tune_view *t, enum ft_action a); /* while they are listed */
bool tune_preset_word(struct tune_view *t, const char *text); /* NAME, or "save NAME" */
int tune_preset_changed(const struct tune_view *t); /* options that differ from the preset since */
void tune_presets_draw(struct tune_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);
void tune_preset_help(struct tune_view *t, struct ft_canvas *c, struct ft_rect r);
void tune_presets_release(struct tune_view *t);

/* --- view_tune_draw.c --- */
bool tune_over_memory(struct tune_view *t, char *why, size_t size); /* as one line */
void tune_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void tune_title(struct ft_view *v, int p, struct ft_title *out);

#endif
