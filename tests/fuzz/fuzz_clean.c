/* Any text through each set of cleaning steps: no crash; what comes out is UTF-8, at most 3 times
 * the input, unchanged when it says so; the marked spans are in order and inside. The first byte is
 * the set of steps. Invalid UTF-8 never gets to cleaning (readers repair it), so it is skipped. */
#include "data/clean.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void spans(unsigned steps, struct ft_text in)
{
    struct ft_clean_span at[64];
    size_t n = ft_clean_spans(steps, in, at, 64), end = 0;
    for (size_t i = 0; i < n && i < 64; i++) {
        if (at[i].start < end || at[i].end <= at[i].start || at[i].end > in.n) abort();
        end = at[i].end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) return 0;
    unsigned steps = data[0] % (1u << FT_CLEAN_COUNT) & ~FT_CLEAN_BIT(FT_CLEAN_DEDUP);
    struct ft_text in = {.data = (const char *)data + 1, .n = size - 1};
    struct ft_str out = {0};
    if (ft_utf8_prefix(in.data, in.n) != in.n) return 0;
    if (ft_clean_text(steps, in, &out)) {
        if (out.len > 3 * in.n || ft_utf8_prefix(ft_str_text(&out), out.len) != out.len) abort();
        if (out.len == in.n && !memcmp(ft_str_text(&out), in.data, in.n)) abort();
    } else if (out.len) {
        abort();
    }
    spans(steps, in);
    ft_str_release(&out);
    return 0;
}
