/* See op_rotary.h. */
#include "core/op_rotary.h"

#include "core/op_timer.h"
#include "core/pool.h"
#include "core/vec.h"

#include <assert.h>
#include <math.h>

struct rotary_job {
    float *x;
    const float *table;
    const int32_t *pos, *rows;
    size_t heads, D, ld;
    float sign;
};

void op_rotary_table(float *table, size_t T, size_t D, double theta)
{
    size_t half = D / 2;
    for (size_t c = 0; c < half; c++) {
        float power = (float)(2 * c) / (float)D;
        float turn = 1.0f / (float)pow((double)(float)theta, (double)power);
        for (size_t t = 0; t < T; t++) {
            float angle = (float)t * turn;
            table[t * D + c] = (float)cos((double)angle);
            table[t * D + half + c] = (float)sin((double)angle);
        }
    }
}

static void turn_head(float *x, const float *cosines, const float *sines, size_t half, float sign)
{
    float *y = x + half;
    size_t c = 0;
    for (; c + VW <= half; c += VW) {
        vf a = vf_load(x + c), b = vf_load(y + c), k = vf_load(cosines + c);
        vf s = vf_load(sines + c) * sign;
        vf_store(x + c, a * k - b * s);
        vf_store(y + c, b * k + a * s);
    }
    for (; c < half; c++) {
        float a = x[c], b = y[c], k = cosines[c], s = sines[c] * sign;
        x[c] = a * k - b * s;
        y[c] = b * k + a * s;
    }
}

static void turn_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct rotary_job *j = ctx;
    (void)worker;
    for (size_t r = begin; r < end; r++) {
        size_t row = j->rows ? (size_t)j->rows[r] : r;
        const float *angles = j->table + (size_t)j->pos[row] * j->D;
        for (size_t h = 0; h < j->heads; h++)
            turn_head(j->x + r * j->ld + h * j->D, angles, angles + j->D / 2, j->D / 2, j->sign);
    }
}

void op_rotary(float *x, const float *table, const int32_t *pos, const int32_t *rows, size_t N,
               size_t heads, size_t D, size_t ld, bool back)
{
    double begun = ft_op_timer_begin();
    assert(D % 2 == 0);
    struct rotary_job j = {.x = x,
                           .table = table,
                           .pos = pos,
                           .rows = rows,
                           .heads = heads,
                           .D = D,
                           .ld = ld,
                           .sign = back ? -1.0f : 1.0f};
    ft_pool_run(N, 8, turn_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}
