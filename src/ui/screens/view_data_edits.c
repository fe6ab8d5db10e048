/* Labels changed on screen 1; each change is a step of undo. */
#include "ui/screens/view_data_in.h"

#include "util/fs.h"

#include <stdio.h>
#include <string.h>

bool data_has_sets(void *arg)
{
    const struct data_view *t = arg;
    return ft_dataset_facts(t->w->data)->several;
}

bool data_row_has(void *arg, const char *label)
{
    struct data_view *t = arg;
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    return there && ft_dataset_row_has(t->w->data, r.row, label);
}

void data_entity(void *arg, char *buf, size_t size)
{
    struct data_view *t = arg;
    struct ft_dataset_entity e;
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (!there || !ft_dataset_entities(t->d, t->rows.selected, &e, 1) || e.end > r.n) return;
    snprintf(buf, size, "%.*s %s", (int)(e.end - e.start), r.text + e.start, e.type);
}

bool data_relabel_row(void *arg, const char *label)
{
    struct data_view *t = arg;
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (there && data_has_sets(t)) return ft_workbench_toggle(t->w, r.row, label);
    if (!there || !ft_workbench_relabel(t->w, r.row, label)) return false;
    if (ft_dataset_tagged(t->d)) return true; /* a row has many entities: it stays */
    return data_next_row(t);
}

bool data_next_row(void *arg)
{
    struct data_view *t = arg;
    if (t->similar.on) {
        if (t->similar_list.selected + 1 >= t->similar.n) return false;
        return data_similar_move(t, FT_MOVE_DOWN);
    }
    if (t->rows.selected + 1 >= t->rows.n) return false;
    ft_list_select(&t->rows, t->rows.selected + 1);
    return true;
}

bool data_editable(struct data_view *t)
{
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (there && r.editable) return true;
    ft_app_say(t->w->app, FT_SAY_NOTE,
               "this row cannot be relabelled: only labelled rows of %s can",
               ft_path_base(ft_options_text(&t->w->o, FT_OPT_data)));
    return false;
}

static bool relabel_named(void *arg, size_t row, const char *label)
{
    struct data_view *t = arg;
    if (!ft_workbench_relabel(t->w, row, label)) return false;
    ft_app_say(t->w->app, FT_SAY_OK, "row %zu %s; u undoes", row, label ? label : "excluded");
    return true;
}

/* ":relabel ROW LABEL" and ":drop ROW". */
bool data_edit_word(struct data_view *t, const char *arg, bool drop)
{
    return ft_relabel_word(&t->relabel, arg, drop, relabel_named);
}

void data_drop(struct data_view *t)
{
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (!data_editable(t) || !ft_workbench_relabel(t->w, r.row, NULL)) return;
    ft_app_say(t->w->app, FT_SAY_OK, "row %zu excluded; u undoes", r.row);
    if (t->doubts.on) data_next_row(t);
}
