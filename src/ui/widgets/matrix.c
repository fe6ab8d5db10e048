/* Confusion matrices and the error map. A matrix view is only a way to look at n * n counts that
 * belong to somebody else. */
#include "ui/widgets/matrix.h"

#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const mode_names[] = {"counts", "true", "predicted", "all"};

const char *ft_matrix_mode_name(enum ft_matrix_mode m)
{
    return mode_names[m];
}

static int label_at(const struct ft_matrix *m, int place)
{
    return m->order ? m->order[place] : place;
}

static uint64_t count_at(const struct ft_matrix *m, int row, int col)
{
    return m->counts[(size_t)label_at(m, row) * (size_t)m->n + (size_t)label_at(m, col)];
}

static uint64_t row_sum(const struct ft_matrix *m, int row)
{
    uint64_t sum = 0;
    for (int i = 0; i < m->n; i++)
        sum += count_at(m, row, i);
    return sum;
}

static uint64_t col_sum(const struct ft_matrix *m, int col)
{
    uint64_t sum = 0;
    for (int i = 0; i < m->n; i++)
        sum += count_at(m, i, col);
    return sum;
}

static uint64_t all_sum(const struct ft_matrix *m)
{
    uint64_t sum = 0;
    for (int i = 0; i < m->n; i++)
        sum += row_sum(m, i);
    return sum;
}

static void percent(char *buf, size_t size, uint64_t part, uint64_t whole)
{
    if (whole)
        snprintf(buf, size, "%.1f%%", 100.0 * (double)part / (double)whole);
    else
        snprintf(buf, size, "-");
}

static bool is_none(const struct ft_matrix *m, int i)
{
    return m->row_none && label_at(m, i) == m->n - 1;
}

static const char *row_name(const struct ft_matrix *m, int i)
{
    return is_none(m, i) ? m->row_none : m->labels[label_at(m, i)];
}

static const char *col_name(const struct ft_matrix *m, int i)
{
    return is_none(m, i) ? m->col_none : m->labels[label_at(m, i)];
}

char *ft_matrix_cell(const struct ft_matrix *m, int row, int col, char *buf, size_t size)
{
    uint64_t n = count_at(m, row, col);
    if (!n)
        snprintf(buf, size, ".");
    else if (m->mode == FT_MATRIX_COUNTS)
        ft_format_count(buf, size, (long long)n);
    else
        percent(buf, size, n,
                m->mode == FT_MATRIX_TRUE        ? row_sum(m, row)
                : m->mode == FT_MATRIX_PREDICTED ? col_sum(m, col)
                                                 : all_sum(m));
    return buf;
}

bool ft_matrix_worst(struct ft_matrix *m)
{
    uint64_t most = 0;
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < m->n; k++) {
            if (i == k || count_at(m, i, k) <= most) continue;
            most = count_at(m, i, k);
            m->row = i;
            m->col = k;
        }
    return most > 0;
}

