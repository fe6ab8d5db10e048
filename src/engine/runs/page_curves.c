/* Plots of a page: see page_curves.h. */
#include "engine/runs/page_curves.h"

#include "util/text_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of the picture, in its own units. */
enum { WIDTH = 720, HEIGHT = 260, LEFT = 60, RIGHT = 12, TOP = 30, BOTTOM = 34, TICKS = 5 };

struct range {
    double from, to;
};

static bool shown(const struct ft_page_curve *c, size_t i)
{
    return isfinite(c->x[i]) && isfinite(c->y[i]);
}

static void widen(struct range *r, double x)
{
    if (!(x >= r->from)) r->from = x;
    if (!(x <= r->to)) r->to = x;
}

/* The distance of about `n` ticks: 1, 2 or 5 times a power of ten. */
static double tick_of(struct range r, int n)
{
    double raw = (r.to - r.from) / n, power = pow(10, floor(log10(raw))), times = raw / power;
    return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

static double place(struct range r, double x, double from, double to)
{
    return from + (x - r.from) / (r.to - r.from) * (to - from);
}

static void add_text(struct ft_str *out, const char *text)
{
    ft_html_add(out, text, strlen(text));
}

static void add_tick(struct ft_str *out, double at, const char *name)
{
    ft_str_addf(out,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" class=\"grid\"/><text "
                "x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                at, TOP, at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 16);
    add_text(out, name);
    ft_str_addz(out, "</text>\n");
}

/* 1, 2 and 5 of each power of ten; of many powers only 1. */
static void add_log_axis(struct ft_str *out, struct range r)
{
    static const double times[] = {1, 2, 5};
    size_t each = r.to - r.from > 3 ? 1 : 3;
    for (double power = floor(r.from); power <= r.to; power += 1)
        for (size_t i = 0; i < each; i++) {
            double x = power + log10(times[i]);
            char name[32];
            snprintf(name, sizeof name, "%.6g", pow(10, power) * times[i]);
            if (x >= r.from - 1e-9 && x <= r.to + 1e-9)
                add_tick(out, place(r, x, LEFT, WIDTH - RIGHT), name);
        }
}

static void add_axis(struct ft_str *out, struct range r, bool across)
{
    double tick = tick_of(r, TICKS), first = ceil(r.from / tick) * tick;
    for (double x = first; x <= r.to + tick / 1e6; x += tick) {
        double value = fabs(x) < tick / 1e6 ? 0 : x;
        if (across) {
            char name[32];
            snprintf(name, sizeof name, "%.6g", value);
            add_tick(out, place(r, x, LEFT, WIDTH - RIGHT), name);
        } else {
            double at = place(r, x, HEIGHT - BOTTOM, TOP);
            ft_str_addf(out,
                        "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" class=\"grid\"/><text "
                        "x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>\n",
                        LEFT, at, WIDTH - RIGHT, at, LEFT - 6, at + 4, value);
        }
    }
}

static void add_points(struct ft_str *out, const struct ft_page_curve *c, struct range x,
                       struct range y)
{
    for (size_t i = 0; i < c->n; i++)
        if (shown(c, i))
            ft_str_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
                        place(x, c->x[i], LEFT, WIDTH - RIGHT),
                        place(y, c->y[i], HEIGHT - BOTTOM, TOP), c->colour);
}

static void add_curve(struct ft_str *out, const struct ft_page_curve *c, struct range x,
                      struct range y)
{
    size_t points = 0, last = 0;
    ft_str_addf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"",
                c->colour);
    for (size_t i = 0; i < c->n; i++) {
        if (!shown(c, i)) continue;
        ft_str_addf(out, "%.1f,%.1f ", place(x, c->x[i], LEFT, WIDTH - RIGHT),
                    place(y, c->y[i], HEIGHT - BOTTOM, TOP));
        points++;
        last = i;
    }
    ft_str_addz(out, "\"/>\n");
    if (points == 1)
        ft_str_addf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
                    place(x, c->x[last], LEFT, WIDTH - RIGHT),
                    place(y, c->y[last], HEIGHT - BOTTOM, TOP), c->colour);
}

static void plot(const char *title, const struct ft_page_curve *curves, size_t n,
                 const struct ft_page_axis *axis, struct ft_str *out)
{
    struct range x = {(double)NAN, (double)NAN}, y = {(double)NAN, (double)NAN};
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < curves[k].n; i++)
            if (shown(&curves[k], i)) widen(&x, curves[k].x[i]), widen(&y, curves[k].y[i]);
    if (!isfinite(x.from)) return;
    if (x.to <= x.from) x.from -= 1, x.to += 1;
    if (y.to <= y.from) y.from -= 0.5, y.to += 0.5;
    if (axis && axis->names_n) x = (struct range){-0.5, (double)axis->names_n - 0.5};
    ft_str_addf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    add_text(out, title);
    ft_str_addf(out, "\">\n<text x=\"%d\" y=\"18\" class=\"title\">", LEFT);
    add_text(out, title);
    ft_str_addz(out, "</text>\n");
    for (size_t i = 0; axis && i < axis->names_n; i++)
        add_tick(out, place(x, (double)i, LEFT, WIDTH - RIGHT), axis->names[i]);
    if (axis && axis->log)
        add_log_axis(out, x);
    else if (!axis || !axis->names_n)
        add_axis(out, x, true);
    add_axis(out, y, false);
    for (size_t k = 0; k < n; k++) {
        if (axis)
            add_points(out, &curves[k], x, y);
        else
            add_curve(out, &curves[k], x, y);
    }
    double at = WIDTH - RIGHT;
    for (size_t k = n; k-- > 0;) {
        if (!*curves[k].name) continue;
        ft_str_addf(out, "<text x=\"%.1f\" y=\"18\" text-anchor=\"end\" fill=\"%s\">", at,
                    curves[k].colour);
        add_text(out, curves[k].name);
        ft_str_addz(out, "</text>\n");
        at -= 8 * (double)strlen(curves[k].name) + 16;
    }
    ft_str_addz(out, "</svg>\n");
}

void ft_page_curves(const char *title, const struct ft_page_curve *curves, size_t n,
                    struct ft_str *out)
{
    plot(title, curves, n, NULL, out);
}

void ft_page_points(const char *title, const struct ft_page_curve *curves, size_t n,
                    const struct ft_page_axis *axis, struct ft_str *out)
{
    plot(title, curves, n, axis, out);
}
