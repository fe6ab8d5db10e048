/* How a workbook displays its numbers: the number formats of its styles (xl/styles.xml), applied to
 * the numbers that cells hold. Dates, times and durations, decimals, thousands, percentages,
 * exponents, literal text, sections for negative numbers and zero. Numbers without a format have up
 * to 15 digits, as many as Excel keeps. What depends on the country (formats 14 and 22, Excel's
 * "short date") is written as ISO 8601: 2024-01-31. Not here: fractions (# ?/?), conditions and
 * calendars other than the Gregorian; such numbers are written without their format.
 * Source: ECMA-376, part 1, 18.8.30 and 18.8.31. Threads: read-only after ft_xlsx_styles_read. */
#ifndef FT_DATA_XLSX_FORMAT_H
#define FT_DATA_XLSX_FORMAT_H

#include "data/text.h"
#include "util/str.h"

#include <stdbool.h>

struct ft_xlsx_styles {  /* all zero: no styles; every number is written without a format */
    struct ft_str codes; /* the workbook's own formats, one after another */
    struct ft_xlsx_code {
        unsigned id;
        size_t from, n; /* in codes */
    } * items;
    size_t n, cap;
    unsigned *cells; /* the format's id of each cell style */
    size_t cells_n, cells_cap;
    bool from_1904; /* days count from 1904-01-01 */
};
/* Adds what the part xl/styles.xml says; the text may be freed afterwards. */
void ft_xlsx_styles_read(struct ft_xlsx_styles *s, const char *xml, size_t n);
void ft_xlsx_styles_release(struct ft_xlsx_styles *s);
/* Appends the number as a cell with this style displays it; what is no number is appended
 * unchanged. */
void ft_xlsx_styles_add(const struct ft_xlsx_styles *s, size_t style, struct ft_text number,
                        struct ft_str *out);
/* Appends x in a format: "0.00", "yyyy-mm-dd". */
void ft_xlsx_format_add(const char *code, size_t n, double x, bool from_1904, struct ft_str *out);

#endif
