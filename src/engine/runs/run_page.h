/* A run as one self-contained page, for people who do not have fettle: data, options, curves, scores
 * with intervals, confusion matrix, worst examples, and the commands that reproduce it. Everything is
 * read from the run's files.
 *
 *     st = ft_run_page_write("runs/mail", "mail.html", &err);
 *
 * Threads: the caller's. */
#ifndef FT_ENGINE_RUNS_RUN_PAGE_H
#define FT_ENGINE_RUNS_RUN_PAGE_H

#include "util/err.h"

/* By the end of the name: .html (curves as SVG) or .md (the evaluations as a table). Errors: FT_USAGE
 * for another name, those of ft_run_read, FT_FORMAT for a run.json that cannot be read. */
enum ft_status ft_run_page_write(const char *run, const char *path, struct ft_err *err);

#endif
