/* Screen 4, Train: is it learning, is it healthy, when is it done? Shows the run of the workbench:
 * its session while that goes on, else what its folder has. */
#ifndef FT_UI_SCREENS_VIEW_TRAIN_H
#define FT_UI_SCREENS_VIEW_TRAIN_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_train_new(struct ft_workbench *w);

#endif
