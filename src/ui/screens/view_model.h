/* Screen 2, Model: the available models, their parameters, memory and tokenization. */
#ifndef FT_UI_SCREENS_VIEW_MODEL_H
#define FT_UI_SCREENS_VIEW_MODEL_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_model_new(struct ft_workbench *w);

#endif
