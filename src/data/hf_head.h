/* Which head the weights of a model folder have, and its purpose. config.json names a class in
 * `architectures`; where it names none, or one that says nothing of a head, the names of the
 * tensors tell. A folder whose head is for another purpose is a base model like any other, but it
 * must not answer with that head.
 *
 *     if (c.head == FT_HEAD_NONE) c.head = ft_hf_head_find(file, c.family);
 *     if (!ft_hf_head_serves(&c, task)) puts(ft_hf_head_purpose(&c)); */
#ifndef FT_DATA_HF_HEAD_H
#define FT_DATA_HF_HEAD_H

#include "data/hf_config.h"
#include "data/safetensors.h"

/* The head by its tensors; FT_HEAD_NONE when there is none that is known. */
enum ft_head ft_hf_head_find(const struct ft_st *file, enum ft_family family);
/* For a folder: the head where config.json does not name it, and which of two a language model has, by its
 * tensors. */
void ft_hf_head_settle(struct ft_hf_config *c, const struct ft_st *file);

/* "token classification (ner)", "regression", ..; "" for a body without a head. */
const char *ft_hf_head_purpose(const struct ft_hf_config *c);

/* What the outputs of the folder's own classification head are: its problem_type; where it states
 * none, one output is a regression's, several are those of single labels (as in transformers). NONE: another head. */
enum ft_problem_type ft_hf_head_problem(const struct ft_hf_config *c);
/* Whether the folder's own head can answer for the task. */
bool ft_hf_head_serves(const struct ft_hf_config *c, enum ft_task task);

/* What the tensor of that name belongs to where it is a head's: "masked language modelling",
 * "next sentence prediction", ..; NULL: it is not known as one. */
const char *ft_hf_head_of_tensor(const char *name);

#endif
