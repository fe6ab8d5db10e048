/* Embeddings: gathers by rows, scatter-adds by columns, so that two tokens with the same id never
 * meet in two threads and the order of the sum is that of the tokens. */
#include "core/op_embed.h"

#include <string.h>
#include "core/pool.h"

struct embed_job {
    float *y; /* forward: output; backward: the table's gradient */
    const float *tok, *pos, *type, *dy;
    const int32_t *ids, *positions, *types;
    size_t N, C;
};

static void gather_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct embed_job *j = ctx;
    (void)worker;
    size_t C = j->C;
    for (size_t r = begin; r < end; r++) {
        float *restrict y = j->y + r * C;
        const float *restrict t = j->tok + (size_t)j->ids[r] * C;
        memcpy(y, t, C * sizeof(*y));
        if (j->type) {
            const float *restrict k = j->type + (j->types ? (size_t)j->types[r] * C : 0);
            for (size_t c = 0; c < C; c++)
                y[c] += k[c];
        }
        if (j->pos) {
            const float *restrict p = j->pos + (size_t)j->positions[r] * C;
            for (size_t c = 0; c < C; c++)
                y[c] += p[c];
        }
    }
}

void op_embed_fwd(float *y, const int32_t *ids, const int32_t *positions, const int32_t *types,
                  const float *tok, const float *pos, const float *type, size_t N, size_t C)
{
    struct embed_job j = {.y = y,
                          .tok = tok,
                          .pos = pos,
                          .type = type,
                          .ids = ids,
                          .positions = positions,
                          .types = types,
                          .N = N,
                          .C = C};
    ft_pool_run(N, 8, gather_rows, &j);
}

static void scatter_columns(void *ctx, size_t begin, size_t end, int worker)
{
    const struct embed_job *j = ctx;
    (void)worker;
    for (size_t r = 0; r < j->N; r++) {
        float *restrict out = j->y + (j->ids ? (size_t)j->ids[r] * j->C : 0);
        const float *restrict dy = j->dy + r * j->C;
        for (size_t c = begin; c < end; c++)
            out[c] += dy[c];
    }
}

void op_embed_bwd(float *dtok, float *dpos, float *dtype, const float *dy, const int32_t *ids,
                  const int32_t *positions, const int32_t *types, size_t N, size_t C)
{
    float *tables[3] = {dtok, dpos, dtype};
    const int32_t *rows[3] = {ids, positions, types};
    for (int i = 0; i < 3; i++) {
        if (!tables[i]) continue;
        struct embed_job j = {.y = tables[i], .dy = dy, .ids = rows[i], .N = N, .C = C};
        ft_pool_run(C, 16, scatter_columns, &j);
    }
}
