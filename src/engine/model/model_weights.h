/* The values of a model's tensors, from its files into a net: checked and read by two threads.
 *
 *     st = ft_model_weights_read(net, file, &match, err);
 *
 * Threads: the caller's and one more, which has ended when it returns. */
#ifndef FT_ENGINE_MODEL_MODEL_WEIGHTS_H
#define FT_ENGINE_MODEL_MODEL_WEIGHTS_H

#include "core/net.h"
#include "data/safetensors.h"
#include "engine/model/model_match.h"
#include "util/err.h"

/* Fills net->w where `match` names a tensor of the file, and verifies the file's checksum, if it has
 * one. Errors, also when several apply: a file that is damaged (ft_st_verify), else the first
 * parameter whose tensor cannot be read (ft_st_read_f32). */
enum ft_status ft_model_weights_read(struct ft_net *net, const struct ft_st *file,
                                     const struct ft_model_match *match, struct ft_err *err);

#endif
