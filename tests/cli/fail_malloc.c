/* Preloaded by tests/cli/test_memory.sh: the FAIL_AT-th allocation of the program fails. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);
static long at, seen;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("FAIL_AT");
    at = text ? strtol(text, NULL, 10) : 0;
    seen = 0;
}

static int fails(void)
{
    return at > 0 && __atomic_add_fetch(&seen, 1, __ATOMIC_RELAXED) == at;
}

void *malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    return fails() ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}
