/* The panels of screen 2, but for the tokens. */
#include "ui/screens/view_model_in.h"

#include "engine/task/model_memory.h"

#include "util/fs.h"
#include "util/kinds.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

static char *count(char *buf, uint64_t n)
{
    return ft_format_count(buf, 32, (long long)n);
}

static char *bytes(char *buf, uint64_t n)
{
    return ft_format_bytes(buf, 32, (double)n);
}

/* "23M", "410k": three digits at most. */
char *model_short_count(char *buf, uint64_t n)
{
    static const char units[] = " kMGT";
    double x = (double)n;
    int u = 0;
    while (x >= 999.5 && u < 4) {
        x /= 1000;
        u++;
    }
    if (!u)
        snprintf(buf, 32, "%llu", (unsigned long long)n);
    else
        snprintf(buf, 32, "%.*f%c", x < 9.95 ? 1 : 0, x, units[u]);
    return buf;
}

/* The same in thousands, as files are listed. */
static char *short_bytes(char *buf, int64_t n)
{
    if (n < 0) {
        snprintf(buf, 32, "-");
        return buf;
    }
    return model_short_count(buf, (uint64_t)n);
}

static void line(struct ft_canvas *c, struct ft_rect r, int i, unsigned style, const char *text)
{
    if (i < r.h) ft_canvas_text(c, r.y + i, r.x + 1, r.w - 1, style, text);
}

static const char *task_text(int task)
{
    return task < 0 ? "no head" : ft_task_name((enum ft_task)task);
}

/* --- the list --- */

static const struct ft_column list_columns[] = {{"name", 0, false, 0},   {"family", 10, false, 50},
                                                {"head", 8, false, 50},  {"layers", 6, true, 60},
                                                {"hidden", 6, true, 60}, {"par", 5, true, 0},
                                                {"file", 5, true, 0}};
enum { LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static void entry_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct model_view *t = arg;
    const struct ft_model_entry *e = ft_model_list_entry(t->b, i);
    char text[32];
    if (!e) return;
    bool used = model_in_use(t, e);
    if (e->why)
        ft_canvas_text(c, y, x, 1, FT_ROLE_BAD, "\u2717");
    else if (used)
        ft_canvas_text(c, y, x, 1, FT_ROLE_GOOD, "\u2713");
    x++;
    w--;
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 0,
                    e->why ? FT_ROLE_BAD
                    : used ? FT_BOLD
                           : FT_ROLE_NORMAL,
                    e->label);
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 6, FT_ROLE_MUTED,
                    short_bytes(text, e->size_bytes));
    if (e->why) {
        ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 5, FT_ROLE_MUTED, "-");
        return;
    }
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 1, FT_ROLE_NORMAL, e->family);
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 2, FT_ROLE_NORMAL, task_text(e->task));
    snprintf(text, sizeof text, "%lld", (long long)e->layers);
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 3, FT_ROLE_NORMAL, text);
    snprintf(text, sizeof text, "%lld", (long long)e->hidden);
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 4, FT_ROLE_NORMAL, text);
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 5, FT_ROLE_NORMAL,
                    model_short_count(text, e->parameters));
}

/* What the model is taken for, below the list. */
static void draw_use(const struct model_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_model_entry *e = model_entry(t);
    const struct ft_model_facts *f = model_facts(t);
    char text[600];
    if (!e) return;
    /* the end of a path is more useful than its start */
    const char *path = e->path;
    int room = r.w - 9 - (int)strlen(e->kind);
    while (*path && ft_text_width(path, strlen(path)) > room) {
        uint32_t cp;
        path += ft_text_next(path, strlen(path), &cp);
    }
    snprintf(text, sizeof text, "from  %s %s%.400s", e->kind, path > e->path ? "~" : "", path);
    line(c, r, 0, FT_ROLE_MUTED, text);
    if (!f) return;
    size_t labels = ft_dataset_labels(t->w->data);
    if (f->refused)
        snprintf(text, sizeof text, "use   \u2717 no %s with %s", task_text(model_task(t)),
                 f->family);
    else if (model_task(t) < 0)
        snprintf(text, sizeof text, "use   its own head: %s", task_text(f->own_task));
    else if (ft_task_has(f->task, FT_TRAIT_CLASSES) && labels > 1)
        snprintf(text, sizeof text, "use   classify, %zu label%s", labels, ft_plural(labels));
    else
        snprintf(text, sizeof text, "use   %s", ft_task_name(f->task));
    char unknown[160];
    bool strange = !f->refused && model_in_use(t, e) &&
                   ft_dataset_unknown(t->w->data, unknown, sizeof unknown);
    if (strange) snprintf(text, sizeof text, "use   ! %s", unknown);
    line(c, r, 1, f->refused ? FT_ROLE_BAD : strange ? FT_ROLE_WARN : FT_ROLE_NORMAL, text);
    snprintf(text, sizeof text, "head  %.200s", f->head);
    line(c, r, 2, f->head_new ? FT_ROLE_WARN : FT_ROLE_NORMAL, text);
}

