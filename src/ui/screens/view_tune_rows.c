/* The rows of screen 3's form: options by group, with the values that a run would have. */
#include "ui/screens/view_tune_in.h"
#include "engine/task/task_facts.h"

bool tune_changed(const struct tune_view *t, enum ft_opt id)
{
    return t->w->wrong[id] || !ft_options_same(&t->settled, &t->defaults, id);
}

bool tune_used(const struct tune_view *t, enum ft_opt id)
{
    return ft_option_at(id)->traits & ft_task_traits(ft_workbench_task(t->w));
}

const char *tune_value(const struct tune_view *t, enum ft_opt id)
{
    return t->w->wrong[id] ? t->w->wrong[id] : ft_options_text(&t->settled, id);
}

const struct tune_row *tune_selected(const struct tune_view *t)
{
    return t->list.n ? &t->rows[t->list.selected] : NULL;
}

void tune_make_rows(struct tune_view *t)
{
    size_t n = 0;
    enum ft_task task = ft_workbench_task(t->w);
    if (t->has_settled) ft_options_release(&t->settled);
    if (t->has_settled) ft_options_release(&t->defaults);
    ft_options_copy(&t->settled, &t->w->o);
    ft_task_settle(&t->settled, task);
    ft_options_init(&t->defaults);
    ft_task_settle(&t->defaults, task);
    t->has_settled = true;
    for (int g = 0; g < FT_OPT_GROUP_COUNT; g++) {
        t->rows[n++] = (struct tune_row){.head = true, .group = (enum ft_opt_group)g};
        size_t first = n;
        for (int i = 0; i < FT_OPT_COUNT; i++) {
            enum ft_opt id = (enum ft_opt)i;
            if ((int)ft_option_at(id)->group != g || !tune_used(t, id)) continue;
            if (t->changed_only ? !tune_changed(t, id) : t->folded[g]) continue;
            t->rows[n++] = (struct tune_row){.group = (enum ft_opt_group)g, .id = id};
        }
        if (t->changed_only && n == first) n--;
    }
    ft_list_resize(&t->list, n);
}

void tune_select_option(struct tune_view *t, enum ft_opt id)
{
    if (t->changed_only && !tune_changed(t, id)) t->changed_only = false;
    t->folded[ft_option_at(id)->group] = false;
    tune_make_rows(t);
    for (size_t i = 0; i < t->list.n; i++)
        if (!t->rows[i].head && t->rows[i].id == id) ft_list_select(&t->list, i);
}
