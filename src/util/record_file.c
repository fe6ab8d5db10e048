/* Records in files: see record_file.h. A record is put together in memory and written when its last
 * field is there. */
#include "util/record_file.h"

#include "util/json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum ft_record_format ft_record_format_of(const char *path)
{
    static const struct {
        const char *end;
        enum ft_record_format format;
    } rows[] = {{".csv", FT_RECORD_CSV},
                {".tsv", FT_RECORD_TSV},
                {".jsonl", FT_RECORD_JSONL},
                {".json", FT_RECORD_JSON}};
    const char *dot = strrchr(ft_path_base(path), '.');
    for (size_t i = 0; dot && i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(dot, rows[i].end)) return rows[i].format;
    return FT_RECORD_NONE;
}

/* 0: JSON */
static char delimiter(const struct ft_record_file *f)
{
    return f->format == FT_RECORD_CSV ? ',' : f->format == FT_RECORD_TSV ? '\t' : 0;
}

enum ft_status ft_record_file_open(struct ft_record_file *f, const char *path,
                                   const char *const *names, size_t fields, struct ft_err *err)
{
    *f = (struct ft_record_file){
        .format = ft_record_format_of(path), .names = names, .fields = fields};
    if (!f->format)
        return ft_fail(err, FT_USAGE, "%s: expected a name ending in .csv, .tsv, .jsonl or .json",
                       path);
    enum ft_status st = ft_out_open(&f->out, path, err);
    if (st) return st;
    if (f->format == FT_RECORD_JSON) fputs("[", f->out.f);
    for (size_t i = 0; delimiter(f) && i < fields; i++)
        fprintf(f->out.f, "%s%c", names[i], i + 1 < fields ? delimiter(f) : '\n');
    return FT_OK;
}

static void begin(struct ft_record_file *f)
{
    if (f->at || delimiter(f)) return;
    if (f->format == FT_RECORD_JSON) ft_str_addz(&f->line, f->records ? ",\n" : "\n");
    ft_str_addc(&f->line, '{');
}

/* The field is there: on to the next, or the record is whole. */
static void field_end(struct ft_record_file *f)
{
    assert(f->at < f->fields);
    bool last = ++f->at == f->fields;
    if (delimiter(f)) ft_str_addc(&f->line, last ? '\n' : delimiter(f));
    if (!last) return;
    if (!delimiter(f)) ft_str_addz(&f->line, f->format == FT_RECORD_JSONL ? "}\n" : "}");
    fwrite(f->line.data, 1, f->line.len, f->out.f);
    ft_str_clear(&f->line);
    f->at = 0;
    f->records++;
}

static void add_name(struct ft_record_file *f)
{
    begin(f);
    if (f->line.data[f->line.len - 1] != '{') ft_str_addc(&f->line, ',');
    ft_json_add_str(&f->line, f->names[f->at], strlen(f->names[f->at]));
    ft_str_addc(&f->line, ':');
}

void ft_record_text(struct ft_record_file *f, const char *text, size_t n)
{
    if (delimiter(f)) {
        ft_str_add_cell(&f->line, text, n, delimiter(f));
    } else {
        add_name(f);
        ft_json_add_str(&f->line, text, n);
    }
    field_end(f);
}

void ft_record_none(struct ft_record_file *f)
{
    begin(f);
    field_end(f);
}

void ft_record_word(struct ft_record_file *f, const char *text)
{
    if (text)
        ft_record_text(f, text, strlen(text));
    else
        ft_record_none(f);
}

void ft_record_count(struct ft_record_file *f, size_t n)
{
    if (!delimiter(f)) add_name(f);
    ft_str_addf(&f->line, "%zu", n);
    field_end(f);
}

void ft_record_number(struct ft_record_file *f, double x)
{
    if (!isfinite(x)) {
        ft_record_none(f);
        return;
    }
    if (!delimiter(f)) add_name(f);
    ft_json_add_num(&f->line, x);
    field_end(f);
}

enum ft_status ft_record_file_close(struct ft_record_file *f, struct ft_err *err)
{
    assert(!f->at);
    if (f->format == FT_RECORD_JSON) fputs(f->records ? "\n]\n" : "]\n", f->out.f);
    ft_str_release(&f->line);
    return ft_out_commit(&f->out, err);
}
