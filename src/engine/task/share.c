/* See share.h. What a rank has for the others is packed, and carried in one piece. */
#include "engine/task/share.h"

#include "core/comm.h"
#include "engine/options/ranks.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

void ft_share_init(struct ft_share *s, size_t n)
{
    *s = (struct ft_share){.n = n};
    if (ft_comm_size() > 1) s->owner = ft_xcalloc(n + 1, sizeof *s->owner);
}

void ft_share_release(struct ft_share *s)
{
    free(s->owner);
    free(s->sums);
}

bool ft_share_takes(struct ft_share *s, const size_t *pick, size_t n)
{
    size_t rank = s->batches % (size_t)ft_comm_size();
    ft_grow(&s->sums, &s->cap, s->batches + 1, sizeof *s->sums);
    s->sums[s->batches++] = (struct ft_share_sum){0};
    for (size_t i = 0; s->owner && i < n; i++)
        s->owner[pick[i]] = (uint16_t)rank;
    return rank == (size_t)ft_comm_rank();
}

struct ft_share_sum *ft_share_sum(struct ft_share *s)
{
    return &s->sums[s->batches - 1];
}

/* Where row i is. */
static size_t row_at(const uint64_t *start, size_t i, size_t bytes)
{
    return (start ? (size_t)start[i] : i) * bytes;
}

/* Copies a rank's rows one after another into `packed`, or back. */
static void pack(const struct ft_share *s, char *rows, size_t bytes, const uint64_t *start,
                 int rank, char *packed, bool back)
{
    for (size_t i = 0; i < s->n; i++) {
        size_t at = row_at(start, i, bytes), n = row_at(start, i + 1, bytes) - at;
        if (s->owner[i] != rank) continue;
        if (back)
            memcpy(rows + at, packed, n);
        else
            memcpy(packed, rows + at, n);
        packed += n;
    }
}

enum ft_status ft_share_rows(const struct ft_share *s, void *rows, size_t bytes,
                             const uint64_t *start, enum ft_status st, struct ft_err *err)
{
    size_t size = (size_t)ft_comm_size(), most = 0;
    if (!s->owner) return st;
    size_t *of = ft_xcalloc(size, sizeof *of);
    for (size_t i = 0; i < s->n; i++) {
        size_t n = of[s->owner[i]] += row_at(start, i + 1, bytes) - row_at(start, i, bytes);
        if (n > most) most = n;
    }
    free(of);
    char *all = st ? NULL : ft_try_big(size * most + 1);
    if (!st && !all)
        st = ft_fail(err, FT_NOMEM, "no memory for the results of all processes (%zu bytes)",
                     size * most);
    st = ft_ranks_agree(st, err);
    if (!st)
        pack(s, rows, bytes, start, ft_comm_rank(), all + (size_t)ft_comm_rank() * most, false);
    if (!st) st = ft_comm_gather(all, most, err);
    for (int r = 0; !st && r < (int)size; r++)
        if (r != ft_comm_rank()) pack(s, rows, bytes, start, r, all + (size_t)r * most, true);
    if (all) ft_big_free(all, size * most + 1);
    return st;
}

enum ft_status ft_share_sums(const struct ft_share *s, struct ft_share_sum *total,
                             enum ft_status st, struct ft_err *err)
{
    size_t size = (size_t)ft_comm_size(), rank = (size_t)ft_comm_rank(), n = s->batches;
    struct ft_share_sum *all = s->sums;
    *total = (struct ft_share_sum){0};
    if (size > 1) {
        st = ft_ranks_agree(st, err);
        if (st) return st;
        all = ft_xcalloc(size * n + 1, sizeof *all);
        if (n) memcpy(all + rank * n, s->sums, n * sizeof *all);
        st = ft_comm_gather(all, n * sizeof *all, err);
    }
    for (size_t i = 0; i < n && !st; i++) {
        const struct ft_share_sum *x = &all[i % size * n + i];
        total->sum += x->sum;
        total->weight += x->weight;
        total->hits += x->hits;
    }
    if (all != s->sums) free(all);
    return st;
}
