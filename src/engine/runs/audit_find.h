/* The newest list of doubtful labels (labels.jsonl) that an audit, or a sweep with folds, has written for some
 * data, in a folder and its subfolders. Whose it is, its audit.json or sweep.json says, and the run.json of
 * its first fold: the same path, or the same bytes.
 *
 *     char *dir = ft_audit_find(".", "reviews.csv", sha256, work);     NULL: there is none
 *
 * Links are not followed; folders deeper than others of runs, and beyond some thousands, are passed over.
 * Threads: any. */
#ifndef FT_ENGINE_RUNS_AUDIT_FIND_H
#define FT_ENGINE_RUNS_AUDIT_FIND_H

#include "engine/options/job.h"

/* sha256: of the data, "" not known. work: NULL, or polled. The caller frees the path. */
char *ft_audit_find(const char *root, const char *data, const char *sha256, struct ft_job *work);

#endif
