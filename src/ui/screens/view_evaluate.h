/* Screen 5, Evaluate: where is it wrong, why, and is it the data or the model? */
#ifndef FT_UI_SCREENS_VIEW_EVALUATE_H
#define FT_UI_SCREENS_VIEW_EVALUATE_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_evaluate_new(struct ft_workbench *w);

#endif
