/* How the tensors of a file and the parameters of a net go together: for loading a model, for
 * model_facts.h, inspect and the list of models. */
#ifndef FT_ENGINE_MODEL_FACTS_IN_H
#define FT_ENGINE_MODEL_FACTS_IN_H

#include "core/params.h"
#include "data/hf_config.h"
#include "data/safetensors.h"
#include "util/err.h"

/* The task of a head; a body, and a head that is not built, gives -1. */
int ft_model_head_task(enum ft_hf_head head);

struct ft_model_match {
    size_t *file_of;    /* for each parameter of the net the tensor of the file; SIZE_MAX: none */
    size_t *unexpected; /* tensors of the file that the net has no use for */
    size_t unexpected_n;
    bool *other_head;  /* for each parameter: the file's has the shape of another head */
    size_t parameters; /* numbers in the file, but for buffers and copies of tied weights */
};
/* `new_head`: a classification head of other labels is no error, it will be replaced. Errors:
 * FT_FORMAT for a wrong shape or a tensor that is there under two names. Release it in any case. */
enum ft_status ft_model_match(struct ft_model_match *m, const struct ft_st *file,
                              const struct ft_params *ps, bool new_head, struct ft_err *err);
void ft_model_match_release(struct ft_model_match *m);
/* Parameters that a run may start from random values: head and pooler. */
bool ft_model_spare(const struct ft_param *p);
/* FT_FORMAT when a parameter of the body is not in the file. */
enum ft_status ft_model_match_whole(const struct ft_model_match *m, const struct ft_params *ps,
                                    const char *path, struct ft_err *err);

#endif
