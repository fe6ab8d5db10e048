/* Any bytes as data of other programs: JSON in all its forms, JSONL, fastText, CoNLL; then the
 * labels as of a classifier. No crash, every cell is valid UTF-8. The first byte picks the format.
 */
#include "data/read.h"
#include "data/problems.h"
#include "data/unicode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void label(const struct ft_table *t)
{
    struct ft_examples_opt opt = {.tables = {t}};
    struct ft_examples x;
    struct ft_problems p;
    struct ft_err err = {0};
    ft_columns_guess(t, &opt.columns);
    opt.join_n = ft_columns_joined(t, opt.join);
    if (ft_examples_build(&x, &opt, &err)) {
        if (!err.msg[0]) abort();
        return;
    }
    if (!ft_problems_find(&p, &x, 3, NULL, &err)) ft_problems_release(&p);
    ft_examples_release(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum ft_format formats[] = {FT_FORMAT_AUTO, FT_FORMAT_JSON, FT_FORMAT_JSONL,
                                             FT_FORMAT_FASTTEXT, FT_FORMAT_CONLL};
    if (!size) return 0;
    struct ft_read_opt opt = {.format = formats[data[0] % 5]};
    struct ft_err err = {0};
    struct ft_table t = {0};
    enum ft_status st = ft_table_read_mem(&t, "fuzz", data + 1, size - 1, &opt, &err);
    for (size_t r = 0; r < ft_table_rows(&t); r++) {
        for (size_t c = 0; c < ft_table_columns(&t); c++) {
            struct ft_text s = ft_table_cell(&t, r, c);
            if (s.n && !ft_uni_valid(s.data, s.n)) abort();
        }
    }
    if (!st) label(&t);
    if (st && !err.msg[0]) abort();
    ft_table_release(&t);
    return 0;
}
