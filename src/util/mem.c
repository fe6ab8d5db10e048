/* Memory: see mem.h. The only place below ui and cli that may end the program, and only when a
 * small allocation fails. */
#include "util/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void (*die_hook)(void);

void ft_mem_set_die_hook(void (*hook)(void))
{
    die_hook = hook;
}

static void die(size_t size)
{
    char text[96];
    if (die_hook) die_hook();
    int n = snprintf(text, sizeof text, "error: out of memory (%zu bytes requested)\n", size);
    if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0) _exit(1);
    _exit(1); /* other threads may be at work: nothing of theirs is taken down */
}

void *ft_xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p) die(size);
    return p;
}

void *ft_xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p) die(count * size);
    return p;
}

void *ft_xrealloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    if (!q) die(size);
    return q;
}

char *ft_xstrdup(const char *s)
{
    return s ? ft_xstrndup(s, strlen(s)) : NULL;
}

char *ft_xstrndup(const char *s, size_t n)
{
    size_t len = n ? strnlen(s, n) : 0;
    char *p = ft_xmalloc(len + 1);
    if (len) memcpy(p, s, len);
    p[len] = 0;
    return p;
}

char *ft_xprintf(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    char *p = ft_xmalloc((size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

void *ft_try_big(size_t size)
{
    if (!size) size = 1;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
    if (size >= (size_t)4 << 20) madvise(p, size, MADV_HUGEPAGE);
#endif
    return p;
}

void ft_big_free(void *p, size_t size)
{
    if (p) munmap(p, size ? size : 1);
}

bool ft_size_mul(size_t a, size_t b, size_t *out)
{
    size_t r;
    if (__builtin_mul_overflow(a, b, &r)) return true;
    *out = r;
    return false;
}

bool ft_size_add(size_t a, size_t b, size_t *out)
{
    size_t r;
    if (__builtin_add_overflow(a, b, &r)) return true;
    *out = r;
    return false;
}

void ft_grow(void *items, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) return;
    size_t want = *cap ? *cap : 8, bytes;
    while (want < need)
        want += want / 2 + 1;
    if (ft_size_mul(want, size, &bytes)) die(SIZE_MAX);
    void *p;
    memcpy(&p, items, sizeof p);
    p = ft_xrealloc(p, bytes);
    memcpy(items, &p, sizeof p);
    *cap = want;
}

struct ft_arena_block {
    struct ft_arena_block *next;
    size_t used, cap;
    _Alignas(16) unsigned char data[];
};

void *ft_arena_alloc(struct ft_arena *a, size_t size)
{
    size_t need = (size + 7) & ~(size_t)7;
    if (need < size) die(size);
    struct ft_arena_block *b = a->blocks;
    if (!b || b->cap - b->used < need) {
        size_t cap = b ? b->cap * 2 : 4096;
        if (cap > (size_t)4 << 20) cap = (size_t)4 << 20;
        if (cap < need) cap = need;
        struct ft_arena_block *fresh = ft_xmalloc(sizeof *fresh + cap);
        fresh->used = 0;
        fresh->cap = cap;
        /* a large block of its own goes behind the current one, whose rest stays usable */
        if (b && need == cap && b->cap - b->used > 256) {
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            a->blocks = fresh;
        }
        b = fresh;
    }
    void *p = b->data + b->used;
    b->used += need;
    a->used_bytes += need;
    return p;
}

char *ft_arena_strndup(struct ft_arena *a, const char *s, size_t n)
{
    char *p = ft_arena_alloc(a, n + 1);
    if (n) memcpy(p, s, n);
    p[n] = 0;
    return p;
}

void ft_arena_release(struct ft_arena *a)
{
    for (struct ft_arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    memset(a, 0, sizeof *a);
}
