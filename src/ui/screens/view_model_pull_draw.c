/* The panel of a pull on screen 2: known models while an id is typed, the plan, the download. */
#include "ui/screens/view_model_in.h"

#include "util/fs.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *bytes(char *buf, int64_t n)
{
    return ft_format_bytes(buf, 32, (double)n);
}

/* --- choosing --- */

static const struct ft_column columns[] = {{"id", 0, false, 0},           {"par", 5, true, 0},
                                           {"size", 7, true, 0},          {"memory", 7, true, 0},
                                           {"1,000 texts", 11, true, 70}, {"speed", 5, true, 90},
                                           {"language", 13, false, 110},  {"use", 42, false, 130}};
enum { COLUMNS = sizeof columns / sizeof *columns, DETAILS = 5 };

/* Tokens per second over BERT-base's, "1.9x"; "-" where it was not measured. */
static const char *speed_text(char *buf, size_t size, double speed)
{
    if (speed <= 0) return "-";
    snprintf(buf, size, speed < 9.95 ? "%.1fx" : "%.0fx", speed);
    return buf;
}

static void row_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct model_view *t = arg;
    const struct ft_known_row *r = model_pull_row(t, i);
    char text[32], used[32];
    x++;
    w--;
    if (!r) {
        char *id = ft_xprintf("%s", ft_field_text(&t->pull.field));
        ft_columns_cell(c, y, x, columns, COLUMNS, w, 0, FT_ROLE_NORMAL, id);
        ft_columns_cell(c, y, x, columns, COLUMNS, w, 2, FT_ROLE_MUTED, "ask");
        free(id);
        return;
    }
    const struct ft_known_model *k = r->model;
    bool bad = r->refused || !r->fits;
    if (bad)
        ft_canvas_text(c, y, x - 1, 1, FT_ROLE_BAD, "\u2717");
    else if (r->here)
        ft_canvas_text(c, y, x - 1, 1, FT_ROLE_GOOD, "\u2713");
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 0, bad ? FT_ROLE_MUTED : FT_ROLE_NORMAL, k->id);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 1, FT_ROLE_NORMAL,
                    model_short_count(text, r->parameters));
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 2, FT_ROLE_MUTED,
                    r->here ? "here" : bytes(text, (int64_t)k->download_mb * 1000000));
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 3, r->fits ? FT_ROLE_NORMAL : FT_ROLE_BAD,
                    r->memory ? bytes(used, (int64_t)r->memory) : "-");
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 4, FT_ROLE_NORMAL,
                    r->seconds > 0 ? ft_format_time(text, sizeof text, r->seconds) : "-");
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 5, FT_ROLE_NORMAL,
                    speed_text(text, sizeof text, k->speed));
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 6, FT_ROLE_MUTED, k->language);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 7, FT_ROLE_MUTED, k->use);
}

/* What memory and time are for, and whether the selected one is for this machine. */
static void add_machine(struct ft_rich *text, const struct model_view *t,
                        const struct ft_known_row *r)
{
    char need[32], have[32], time[32];
    int64_t free_bytes = ft_mem_available();
    size_t length = ft_known_list_length(t->pull.known);
    bytes(need, (int64_t)r->memory);
    if (r->refused)
        ft_rich_addf(text, FT_ROLE_BAD, "\u2717 a %s model does not support the task %s\n",
                     r->model->family, ft_task_name((enum ft_task)model_task(t)));
    else if (r->memory && free_bytes >= 0)
        ft_rich_addf(text, r->fits ? FT_ROLE_NORMAL : FT_ROLE_BAD,
                     "%s training needs up to %s of %s free\n", r->fits ? "\u2713" : "\u2717", need,
                     bytes(have, free_bytes));
    if (r->seconds > 0)
        ft_rich_addf(text, FT_ROLE_NORMAL, "  about %s per 1,000 texts of %zu tokens, each epoch",
                     ft_format_time(time, sizeof time, r->seconds), length);
    else
        ft_rich_addz(text, FT_ROLE_MUTED, "  no speed measured yet: b on screen 3 measures it");
}

