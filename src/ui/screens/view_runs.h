/* Screen 7, Runs: which one is best, what was different, what can go? */
#ifndef FT_UI_SCREENS_VIEW_RUNS_H
#define FT_UI_SCREENS_VIEW_RUNS_H

#include "ui/screens/workbench.h"

/* Belongs to the app it is added to: its close frees it. `w` must live as long. */
struct ft_view *ft_view_runs_new(struct ft_workbench *w);

#endif
