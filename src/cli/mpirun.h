/* Commands that mpirun started as several processes (engine/options/ranks.h). train, eval and predict
 * share their work among them, doctor and help are done by rank 0, every other command is refused. What
 * ranks other than 0 print goes nowhere, so that each message appears once. */
#ifndef FT_CLI_MPIRUN_H
#define FT_CLI_MPIRUN_H

#include <stdbool.h>

struct ft_args;
struct ft_command;
/* Before anything is printed. */
void ft_mpirun_begin(void);
/* Says in one line that this does not run as several processes ("fettle sweep"); the exit status. */
int ft_mpirun_refuse(const char *what);
/* Runs the command; its exit status. */
int ft_mpirun_run(const struct ft_command *c, const struct ft_args *a);
/* The part of a training run of a rank other than 0. */
int ft_mpirun_work(void);
/* Ends the job with one line if a rank of this machine is gone, and the session has not noticed for a
 * moment. ending: at once, since mpirun has sent a signal, and kills what is left after another. */
void ft_mpirun_watch(bool ending);

#endif