static void draw_details(const struct model_view *t, struct ft_canvas *c, struct ft_rect r)
{
    size_t i = t->pull.list.selected;
    const struct ft_known_row *row = model_pull_row(t, i);
    struct ft_rich text = {0};
    if (row) {
        const struct ft_known_model *k = row->model;
        ft_rich_addf(&text, FT_BOLD, "%s", k->id);
        ft_rich_addf(&text, FT_ROLE_NORMAL, "  %s  %s%s\n", k->family, k->licence,
                     row->here ? "  \u2713 on this machine" : "");
        char speed[16], tokens[32];
        ft_rich_addf(&text, FT_ROLE_NORMAL, "  %s, %s; %s\n", k->language, k->casing, k->use);
        ft_rich_addf(&text, FT_ROLE_NORMAL, "  texts of up to %s tokens%s%s%s\n",
                     ft_format_count(tokens, sizeof tokens, (long long)row->max_tokens),
                     k->speed > 0 ? "; trains " : "",
                     k->speed > 0 ? speed_text(speed, sizeof speed, k->speed) : "",
                     k->speed > 0 ? " as fast as bert-base" : "");
        add_machine(&text, t, row);
    } else if ((int)i == t->pull.typed_at) {
        struct ft_str families = {0};
        ft_family_titles(&families, FT_FAMILY_ALL, "and");
        ft_rich_addf(&text, FT_BOLD, "%s\n", ft_field_text(&t->pull.field));
        ft_rich_addf(&text, FT_ROLE_NORMAL,
                     "  asks the hub for this id; ID@REVISION for a branch, tag or commit\n"
                     "  models of %s can be used",
                     ft_str_text(&families));
        ft_str_release(&families);
    } else {
        ft_rich_addz(&text, FT_ROLE_MUTED, "no known model matches; any other id is typed in full");
    }
    ft_rich_draw(c, r, &text, NULL);
    ft_rich_release(&text);
}

static void draw_choose(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    int details = r.h >= 11 ? DETAILS : r.h >= 6 ? 1 : 0, below = details ? details + 1 : 0;
    if (r.h < 1) return;
    ft_canvas_text(c, r.y, r.x + 1, 3, FT_ROLE_MUTED, "id");
    ft_field_draw(c, r.y, r.x + 4, r.w - 5, &t->pull.field, focused);
    if (r.h < 3) return;
    ft_columns_header(c, r.y + 1, r.x + 2, columns, COLUMNS, r.w - 3, -1, false);
    ft_list_draw(c, (struct ft_rect){r.y + 2, r.x, r.h - 2 - below, r.w - 1}, &t->pull.list,
                 focused, row_draw, t);
    if (details)
        draw_details(t, c, (struct ft_rect){r.y + r.h - details, r.x + 1, details, r.w - 2});
}

/* --- the plan and the download --- */

static void add_name(struct ft_rich *text, const struct ft_pull_view *p)
{
    ft_rich_addf(text, FT_BOLD, "%s", p->id);
    if (*p->revision) ft_rich_addf(text, FT_ROLE_MUTED, "  %s", p->revision);
    if (*p->commit && strncmp(p->commit, p->revision, 8) != 0)
        ft_rich_addf(text, FT_ROLE_MUTED, " %.8s", p->commit);
    if (*p->server) ft_rich_addf(text, FT_ROLE_MUTED, "  from %s", p->server);
    ft_rich_addz(text, FT_ROLE_NORMAL, "\n");
}

