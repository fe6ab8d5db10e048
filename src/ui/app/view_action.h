/* What a screen does for each action, as rows of a table in place of a long switch.
 *
 *     static bool act_mode(const struct ft_view_call *call) { ... }
 *     static const struct ft_view_action rows[] = {{FT_ACT_EVAL_MODE, act_mode}, ...};
 *     ...
 *     ft_view_action_fn *fn = ft_view_action_find(rows, ROWS, action);
 *     if (fn) return fn(&(struct ft_view_call){view, action, arg, arg && *arg}); */
#ifndef FT_UI_APP_VIEW_ACTION_H
#define FT_UI_APP_VIEW_ACTION_H

#include "ui/app/action.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_view;

struct ft_view_call { /* the arguments of ft_view.act */
    struct ft_view *view;
    enum ft_action action;
    const char *arg; /* NULL: by key */
    bool given;      /* arg is a text that is not empty */
};
/* As ft_view.act: false when it was not handled here. */
typedef bool ft_view_action_fn(const struct ft_view_call *call);

struct ft_view_action {
    enum ft_action action;
    ft_view_action_fn *act;
};
/* NULL: the table has no row for it. */
ft_view_action_fn *ft_view_action_find(const struct ft_view_action *rows, size_t n,
                                       enum ft_action action);

#endif
