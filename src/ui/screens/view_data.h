/* Screen 1, Data: rows, labels, lengths, problems, cleaning and the split of the data. */
#ifndef FT_UI_SCREENS_VIEW_DATA_H
#define FT_UI_SCREENS_VIEW_DATA_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_data_new(struct ft_workbench *w);

#endif
