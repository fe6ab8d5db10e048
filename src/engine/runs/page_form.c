/* A page as HTML or Markdown: see page_form.h. */
#include "engine/runs/page_form.h"

#include "util/fs.h"

#include <string.h>

static const char html_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\n"
    "table{border-collapse:collapse;margin:1em 0}\n"
    "th,td{border:1px solid #bbb;padding:.2em .6em;text-align:left;vertical-align:top}\n"
    "pre{background:#f3f3f3;padding:.8em;white-space:pre-wrap;overflow-wrap:anywhere}\n"
    "svg{width:100%;font:12px sans-serif}.grid{stroke:#ddd}.title{font-weight:bold}\n"
    "</style>\n<title>";

enum ft_status ft_page_begin(struct ft_page *p, const char *path, struct ft_err *err)
{
    const char *dot = strrchr(ft_path_base(path), '.');
    bool html = dot && !strcmp(dot, ".html");
    *p = (struct ft_page){.html = html, .delimiter = html ? '<' : '|'};
    if (!html && !(dot && !strcmp(dot, ".md")))
        return ft_fail(err, FT_USAGE, "%s: expected a name that ends in .html or .md", path);
    return FT_OK;
}

void ft_page_title(struct ft_page *p, const char *title)
{
    if (p->html) {
        ft_str_addz(&p->out, html_head);
        ft_page_text(p, title);
        ft_str_addz(&p->out, "</title></head><body>\n");
    }
    ft_page_heading(p, 1, title);
}

enum ft_status ft_page_end(struct ft_page *p, enum ft_status st, const char *path,
                           struct ft_err *err)
{
    if (p->html) ft_str_addz(&p->out, "</body></html>\n");
    if (!st) st = ft_file_write(path, p->out.data, p->out.len, err);
    ft_str_release(&p->out);
    return st;
}

void ft_page_text(struct ft_page *p, const char *text)
{
    if (p->html)
        ft_html_add(&p->out, text, strlen(text));
    else
        ft_str_addz(&p->out, text);
}

void ft_page_heading(struct ft_page *p, int level, const char *text)
{
    if (p->html)
        ft_str_addf(&p->out, "<h%d>", level);
    else
        ft_str_addf(&p->out, "%s ", &"###"[3 - level]);
    ft_page_text(p, text);
    if (p->html) ft_str_addf(&p->out, "</h%d>", level);
    ft_str_addz(&p->out, p->html ? "\n" : "\n\n");
}

void ft_page_paragraph(struct ft_page *p, const char *text)
{
    ft_str_addz(&p->out, p->html ? "<p>" : "");
    ft_page_text(p, text);
    ft_str_addz(&p->out, p->html ? "</p>\n" : "\n\n");
}

void ft_page_code(struct ft_page *p, const char *text)
{
    ft_str_addz(&p->out, p->html ? "<pre>" : "```\n");
    ft_page_text(p, text);
    ft_str_addz(&p->out, p->html ? "</pre>\n" : "\n```\n\n");
}

struct ft_text_table ft_page_table(struct ft_page *p)
{
    if (p->html) ft_str_addz(&p->out, "<table>\n");
    return (struct ft_text_table){.out = &p->out, .delimiter = p->delimiter};
}

void ft_page_table_end(struct ft_page *p)
{
    ft_str_addz(&p->out, p->html ? "</table>\n" : "\n");
}

void ft_page_row(struct ft_text_table *t, const char *name, const char *value)
{
    ft_text_table_word(t, name);
    ft_text_table_word(t, value);
    ft_text_table_end(t);
}
