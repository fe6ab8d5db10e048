/* Any bytes as a file of label edits: no crash; what was read is in order, one edit a row, and
 * written and read again it is the same. Then the edits meet a table, as they do in training. */
#include "data/read.h"
#include "data/edits.h"
#include "data/examples.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static void again(const struct ft_edits *e)
{
    struct ft_edits back = {0};
    struct ft_err err = {0};
    if (ft_edits_write(e, fuzz_path("edits"), &err)) abort();
    if (ft_edits_read(&back, fuzz_path("edits"), &err) || back.n != e->n) abort();
    for (size_t i = 0; i < e->n; i++) {
        const struct ft_edit *a = &e->items[i], *b = &back.items[i];
        if (i && a->row <= a[-1].row) abort();
        if (a->row != b->row || strcmp(a->sha256, b->sha256) != 0 ||
            !same(a->old_label, b->old_label) || !same(a->new_label, b->new_label))
            abort();
        if (ft_edits_find(e, a->row) != a) abort();
    }
    ft_edits_release(&back);
}

static void applied(const struct ft_edits *e)
{
    static const char csv[] = "text,label\none,a\ntwo,b\nthree,a\nfour,b\n";
    struct ft_table t = {0};
    struct ft_read_opt how = {0};
    struct ft_err err = {0};
    if (ft_table_read_mem(&t, "fuzz.csv", csv, sizeof csv - 1, &how, &err)) abort();
    struct ft_examples_opt opt = {.tables = {&t}, .edits = e};
    struct ft_examples x;
    ft_columns_guess(&t, &opt.columns);
    if (!ft_examples_build(&x, &opt, &err))
        ft_examples_release(&x);
    else if (!err.msg[0])
        abort();
    ft_table_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_edits e = {0};
    struct ft_err err = {0};
    fuzz_path("");
    if (!ft_edits_parse(&e, (const char *)data, size, "fuzz", &err)) {
        again(&e);
        applied(&e);
    } else if (!err.msg[0]) {
        abort();
    }
    ft_edits_release(&e);
    return 0;
}
