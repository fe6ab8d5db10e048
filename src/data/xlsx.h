/* Workbooks of Excel (.xlsx): one sheet as CSV text, which the CSV reader takes from there, so that
 * the header is found as in any table. Texts, numbers and dates as the workbook displays them (see
 * xlsx_format.h), TRUE and FALSE; of a formula, the value that was saved: nothing is computed.
 * Not here: .xls and .xlsb. Source: ECMA-376, part 1. Everything in the file is checked; sizes are
 * bounded. */
#ifndef FT_DATA_XLSX_H
#define FT_DATA_XLSX_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>

/* The file of a path: F.xlsx#SHEET names a sheet. The caller frees *file. Returns the sheet, a view
 * of `path`; NULL: the first one. */
const char *ft_xlsx_path(const char *path, char **file);
/* Is there a workbook at `path`? Reads its directory. */
bool ft_xlsx_is(const char *path);
struct ft_xlsx_facts {
    struct ft_str sheet, names; /* of the sheet that was read; of the first sheets, for a message */
    size_t sheets;
    size_t no_value; /* formulas whose value was not saved: their cells are empty */
};
void ft_xlsx_facts_release(struct ft_xlsx_facts *f);
/* Appends the sheet and fills *facts, which the caller releases in any case. Errors: FT_NOTFOUND,
 * FT_IO, FT_NOMEM, FT_FORMAT (damaged, too large, no such sheet: those that there are). */
enum ft_status ft_xlsx_csv(const char *path, struct ft_str *out, struct ft_xlsx_facts *facts,
                           struct ft_err *err);
/* The same from bytes; `sheet` NULL: the first one. */
enum ft_status ft_xlsx_csv_mem(const char *name, const void *data, size_t n, const char *sheet,
                               struct ft_str *out, struct ft_xlsx_facts *facts, struct ft_err *err);

#endif
