/* The movements that every list, table and page understands; keys and words are app's (action.h).
 */
#ifndef FT_UI_WIDGETS_MOVE_H
#define FT_UI_WIDGETS_MOVE_H

enum ft_move {
    FT_MOVE_NONE,
    FT_MOVE_UP,
    FT_MOVE_DOWN,
    FT_MOVE_PAGE_UP,
    FT_MOVE_PAGE_DOWN,
    FT_MOVE_TOP,
    FT_MOVE_BOTTOM
};

#endif