static int inside(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

void ft_matrix_move(struct ft_matrix *m, int dy, int dx)
{
    if (m->n < 1) return;
    m->row = inside(m->row + dy, m->n);
    m->col = inside(m->col + dx, m->n);
}

/* --- the matrix --- */

struct window {
    int row0, col0, n;   /* places shown */
    int label_w, cell_w; /* columns */
    bool names;          /* column heads are names */
    bool numbers;        /* rows have a number too */
    bool recall;
    uint64_t worst; /* the largest error */
};

static int widest_cell(const struct ft_matrix *m, const struct window *w)
{
    int most = 0;
    for (int i = 0; i < w->n; i++)
        for (int k = 0; k < w->n; k++) {
            char text[32];
            int len = (int)strlen(ft_matrix_cell(m, w->row0 + i, w->col0 + k, text, sizeof text));
            if (len > most) most = len;
        }
    return most;
}

static int widest_label(const struct ft_matrix *m, bool rows, int from, int n, int most)
{
    for (int i = 0; i < n; i++) {
        const char *name = rows ? row_name(m, from + i) : col_name(m, from + i);
        int len = ft_text_width(name, strlen(name));
        if (len > most) most = len;
    }
    return most;
}

static struct window find_window(const struct ft_matrix *m, struct ft_rect r)
{
    struct window w = {.n = m->window > 0 && m->window < m->n ? m->window : m->n};
    if (w.n > r.h - 1) w.n = r.h > 2 ? r.h - 1 : 1;
    if (w.n > r.w / 3) w.n = r.w >= 6 ? r.w / 3 : 1; /* a cell has 3 columns at least */
    w.recall = !m->no_recall && w.n == m->n && r.h >= w.n + 2;
    for (;; w.n--) {
        w.row0 = w.col0 = 0;
        if (w.n < m->n) {
            w.row0 = inside((m->row < 0 ? 0 : m->row) - w.n / 2, m->n - w.n + 1);
            w.col0 = inside((m->col < 0 ? 0 : m->col) - w.n / 2, m->n - w.n + 1);
        }
        w.cell_w = widest_cell(m, &w) + 1;
        if (w.cell_w < (w.recall ? 4 : 3)) w.cell_w = w.recall ? 4 : 3; /* "100" below a column */
        int room = r.w - (w.recall ? 9 : 0), names = widest_label(m, false, w.col0, w.n, 4) + 2;
        w.label_w = widest_label(m, true, w.row0, w.n, w.recall ? 9 : 4) + 1;
        if (w.label_w > r.w / 3) w.label_w = r.w / 3;
        bool narrow = m->row < 0 && w.label_w + names * w.n > room; /* no cursor needs a blank */
        if (narrow) names--;
        if (names < w.cell_w) names = w.cell_w;
        w.names = w.n <= 12 && w.label_w + names * w.n <= room;
        w.numbers = !w.names;
        if (w.names) w.cell_w = names;
        if (w.numbers) w.label_w += 3;
        if (w.label_w + w.cell_w * w.n <= room || w.n <= 1) break;
        if (w.recall) w.n++; /* first without recall and precision */
        w.recall = false;
    }
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < m->n; k++)
            if (i != k && count_at(m, i, k) > w.worst) w.worst = count_at(m, i, k);
    return w;
}

static unsigned cell_style(const struct ft_matrix *m, const struct window *w, int row, int col)
{
    uint64_t n = count_at(m, row, col), all = row_sum(m, row);
    if (row == col || !n) return FT_ROLE_MUTED;
    unsigned style = ft_role_heat(all ? (double)n / (double)all : 0);
    if (n == w->worst) style |= FT_REVERSE; /* shown where there are no fills */
    if (n > 3) style |= FT_BOLD;
    return style;
}

static void draw_row(struct ft_canvas *c, int y, int x, const struct ft_matrix *m,
                     const struct window *w, int row, bool focused)
{
    const char *name = row_name(m, row);
    char text[40];
    if (w->numbers) {
        snprintf(text, sizeof text, "%d", row);
        ft_canvas_right(c, y, x, 2, FT_ROLE_MUTED, text);
        ft_canvas_text(c, y, x + 3, w->label_w - 4, FT_ROLE_NORMAL, name);
    } else {
        ft_canvas_text(c, y, x, w->label_w - 1, FT_ROLE_NORMAL, name);
    }
    for (int k = 0; k < w->n; k++) {
        int col = w->col0 + k, cx = x + w->label_w + k * w->cell_w;
        bool cursor = row == m->row && col == m->col;
        unsigned style = cell_style(m, w, row, col);
        if (style >= FT_ROLE_HEAT0 && (style & FT_STYLE_ROLE) <= FT_ROLE_HEAT5 &&
            (style & FT_STYLE_ROLE) >= FT_ROLE_HEAT0)
            ft_canvas_fill(c, (struct ft_rect){y, cx + 1, 1, w->cell_w - 1}, ' ',
                           style & ~(unsigned)FT_REVERSE);
        ft_matrix_cell(m, row, col, text, sizeof text);
        int len = (int)strlen(text);
        ft_canvas_text(c, y, cx + w->cell_w - len, len, style, text);
        if (!cursor) continue;
        if (w->cell_w - len >= 2)
            ft_canvas_put(c, y, cx + (w->names ? 2 : 0), 0x25b8, FT_ROLE_ACCENT | FT_BOLD);
        if (focused)
            ft_canvas_restyle(c, (struct ft_rect){y, cx + w->cell_w - len, 1, len}, FT_ROLE_SELECT);
    }
    if (!w->recall || is_none(m, row)) return;
    percent(text, sizeof text, count_at(m, row, row), row_sum(m, row));
    ft_canvas_right(c, y, x + w->label_w + w->n * w->cell_w, 9, FT_ROLE_NORMAL, text);
}

