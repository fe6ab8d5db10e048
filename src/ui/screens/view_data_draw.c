/* The panels of screen 1. */
#include "ui/screens/view_data_in.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

char *data_count(char *buf, size_t n)
{
    return ft_format_count(buf, 32, (long long)n);
}

void data_muted(struct ft_canvas *c, struct ft_rect r, int line, const char *text)
{
    if (line < r.h) ft_canvas_text(c, r.y + line, r.x + 1, r.w - 1, FT_ROLE_MUTED, text);
}

/* What is shown, if anything, are the rows before what is wrong in the file. */
bool data_broke(const struct data_view *t)
{
    return ft_dataset_failed(t->d)->code && !ft_dataset_facts(t->d)->whole;
}

static void draw_head(const struct data_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    const struct ft_err *failed = ft_dataset_failed(t->d);
    const char *gap = r.w >= 120 ? "   " : "  ";
    char a[32], line[600];
    size_t n = 0;
    if (!f->open) {
        if (failed->code)
            snprintf(line, sizeof line, "%.200s%snot loaded",
                     ft_path_base(*f->path ? f->path : ft_options_text(&t->w->o, FT_OPT_data)),
                     gap);
        else
            snprintf(line, sizeof line,
                     "no data: o opens a file (csv tsv jsonl json SQuAD folder txt, .gz .xz)");
        ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED, line);
        return;
    }
    const char *wanted = ft_options_text(&t->w->o, FT_OPT_data);
    bool other = failed->code && strcmp(f->path, wanted) != 0; /* nothing of it can be shown */
    if (other)
        n = (size_t)snprintf(line, sizeof line, "%.100s not loaded; still open:%s",
                             ft_path_base(wanted), gap);
    n += (size_t)snprintf(line + n, sizeof line - n, "%.200s%s%s%s%s", ft_path_base(f->path),
                          *f->format ? gap : "", f->format, *f->format ? gap : "", f->encoding);
    if (f->not_utf8 && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, " except %s row%s",
                              data_count(a, f->not_utf8), ft_plural(f->not_utf8));
    if (*f->delimiter && r.w >= 120 && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%sdelimiter %s", gap,
                              !strcmp(f->delimiter, "comma") ? "," : f->delimiter);
    if (!strcmp(f->header, "false") && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%sno header row", gap);
    if (n < sizeof line)
        n += (size_t)snprintf(
            line + n, sizeof line - n, "%s%s %s", gap, data_count(a, f->rows),
            ft_by_count(f->rows, f->squad ? "question" : "row", f->squad ? "questions" : "rows"));
    if (f->squad && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%zu article%s", gap, f->articles,
                              ft_plural(f->articles));
    if (f->squad && r.w >= 120 && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%zu paragraph%s", gap, f->paragraphs,
                              ft_plural(f->paragraphs));
    if (f->squad && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%s%zu impossible", gap, f->impossible);
    if (r.w >= 120 && *f->sha256 && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%ssha256 %.8s..", gap, f->sha256);
    if (!f->squad && *f->text_column && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%stext %.40s", gap, f->text_column);
    if (!f->squad && *f->pair_column && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%spair %.40s", gap, f->pair_column);
    if (!f->squad && *f->label_column && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, "%slabel %.40s", gap, f->label_column);
    if (failed->code && !other && n < sizeof line)
        snprintf(line + n, sizeof line - n, "%snot loaded", gap);
    ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, line);
}

/* --- rows --- */

static const struct ft_column *row_columns(const struct data_view *t)
{
    static struct ft_column cols[] = {
        {"row", 7, true, 0}, {"part", 6, false, 0}, {NULL, 10, false, 0},
        {"tok", 6, true, 0}, {"text", 0, false, 0},
    };
    size_t widest = 7; /* "label" and the mark of sorting */
    struct ft_dataset_numbers numbers;
    size_t names = ft_dataset_numbers(t->d, &numbers) ? 0 : ft_dataset_labels(t->d);
    for (size_t i = 0; i < names && i < 100; i++) {
        const char *name = ft_dataset_label(t->d, i, NULL);
        size_t w = (size_t)ft_text_width(name, strlen(name));
        if (w > widest) widest = w;
    }
    cols[3].name = t->similar.on ? "sim" : "tok";
    cols[2].name = ft_dataset_facts(t->d)->running ? "block" : "label";
    if (ft_dataset_facts(t->d)->running) widest = 9;
    if (ft_dataset_tagged(t->d)) widest += 6; /* "2 PER, 1 LOC" */
    cols[2].w = (int)(widest < 24 ? widest : 24);
    return cols;
}
enum { ROW_COLUMNS = 5 };

/* "12" or "12..15" */
static const char *block_text(const struct ft_dataset_row *r, char *buf, size_t size)
{
    int n = snprintf(buf, size, "%llu", (unsigned long long)r->block);
    if (r->block_end > r->block)
        snprintf(buf + n, size - (size_t)n, "..%llu", (unsigned long long)r->block_end);
    return buf;
}

/* similarity: shown in place of the tokens; NULL: the tokens are. */
static void draw_row(struct data_view *t, size_t i, const double *similarity, struct ft_canvas *c,
                     int y, int x, int w)
{
    const struct ft_column *cols = row_columns(t);
    struct ft_dataset_row r;
    char buf[32], block[48];
    int at[ROW_COLUMNS], cw[ROW_COLUMNS];
    if (!ft_dataset_row(t->d, i, &r)) return;
    bool gone = *r.left || *r.part == '-';
    unsigned style = gone ? FT_ROLE_MUTED : FT_ROLE_NORMAL;
    ft_columns_place(cols, ROW_COLUMNS, w, at, cw);
    snprintf(buf, sizeof buf, "%zu", r.row);
    ft_columns_cell(c, y, x, cols, ROW_COLUMNS, w, 0, FT_ROLE_MUTED, buf);
    ft_columns_cell(c, y, x, cols, ROW_COLUMNS, w, 1, FT_ROLE_MUTED, r.part);
    ft_columns_cell(c, y, x, cols, ROW_COLUMNS, w, 2, r.edited ? FT_ROLE_ACCENT | FT_BOLD : style,
                    gone      ? r.left
                    : r.block ? block_text(&r, block, sizeof block)
                              : r.label);
    buf[0] = 0;
    if (similarity)
        ft_format_short(buf, sizeof buf, *similarity, 3);
    else if (r.tokens >= 0)
        snprintf(buf, sizeof buf, "%ld%s", r.tokens, r.cut ? ">" : " ");
    ft_columns_cell(c, y, x, cols, ROW_COLUMNS, w, 3,
                    similarity ? FT_ROLE_NORMAL
                    : r.cut    ? FT_ROLE_WARN
                               : FT_ROLE_MUTED,
                    buf);
    size_t n = r.n < 1000 ? r.n : 1000;
    char text[1001];
    memcpy(text, r.text, n);
    for (size_t k = 0; k < n; k++)
        if (text[k] == '\n' || text[k] == '\r') text[k] = ' ';
    if (cw[4] > 0) ft_canvas_textn(c, y, x + at[4], cw[4], style, text, n);
}

static void row_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    draw_row(arg, i, NULL, c, y, x, w);
}

static void similar_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct data_view *t = arg;
    draw_row(t, t->similar.rows[i], &t->similar.values[i], c, y, x, w);
}

static void recent_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    char paths[FT_RECENT_MAX + 1][512];
    size_t n = data_recent(arg, paths, FT_RECENT_MAX + 1);
    if (i < n) ft_canvas_text(c, y, x, w, FT_ROLE_NORMAL, paths[i]);
}

