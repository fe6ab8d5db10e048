/* Which head the weights of a model folder have, and its purpose. config.json names a class in
 * `architectures`; where it names none, or one that says nothing of a head, the names of the
 * tensors tell. A folder whose head is for another purpose is a base model like any other, but it
 * must not answer with that head.
 *
 *     if (c.head == FT_HEAD_NONE) c.head = ft_hf_head_find(file, c.family);
 *     if (!ft_hf_head_classifies(&c)) puts(ft_hf_head_purpose(&c)); */
#ifndef FT_DATA_HF_HEAD_H
#define FT_DATA_HF_HEAD_H

#include "data/hf_config.h"
#include "data/safetensors.h"

/* The head by its tensors; FT_HEAD_NONE when there is none that is known. */
enum ft_head ft_hf_head_find(const struct ft_st *file, enum ft_family family);

/* "token classification (ner)", "regression", ..; "" for a body without a head. */
const char *ft_hf_head_purpose(const struct ft_hf_config *c);

/* Whether the folder's own head gives a text one label of several. */
bool ft_hf_head_classifies(const struct ft_hf_config *c);

/* What the tensor of that name belongs to where it is a head's: "masked language modelling",
 * "next sentence prediction", ..; NULL: it is not known as one. */
const char *ft_hf_head_of_tensor(const char *name);

#endif