int ft_matrix_shown(const struct ft_matrix *m, struct ft_rect r)
{
    return m->n < 1 || r.h < 2 || r.w < 8 ? 0 : find_window(m, r).n;
}

int ft_matrix_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_matrix *m, bool focused)
{
    if (m->n < 1 || r.h < 2 || r.w < 8) return 0;
    struct window w = find_window(m, r);
    char text[40];
    int y = r.y;
    ft_canvas_text(c, y, r.x, w.label_w - 1, FT_ROLE_MUTED, m->pairs ? "" : "true");
    for (int k = 0; k < w.n; k++) {
        int col = w.col0 + k, x = r.x + w.label_w + k * w.cell_w;
        if (w.names) {
            ft_canvas_right(c, y, x + 1, w.cell_w - 1, FT_ROLE_MUTED, col_name(m, col));
        } else {
            snprintf(text, sizeof text, "%d", col);
            ft_canvas_right(c, y, x + 1, w.cell_w - 1, FT_ROLE_MUTED, text);
        }
    }
    if (w.recall)
        ft_canvas_right(c, y, r.x + w.label_w + w.n * w.cell_w, 9, FT_ROLE_MUTED, "recall");
    y++;
    for (int i = 0; i < w.n && y < r.y + r.h; i++, y++)
        draw_row(c, y, r.x, m, &w, w.row0 + i, focused);
    if (!w.recall || y >= r.y + r.h) return y - r.y;
    ft_canvas_text(c, y, r.x, w.label_w - 1, FT_ROLE_MUTED, "precision");
    uint64_t right = 0;
    for (int k = 0; k < w.n; k++) {
        if (is_none(m, k)) continue;
        percent(text, sizeof text, count_at(m, k, k), col_sum(m, k));
        if ((int)strlen(text) >= w.cell_w && col_sum(m, k)) /* no space for a decimal */
            snprintf(text, sizeof text, "%.0f",
                     100.0 * (double)count_at(m, k, k) / (double)col_sum(m, k));
        ft_canvas_right(c, y, r.x + w.label_w + k * w.cell_w, w.cell_w, FT_ROLE_NORMAL, text);
        right += count_at(m, k, k);
    }
    if (m->row_none) return y + 1 - r.y;
    percent(text, sizeof text, right, all_sum(m));
    ft_canvas_right(c, y, r.x + w.label_w + w.n * w.cell_w, 9, FT_ROLE_NORMAL, text);
    return y + 1 - r.y;
}

/* --- the error map --- */

int ft_error_map_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_matrix *m)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int block = 1;
    if (m->n < 1 || r.h < 1 || r.w < 1) return 0;
    while ((m->n + block - 1) / block > r.w * 2 || (m->n + block - 1) / block > r.h * 4)
        block++;
    int dots = (m->n + block - 1) / block;
    for (int y = 0; y * 4 < dots; y++)
        for (int x = 0; x * 2 < dots; x++) {
            unsigned mask = 0;
            for (int i = 0; i < 8; i++) {
                int row0 = (y * 4 + i / 2) * block, col0 = (x * 2 + i % 2) * block;
                bool wrong = false;
                for (int row = row0; row < row0 + block && row < m->n; row++)
                    for (int col = col0; col < col0 + block && col < m->n; col++)
                        wrong |= row != col && count_at(m, row, col);
                if (wrong) mask |= bit[i / 2][i % 2];
            }
            bool cursor =
                m->row >= 0 && m->col >= 0 && m->row / block / 4 == y && m->col / block / 2 == x;
            if (mask || cursor)
                ft_canvas_put(c, r.y + y, r.x + x, mask ? 0x2800 + mask : ' ',
                              FT_ROLE_ACCENT | (cursor ? FT_REVERSE : 0u));
        }
    return block;
}