static void draw_similar(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    enum { SIMILARITY = 3 };
    if (r.h < 1) return;
    ft_columns_header(c, r.y, r.x + 1, row_columns(t), ROW_COLUMNS, r.w - 1, SIMILARITY, true);
    struct ft_rect list = {r.y + 1, r.x, r.h - 1, r.w};
    ft_list_resize(&t->similar_list, t->similar.n);
    if (!t->similar.n) data_muted(c, list, 0, ft_similar_empty(&t->similar));
    ft_list_draw(c, list, &t->similar_list, focused, similar_draw, t);
}

static void draw_rows(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    if (!f->open) {
        char paths[FT_RECENT_MAX + 1][512];
        ft_list_resize(&t->recent, data_recent(t, paths, FT_RECENT_MAX + 1));
        data_muted(c, r, 0, t->recent.n ? "recent files, Enter opens" : "o opens a file");
        struct ft_rect list = {r.y + 1, r.x, r.h - 1, r.w};
        ft_list_draw(c, list, &t->recent, focused, recent_draw, t);
        return;
    }
    if (t->similar.on) {
        draw_similar(t, c, r, focused);
        return;
    }
    if (t->doubts.on) {
        data_doubts_draw(t, c, r, focused);
        return;
    }
    bool down;
    enum ft_dataset_sort by = ft_dataset_sort_now(t->d, &down);
    ft_list_resize(&t->rows, ft_dataset_count(t->d));
    if (r.h < 1) return;
    ft_columns_header(c, r.y, r.x + 1, row_columns(t), ROW_COLUMNS, r.w - 1,
                      by == FT_DATASET_BY_ROW && !down ? -1 : (int)by, down);
    if (focused) {
        int at[ROW_COLUMNS], cw[ROW_COLUMNS];
        ft_columns_place(row_columns(t), ROW_COLUMNS, r.w - 1, at, cw);
        if (cw[t->column] > 0)
            ft_canvas_restyle(c, (struct ft_rect){r.y, r.x + 1 + at[t->column], 1, cw[t->column]},
                              FT_ROLE_ACCENT);
    }
    struct ft_rect list = {r.y + 1, r.x, r.h - 1, r.w};
    if (!t->rows.n)
        data_muted(c, list, 0,
                   *f->note ? "no text column: m chooses one"
                   : *ft_dataset_filter_now(t->d)
                       ? "no matching rows; f changes the filter, an empty one shows all"
                       : "no rows; o opens another file");
    ft_list_draw(c, list, &t->rows, focused, row_draw, t);
}

