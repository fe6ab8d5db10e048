/* The workbench: seven screens in a terminal. */
#ifndef FT_UI_UI_H
#define FT_UI_UI_H

/* Runs `fettle ui [options]`; returns the program's exit status. */
int ft_ui_main(int argc, char **argv);

#endif
