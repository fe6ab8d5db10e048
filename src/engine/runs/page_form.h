/* A self-contained page, written for HTML or Markdown alike by a few functions.
 *
 *     struct ft_page p;
 *     if ((st = ft_page_begin(&p, "mail.html", &err))) return st;
 *     ft_page_title(&p, "mail: report");
 *     struct ft_text_table t = ft_page_table(&p);
 *     ft_page_row(&t, "task", "classification");
 *     ft_page_table_end(&p);
 *     return ft_page_end(&p, FT_OK, "mail.html", &err);
 *
 * Threads: a page belongs to one. */
#ifndef FT_ENGINE_RUNS_PAGE_FORM_H
#define FT_ENGINE_RUNS_PAGE_FORM_H

#include "util/err.h"
#include "util/text_table.h"

#include <stdbool.h>

struct ft_page {
    struct ft_str out;
    bool html;
    char delimiter; /* of its tables */
};
/* By the end of the name: .html or .md; FT_USAGE for another. */
enum ft_status ft_page_begin(struct ft_page *p, const char *path, struct ft_err *err);
void ft_page_title(struct ft_page *p, const char *title); /* first */
/* Writes the file where st is FT_OK, and releases the page. Returns st, or what went wrong. */
enum ft_status ft_page_end(struct ft_page *p, enum ft_status st, const char *path,
                           struct ft_err *err);

void ft_page_text(struct ft_page *p, const char *text);               /* markup in it is escaped */
void ft_page_heading(struct ft_page *p, int level, const char *text); /* 1 to 3 */
void ft_page_paragraph(struct ft_page *p, const char *text);
void ft_page_code(struct ft_page *p, const char *text);
struct ft_text_table ft_page_table(struct ft_page *p); /* its first row is the head */
void ft_page_table_end(struct ft_page *p);
void ft_page_row(struct ft_text_table *t, const char *name, const char *value);

#endif
