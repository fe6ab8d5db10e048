/* Screen 1: what the app sees of it. The screen shows the workbench's data set, which follows the
 * settings; changing columns, cleaning, split or the cut here is changing settings, with their
 * undo. */
#include "ui/screens/view_data_in.h"

#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANELS(rows_scope)                                                                         \
    {                                                                                              \
        [DATA_HEAD] = {"File", FT_SCOPE_DATA, true}, [DATA_ROWS] = {"Rows", rows_scope, false},    \
        [DATA_TEXT] = {"Full text", rows_scope, false},                                            \
        [DATA_BEFORE] = {"Before", FT_SCOPE_DATA, false},                                          \
        [DATA_LABELS] = {"Labels", FT_SCOPE_DATA, false},                                          \
        [DATA_TOKENS] = {"Tokens", FT_SCOPE_DATA_TOKENS, false},                                   \
        [DATA_PROBLEMS] = {"Problems", FT_SCOPE_DATA, false},                                      \
        [DATA_CLEAN] = {"Clean", FT_SCOPE_DATA_CLEAN, false},                                      \
        [DATA_COLUMNS] = {"Columns", FT_SCOPE_DATA_COLUMNS, false},                                \
    }

const struct ft_panel *data_panels(bool doubts)
{
    static const struct ft_panel rows[DATA_PANELS] = PANELS(FT_SCOPE_DATA);
    static const struct ft_panel doubtful[DATA_PANELS] = PANELS(FT_SCOPE_DATA_DOUBTS);
    return doubts ? doubtful : rows;
}

struct ft_dataset_row data_row(const struct data_view *t, bool *there)
{
    struct ft_dataset_row r;
    *there = ft_dataset_row(t->d, t->rows.selected, &r);
    return r;
}

size_t data_recent(const struct data_view *t, char (*paths)[512], size_t max)
{
    const struct ft_state *s = ft_app_state(t->w->app);
    char *sample = ft_assets_path("data/library-mail.csv");
    size_t n = 0;
    for (size_t i = 0; i < s->recent_n && n + 1 < max; i++)
        if (ft_dataset_there(s->recent[i])) snprintf(paths[n++], 512, "%s", s->recent[i]);
    if (sample && n < max) snprintf(paths[n++], 512, "%s", sample);
    free(sample);
    return n;
}

/* --- changes since the last frame --- */

static const double cancel_after_s = 0.5;

/* Another file, or this one for the first time; else what follows from an edit or a setting. */
static bool is_opening(const struct data_view *t)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    return strcmp(f->path, ft_options_text(&t->w->o, FT_OPT_data)) != 0 || (!f->whole && !*f->note);
}

static void cancel(void *arg)
{
    struct data_view *t = arg;
    char before[80];
    bool opening = is_opening(t);
    ft_dataset_cancel(t->d);
    if (opening && ft_workbench_file_before(t->w, before, sizeof before)) ft_workbench_undo(t->w);
    ft_app_say(t->w->app, FT_SAY_NOTE, "cancelled; the previous data is kept");
}

