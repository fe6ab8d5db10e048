/* Which reader a file wants, and reading it: see read.h. */
#include "data/jscan.h"
#include "data/read_in.h"
#include "data/split.h"
#include "data/xlsx.h"
#include "util/fs.h"
#include "util/hash.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct ft_reader readers[] = {
    {FT_FORMAT_CSV, ".csv", ft_read_csv},
    {FT_FORMAT_TSV, ".tsv .tab", ft_read_csv},
    {FT_FORMAT_JSONL, ".jsonl .ndjson .jsonlines", ft_read_jsonl},
    {FT_FORMAT_JSON, ".json", ft_read_json},
    {FT_FORMAT_TEXT, ".txt .text .raw .tokens .md", ft_read_text},
    {FT_FORMAT_FASTTEXT, ".ft", ft_read_fasttext},
    {FT_FORMAT_CONLL, ".conll .conllu .iob .iob2 .bio", ft_read_conll},
    {FT_FORMAT_FOLDER, "", ft_read_folder},
};

/* The ending of a name without .gz or .xz, in small letters, into buf. */
static void ending_of(const char *path, char *buf, size_t size)
{
    const char *base = ft_path_base(path);
    size_t n = strlen(base);
    if (n > 3 && (!strcasecmp(base + n - 3, ".gz") || !strcasecmp(base + n - 3, ".xz"))) n -= 3;
    size_t dot = n;
    while (dot && base[dot - 1] != '.')
        dot--;
    buf[0] = 0;
    if (!dot || n - dot + 2 > size) return;
    snprintf(buf, size, ".%.*s", (int)(n - dot), base + dot);
    for (char *p = buf; *p; p++)
        *p = (char)tolower((unsigned char)*p);
}

static enum ft_format format_by_ending(const char *path)
{
    char e[16];
    ending_of(path, e, sizeof e);
    for (size_t i = 0; *e && i < sizeof readers / sizeof *readers; i++) {
        const char *hit = strstr(readers[i].endings, e);
        size_t n = strlen(e);
        if (hit && (hit[n] == ' ' || !hit[n])) return readers[i].format;
    }
    return FT_FORMAT_AUTO;
}

bool ft_format_is_data(const char *name)
{
    char e[16];
    ending_of(name, e, sizeof e);
    return (format_by_ending(name) != FT_FORMAT_AUTO && strcmp(e, ".md")) || !strcmp(e, ".xlsx");
}

static bool binary_looking(const char *p, size_t n)
{
    size_t nuls = 0, controls = 0;
    for (size_t i = 0; i < n; i++) {
        nuls += !p[i];
        controls += (unsigned char)p[i] < 32 && !strchr("\t\n\r\f\v\033", p[i]);
    }
    return nuls * 50 > n || controls * 20 > n;
}

/* JSON text that is question answering: nested ("paragraphs") or flat ("context" and "question";
 * without answers it can still be asked). */
static bool squad_looking(const char *p, size_t n)
{
    if (memmem(p, n, "\"paragraphs\"", 12)) return true;
    return memmem(p, n, "\"context\"", 9) && memmem(p, n, "\"question\"", 10) &&
           (memmem(p, n, "\"answers\"", 9) || !memmem(p, n, "\"label", 7));
}

/* Is the first line one whole object, and does another one follow? */
static bool object_a_line(const char *p, size_t n)
{
    const char *line = memchr(p, '\n', n);
    struct ft_arena arena = {0};
    struct ft_jscan s = {.p = p, .end = line ? line : p + n, .arena = &arena};
    bool whole = line && ft_jscan_skip(&s, NULL) && ft_jscan_at_end(&s);
    ft_arena_release(&arena);
    s.end = p + n;
    return whole && ft_jscan_peek(&s) == '{';
}

/* One JSON value over several lines, or rows in an array: not one object a line. Conversations are
 * arrays of objects themselves. */
