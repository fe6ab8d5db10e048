/* The workbench: seven screens in a terminal. */
#ifndef FT_UI_SCREENS_UI_H
#define FT_UI_SCREENS_UI_H

struct ft_app;
struct ft_workbench;

/* Runs `fettle ui [options]`; returns the program's exit status. */
int ft_ui_main(int argc, char **argv);
/* Adds the screens, in the order of keys 1..7. */
void ft_ui_screens(struct ft_app *app, struct ft_workbench *w);

#endif