static void tick(struct ft_view *v)
{
    struct data_view *t = data_of(v);
    struct ft_job_view work = {0};
    const struct ft_err *failed = ft_dataset_failed(t->d);
    bool busy = ft_dataset_busy(t->d, &work);
    data_best_follow(t);
    data_similar_follow(t);
    data_doubts_follow(t);
    data_near_follow(t);
    ft_workbench_watch_audits(t->w);
    if (!busy) t->busy_s = ft_now_s();
    if (busy && !t->w->session) {
        /* behind an edit Esc means the list or panel, unless the work takes long enough to be seen */
        bool offer = is_opening(t) || ft_now_s() - t->busy_s > cancel_after_s;
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    offer ? cancel : NULL, t);
    } else if (t->busy) {
        ft_app_busy_end(t->w->app);
    }
    /* work that was short was never seen busy */
    if (!busy && failed->code && (t->busy || !t->failed)) ft_app_say_err(t->w->app, failed);
    t->failed = failed->code != 0;
    t->busy = busy && !t->w->session;
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    if (f->edits_stale != t->stale && f->edits_stale)
        ft_app_say(t->w->app, FT_SAY_WARN,
                   "%zu of %zu label edits not applied: the row's text or old label differs",
                   f->edits_stale, f->edits_given);
    t->stale = f->edits_stale;
    if (strcmp(t->shown_path, ft_dataset_facts(t->d)->path)) {
        snprintf(t->shown_path, sizeof t->shown_path, "%s", ft_dataset_facts(t->d)->path);
        data_similar_close(t, false);
        data_doubts_close(t, false);
        ft_list_select(&t->rows, 0);
        ft_list_select(&t->problems, 0);
        t->robbed = SIZE_MAX;
    }
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    const struct data_view *t = data_of(v);
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    struct ft_job_view work;
    if (ft_dataset_busy(t->d, &work) && !f->whole && work.total > 0)
        snprintf(buf, size, "%.0f%%", 100 * work.done / work.total);
    else if (ft_dataset_failed(t->d)->code || *f->note)
        snprintf(buf, size, "!");
    else if (f->whole)
        snprintf(buf, size, "\u2713");
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    struct data_view *t = data_of(v);
    (void)x, (void)again;
    if (p == DATA_ROWS && t->similar.on) {
        if (!ft_list_click(&t->similar_list, y)) return false;
        t->similar.moved = true;
        data_similar_moved(t);
        return true;
    }
    if (p == DATA_ROWS)
        return ft_list_click(ft_dataset_facts(t->d)->open ? &t->rows : &t->recent, y);
    if (p == DATA_LABELS && data_together_on(t)) return ft_list_click(&t->together.list, y);
    if (p == DATA_PROBLEMS) return ft_list_click(&t->problems, y);
    if (p == DATA_CLEAN) return ft_list_click(&t->clean, y);
    if (p == DATA_COLUMNS) return ft_list_click(&t->columns, y);
    return false;
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    (void)before, (void)prefix;
    if (!strcmp(kind, "COLUMN"))
        for (int i = 0; i < FT_DATASET_SORTS; i++)
            ft_matches_add(out, ft_dataset_sort_name((enum ft_dataset_sort)i));
    if (!strcmp(kind, "CLEAN"))
        for (size_t i = 0; ft_dataset_clean_name(i); i++)
            ft_matches_add(out, ft_dataset_clean_name(i));
    (void)v;
}

static void close_view(struct ft_view *v)
{
    data_best_release(data_of(v));
    ft_similar_release(&data_of(v)->similar);
    ft_relabel_release(&data_of(v)->relabel);
    free(data_of(v)->together.counts);
    free(v);
}

struct ft_view *ft_view_data_new(struct ft_workbench *w)
{
    struct data_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->d = w->data;
    t->robbed = SIZE_MAX;
    t->similar = (struct ft_similar){.w = w, .s = w->similar_rows, .list = &t->similar_list};
    t->relabel = (struct ft_relabel){.w = w,
                                     .arg = t,
                                     .take = data_relabel_row,
                                     .best = data_best,
                                     .sets = data_has_sets,
                                     .has = data_row_has,
                                     .next = data_next_row,
                                     .entity = data_entity};
    t->view = (struct ft_view){.name = "Data",
                               .scope = FT_SCOPE_DATA,
                               .panels = data_panels(false),
                               .panels_n = DATA_PANELS,
                               .layout = data_layout,
                               .draw = data_draw,
                               .title = data_title,
                               .act = data_act,
                               .can = data_can,
                               .label = data_label,
                               .tick = tick,
                               .mark = mark,
                               .next = data_next,
                               .click = click,
                               .complete = complete,
                               .copy = data_copy,
                               .close = close_view};
    return &t->view;
}
