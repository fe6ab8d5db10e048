/* Screen 3, Tune: what will happen when T is pressed, and what should be changed? One form from the
 * option table. */
#ifndef FT_UI_SCREENS_VIEW_TUNE_H
#define FT_UI_SCREENS_VIEW_TUNE_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_tune_new(struct ft_workbench *w);

#endif
