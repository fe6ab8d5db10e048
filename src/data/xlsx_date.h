/* Dates, times and durations of workbooks, which are numbers of days, in a number format. Names of
 * months and days are English. Private to xlsx_format.c. */
#ifndef FT_DATA_XLSX_DATE_H
#define FT_DATA_XLSX_DATE_H

#include "data/text.h"
#include "util/str.h"

#include <stdbool.h>

/* Appends x, days since 1899-12-31 (1900-02-29 counts as a day, as in Excel) or since 1904-01-01, in
 * the section of a format. false: no date that a workbook can show; nothing is appended. */
bool ft_xlsx_date_add(struct ft_text section, double x, bool from_1904, struct ft_str *out);

#endif