/* One line a file: "✓ config.json  483 B", with what has come of those that are on their way. */
static void add_files(struct ft_rich *text, const struct model_view *t, int w)
{
    struct ft_pull_file *files;
    size_t n = ft_pull_files(t->w->pull.job, &files);
    int widest = 0;
    for (size_t i = 0; i < n; i++) {
        int one = ft_text_width(files[i].name, strlen(files[i].name));
        if (one > widest) widest = one;
    }
    if (widest > w - 24) widest = w - 24;
    if (widest < 8) widest = 8;
    for (size_t i = 0; i < n; i++) {
        const struct ft_pull_file *f = &files[i];
        char size[32], come[32];
        size_t fit = ft_text_fit(f->name, strlen(f->name), widest);
        int pad = widest - ft_text_width(f->name, fit);
        bool part = !f->done && f->bytes_done > 0;
        ft_rich_addz(text, f->done ? FT_ROLE_GOOD : FT_ROLE_NORMAL, f->done ? "\u2713 " : "  ");
        ft_rich_add(text, FT_ROLE_NORMAL, f->name, fit);
        ft_rich_addf(text, FT_ROLE_MUTED, "%*s  %s%s%s\n", pad, "",
                     part ? bytes(come, f->bytes_done) : "", part ? " of " : "",
                     bytes(size, f->bytes));
    }
    ft_pull_files_free(files, n);
}

static void add_plan(struct ft_rich *text, const struct model_view *t, int w)
{
    const struct ft_pull_view *p = &t->w->pull.view;
    char all[32], rest[32], here[32], have[32];
    add_name(text, p);
    ft_rich_addf(text, FT_ROLE_NORMAL, "\nlicence   %s\n", p->licence);
    ft_rich_addf(text, FT_ROLE_NORMAL, "files     %zu, %s\n", p->files, bytes(all, p->bytes));
    if (p->bytes_download == p->bytes)
        ft_rich_addf(text, FT_ROLE_NORMAL, "download  %s\n", all);
    else if (p->bytes_download > 0)
        ft_rich_addf(text, FT_ROLE_NORMAL, "download  %s; %s are on this machine\n",
                     bytes(rest, p->bytes_download), bytes(here, p->bytes - p->bytes_download));
    else
        ft_rich_addz(text, FT_ROLE_GOOD, "download  nothing: all files are on this machine\n");
    ft_rich_addf(text, FT_ROLE_NORMAL, "to        %s", p->cache);
    if (p->disk_free_bytes >= 0)
        ft_rich_addf(text, FT_ROLE_NORMAL, ", %s free", bytes(have, p->disk_free_bytes));
    ft_rich_addz(text, FT_ROLE_NORMAL, "\n");
    if (*p->warning) ft_rich_addf(text, FT_ROLE_WARN, "! %s\n", p->warning);
    ft_rich_addz(text, FT_ROLE_NORMAL, "\n");
    add_files(text, t, w);
}

static void add_failure(struct ft_rich *text, const struct model_view *t, int w)
{
    const struct ft_pull_view *p = &t->w->pull.view;
    char come[32], all[32];
    add_name(text, p);
    ft_rich_addz(text, FT_ROLE_NORMAL, "\n");
    if (p->err.code == FT_CANCELLED)
        ft_rich_addf(text, FT_ROLE_WARN, "! cancelled; %s of %s are kept\n\n",
                     bytes(come, p->bytes_done), bytes(all, p->bytes));
    else
        ft_rich_addf(text, FT_ROLE_BAD, "\u2717 %s\n\n", p->err.msg);
    char *near =
        p->err.code == FT_NOTFOUND && !ft_known_model(p->id) ? ft_models_near(p->id) : NULL;
    if (near) ft_rich_addf(text, FT_ROLE_NORMAL, "did you mean %s?\n\n", near);
    free(near);
    if (p->err.code != FT_CANCELLED && p->bytes_done > 0)
        ft_rich_addf(text, FT_ROLE_MUTED, "%s of %s are kept; the next try resumes\n\n",
                     bytes(come, p->bytes_done), bytes(all, p->bytes));
    add_files(text, t, w);
}

