/* Pages over the body: `?` with the keys of the panel and the screen, logs, texts to copy. */
#ifndef FT_UI_APP_OVERLAY_H
#define FT_UI_APP_OVERLAY_H

#include "ui/app/action.h"
#include "ui/term/canvas.h"
#include "ui/widgets/rich.h"

struct ft_overlay {
    bool open;
    char title[80];
    struct ft_rich text;
    struct ft_scroll scroll;
    char find[128]; /* what is looked for in it, "" nothing */
    size_t place;   /* which of the places found is looked at */
    int w;          /* columns of the text as drawn last */
};
void ft_overlay_release(struct ft_overlay *o);
/* Opens the help page of scope s; actions that do nothing now are muted, with the reason. */
void ft_overlay_help(struct ft_overlay *o, enum ft_scope s, ft_action_works_fn *works, void *arg);
void ft_overlay_draw(struct ft_canvas *c, struct ft_rect body, struct ft_overlay *o);
/* Scrolls; false when the action is not for it. */
bool ft_overlay_act(struct ft_overlay *o, enum ft_action a);
/* Looks for a text ("" ends it) and shows the first place at or below what is shown; false: it is
 * not on the page, what was looked for before stays. */
bool ft_overlay_find(struct ft_overlay *o, const char *text);
/* Goes to the next place, or the one before, round the ends; false: nothing is looked for. */
bool ft_overlay_find_next(struct ft_overlay *o, bool before);

#endif
