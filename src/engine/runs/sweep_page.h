/* A sweep as one self-contained page: what was varied, the members with intervals and tests, curves of all
 * of them, the metric against each option, and the commands that reproduce it. Everything is read from
 * the sweep's folder.
 *
 *     st = ft_sweep_page_write("sweeps/lr", "lr.html", &err);
 *
 * Threads: the caller's. */
#ifndef FT_ENGINE_RUNS_SWEEP_PAGE_H
#define FT_ENGINE_RUNS_SWEEP_PAGE_H

#include "engine/runs/sweep.h"

/* By the end of the name: .html (plots as SVG) or .md. Errors: FT_USAGE for another name, those of
 * ft_sweep_read. */
enum ft_status ft_sweep_page_write(const char *dir, const char *path, struct ft_err *err);
/* Appends `fettle sweep ..`, one line, quoted for a shell. */
void ft_sweep_command(const struct ft_sweep *s, struct ft_str *out);

#endif