/* Bar and numbers; returns the rows they take. */
static int draw_progress(const struct ft_pull_view *p, struct ft_canvas *c, struct ft_rect r)
{
    char come[32], all[32], rate[32], eta[32] = "-", spent[32];
    double share = p->bytes > 0 ? (double)p->bytes_done / (double)p->bytes : 0;
    struct ft_rich text = {0};
    add_name(&text, p);
    ft_rich_draw(c, (struct ft_rect){r.y, r.x, 1, r.w}, &text, NULL);
    ft_rich_release(&text);
    if (r.h > 1) ft_canvas_progress(c, r.y + 1, r.x, r.w, share < 1 ? share : 1);
    if (p->eta_s >= 0) ft_format_time(eta, sizeof eta, p->eta_s);
    ft_rich_addf(&text, FT_ROLE_NORMAL, "%s of %s  %d%%  %s/s  ETA %s  %s so far",
                 bytes(come, p->bytes_done), bytes(all, p->bytes), (int)(share * 100),
                 p->rate_bytes_s > 0 ? bytes(rate, (int64_t)p->rate_bytes_s) : "0 B", eta,
                 ft_format_time(spent, sizeof spent, p->seconds));
    if (r.h > 2) ft_rich_draw(c, (struct ft_rect){r.y + 2, r.x, 1, r.w}, &text, NULL);
    ft_rich_release(&text);
    if (r.h > 3) ft_canvas_text(c, r.y + 3, r.x, r.w, FT_ROLE_MUTED, p->doing);
    return r.h > 6 ? 5 : r.h;
}

static void draw_load(struct model_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_rich text = {0};
    int used = draw_progress(&t->w->pull.view, c, r);
    struct ft_rect rest = {r.y + used, r.x, r.h - used, r.w};
    add_files(&text, t, r.w);
    ft_rich_addz(&text, FT_ROLE_MUTED,
                 "\nThe download continues while you use other panels and screens. Esc cancels it; "
                 "what is downloaded so far is kept.");
    ft_rich_draw(c, rest, &text, &t->pull.files);
    ft_rich_release(&text);
}

void model_pull_draw(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct ft_rich text = {0};
    struct ft_rect inside = {r.y, r.x + 1, r.h, r.w - 2};
    if (!t->pull.known) return;
    switch (model_pull_state(t)) {
    case MODEL_PULL_CHOOSE:
        draw_choose(t, c, r, focused);
        return;
    case MODEL_PULL_LOAD:
        draw_load(t, c, inside);
        return;
    case MODEL_PULL_ASK:
        add_name(&text, &t->w->pull.view);
        ft_rich_addf(&text, FT_ROLE_MUTED, "\n%s",
                     *t->w->pull.view.doing ? t->w->pull.view.doing : "asking the hub ..");
        break;
    case MODEL_PULL_READY:
        add_plan(&text, t, inside.w);
        break;
    case MODEL_PULL_FAILED:
        add_failure(&text, t, inside.w);
        break;
    }
    ft_rich_draw(c, inside, &text, &t->pull.files);
    ft_rich_release(&text);
}

void model_pull_title(const struct model_view *t, struct ft_title *title)
{
    const char *id = t->w->pull.view.id;
    int percent = ft_workbench_pull_percent(t->w);
    if (model_pull_state(t) == MODEL_PULL_CHOOSE)
        snprintf(title->left, sizeof title->left, "Pull a model from the hub");
    else if (percent >= 0)
        snprintf(title->left, sizeof title->left, "Pull %.60s  %d%%", id, percent);
    else
        snprintf(title->left, sizeof title->left, "Pull %.60s", id);
    if (model_pull_state(t) == MODEL_PULL_CHOOSE)
        snprintf(title->right, sizeof title->right, "%zu of %zu known",
                 t->pull.list.n - (t->pull.typed_at >= 0), ft_known_models_count());
}
