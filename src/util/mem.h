/* Memory. Small things use ft_x*, which never return NULL: when the system has none left, the hook
 * restores the terminal and the program ends with a line on stderr and exit status 1. Big things
 * (tensors, tables, file contents) use ft_try_*, which return NULL, and the caller reports FT_NOMEM
 * with the numbers. Sizes from files are multiplied with ft_size_mul / ft_size_add, which say when
 * they overflow. */
#ifndef FT_UTIL_MEM_H
#define FT_UTIL_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *ft_xmalloc(size_t size);
void *ft_xcalloc(size_t count, size_t size); /* zeroed */
void *ft_xrealloc(void *p, size_t size);
char *ft_xstrdup(const char *s);            /* NULL stays NULL */
char *ft_xstrndup(const char *s, size_t n); /* at most n bytes, always ended by 0 */
char *ft_xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* free() it */

/* Called once before the program ends for want of memory; set by whoever owns the terminal. */
void ft_mem_set_die_hook(void (*hook)(void));

/* 64-byte aligned, zeroed (by fresh pages, so untouched parts cost nothing); NULL when there is
 * none. Free with ft_big_free, which takes the same size. */
void *ft_try_big(size_t size);
void ft_big_free(void *p, size_t size);

/* true when a*b (a+b) overflows; *out is then untouched. */
bool ft_size_mul(size_t a, size_t b, size_t *out);
bool ft_size_add(size_t a, size_t b, size_t *out);

/* Grows the array *items (elements of `size` bytes, capacity *cap) so that it holds `need`. */
void ft_grow(void *items, size_t *cap, size_t need, size_t size);

/* A bump allocator for many small things that are freed together. Zero-initialise it. */
struct ft_arena {
    struct ft_arena_block *blocks;
    size_t used_bytes; /* handed out, for reports */
};
void *ft_arena_alloc(struct ft_arena *a, size_t size); /* 8-byte aligned, not zeroed */
char *ft_arena_strndup(struct ft_arena *a, const char *s, size_t n);
void ft_arena_release(struct ft_arena *a);

#endif
