/* Tables as text: see text_table.h. */
#include "util/text_table.h"

#include "util/fs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

char ft_text_table_delimiter(const char *path)
{
    const char *dot = strrchr(ft_path_base(path), '.');
    if (!dot) return 0;
    return !strcmp(dot, ".csv") ? ',' : !strcmp(dot, ".tsv") ? '\t' : !strcmp(dot, ".md") ? '|' : 0;
}

/* What ends a cell or a row of Markdown is escaped or a blank. */
static void markdown_cell(struct ft_str *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '|') ft_str_addc(out, '\\');
        if (text[i] == '<')
            ft_str_addz(out, "&lt;"); /* no markup */
        else
            ft_str_addc(out, text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
    }
}

const char *ft_html_escape(uint32_t cp)
{
    return cp == '&' ? "&amp;" : cp == '<' ? "&lt;" : cp == '>' ? "&gt;" : NULL;
}

void ft_html_add(struct ft_str *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *entity = text[i] == '"' ? "&quot;" : ft_html_escape((unsigned char)text[i]);
        if (entity)
            ft_str_addz(out, entity);
        else
            ft_str_addc(out, text[i]);
    }
}

static void html_cell(struct ft_text_table *t, const char *text, size_t n)
{
    const char *tag = t->row ? "td" : "th";
    ft_str_addf(t->out, "%s<%s>", t->column ? "" : "<tr>", tag);
    ft_html_add(t->out, text, n);
    ft_str_addf(t->out, "</%s>", tag);
}

void ft_text_table_cell(struct ft_text_table *t, const char *text, size_t n)
{
    if (t->delimiter == '<') {
        html_cell(t, text, n);
    } else if (t->delimiter == '|') {
        ft_str_addz(t->out, t->column ? " | " : "| ");
        markdown_cell(t->out, text, n);
    } else {
        if (t->column) ft_str_addc(t->out, t->delimiter);
        ft_str_add_cell(t->out, text, n, t->delimiter);
    }
    t->column++;
}

void ft_text_table_word(struct ft_text_table *t, const char *text)
{
    ft_text_table_cell(t, text ? text : "", text ? strlen(text) : 0);
}

void ft_text_table_count(struct ft_text_table *t, unsigned long long n)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", n);
    ft_text_table_word(t, text);
}

void ft_text_table_number(struct ft_text_table *t, double x)
{
    char text[40] = "";
    if (isfinite(x)) snprintf(text, sizeof text, "%.6g", x);
    ft_text_table_word(t, text);
}

void ft_text_table_end(struct ft_text_table *t)
{
    bool markdown = t->delimiter == '|';
    ft_str_addz(t->out, markdown ? " |\n" : t->delimiter == '<' ? "</tr>\n" : "\n");
    if (markdown && !t->row) {
        for (size_t i = 0; i < t->column; i++)
            ft_str_addz(t->out, i ? " --- |" : "| --- |");
        ft_str_addc(t->out, '\n');
    }
    t->column = 0;
    t->row++;
}