/* --- problems, cleaning, columns --- */

static void problem_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct data_view *t = arg;
    struct ft_dataset_problem p;
    char text[sizeof p.text + 64];
    if (!data_problem(t, i, &p)) return;
    bool fine = p.sign == 'v';
    unsigned style = fine ? FT_ROLE_GOOD : p.sign == '!' ? FT_ROLE_WARN : FT_ROLE_MUTED;
    ft_canvas_put(c, y, x, fine ? 0x2713 : (uint32_t)p.sign, style);
    ft_canvas_text(c, y, x + 2, w - 2, fine ? FT_ROLE_MUTED : FT_ROLE_NORMAL,
                   ft_engine_text(p.text, text, sizeof text));
}

static void draw_problems(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    ft_list_resize(&t->problems, data_problems(t));
    if (!t->problems.n)
        data_muted(c, r, 0,
                   data_broke(t)                  ? "not loaded"
                   : ft_dataset_facts(t->d)->open ? "checking .."
                                                  : "no data: o opens a file");
    ft_list_draw(c, r, &t->problems, focused, problem_draw, t);
}

bool data_step_on(const struct data_view *t, size_t step)
{
    const char *list = ft_options_text(&t->w->o, FT_OPT_clean);
    const char *name = ft_dataset_clean_name(step);
    size_t n = strlen(name);
    for (const char *p = list; (p = strstr(p, name)); p += n)
        if ((p == list || p[-1] == ',') && (p[n] == ',' || !p[n])) return true;
    return false;
}

static void clean_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct data_view *t = arg;
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    const char *name = ft_dataset_clean_name(i);
    bool fits = data_step_fits(t, i);
    char n[32] = "-";
    if (f->changed[i] != SIZE_MAX && fits) data_count(n, f->changed[i]);
    ft_canvas_printf(c, y, x, w, data_step_on(t, i) ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL,
                     "[%c] %-10s", data_step_on(t, i) ? 'x' : ' ', name);
    ft_canvas_right(c, y, x + 15, 8, FT_ROLE_NORMAL, n);
    const char *help = !strcmp(name, "stopwords") || !strcmp(name, "lowercase")
                           ? "not recommended: pretrained models expect full sentences"
                           : ft_dataset_clean_help(i);
    if (!fits) help = "not for words with tags";
    ft_canvas_text(c, y, x + 25, w - 25, FT_ROLE_MUTED, help);
}

