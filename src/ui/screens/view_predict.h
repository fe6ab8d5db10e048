/* Screen 6, Predict: what does it say to this, and why? */
#ifndef FT_UI_SCREENS_VIEW_PREDICT_H
#define FT_UI_SCREENS_VIEW_PREDICT_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_predict_new(struct ft_workbench *w);

#endif