static bool array_of_objects(const char *p, size_t n)
{
    size_t head = n < 300 ? n : 300;
    if (!p || !n) return false;
    struct ft_jscan s = {.p = p + 1, .end = p + n};
    if (ft_jscan_peek(&s) != '{' || memmem(p, head, "\"role\"", 6) ||
        memmem(p, head, "\"from\"", 6))
        return false;
    const char *line = memchr(p, '\n', n);
    struct ft_arena arena = {0};
    s = (struct ft_jscan){.p = p, .end = line ? line : p + n, .arena = &arena};
    bool whole = ft_jscan_skip(&s, NULL) && ft_jscan_at_end(&s);
    ft_arena_release(&arena);
    s.end = p + n;
    return !whole || ft_jscan_peek(&s) != '[';
}

/* Pages and settings are text, but not texts to learn from. NULL: neither. */
static const char *markup(const char *path, const char *p, size_t n)
{
    char e[16];
    ending_of(path, e, sizeof e);
    if (!strcmp(e, ".yaml") || !strcmp(e, ".yml"))
        return "YAML; save the data as CSV or JSONL first";
    if (n > 5 && (!strncasecmp(p, "<?xml", 5))) return "XML; save the data as CSV or JSONL first";
    if ((n > 14 && !strncasecmp(p, "<!doctype html", 14)) || (n > 6 && !strncasecmp(p, "<html", 5)))
        return "a web page (HTML), not data; download the file itself, or save the text first";
    return NULL;
}

/* What the text of a file is that has another ending: JSON, or a table in a .txt. */
static enum ft_format by_content(enum ft_format f, const char *p, size_t n, bool all,
                                 const struct ft_read_opt *opt)
{
    bool open = f == FT_FORMAT_TEXT || f == FT_FORMAT_CSV || f == FT_FORMAT_TSV;
    if (f == FT_FORMAT_TEXT || f == FT_FORMAT_TSV || f == FT_FORMAT_CSV || f == FT_FORMAT_CONLL) {
        enum ft_format tagged = ft_tagged_sniff(p, n);
        if (tagged != FT_FORMAT_AUTO) return tagged;
    }
    size_t i = 0;
    while (i < n && p[i] && strchr(" \t\r\n", p[i]))
        i++;
    char first = i < n ? p[i] : 0;
    if (first == '{' && (open || f == FT_FORMAT_JSON) && object_a_line(p + i, n - i))
        return FT_FORMAT_JSONL;
    if (first == '[' && (open || f == FT_FORMAT_JSONL) && array_of_objects(p + i, n - i))
        return FT_FORMAT_JSON;
    return f == FT_FORMAT_TEXT ? ft_csv_in_text(p, n, all, opt) : f;
}

static enum ft_status sniff(struct ft_input *in, const struct ft_read_opt *opt, enum ft_format *out,
                            struct ft_err *err)
{
    enum ft_status st = ft_input_more(in, in->n < 65536 ? 65536 - in->n : 0, err);
    if (st) return st;
    const char *p = in->text;
    size_t n = in->n < 65536 ? in->n : 65536, i = 0;
    bool bytes = in->encoding == FT_ENCODING_UTF8 || in->encoding == FT_ENCODING_CP1252;
    if (opt->encoding == FT_ENCODING_AUTO && bytes && binary_looking(p, n))
        return ft_fail(err, FT_FORMAT,
                       "%s: this is not text (control characters); expected csv, "
                       "tsv, jsonl, json or txt, plain or .gz or .xz",
                       in->path);
    enum ft_format f = format_by_ending(in->path);
    while (i < n && strchr(" \t\r\n", p[i]) && p[i])
        i++;
    char first = i < n ? p[i] : 0;
    if (f == FT_FORMAT_AUTO) {
        const char *line = memchr(p + i, '\n', n - i);
        size_t first_n = line ? (size_t)(line - p) - i : n - i;
        char delimiter = 0;
        if (first == '[' || first == '{')
            f = FT_FORMAT_JSON;
        else if (ft_csv_sep_line(p, n, &delimiter))
            f = delimiter == '\t' ? FT_FORMAT_TSV : FT_FORMAT_CSV;
        else if (memchr(p + i, '\t', first_n))
            f = FT_FORMAT_TSV;
        else
            f = memchr(p + i, ',', first_n) ? FT_FORMAT_CSV : FT_FORMAT_TEXT;
    }
    const char *what = markup(in->path, p + i, n - i);
    if (what) return ft_fail(err, FT_FORMAT, "%s: this is %s", in->path, what);
    f = by_content(f, p, n, in->eof && n == in->n, opt);
    if ((f == FT_FORMAT_JSON || f == FT_FORMAT_JSONL) && squad_looking(p, n)) f = FT_FORMAT_SQUAD;
    *out = f;
    return FT_OK;
}

