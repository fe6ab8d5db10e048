/* Screen 4, Train: progress, plots, scores and checkpoints of the workbench's run: from its session
 * while it is active, else from its folder. */
#ifndef FT_UI_SCREENS_VIEW_TRAIN_H
#define FT_UI_SCREENS_VIEW_TRAIN_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_train_new(struct ft_workbench *w);

#endif
