/* The outputs of a run's teacher for the training texts, kept in a file of the run's folder, so that
 * each text passes through the teacher once.
 *
 * Bits of a forward may depend on which texts are in its batch. A text's outputs are therefore always
 * those of the batch that it is in during the first epoch: of that epoch, or computed again where the
 * file is lost or damaged. So a run gives the same bits with the file, without it, and resumed.
 *
 * File: a header with a key of all that the outputs depend on, a checksum for each batch of the first
 * epoch (0: not there yet), the outputs of each text. A file with another key or size is begun anew; a
 * batch whose checksum does not match is computed again.
 *
 *     st = ft_teacher_cache_open(&c, path, key, sizes, n, order, batch, err);
 *     for each text i of a batch:
 *         b = ft_teacher_cache_batch_of(c, i);
 *         if (!ft_teacher_cache_has(c, b)) { compute batch b; st = ft_teacher_cache_put(c, b, write, arg, err); }
 *     st = ft_teacher_cache_get(c, i, out, err);
 *
 * Threads: one at a time. */
#ifndef FT_ENGINE_TASK_TEACHER_CACHE_H
#define FT_ENGINE_TASK_TEACHER_CACHE_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_TEACHER_CACHE_FILE "teacher.cache"
/* Outputs that would take more are not kept: the teacher runs in every epoch. */
#define FT_TEACHER_CACHE_BYTES_MAX ((uint64_t)2 << 30)

struct ft_teacher_cache;

/* Bytes of the file for n texts of floats[i] numbers each. */
uint64_t ft_teacher_cache_bytes(const size_t *floats, size_t n, size_t batch);
/* Opens or begins the file. order (n): the texts of the first epoch, cut into batches. Copies both
 * arrays. Errors: FT_IO. */
enum ft_status ft_teacher_cache_open(struct ft_teacher_cache **out, const char *path, uint64_t key,
                                     const size_t *floats, size_t n, const size_t *order,
                                     size_t batch, struct ft_err *err);
void ft_teacher_cache_close(struct ft_teacher_cache *c); /* NULL is fine; the file stays */

size_t ft_teacher_cache_batch_of(const struct ft_teacher_cache *c, size_t text);
/* The texts of a batch: points into the order. */
const size_t *ft_teacher_cache_texts(const struct ft_teacher_cache *c, size_t batch, size_t *n);
/* Whether its outputs are there and whole. */
bool ft_teacher_cache_has(struct ft_teacher_cache *c, size_t batch);
/* Writes a batch: outputs[i] are those of its i-th text. */
enum ft_status ft_teacher_cache_put(struct ft_teacher_cache *c, size_t batch,
                                    const float *const *outputs, struct ft_err *err);
/* Reads a text's outputs, whose batch is there. */
enum ft_status ft_teacher_cache_get(const struct ft_teacher_cache *c, size_t text, float *out,
                                    struct ft_err *err);

#endif
