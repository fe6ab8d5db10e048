/* A small screen for the tests of the frame: a list of a million rows, a text, a field, and a state
 * that a thread reaches. Not part of the product. */
#ifndef FT_TESTS_UI_DEMO_VIEW_H
#define FT_TESTS_UI_DEMO_VIEW_H

#include "ui/app/app.h"
#include "ui/widgets/field.h"
#include "ui/widgets/list.h"
#include "ui/widgets/rich.h"

#include <stdio.h>
#include <string.h>

enum { DEMO_HEAD, DEMO_ROWS, DEMO_TEXT, DEMO_FIELD };

struct demo {
    struct ft_list list;
    struct ft_field field;
    bool typing;
    int trained, dropped, wakes, terminated;
    char last_arg[64], asked;
    bool ready;
};
static struct demo demo;
static struct ft_view demo_views[2];

static const struct ft_panel demo_panels[] = {{"head", FT_SCOPE_DATA, true},
                                              {"Rows", FT_SCOPE_DATA, false},
                                              {"Text", FT_SCOPE_DATA, false},
                                              {"Field", FT_SCOPE_DATA, false}};

static const struct ft_node demo_tree =
    FT_ROWS(1, FT_PANEL(DEMO_HEAD, .h = 1, .h_max = 1, .bare = true),
            FT_COLS(1, FT_PANEL(DEMO_ROWS, .h = 5, .w = 30), FT_PANEL(DEMO_TEXT, .h = 5, .w = 20)),
            FT_PANEL(DEMO_FIELD, .h = 3, .h_max = 3));

static const struct ft_node *demo_layout(struct ft_view *v, int h, int w)
{
    (void)v, (void)h, (void)w;
    return &demo_tree;
}

static void demo_row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    (void)arg;
    ft_canvas_printf(c, y, x, w, FT_ROLE_NORMAL, "row %zu \033[31mis\t%s", i,
                     i % 2 ? "odd" : "even");
}

static void demo_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    (void)v;
    if (p == DEMO_HEAD) ft_canvas_text(c, r.y, r.x, r.w, FT_ROLE_MUTED, " head of the screen");
    if (p == DEMO_ROWS) ft_list_draw(c, r, &demo.list, focused, demo_row, NULL);
    if (p == DEMO_FIELD) ft_field_draw(c, r.y, r.x + 1, r.w - 1, &demo.field, demo.typing);
    if (p == DEMO_TEXT) {
        struct ft_rich t = {0};
        ft_rich_addf(&t, FT_ROLE_NORMAL, "selected %zu ", demo.list.selected);
        ft_rich_addz(&t, FT_ROLE_GOLD, "{gold}");
        ft_rich_addf(&t, FT_ROLE_NORMAL, " trained %d dropped %d asked %c arg %s", demo.trained,
                     demo.dropped, demo.asked ? demo.asked : '-', demo.last_arg);
        ft_rich_draw(c, r, &t, NULL);
        ft_rich_release(&t);
        /* outside its rectangle: must not be seen */
        ft_canvas_text(c, r.y, r.x - 5, 4, FT_ROLE_BAD, "LEAK");
    }
}

static void demo_title(struct ft_view *v, int p, struct ft_title *t)
{
    (void)v;
    if (p != DEMO_ROWS) return;
    snprintf(t->left, sizeof t->left, "Rows %zu", demo.list.n);
    snprintf(t->right, sizeof t->right, "by row");
}

static bool demo_answer(void *arg, const struct ft_key *k)
{
    (void)arg;
    if (!ft_key_is(k, 'y')) return false;
    demo.asked = 'y';
    return true;
}

static bool demo_take(void *arg, const char *text)
{
    struct ft_view *v = arg;
    if (!*text) {
        ft_app_say(v->app, FT_SAY_ERROR, "empty");
        return false;
    }
    snprintf(demo.last_arg, sizeof demo.last_arg, "%s", text);
    return true;
}

