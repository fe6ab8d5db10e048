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
enum { FT_PANEL_LINE = 64 }; /* bytes that are fetched at once */

/* What a tile fetches into the caches on its way; any addresses will do. Reading the next panel, whose
 * weights come from memory, then takes no time of its own. The tiles of a panel share that: from
 * `panel`, `step` bytes for each row of their own panel. What the next tile reads of a is not fetched:
 * with it the panel would not stay in the first-level cache. */
struct ft_panel_ahead {
    const float *c; /* that the next tile writes, as many rows (not of int8) */
    const char *panel;
    size_t step;
};

/* c(rows,width) = init + a(rows,K) panel(K,width). init has rows of init_ld floats (0: one row for
 * all); NULL: zeros; it may be c itself. */
typedef void ft_panel_tile_fn(float *c, size_t ldc, const float *init, size_t init_ld,
                              const float *a, size_t lda, const float *panel, size_t K,
                              struct ft_panel_ahead ahead);
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

/* Whole numbers. K goes by groups of FT_PANEL_GROUP neighbours: four bytes in a row of a, and in the
 * panel the four of each column, one column after the other. A column's weights are such that a
 * processor may add the products of FT_PANEL_LANE_GROUPS groups in 16 bits, those of the first two
 * values of each group in one sum and those of the others in another: see core/panels_int8.h. */
enum { FT_PANEL_GROUP = 4, FT_PANEL_LANE_GROUPS = 2 };

/* c(rows,width) = a(rows,K) panel, added to c when `add`. groups: K / FT_PANEL_GROUP, a multiple of
 * FT_PANEL_LANE_GROUPS. A row of a begins a_bytes after the one before. ahead: by group. */
typedef void ft_panel_tile_int8_fn(int32_t *c, const uint8_t *a, size_t a_bytes,
                                   const int8_t *panel, size_t groups, bool add,
                                   struct ft_panel_ahead ahead);

struct ft_panel_kernels_int8 {
    const char *name;
    size_t width, rows;
    bool fast; /* faster than fp32 on this kind of processor */
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