/* Of a path with a sheet, where the file is no workbook: the file, to say what it is. */
static enum ft_status open_file(struct ft_input *in, const char *path, enum ft_encoding enc,
                                struct ft_err *err)
{
    char *file;
    ft_xlsx_path(path, &file);
    enum ft_status st = ft_input_open(in, ft_path_exists(file) ? file : path, enc, err);
    free(file);
    return st;
}

enum ft_status ft_format_sniff(const char *path, const struct ft_read_opt *opt, enum ft_format *out,
                               struct ft_err *err)
{
    static const struct ft_read_opt none;
    if (!opt) opt = &none;
    if (opt->format != FT_FORMAT_AUTO || ft_path_is_dir(path)) {
        *out = opt->format != FT_FORMAT_AUTO ? opt->format : FT_FORMAT_FOLDER;
        return FT_OK;
    }
    if (ft_xlsx_is(path)) {
        *out = FT_FORMAT_XLSX;
        return FT_OK;
    }
    struct ft_input in;
    enum ft_status st = open_file(&in, path, opt->encoding, err);
    if (st) return st;
    st = sniff(&in, opt, out, err);
    ft_input_close(&in);
    return st;
}

/* A column that names the split of each row. */
static void find_parts(struct ft_load *l)
{
    static const char *const names[] = {"split", "part", "subset", "partition", "data_split"};
    struct ft_table *t = l->t;
    size_t rows = ft_table_rows(t);
    for (size_t i = 0; t->part_column < 0 && i < sizeof names / sizeof *names; i++) {
        int c = ft_table_find(t, names[i]);
        bool is = c >= 0 && ft_table_columns(t) > 2;
        size_t count[FT_PART_COUNT + 1] = {0};
        for (size_t r = 0; is && r < rows; r++) {
            struct ft_text s = ft_text_trim(ft_table_cell(t, r, (size_t)c));
            enum ft_part part = ft_part_parse(s.n ? s.data : "", s.n);
            count[part]++;
            is = part != FT_PART_COUNT;
        }
        if (!is || !count[FT_PART_TRAIN] || count[FT_PART_TRAIN] == rows) continue;
        t->part_column = c;
        t->part_by_name = true;
        ft_load_say(
            l,
            "column \"%s\" gives the splits: %zu rows train, %zu validation, %zu test; --split "
            "divides the rows anew",
            ft_table_name(t, (size_t)c), count[FT_PART_TRAIN], count[FT_PART_VALIDATION],
            count[FT_PART_TEST]);
    }
}

static enum ft_status read_input(struct ft_table *t, const struct ft_read_opt *opt,
                                 struct ft_err *err)
{
    struct ft_load l = {.t = t, .opt = opt, .in = t->input, .path = t->path};
    t->format = opt->format;
    enum ft_status st = FT_OK;
    if (t->input) {
        t->compression = t->input->compression;
        t->encoding = t->input->encoding;
        if (t->format == FT_FORMAT_AUTO) st = sniff(t->input, opt, &t->format, err);
    }
    if (!st && t->format == FT_FORMAT_SQUAD)
        st = ft_fail(err, FT_USAGE, "%s: this is question answering data, not rows of text",
                     t->path);
    size_t i = 0;
    while (i + 1 < sizeof readers / sizeof *readers && readers[i].format != t->format)
        i++;
    if (!st) st = readers[i].read(&l, err);
    if (st) return st;
    t->complete = !l.done;
    if (t->input) t->encoding = t->input->encoding; /* may show late */
    find_parts(&l);
    if (ft_table_find(t, "chosen") >= 0 && ft_table_find(t, "rejected") >= 0)
        ft_load_say(&l, "answers chosen and rejected, for preference training (DPO), which is not "
                        "supported; --task clm --text_column chosen trains on the chosen ones");
    return ft_load_progress(&l, t->input ? t->input->n : 0, err);
}