static void draw_clean(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    size_t n = 0;
    while (ft_dataset_clean_name(n))
        n++;
    if (ft_dataset_facts(t->d)->squad) {
        data_muted(c, r, 0, "no cleaning: it would move the answers' positions");
        n = 0;
    }
    ft_list_resize(&t->clean, n);
    if (!n || r.h < 2) return;
    ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "    step       rows changed");
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->clean, focused, clean_draw,
                 t);
}

/* How the file is read, below the columns: as it is set, and what auto found. */
static void form_draw(const struct data_view *t, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const char *found, *value = data_form(t, i, &found);
    bool detected = !strcmp(value, "auto");
    ft_canvas_text(c, y, x, 14, FT_ROLE_MUTED, data_form_name(t, i));
    ft_canvas_printf(c, y, x + 15, w - 15, detected ? FT_ROLE_NORMAL : FT_ROLE_ACCENT | FT_BOLD,
                     "%s%s%s", value, detected && *found ? ": " : "", detected ? found : "");
}

static void column_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct data_view *t = arg;
    size_t columns = ft_dataset_facts(t->d)->columns_n;
    if (i >= columns) {
        form_draw(t, i - columns, c, y, x, w);
        return;
    }
    const struct ft_dataset_column *col = &ft_dataset_facts(t->d)->columns[i];
    const char *use = data_column_use(t, i);
    ft_canvas_text(c, y, x, 14, FT_ROLE_NORMAL, col->name);
    ft_canvas_text(c, y, x + 15, 6, *use ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_MUTED,
                   *use ? use : "-");
    if (col->filled < 0 || w < 44) return;
    ft_canvas_printf(c, y, x + 22, 18, FT_ROLE_NORMAL, "%4.0f%% %8zu", 100 * col->filled,
                     col->distinct);
    ft_canvas_text(c, y, x + 38, w - 38, FT_ROLE_MUTED, col->example);
}

static void draw_columns(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    ft_list_resize(&t->columns, f->columns_n ? f->columns_n + data_forms(t) : 0);
    if (!f->columns_n) {
        data_muted(c, r, 0,
                   f->open && !f->whole ? "loading .."
                   : f->squad           ? "question, context and answer columns are fixed"
                                        : "no data: o opens a file");
        return;
    }
    if (r.h < 2) return;
    ft_canvas_text(c, r.y, r.x + 2, r.w - 2, FT_ROLE_MUTED,
                   r.w < 45 ? "column         use"
                            : "column         use    filled distinct example");
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->columns, focused, column_draw,
                 t);
}

static void draw_text(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool before)
{
    struct ft_rich text = {0};
    data_text(t, before, &text);
    ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, &text,
                 before ? &t->before : &t->text);
    ft_rich_release(&text);
}

void data_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct data_view *t = (struct data_view *)v;
    if (t->similar.on) data_similar_follow(t); /* what is drawn is of the rows that are there */
    t->w->row = t->rows.selected;              /* other screens begin with this row */
    switch ((enum data_panel)p) {
    case DATA_HEAD:
        draw_head(t, c, r);
        break;
    case DATA_ROWS:
        draw_rows(t, c, r, focused);
        break;
    case DATA_TEXT:
        draw_text(t, c, r, false);
        break;
    case DATA_BEFORE:
        draw_text(t, c, r, true);
        break;
    case DATA_LABELS:
        if (data_together_on(t))
            data_together_draw(t, c, r);
        else
            data_draw_labels(t, c, r);
        break;
    case DATA_TOKENS:
        data_draw_tokens(t, c, r);
        break;
    case DATA_PROBLEMS:
        draw_problems(t, c, r, focused);
        break;
    case DATA_CLEAN:
        draw_clean(t, c, r, focused);
        break;
    case DATA_COLUMNS:
        draw_columns(t, c, r, focused);
        break;
    case DATA_PANELS:
        break;
    }
}
