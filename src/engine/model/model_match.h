/* How the tensors of a file and the parameters of a net go together: for loading a model, for
 * model_facts.h, inspect and the list of models. */
#ifndef FT_ENGINE_MODEL_MODEL_MATCH_H
#define FT_ENGINE_MODEL_MODEL_MATCH_H

#include "core/params.h"
#include "data/hf_config.h"
#include "data/safetensors.h"
#include "util/err.h"
#include "util/str.h"

/* The task of a head; a body, and a head that is not supported, gives -1. */
int ft_model_head_task(const struct ft_hf_config *c);

/* What becomes of the classification head that a file has. */
enum ft_head_use {
    FT_HEAD_USE_AS_IT_IS, /* one of another shape is an error */
    FT_HEAD_USE_IF_FITS,  /* one of another shape is replaced by a new one */
    FT_HEAD_USE_NEW,      /* it is replaced: it is for another purpose or other labels */
};
/* Of a folder's head in a net with so many labels (0: the folder's own). */
enum ft_head_use ft_model_head_use(const struct ft_hf_config *c, enum ft_task task, size_t labels);
/* Appends why the folder's head is replaced: "the folder's is for 3 labels, not 2"; nothing when it
 * has none. */
struct ft_model_match;
void ft_model_head_why(const struct ft_hf_config *c, const struct ft_model_match *m,
                       enum ft_task task, size_t labels, struct ft_str *out);
/* order[i]: which of the new labels (as many as the folder has) takes place i of a kept head. A
 * label with the same name, apart from upper and lower case, keeps its place; the others take the
 * places that are left. */
void ft_model_label_order(const struct ft_hf_config *c, const char *const *labels, size_t *order);
/* Appends "negative, positive are now called bad, good" when a kept head's labels get other names;
 * labels (label_n of them) are the new ones, NULL: they stay. */
void ft_model_head_renamed(const struct ft_hf_config *c, const char *const *labels, size_t label_n,
                           struct ft_str *out);

struct ft_model_match {
    char *prefix;    /* before the names of the file that the net has without it: "module."; NULL:
                        none.    ft_model_match_name leaves it out */
    size_t *file_of; /* for each parameter of the net the tensor of the file; SIZE_MAX: none */
    size_t *unexpected; /* tensors of the file that the net has no use for */
    size_t unexpected_n;
    bool *other_head;  /* for each parameter: the file's is replaced */
    size_t head_rows;  /* of the file's classification head; 0: it has none */
    size_t parameters; /* numbers in the file, but for buffers and copies of tied weights */
};
/* A wrapper's prefix ("module.", "_orig_mod.", "0.auto_model.") is left out where the net's body is
 * whole without it, and not with it. Errors: FT_FORMAT for a wrong shape or a tensor that is there
 * under two names, or of another family. Release it in any case. */
enum ft_status ft_model_match(struct ft_model_match *m, const struct ft_st *file,
                              const struct ft_params *ps, enum ft_head_use use, struct ft_err *err);
void ft_model_match_release(struct ft_model_match *m);
/* The name without the prefix, if it has it. */
const char *ft_model_match_name(const struct ft_model_match *m, const char *name);
/* Parameters that a run may start from random values: head and pooler. */
bool ft_model_spare(const struct ft_param *p);
/* FT_FORMAT when a parameter of the body is not in the file, FT_UNSUPPORTED when one is not of
 * floats (quantised). */
enum ft_status ft_model_match_whole(const struct ft_model_match *m, const struct ft_params *ps,
                                    const struct ft_st *file, const char *path, struct ft_err *err);
/* The first tensor that the net would use and that is not of floats; NULL: none. */
const struct ft_st_tensor *ft_model_match_quantised(const struct ft_model_match *m,
                                                    const struct ft_params *ps,
                                                    const struct ft_st *file);

#endif
