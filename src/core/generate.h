/* Text generation with a causal model and a key/value cache: a new token costs one pass over the
 * weights. The text (prompt and continuation) may be as long as the positions allow.
 *
 *     st = ft_kv_new(&kv, net, tokens_max, err);
 *     st = ft_kv_feed(kv, prompt, n, err);                  as often as wanted
 *     id = ft_sampler_pick(&sampler, ft_kv_logits(kv), vocab, seen, seen_n);
 *     st = ft_kv_feed(kv, &id, 1, err);                     and so on
 *
 * Threads: one at a time; the weights are only read. */
#ifndef FT_CORE_GENERATE_H
#define FT_CORE_GENERATE_H

#include "core/net.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_kv;

size_t ft_kv_bytes(const struct ft_net_config *cfg, size_t tokens_max);
/* Errors: FT_UNSUPPORTED when the net is not causal, FT_USAGE when tokens_max exceeds the
 * positions, FT_NOMEM. */
enum ft_status ft_kv_new(struct ft_kv **kv, const struct ft_net *net, size_t tokens_max,
                         struct ft_err *err);
void ft_kv_free(struct ft_kv *kv); /* NULL is fine */
void ft_kv_clear(struct ft_kv *kv);
/* Reads n tokens (n >= 1) behind those already read. FT_USAGE when they don't fit, FT_FORMAT for an
 * id out of range; nothing is read then. */
enum ft_status ft_kv_feed(struct ft_kv *kv, const int32_t *ids, size_t n, struct ft_err *err);
/* Logits (vocab) of the token that follows; valid until the next feed. The caller may change them.
 */
float *ft_kv_logits(struct ft_kv *kv);

#endif