static bool demo_act(struct ft_view *v, enum ft_action a, const char *arg)
{
    if (v->focus == DEMO_ROWS && ft_list_move(&demo.list, ft_action_move(a))) return true;
    if (arg) snprintf(demo.last_arg, sizeof demo.last_arg, "%s", arg);
    switch (a) {
    case FT_ACT_DATA_DROP:
        demo.dropped++;
        ft_app_say(v->app, FT_SAY_OK, "dropped %d", demo.dropped);
        return true;
    case FT_ACT_DATA_SPLIT:
        if (!arg) ft_app_prompt(v->app, "split", "0.8,0.1,0.1", "", demo_take, v);
        return true;
    case FT_ACT_DATA_CLEAN:
        ft_app_ask(v->app, "clean: y", "y clean  Esc stay", demo_answer, v);
        return true;
    case FT_ACT_ENTER:
        if (v->focus == DEMO_FIELD) demo.typing = true;
        return true;
    case FT_ACT_BACK:
        demo.typing = false;
        return true;
    default:
        return false;
    }
}

static bool demo_key(struct ft_view *v, const struct ft_key *k)
{
    return demo.typing && v->focus == DEMO_FIELD && ft_field_key(&demo.field, k, 80);
}

static bool demo_typing(struct ft_view *v)
{
    return demo.typing && v->focus == DEMO_FIELD;
}

static bool demo_can(struct ft_view *v, enum ft_action a)
{
    (void)v;
    return a != FT_ACT_UNDO;
}

static void demo_mark(struct ft_view *v, char *buf, size_t size)
{
    snprintf(buf, size, "%s", v == &demo_views[0] ? "✓" : "70%");
}

static void demo_next(struct ft_view *v, char *buf, size_t size)
{
    (void)v;
    snprintf(buf, size, "ok: here.  Next: T trains");
}

static void demo_complete(struct ft_view *v, const char *kind, const char *before,
                          const char *prefix, struct ft_matches *out)
{
    (void)v, (void)prefix;
    if (!strcmp(kind, "OPTION")) {
        ft_matches_add(out, "learning_rate");
        ft_matches_add(out, "logging_steps");
        ft_matches_add(out, "seed");
    }
    if (!strcmp(kind, "VALUE") && !strcmp(before, "seed")) ft_matches_add(out, "42");
}

static bool hook_act(void *arg, enum ft_action a, const char *text)
{
    (void)arg, (void)text;
    if (a != FT_ACT_TRAIN) return false;
    demo.trained++;
    return true;
}

static int hook_reached(void *arg, const char *state)
{
    (void)arg;
    return !strcmp(state, "ready") ? demo.ready : -1;
}

static void hook_wake(void *arg)
{
    demo.wakes++;
    demo.ready = true;
    ft_app_redraw(arg);
}

static void hook_brief(void *arg, char *buf, size_t size)
{
    (void)arg;
    snprintf(buf, size, "loss .118");
}

static void hook_terminate(void *arg, int number)
{
    (void)arg;
    demo.terminated = number;
}

static struct ft_app *demo_app(const struct ft_app_options *opt)
{
    static const struct ft_panel second[] = {{"Runs", FT_SCOPE_RUNS, false}};
    (void)second;
    demo = (struct demo){.list = {.n = 1000000}};
    demo_views[0] = (struct ft_view){.name = "Data",
                                     .scope = FT_SCOPE_DATA,
                                     .panels = demo_panels,
                                     .panels_n = 4,
                                     .layout = demo_layout,
                                     .draw = demo_draw,
                                     .title = demo_title,
                                     .act = demo_act,
                                     .key = demo_key,
                                     .typing = demo_typing,
                                     .can = demo_can,
                                     .mark = demo_mark,
                                     .next = demo_next,
                                     .complete = demo_complete};
    demo_views[1] = demo_views[0];
    demo_views[1].name = "Runs";
    struct ft_app *app = ft_app_new(opt);
    ft_app_add(app, &demo_views[0]);
    ft_app_add(app, &demo_views[1]);
    struct ft_hooks hooks = {.arg = app,
                             .act = hook_act,
                             .reached = hook_reached,
                             .wake = hook_wake,
                             .status = hook_brief,
                             .brief = hook_brief,
                             .terminate = hook_terminate};
    ft_app_hooks(app, &hooks);
    return app;
}

static void demo_release(struct ft_app *app)
{
    ft_field_release(&demo.field);
    ft_app_free(app);
}

#endif
