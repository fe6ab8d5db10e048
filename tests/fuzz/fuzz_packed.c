/* Any bytes as a file of data that may be packed (gz, xz, by its first bytes): no crash; every cell
 * is valid UTF-8; a refusal says why. */
#include "data/read.h"
#include "data/table.h"
#include "data/unicode.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_read_opt opt = {0};
    struct ft_table t = {0};
    struct ft_err err = {0};
    fuzz_write("data.csv", data, size);
    if (ft_table_read(&t, fuzz_path("data.csv"), &opt, &err) && !err.msg[0]) abort();
    for (size_t r = 0; r < ft_table_rows(&t); r++) {
        for (size_t c = 0; c < ft_table_columns(&t); c++) {
            struct ft_text s = ft_table_cell(&t, r, c);
            if (s.n && !ft_uni_valid(s.data, s.n)) abort();
        }
    }
    ft_table_release(&t);
    return 0;
}