static void draw_list(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct ft_job_view work;
    if (!t->list.n) {
        bool busy = ft_model_list_busy(t->b, &work);
        struct ft_rich text = {0};
        ft_rich_addz(&text, FT_ROLE_MUTED,
                     busy ? "looking for models .."
                          : "no models found: o opens a folder, p pulls from the hub");
        ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, &text, NULL);
        ft_rich_release(&text);
        return;
    }
    int below = r.h >= 8 ? 4 : 0;
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 2, list_columns, LIST_COLUMNS, r.w - 3, -1, false);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1 - below, r.w - 1}, &t->list, focused,
                 entry_draw, t);
    if (below) draw_use(t, c, (struct ft_rect){r.y + r.h - 3, r.x, 3, r.w});
}

/* --- inside --- */

/* A folder was named that has the model in another one. */
static bool opened_below(const struct ft_model_entry *e)
{
    return e && !strcmp(e->kind, "folder") &&
           strcmp(ft_path_base(e->name), ft_path_base(e->path)) != 0;
}

static void add_shape(struct ft_rich *text, const struct model_view *t,
                      const struct ft_model_facts *f)
{
    char a[32], b[32];
    const struct ft_model_field *act = NULL;
    for (size_t i = 0; i < f->fields_n && !act; i++)
        if (strstr(f->fields[i].name, "activation") || !strcmp(f->fields[i].name, "hidden_act"))
            act = &f->fields[i];
    ft_rich_addf(text, FT_ROLE_NORMAL, "%lld layer%s  hidden %lld  %lld head%s  ff %lld\n",
                 (long long)f->layers, ft_plural((size_t)f->layers), (long long)f->hidden,
                 (long long)f->heads, ft_plural((size_t)f->heads), (long long)f->ff);
    ft_rich_addf(text, FT_ROLE_NORMAL, "vocabulary %s%s  positions %zu  %s\n",
                 count(a, (uint64_t)f->vocab),
                 strstr(ft_model_list_tokenizer(t->b), "uncased") ? " uncased" : "", f->max_tokens,
                 act ? act->value : "");
    ft_rich_addf(text, FT_ROLE_NORMAL, "%s  %llu tensor%s, %s, %s",
                 *f->architecture ? f->architecture : "architecture not given",
                 (unsigned long long)f->tensors_in_file, ft_plural(f->tensors_in_file),
                 f->dtype ? f->dtype : "empty", bytes(b, f->data_bytes));
    if (f->files > 1) ft_rich_addf(text, FT_ROLE_NORMAL, " in %zu files", f->files);
    if (*ft_model_list_tokenizer(t->b))
        ft_rich_addf(text, FT_ROLE_NORMAL, "\ntokenizer %s", ft_model_list_tokenizer(t->b));
    for (size_t i = 0; i < f->label_n && i < 20; i++)
        ft_rich_addf(text, FT_ROLE_NORMAL, "%s%s%s", i ? ", " : "\nlabels ", f->labels[i],
                     i == 19 && f->label_n > 20 ? ", .." : "");
    ft_rich_addz(text, FT_ROLE_NORMAL, "\n");
    if (opened_below(model_entry(t)))
        ft_rich_addf(text, FT_ROLE_WARN, "! opened one folder down: %.300s\n", f->path);
    if (f->prefix)
        ft_rich_addf(text, FT_ROLE_WARN,
                     "! every tensor name begins with %.100s, which is ignored\n", f->prefix);
}

