/* Whether a checkpoint is complete and undamaged, and which one a run resumes from. Each checkpoint
 * lists its files with sizes and checksums in the metadata of its optimizer.safetensors.
 *
 * Threads: any, but for ft_checkpoint_choose (the session's). */
#ifndef FT_ENGINE_TRAIN_CHECKPOINT_VERIFY_H
#define FT_ENGINE_TRAIN_CHECKPOINT_VERIFY_H

#include "util/err.h"
#include "util/str.h"

struct ft_train;
/* Key of the metadata of optimizer.safetensors. */
#define FT_CHECKPOINT_FILES "fettle_files" /* {name: {bytes, checksum}} of the folder */
/* What a checkpoint's folder holds now, as FT_CHECKPOINT_FILES. */
enum ft_status ft_checkpoint_manifest(const char *dir, struct ft_str *out, struct ft_err *err);
/* Whether all files are there and undamaged: reads every byte. */
enum ft_status ft_checkpoint_verify(const char *dir, struct ft_err *err);
/* Sets t->from to the newest checkpoint that can be used (NULL: there is none at all), and reports
 * and sets aside those after it. FT_FORMAT..: there are some, and none can be used. */
enum ft_status ft_checkpoint_choose(struct ft_train *t, struct ft_err *err);
/* Removes those that were set aside. */
enum ft_status ft_checkpoint_remove_aside(const char *dir, struct ft_err *err);

#endif
