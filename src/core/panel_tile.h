/* Tiles of one set, see panel_kernels.h: included once for each set by panel_kernels.c, with
 *
 *     TILE(rows)       name of the tile's function
 *     TILE_TARGET      attribute of the functions, or nothing
 *     TILE_VECTOR      type of a vector of TILE_LANES floats
 *     TILE_VECTORS     vectors in a row of a panel
 *     TILE_LINES       lines to fetch ahead by row of a panel, half of those in it
 *     TILE_UNROLL      pragma before loops over rows and vectors, or nothing
 *     TILE_LOAD(p), TILE_STORE(p, v), TILE_SET(x), TILE_FMA(a, b, c)
 *
 * and undefines them. No guard: it is meant to be included again. Private to core. */

#define TILE_LINE (FT_PANEL_LINE / sizeof(float))
/* One k. */
#define TILE_STEP(rows, k)                                                                         \
    TILE_VECTOR b[TILE_VECTORS];                                                                   \
    for (size_t l = 0; l < (TILE_LINES); l++)                                                      \
        __builtin_prefetch(ahead.panel + l * FT_PANEL_LINE, 0, 2);                                 \
    ahead.panel += ahead.step;                                                                     \
    TILE_UNROLL for (size_t v = 0; v < TILE_VECTORS; v++) b[v] =                                   \
        TILE_LOAD(panel + v * TILE_LANES);                                                         \
    panel += TILE_VECTORS * TILE_LANES;                                                            \
    TILE_UNROLL for (size_t r = 0; r < (rows); r++)                                                \
    {                                                                                              \
        TILE_VECTOR x = TILE_SET(a[r * lda + (k)]);                                                \
        TILE_UNROLL for (size_t v = 0; v < TILE_VECTORS; v++) s[r][v] =                            \
            TILE_FMA(x, b[v], s[r][v]);                                                            \
    }
#define TILE_BODY(rows)                                                                            \
    TILE_TARGET static void TILE(rows)(float *c, size_t ldc, const float *init, size_t init_ld,    \
                                       const float *a, size_t lda, const float *panel, size_t K,   \
                                       struct ft_panel_ahead ahead)                                \
    {                                                                                              \
        TILE_VECTOR s[rows][TILE_VECTORS];                                                         \
        TILE_UNROLL for (size_t r = 0; r < (rows); r++)                                            \
        {                                                                                          \
            TILE_UNROLL for (size_t v = 0; v < TILE_VECTORS * TILE_LANES; v += TILE_LINE)          \
                __builtin_prefetch(ahead.c + r * ldc + v, 1);                                      \
        }                                                                                          \
        TILE_UNROLL for (size_t r = 0; r < (rows); r++)                                            \
        {                                                                                          \
            TILE_UNROLL for (size_t v = 0; v < TILE_VECTORS; v++) s[r][v] =                        \
                init ? TILE_LOAD(init + r * init_ld + v * TILE_LANES) : TILE_SET(0.0f);            \
        }                                                                                          \
        size_t k = 0;                                                                              \
        for (; k + TILE_LINE <= K; k += TILE_LINE) {                                               \
            TILE_UNROLL for (size_t i = 0; i < TILE_LINE; i++)                                     \
            {                                                                                      \
                TILE_STEP(rows, k + i)                                                             \
            }                                                                                      \
        }                                                                                          \
        for (; k < K; k++) {                                                                       \
            TILE_STEP(rows, k)                                                                     \
        }                                                                                          \
        TILE_UNROLL for (size_t r = 0; r < (rows); r++)                                            \
        {                                                                                          \
            TILE_UNROLL for (size_t v = 0; v < TILE_VECTORS; v++)                                  \
                TILE_STORE(c + r * ldc + v * TILE_LANES, s[r][v]);                                 \
        }                                                                                          \
    }
TILE_BODY(1)
TILE_BODY(2)
TILE_BODY(3)
TILE_BODY(4)
TILE_BODY(5)
TILE_BODY(6)
#if TILE_ROWS > 6
TILE_BODY(7)
TILE_BODY(8)
#endif

#undef TILE_BODY
#undef TILE_STEP
#undef TILE_LINE
#undef TILE
#undef TILE_TARGET
#undef TILE_VECTOR
#undef TILE_VECTORS
#undef TILE_LINES
#undef TILE_UNROLL
#undef TILE_LANES
#undef TILE_ROWS
#undef TILE_LOAD
#undef TILE_STORE
#undef TILE_SET
#undef TILE_FMA
