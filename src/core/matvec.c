/* (O,I): dot products, four rows of w at a time. (I,O): each thread owns a range of columns and adds rows of
 * w to it, eight at a time, so that y stays in the first-level cache. */
#include "core/matvec.h"

#include "core/pool.h"
#include "core/vec.h"

struct matvec_job {
    float *y;
    const float *x, *w, *b;
    size_t I, O;
};

static void add_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct matvec_job *j = ctx;
    (void)worker;
    enum { ROWS = 8 };
    size_t n = end - begin, whole = n - n % VW;
    float *y = j->y + begin;
    for (size_t c = 0; c < n; c++)
        y[c] = j->b ? j->b[begin + c] : 0.0f;
    size_t i = 0;
    for (; i + ROWS <= j->I; i += ROWS) {
        const float *w = j->w + i * j->O + begin;
        for (size_t c = 0; c < whole; c += VW) {
            vf s = vf_load(y + c);
            for (size_t r = 0; r < ROWS; r++)
                s = vf_fma(vf_set(j->x[i + r]), vf_load(w + r * j->O + c), s);
            vf_store(y + c, s);
        }
        for (size_t c = whole; c < n; c++) {
            for (size_t r = 0; r < ROWS; r++)
                y[c] += j->x[i + r] * w[r * j->O + c];
        }
    }
    for (; i < j->I; i++) {
        const float *w = j->w + i * j->O + begin;
        for (size_t c = 0; c < n; c++)
            y[c] += j->x[i] * w[c];
    }
}

static void dot_products(void *ctx, size_t begin, size_t end, int worker)
{
    const struct matvec_job *j = ctx;
    (void)worker;
    enum { ROWS = 4 };
    size_t I = j->I, whole = I - I % VW;
    for (size_t o = begin; o < end; o += ROWS) {
        size_t rows = end - o < ROWS ? end - o : ROWS;
        const float *w[ROWS];
        vf sum[ROWS];
        for (size_t r = 0; r < ROWS; r++) {
            w[r] = j->w + (o + (r < rows ? r : 0)) * I;
            sum[r] = vf_set(0.0f);
        }
        for (size_t i = 0; i < whole; i += VW) {
            vf x = vf_load(j->x + i);
            for (size_t r = 0; r < ROWS; r++)
                sum[r] = vf_fma(x, vf_load(w[r] + i), sum[r]);
        }
        for (size_t r = 0; r < rows; r++) {
            float dot = vf_sum_f(sum[r]);
            for (size_t i = whole; i < I; i++)
                dot += j->x[i] * w[r][i];
            j->y[o + r] = j->b ? dot + j->b[o + r] : dot;
        }
    }
}

void ft_matvec(float *y, const float *x, const float *w, const float *b, size_t I, size_t O,
               bool in_out)
{
    struct matvec_job j = {.y = y, .x = x, .w = w, .b = b, .I = I, .O = O};
    ft_pool_run(O, 16, in_out ? add_rows : dot_products, &j);
}
