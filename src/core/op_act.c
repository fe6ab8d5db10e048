/* Activations. Each is a pair of vector functions in one table row; the loops are made once for
 * each row by a macro, so that the functions are inlined. */
#include "core/op_act.h"

#include <assert.h>
#include "core/pool.h"
#include "core/rowsum.h"
#include "core/op_timer.h"
#include "core/vec.h"

enum { GRAIN = 4 };

/* Each returns the slope at x and leaves the value, with the bits of the function alone, in *y. */
VEC_INLINE vf gelu(vf x)
{
    vf density;
    return x * vf_normal(x, &density);
}
VEC_INLINE vf gelu_slope(vf x, vf *y)
{
    vf density, phi = vf_normal(x, &density);
    *y = x * phi;
    return vf_fma(x, density, phi);
}

/* x/2 (1 + tanh u) = x sigmoid(2u), 2u = x (a + b x^2). */
VEC_INLINE vf gelu_new(vf x)
{
    return x * vf_sigmoid(x * vf_fma(x * x, vf_set(0.0713548163f), vf_set(1.59576912f)));
}
VEC_INLINE vf gelu_new_slope(vf x, vf *y)
{
    vf z = x * x;
    vf s = vf_sigmoid(x * vf_fma(z, vf_set(0.0713548163f), vf_set(1.59576912f)));
    vf du = vf_fma(z, vf_set(0.214064449f), vf_set(1.59576912f));
    *y = x * s;
    return vf_fma(x * s * (1.0f - s), du, s);
}

VEC_INLINE vf relu(vf x)
{
    return vf_max(vf_set(0.0f), x);
}
VEC_INLINE vf relu_slope(vf x, vf *y)
{
    *y = relu(x);
    return vf_pick_lt(vf_set(0.0f), x, vf_set(1.0f), vf_set(0.0f));
}
VEC_INLINE vf tanh_slope(vf x, vf *y)
{
    vf t = vf_tanh(x);
    *y = t;
    return 1.0f - t * t;
}
VEC_INLINE vf silu(vf x)
{
    return x * vf_sigmoid(x);
}
VEC_INLINE vf silu_slope(vf x, vf *y)
{
    vf s = vf_sigmoid(x);
    *y = x * s;
    return vf_fma(x * s, 1.0f - s, s);
}

struct act_job {
    float *y, *keep, *db; /* keep: pre-activations of forward, activations of backward; or NULL */
    const float *x, *b;
    size_t C;
};

