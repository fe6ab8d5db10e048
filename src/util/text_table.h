/* A table as text: comma- or tab-separated (quoted as RFC 4180 says), Markdown, or the rows of an HTML
 * table (without <table> itself). The first row is the head.
 *
 *     struct ft_text_table t = {.out = &s, .delimiter = ','};      '|': Markdown, '<': HTML
 *     ft_text_table_word(&t, "label");
 *     ft_text_table_word(&t, "f1");
 *     ft_text_table_end(&t);
 */
#ifndef FT_UTIL_TEXT_TABLE_H
#define FT_UTIL_TEXT_TABLE_H

#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

struct ft_text_table {
    struct ft_str *out;
    char delimiter;
    size_t column, row;
};
/* ',' '\t' or '|' by the end of the name (.csv, .tsv, .md); 0: none of them. */
char ft_text_table_delimiter(const char *path);
void ft_text_table_cell(struct ft_text_table *t, const char *text, size_t n);
void ft_text_table_word(struct ft_text_table *t, const char *text); /* NULL: an empty cell */
void ft_text_table_count(struct ft_text_table *t, unsigned long long n);
void ft_text_table_number(struct ft_text_table *t, double x); /* not finite: an empty cell */
void ft_text_table_end(struct ft_text_table *t);              /* of the row */

/* What stands for & < > in HTML and SVG; NULL for every other character. */
const char *ft_html_escape(uint32_t cp);
/* Appends text with & < > \" as HTML writes them. */
void ft_html_add(struct ft_str *out, const char *text, size_t n);

#endif