/* The fields that change the result, in columns; muted: not in the file, the family's default. */
static void add_fields(struct ft_rich *text, const struct ft_model_facts *f, int columns, int w)
{
    for (size_t i = 0; i < f->fields_n; i++) {
        const struct ft_model_field *x = &f->fields[i];
        char cell[160];
        snprintf(cell, sizeof cell, "%-30s %s", x->name, x->value);
        bool last =
            columns < 2 || i % (size_t)columns == (size_t)columns - 1 || i + 1 == f->fields_n;
        ft_rich_addf(text, x->given ? FT_ROLE_NORMAL : FT_ROLE_MUTED, "%-*s%s",
                     last ? 0 : w / columns, cell, last ? "\n" : "");
    }
}

static void draw_inside(struct model_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_model_entry *e = model_entry(t);
    const struct ft_model_facts *f = model_facts(t);
    const struct ft_err *failed = ft_model_list_look_failed(t->b);
    struct ft_rich text = {0};
    struct ft_rect inside = {r.y, r.x + 1, r.h, r.w - 2};
    char why[sizeof failed->msg];
    if (f)
        add_shape(&text, t, f);
    else if (e && (e->why || failed->code))
        ft_rich_addf(&text, FT_ROLE_BAD, "\u2717 %s",
                     ft_engine_text(e->why ? e->why : failed->msg, why, sizeof why));
    else
        ft_rich_addz(&text, FT_ROLE_MUTED, e ? "reading .." : "the selected model");
    if (f && inside.w > 0) add_fields(&text, f, inside.w / 46 > 0 ? inside.w / 46 : 1, inside.w);
    ft_rich_draw(c, inside, &text, &t->inside);
    ft_rich_release(&text);
}

/* --- parameters --- */

enum { PART_COLUMNS = 26 }; /* of numbers, type and trained */

static void part_line(struct ft_canvas *c, int y, struct ft_rect r, unsigned style,
                      const char *name, const char *n, const char *dtype, const char *trained)
{
    int right = r.x + r.w;
    ft_canvas_text(c, y, r.x + 1, r.w - PART_COLUMNS, style, name);
    ft_canvas_right(c, y, right - 25, 13, style, n);
    ft_canvas_text(c, y, right - 11, 5, style, dtype);
    ft_canvas_text(c, y, right - 5, 5, style, trained);
}

static void draw_part(struct ft_canvas *c, int y, struct ft_rect r, const struct ft_model_part *p,
                      bool is_new)
{
    char name[128], n[32], each[32];
    snprintf(name, sizeof name, "%s%s", p->name, is_new ? " (new)" : "");
    if (p->times > 1) {
        uint64_t one = p->count / p->times;
        snprintf(name, sizeof name, "%s  %zu x %s", p->name, p->times, count(each, one));
        if ((int)strlen(name) > r.w - PART_COLUMNS)
            snprintf(name, sizeof name, "%s  %zu x %s", p->name, p->times,
                     model_short_count(each, one));
    }
    part_line(c, y, r, is_new ? FT_ROLE_WARN : FT_ROLE_NORMAL, name, count(n, p->count),
              p->dtype ? p->dtype : "-",
              p->trained == p->tensors ? "yes"
              : p->trained             ? "part"
                                       : "no");
}

static void draw_parts(const struct model_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_model_facts *f = model_facts(t);
    char n[32];
    if (!f) {
        line(c, r, 0, FT_ROLE_MUTED, "embeddings, layers and head");
        return;
    }
    int rows = r.h - 1, y = r.y;
    for (size_t i = 0; i < f->parts_n && y < r.y + rows; i++) {
        if ((int)(f->parts_n - i) > r.y + rows - y && y == r.y + rows - 1) {
            ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "and %zu more: z",
                             f->parts_n - i);
            break;
        }
        draw_part(c, y++, r, &f->parts[i], !f->parts[i].dtype);
    }
    if (y < r.y + r.h) {
        char trained[32];
        part_line(c, y, r, FT_BOLD, "all", count(n, f->net_parameters), "", "");
        if (f->net_trained != f->net_parameters)
            ft_canvas_printf(c, y, r.x + 5, r.w - 30, FT_ROLE_MUTED, "%s trained",
                             model_short_count(trained, f->net_trained));
    }
}

