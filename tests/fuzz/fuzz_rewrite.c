/* Any bytes as data that is rewritten with label edits: no crash; without edits the same bytes come
 * out. The first byte picks the format, the second the edits. */
#include "data/read.h"
#include "data/rewrite.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ft_text cell(const struct ft_table *t, size_t row, int col)
{
    return col < 0 ? (struct ft_text){NULL, 0} : ft_table_cell(t, row - 1, (size_t)col);
}

static void rewrite(const struct ft_table *t, const char *text, size_t n, unsigned kind)
{
    static const char *const labels[] = {"x", "[\"a\",\"b\"]", NULL, "7", "[]", "two \"words\""};
    struct ft_columns c;
    struct ft_edits edits = {0};
    struct ft_rewritten done;
    struct ft_str out = {0};
    struct ft_err err = {0};
    ft_columns_guess(t, &c);
    struct ft_rewrite_opt opt = {.columns = &c, .edits = &edits, .label_delimiter = "|"};
    if (!ft_rewrite(t, &opt, &out, &done, &err) &&
        (out.len != n || (n && memcmp(ft_str_text(&out), text, n) != 0)))
        abort();
    for (size_t row = 1; row <= ft_table_rows(t) && row < 50; row++) {
        struct ft_text label = cell(t, row, c.label);
        if ((row + kind) % 3 == 0) continue;
        char *old = label.data ? ft_xstrndup(label.data, label.n) : NULL;
        ft_edits_set(&edits, row, cell(t, row, c.text), old, labels[(row + kind) % 6]);
        free(old);
    }
    ft_str_clear(&out);
    if (ft_rewrite(t, &opt, &out, &done, &err) && !err.msg[0]) abort();
    ft_str_release(&out);
    ft_edits_release(&edits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum ft_format formats[] = {FT_FORMAT_AUTO,     FT_FORMAT_JSON, FT_FORMAT_JSONL,
                                             FT_FORMAT_FASTTEXT, FT_FORMAT_CSV,  FT_FORMAT_CONLL,
                                             FT_FORMAT_TSV};
    if (size < 2) return 0;
    struct ft_read_opt opt = {.format = formats[data[0] % 7], .encoding = FT_ENCODING_UTF8};
    struct ft_err err = {0};
    struct ft_table t = {0};
    const char *text = (const char *)data + 2;
    size_t n = size - 2, skip = n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
    if (!ft_table_read_mem(&t, "fuzz", text, n, &opt, &err))
        rewrite(&t, text + skip, n - skip, data[1]);
    ft_table_release(&t);
    return 0;
}
