/* The inside of the workbench's state, shared by workbench.c and workbench_set.c. */
#ifndef FT_UI_WORKBENCH_IN_H
#define FT_UI_WORKBENCH_IN_H

#include "ui/workbench.h"

void ft_workbench_settings_release(struct ft_workbench *w);

#endif
