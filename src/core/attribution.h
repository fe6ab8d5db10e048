/* Token attributions: gradient x input. The gradient of one logit with respect to a token's
 * word embedding, dotted with that embedding. Positive: the token supports the class. Cheap
 * (one forward and one backward), first order: an estimate of what would happen without the
 * token, not a measurement. The position and type embeddings are left out: where a layer norm
 * follows, the output does not depend on the length of the sum of all three, so that the
 * product with the sum is exactly zero and only rounding errors would remain. */
#ifndef FT_CORE_ATTRIBUTION_H
#define FT_CORE_ATTRIBUTION_H

#include "core/net.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

/* One sequence (batch->B == 1). `column` is the logit: CLASSIFY the class, QA 0 start or 1 end;
 * `row` the token whose logit is meant in QA, ignored else. `ws` must be a training workspace;
 * dropout is off and no parameter's gradient is touched. out (N). Errors: those of ft_net_forward.
 * FT_UNSUPPORTED for language models. */
enum ft_status ft_attribution(const struct ft_net *net, struct ft_ws *ws,
                              const struct ft_net_batch *batch, size_t row, size_t column,
                              float *out, struct ft_err *err);

#endif