static void begin(struct ft_table *t, const char *path)
{
    memset(t, 0, sizeof *t);
    t->path = ft_xstrdup(path);
    t->part_column = t->turns_column = -1;
}

/* A sheet as CSV text, which the table keeps. */
static enum ft_status read_workbook(struct ft_table *t, const struct ft_read_opt *opt,
                                    struct ft_err *err)
{
    struct ft_read_opt o = *opt;
    struct ft_str csv = {0};
    struct ft_xlsx_facts facts;
    struct ft_load l = {.t = t};
    enum ft_status st = ft_xlsx_csv(t->path, &csv, &facts, err);
    if (!st && facts.sheets > 1)
        ft_load_say(&l, "sheet \"%s\" is read, of %zu (%s); FILE.xlsx#SHEET names another one",
                    ft_str_text(&facts.sheet), facts.sheets, ft_str_text(&facts.names));
    if (!st && facts.no_value)
        ft_load_say(&l,
                    "%zu formula%s empty: %s not computed when the workbook was saved; open it "
                    "in a spreadsheet program and save it",
                    facts.no_value, ft_by_count(facts.no_value, " is", "s are"),
                    facts.no_value == 1 ? "it was" : "they were");
    ft_xlsx_facts_release(&facts);
    if (!st) {
        const char *text = ft_arena_strndup(&t->arena, ft_str_text(&csv), csv.len);
        t->input = ft_xcalloc(1, sizeof *t->input);
        st = ft_input_open_mem(t->input, t->path, text, csv.len, FT_ENCODING_UTF8, err);
    }
    ft_str_release(&csv);
    o.format = FT_FORMAT_CSV;
    o.delimiter = ',';
    o.quote = '"';
    if (!st) st = read_input(t, &o, err);
    t->format = FT_FORMAT_XLSX;
    return st;
}

enum ft_status ft_table_read(struct ft_table *t, const char *path, const struct ft_read_opt *opt,
                             struct ft_err *err)
{
    static const struct ft_read_opt none;
    struct ft_read_opt o = opt ? *opt : none;
    begin(t, path);
    if (ft_path_is_dir(path)) {
        if (o.format == FT_FORMAT_AUTO) o.format = FT_FORMAT_FOLDER;
        if (o.format != FT_FORMAT_FOLDER)
            return ft_fail(err, FT_USAGE, "%s is a folder, not a %s file", path,
                           ft_format_name(o.format));
        return read_input(t, &o, err);
    }
    if (o.format == FT_FORMAT_FOLDER) return ft_fail(err, FT_USAGE, "%s is not a folder", path);
    if (o.format == FT_FORMAT_XLSX || (o.format == FT_FORMAT_AUTO && ft_xlsx_is(path)))
        return read_workbook(t, &o, err);
    t->input = ft_xcalloc(1, sizeof *t->input);
    enum ft_status st = open_file(t->input, path, o.encoding, err);
    return st ? st : read_input(t, &o, err);
}

enum ft_status ft_table_sha256(const char *path, char hex[65], struct ft_err *err)
{
    char *file;
    ft_xlsx_path(path, &file);
    enum ft_status st = ft_sha256_file(file, hex, err);
    free(file);
    return st;
}

enum ft_status ft_table_read_mem(struct ft_table *t, const char *name, const void *data, size_t n,
                                 const struct ft_read_opt *opt, struct ft_err *err)
{
    static const struct ft_read_opt none;
    begin(t, name);
    t->input = ft_xcalloc(1, sizeof *t->input);
    enum ft_status st =
        ft_input_open_mem(t->input, name, data, n, opt ? opt->encoding : FT_ENCODING_AUTO, err);
    return st ? st : read_input(t, opt ? opt : &none, err);
}
