/* The inner loops of core/panels.h and core/panels_int8.h, one set for each kind of processor, and
 * the choice of a set. Private to core.
 *
 * A tile is a few rows of the result times one panel of `width` columns, its sums in registers. Each
 * sum is one chain in the order of k, so its bits depend on the operands alone: not on the number of
 * rows, on the width of the vectors or on the threads. All sets with a fused multiply-add give the
 * same bits.
 *
 * Sets: "avx512" (AVX-512 F; int8 with VNNI), "avx2" (AVX2 and FMA), and portable ones: "portable",
 * and "portable-wide", which has the tile sizes and panels of avx512, so that its layout is tested
 * on every machine. */
#ifndef FT_CORE_PANEL_KERNELS_H
#define FT_CORE_PANEL_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Widths are multiples of FT_PANEL_WIDTH_STEP. */
enum { FT_PANEL_ROWS_MAX = 8, FT_PANEL_WIDTH_STEP = 8, FT_PANEL_WIDTH_MAX = 48 };

/* c(rows,width) = init + a(rows,K) panel(K,width). init has rows of init_ld floats (0: one row for
 * all); NULL: zeros; it may be c itself. next_c and next_a: what the next tile reads and writes, as
 * many rows, fetched into the cache meanwhile; any addresses will do. */
typedef void ft_panel_tile_fn(float *c, size_t ldc, const float *init, size_t init_ld,
                              const float *a, size_t lda, const float *panel, size_t K,
                              const float *next_c, const float *next_a);
/* panel(K,width): the transpose of `width` rows of w. */
typedef void ft_panel_turn_fn(float *panel, const float *w, size_t ldw, size_t K);

struct ft_panel_kernels {
    const char *name;
    size_t width, rows;            /* columns of a panel; rows of the highest tile */
    bool fused;                    /* multiplies and adds with one rounding */
    bool many_rows;                /* measured to be faster than OpenBLAS for any number of rows */
    ft_panel_tile_fn *const *tile; /* [rows of the tile], from 1 */
    ft_panel_turn_fn *turn;
};

/* c(rows,width) = a(rows,K) panel, whole numbers. Both go by groups of `group` values along K: in a
 * row of a, groups * 4 bytes, one after another; in the panel, of each group the width columns' . */
typedef void ft_panel_tile_int8_fn(int32_t *c, const void *a, size_t a_bytes, const int8_t *panel,
                                   size_t groups);

struct ft_panel_kernels_int8 {
    const char *name;
    size_t width, rows;
    size_t group; /* 2: rows of a are int16_t; 4: uint8_t */
    bool fast;    /* faster than fp32 on this kind of processor */
    ft_panel_tile_int8_fn *const *tile;
};

/* The best sets of this processor, or the ones that were forced. */
const struct ft_panel_kernels *ft_panel_kernels(void);
const struct ft_panel_kernels_int8 *ft_panel_kernels_int8(void);

/* For tests, while nothing computes: the sets with this name from now on; NULL: the best again.
 * false, and nothing changes, when there are none or the processor lacks what they need. Panels
 * that were arranged before cannot be used after. */
bool ft_panel_kernels_force(const char *name);

#endif