/* --- memory --- */

static void draw_memory(const struct model_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_model_facts *f = model_facts(t);
    struct ft_model_memory m;
    char text[200], a[32], b[32], d[32];
    if (!f) {
        line(c, r, 0, FT_ROLE_MUTED, "memory needed for training");
        return;
    }
    model_memory(t, &m);
    snprintf(text, sizeof text, "weights %s  gradients %s  %s %s", bytes(a, m.weights),
             bytes(b, m.gradients), m.optimiser_name, bytes(d, m.optimiser));
    line(c, r, 0, FT_ROLE_NORMAL, text);
    uint64_t fixed = m.weights + m.gradients + m.optimiser;
    bool largest = !m.fits && m.activations > fixed;
    int n = snprintf(text, sizeof text, "%sactivations %s  work %s", largest ? "largest: " : "",
                     bytes(a, m.activations), bytes(b, m.work));
    if (m.teacher) snprintf(text + n, sizeof text - (size_t)n, "  teacher %s", bytes(d, m.teacher));
    line(c, r, 1, largest ? FT_ROLE_BAD : FT_ROLE_NORMAL, text);
    if (!m.fits) {
        snprintf(text, sizeof text, "\u2717 %s", m.advice);
        line(c, r, 2, FT_ROLE_BAD, text);
    }
    int y = r.y + (m.fits ? 2 : 3);
    if (y >= r.y + r.h) return;
    snprintf(text, sizeof text, "up to %s of %s free", bytes(a, m.total),
             m.free < 0 ? "?" : bytes(b, (uint64_t)m.free));
    int x = r.x + 1 +
            ft_canvas_text(c, y, r.x + 1, r.w - 1, m.fits ? FT_ROLE_NORMAL : FT_ROLE_BAD, text);
    if (m.free > 0 && m.fits && r.x + r.w - x > 16) {
        ft_canvas_progress(c, y, x + 1, r.x + r.w - x - 9, (double)m.total / (double)m.free);
        ft_canvas_right(c, y, r.x + r.w - 6, 6, FT_ROLE_GOOD, "\u2713 fits");
    }
}

/* --- tensors --- */

static const struct ft_column tensor_columns[] = {
    {"tensor", 0, false, 0}, {"shape", 15, false, 0},  {"elements", 12, true, 90},
    {"file", 5, false, 0},   {"trained", 7, false, 0}, {"decayed", 7, false, 0}};
enum { TENSOR_COLUMNS = sizeof tensor_columns / sizeof *tensor_columns };

static void tensor_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct model_view *t = arg;
    const struct ft_model_facts *f = model_facts(t);
    const struct ft_column *cols = tensor_columns;
    struct ft_str shape = {0};
    char n[32];
    if (!f || i >= f->tensors_n) return;
    const struct ft_model_tensor *k = &f->tensors[i];
    unsigned style = !k->used ? FT_ROLE_MUTED : k->is_new ? FT_ROLE_WARN : FT_ROLE_NORMAL;
    for (size_t d = 0; d < k->rank && d < FT_MODEL_RANK; d++)
        ft_str_addf(&shape, "%s%zu", d ? " x " : "", k->shape[d]);
    ft_columns_cell(c, y, x, cols, TENSOR_COLUMNS, w, 0, style, k->name);
    ft_columns_cell(c, y, x, cols, TENSOR_COLUMNS, w, 1, style, ft_str_text(&shape));
    ft_columns_cell(c, y, x, cols, TENSOR_COLUMNS, w, 2, style, count(n, k->count));
    ft_columns_cell(c, y, x, cols, TENSOR_COLUMNS, w, 3, style, k->is_new ? "new" : k->dtype);
    ft_columns_cell(c, y, x, cols, TENSOR_COLUMNS, w, 4, style,
                    !k->used     ? "unused"
                    : k->trained ? "yes"
                                 : "no");
    if (k->used)
        ft_columns_cell(c, y, x, cols, TENSOR_COLUMNS, w, 5, style, k->decayed ? "yes" : "no");
    ft_str_release(&shape);
}

