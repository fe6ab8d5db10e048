/* Rows of actions: see view_action.h. */
#include "ui/app/view_action.h"

ft_view_action_fn *ft_view_action_find(const struct ft_view_action *rows, size_t n,
                                       enum ft_action action)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].action == action) return rows[i].act;
    return NULL;
}
