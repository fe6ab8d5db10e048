/* Where a run may write. A run replaces model/, checkpoints and files of its own names in its
 * folder; in a model's folder it would replace or pollute what it starts from. */
#ifndef FT_ENGINE_MODEL_OUTPUT_DIR_H
#define FT_ENGINE_MODEL_OUTPUT_DIR_H

#include "util/err.h"

/* FT_USAGE when `dir`, which need not exist, is a folder with a model in it, lies among the models
 * that ship with fettle or in the hub cache, or is the one in which a run would replace `base`: a
 * folder named as --model or a path of one; NULL or "": there is none. Links are followed. */
enum ft_status ft_output_dir_check(const char *dir, const char *base, struct ft_err *err);

#endif