static void draw_tensors(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    if (!model_facts(t)) {
        line(c, r, 0, FT_ROLE_MUTED, "every tensor: name, shape, trained, decayed");
        return;
    }
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, tensor_columns, TENSOR_COLUMNS, r.w - 2, -1, false);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w - 1}, &t->tensors, focused,
                 tensor_draw, t);
}

/* --- config.json --- */

void model_config_page(const struct model_view *t, struct ft_rich *out)
{
    const struct ft_model_facts *f = model_facts(t);
    if (!f) return;
    ft_rich_addz(out, FT_ROLE_ACCENT | FT_BOLD, "Settings that change the results\n");
    for (size_t i = 0; i < f->fields_n; i++)
        ft_rich_addf(out, f->fields[i].given ? FT_ROLE_NORMAL : FT_ROLE_MUTED, "%-32s %s%s\n",
                     f->fields[i].name, f->fields[i].value,
                     f->fields[i].given ? "" : "  (default, not in the file)");
    ft_rich_addz(out, FT_ROLE_ACCENT | FT_BOLD, "\nconfig.json\n");
    ft_rich_addz(out, FT_ROLE_NORMAL, f->config);
}

/* --- all of them --- */

void model_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct model_view *t = (struct model_view *)v;
    switch ((enum model_panel)p) {
    case MODEL_LIST:
        draw_list(t, c, r, focused);
        break;
    case MODEL_INSIDE:
        draw_inside(t, c, r);
        break;
    case MODEL_PARTS:
        draw_parts(t, c, r);
        break;
    case MODEL_MEMORY:
        draw_memory(t, c, r);
        break;
    case MODEL_TENSORS:
        draw_tensors(t, c, r, focused);
        break;
    case MODEL_TOKENS:
        model_tokens_draw(t, c, r, focused);
        break;
    case MODEL_PULL:
        model_pull_draw(t, c, r, focused);
        break;
    case MODEL_PANELS:
        break;
    }
}

void model_title(struct ft_view *v, int p, struct ft_title *title)
{
    struct model_view *t = (struct model_view *)v;
    const struct ft_model_entry *e = model_entry(t);
    const struct ft_model_facts *f = model_facts(t);
    struct ft_model_memory m;
    char a[32];
    switch ((enum model_panel)p) {
    case MODEL_LIST:
        if (t->list.n)
            snprintf(title->left, sizeof title->left, "Models %zu local%s", t->list.n,
                     ft_model_list_whole(t->b) ? "" : ", so far");
        break;
    case MODEL_INSIDE:
        if (f)
            snprintf(title->left, sizeof title->left, "%.40s  %s  %s parameters", e->label,
                     f->family, count(a, f->parameters));
        else if (e)
            snprintf(title->left, sizeof title->left, "%.60s", e->label);
        break;
    case MODEL_PARTS:
        if (!f) break;
        snprintf(title->right, sizeof title->right, "file train");
        if (f->unexpected)
            snprintf(title->left, sizeof title->left, "Parameters, %zu tensor%s not used",
                     f->unexpected, ft_plural(f->unexpected));
        break;
    case MODEL_MEMORY:
        if (!model_memory(t, &m)) break;
        snprintf(title->left, sizeof title->left, "Memory for %zu x %zu = %s tokens, %s", m.batch,
                 m.length, count(a, m.batch * m.length), m.precision);
        break;
    case MODEL_TENSORS:
        if (f)
            snprintf(title->left, sizeof title->left,
                     "Tensors %llu in the file, %zu new, %zu not used",
                     (unsigned long long)f->tensors_in_file, f->missing, f->unexpected);
        break;
    case MODEL_TOKENS:
        model_tokens_title(t, title);
        break;
    case MODEL_PULL:
        model_pull_title(t, title);
        break;
    case MODEL_PANELS:
        break;
    }
}
