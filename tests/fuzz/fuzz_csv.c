/* Any bytes as a table in each format that is text: no crash, every cell is valid UTF-8 and inside.
 * The first byte picks the format. */
#include "data/read.h"
#include "data/problems.h"
#include "data/unicode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct ft_table *t, bool good, const struct ft_err *err)
{
    size_t rows = ft_table_rows(t), cols = ft_table_columns(t), bytes = 0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < cols; c++) {
            struct ft_text s = ft_table_cell(t, r, c);
            if (s.n && !ft_uni_valid(s.data, s.n)) abort();
            bytes += s.n;
        }
    }
    (void)bytes;
    if (!good && !err->msg[0]) abort();
    struct ft_examples_opt opt = {
        .tables = {t}, .clean = (1u << FT_CLEAN_COUNT) - 1, .unlabelled = true};
    struct ft_examples x;
    struct ft_problems p;
    struct ft_err e = {0};
    ft_columns_guess(t, &opt.columns);
    if (!good || ft_examples_build(&x, &opt, &e)) return;
    if (!ft_problems_find(&p, &x, 3, NULL, &e)) ft_problems_release(&p);
    ft_examples_release(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum ft_format formats[] = {FT_FORMAT_AUTO,  FT_FORMAT_CSV,  FT_FORMAT_TSV,
                                             FT_FORMAT_JSONL, FT_FORMAT_JSON, FT_FORMAT_TEXT};
    if (!size) return 0;
    struct ft_read_opt opt = {.format = formats[data[0] % 6]};
    struct ft_err err = {0};
    struct ft_table t = {0};
    enum ft_status st = ft_table_read_mem(&t, "fuzz", data + 1, size - 1, &opt, &err);
    use(&t, !st, &err);
    ft_table_release(&t);
    return 0;
}
