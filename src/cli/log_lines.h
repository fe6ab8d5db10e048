/* What the log says, as lines on stderr: notes, warnings and errors, with "warning: " and "error: " before
 * them. A command that trains many runs on the same data says each line once.
 *
 * Threads: lines come from any; the functions are for the main one. */
#ifndef FT_CLI_LOG_LINES_H
#define FT_CLI_LOG_LINES_H

#include <stdbool.h>

void ft_log_lines_begin(void);
/* From now on a line that was printed since is not printed again; false: every line is. */
void ft_log_lines_once(bool once);
void ft_log_lines_end(void);

#endif
