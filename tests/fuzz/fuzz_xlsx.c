/* Any bytes as a workbook: no crash, no endless unpacking, and a reason where it is none. */
#include "data/xlsx.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_str csv = {0};
    struct ft_xlsx_facts facts;
    struct ft_err err = {0};
    if (ft_xlsx_csv_mem("fuzz", data, size, NULL, &csv, &facts, &err) && !err.msg[0]) abort();
    ft_xlsx_facts_release(&facts);
    ft_str_release(&csv);
    return 0;
}