#define ACT_LOOPS(name, f, slope)                                                                  \
    static void name##_fwd_rows(void *ctx, size_t begin, size_t end, int worker)                   \
    {                                                                                              \
        const struct act_job *j = ctx;                                                             \
        (void)worker;                                                                              \
        for (size_t r = begin; r < end; r++) {                                                     \
            for (size_t c = 0; c < j->C; c += VW) {                                                \
                size_t at = r * j->C + c, n = j->C - c;                                            \
                if (n >= VW) {                                                                     \
                    vf x = vf_load(j->x + at);                                                     \
                    if (j->b) x += vf_load(j->b + c);                                              \
                    if (j->keep) vf_store(j->keep + at, x);                                        \
                    vf_store(j->y + at, f(x));                                                     \
                } else {                                                                           \
                    vf x = vf_load_n(j->x + at, n);                                                \
                    if (j->b) x += vf_load_n(j->b + c, n);                                         \
                    if (j->keep) vf_store_n(j->keep + at, x, n);                                   \
                    vf_store_n(j->y + at, f(x), n);                                                \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void name##_bwd_rows(void *ctx, size_t begin, size_t end, int worker)                   \
    {                                                                                              \
        const struct act_job *j = ctx;                                                             \
        float *sum = j->db ? rowsum_start(worker, j->C) : NULL;                                    \
        for (size_t r = begin; r < end; r++) {                                                     \
            for (size_t c = 0; c < j->C; c += VW) {                                                \
                size_t at = r * j->C + c, n = j->C - c;                                            \
                vf value;                                                                          \
                if (n >= VW) {                                                                     \
                    vf d = vf_load(j->b + at) * slope(vf_load(j->x + at), &value);                 \
                    vf_store(j->y + at, d);                                                        \
                    if (j->keep) vf_store(j->keep + at, value);                                    \
                    if (sum) vf_store(sum + c, vf_load(sum + c) + d);                              \
                } else {                                                                           \
                    vf d = vf_load_n(j->b + at, n) * slope(vf_load_n(j->x + at, n), &value);       \
                    vf_store_n(j->y + at, d, n);                                                   \
                    if (j->keep) vf_store_n(j->keep + at, value, n);                               \
                    if (sum) vf_store_n(sum + c, vf_load_n(sum + c, n) + d, n);                    \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

/* The gated form, of rows of C activated numbers and then C that multiply them. One vector of each:
 * n < VW numbers at the end of a row, else VW of them. */
VEC_INLINE vf part_load(const float *p, size_t n)
{
    return n >= VW ? vf_load(p) : vf_load_n(p, n);
}
VEC_INLINE void part_store(float *p, vf v, size_t n)
{
    if (n >= VW)
        vf_store(p, v);
    else
        vf_store_n(p, v, n);
}

#define GLU_LOOPS(name, f, slope)                                                                  \
    static void name##_glu_fwd_rows(void *ctx, size_t begin, size_t end, int worker)               \
    {                                                                                              \
        const struct act_job *j = ctx;                                                             \
        (void)worker;                                                                              \
        for (size_t r = begin; r < end; r++) {                                                     \
            for (size_t c = 0; c < j->C; c += VW) {                                                \
                size_t n = j->C - c;                                                               \
                float *a = j->keep + r * 2 * j->C + c, *g = a + j->C;                              \
                vf x = part_load(a, n), gate = part_load(g, n);                                    \
                if (j->b) {                                                                        \
                    x += part_load(j->b + c, n);                                                   \
                    gate += part_load(j->b + j->C + c, n);                                         \
                    part_store(a, x, n);                                                           \
                    part_store(g, gate, n);                                                        \
                }                                                                                  \
                part_store(j->y + r * j->C + c, f(x) * gate, n);                                   \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void name##_glu_bwd_rows(void *ctx, size_t begin, size_t end, int worker)               \
    {                                                                                              \
        const struct act_job *j = ctx;                                                             \
        float *sum = j->db ? rowsum_start(worker, 2 * j->C) : NULL;                                \
        for (size_t r = begin; r < end; r++) {                                                     \
            for (size_t c = 0; c < j->C; c += VW) {                                                \
                size_t at = r * j->C + c, n = j->C - c;                                            \
                float *a = j->keep + r * 2 * j->C + c, *g = a + j->C;                              \
                vf value, dy = part_load(j->x + at, n), gate = part_load(g, n);                    \
                vf dx = dy * gate * slope(part_load(a, n), &value), dgate = dy * value;            \
                part_store(a, dx, n);                                                              \
                part_store(g, dgate, n);                                                           \
                if (j->y) part_store(j->y + at, value * gate, n);                                  \
                if (sum) {                                                                         \
                    part_store(sum + c, part_load(sum + c, n) + dx, n);                            \
                    part_store(sum + j->C + c, part_load(sum + j->C + c, n) + dgate, n);           \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

#define ALL_LOOPS(name, f, slope) ACT_LOOPS(name, f, slope) GLU_LOOPS(name, f, slope)
ALL_LOOPS(gelu, gelu, gelu_slope)
ALL_LOOPS(gelu_new, gelu_new, gelu_new_slope)
ALL_LOOPS(relu, relu, relu_slope)
ALL_LOOPS(tanh, vf_tanh, tanh_slope)
ALL_LOOPS(silu, silu, silu_slope)

#define ROWS(name)                                                                                 \
    {                                                                                              \
        name##_fwd_rows, name##_bwd_rows, name##_glu_fwd_rows, name##_glu_bwd_rows                 \
    }
static const struct {
    ft_pool_fn fwd, bwd, glu_fwd, glu_bwd;
} acts[FT_ACT_COUNT] = {
    [FT_ACT_GELU] = ROWS(gelu),          [FT_ACT_GELU_NEW] = ROWS(gelu_new),
    [FT_ACT_GELU_TANH] = ROWS(gelu_new), [FT_ACT_RELU] = ROWS(relu),
    [FT_ACT_TANH] = ROWS(tanh),          [FT_ACT_SILU] = ROWS(silu),
};

static const char *const names[FT_ACT_COUNT] = {
#define X(id, name) [FT_ACT_##id] = name,
    FT_ACT_LIST(X)
#undef X
};

bool ft_act_parse(const char *name, enum ft_act *act)
{
    for (int i = 0; i < FT_ACT_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *act = (enum ft_act)i;
            return true;
        }
    }
    return false;
}

const char *ft_act_name(enum ft_act act)
{
    return names[act];
}

void op_act_fwd(float *y, float *pre, const float *x, const float *b, enum ft_act act, size_t N,
                size_t C)
{
    double begun = ft_op_timer_begin();
    struct act_job j = {.y = y, .keep = pre, .x = x, .b = b, .C = C};
    ft_pool_run(N, GRAIN, acts[act].fwd, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_act_bwd(float *dx, float *db, float *y, const float *dy, const float *pre, enum ft_act act,
                size_t N, size_t C)
{
    double begun = ft_op_timer_begin();
    struct act_job j = {.y = dx, .keep = y, .db = db, .x = pre, .b = dy, .C = C};
    ft_pool_run(N, GRAIN, acts[act].bwd, &j);
    if (db) rowsum_add(db, 0, C, N, GRAIN);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_glu_fwd(float *y, float *x, const float *b, enum ft_act act, size_t N, size_t C)
{
    double begun = ft_op_timer_begin();
    struct act_job j = {.y = y, .keep = x, .b = b, .C = C};
    ft_pool_run(N, GRAIN, acts[act].glu_fwd, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_glu_bwd(float *x, float *db, float *y, const float *dy, enum ft_act act, size_t N, size_t C)
{
    double begun = ft_op_timer_begin();
    struct act_job j = {.y = y, .keep = x, .db = db, .x = dy, .C = C};
    ft_pool_run(N, GRAIN, acts[act].glu_bwd, &j);
    if (db) rowsum_add(db, 0, 2 * C, N, GRAIN);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}
