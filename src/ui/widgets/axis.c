/* Ranges, ticks, labels and smoothing: the arithmetic of plots. */
#include "ui/widgets/plot_in.h"

#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double ft_smooth_steps[6] = {0, .5, .8, .9, .95, .99};

double ft_smooth_next(double factor, int direction)
{
    int at = 0;
    for (int i = 0; i < 6; i++)
        if (ft_smooth_steps[i] <= factor + 1e-9) at = i;
    at += direction;
    return ft_smooth_steps[at < 0 ? 0 : at > 5 ? 5 : at];
}

void ft_plot_smooth(const struct ft_point *in, size_t n, double factor, double *out)
{
    double mean = 0, weight = 0;
    for (size_t i = 0; i < n; i++) {
        double v = in[i].y;
        if (!isfinite(v)) {
            out[i] = NAN;
            continue;
        }
        /* the mean moves by the share of the new weight: exact on constants */
        weight = factor * weight + (1 - factor);
        mean += (v - mean) * ((1 - factor) / weight);
        out[i] = factor > 0 ? mean : v;
    }
}

size_t ft_plot_nearest(const struct ft_point *points, size_t n, double x)
{
    size_t lo = 0, hi = n;
    if (!n) return n;
    while (lo < hi) { /* the first at or after x */
        size_t mid = lo + (hi - lo) / 2;
        if (points[mid].x < x)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == n) return n - 1;
    if (lo && x - points[lo - 1].x <= points[lo].x - x) return lo - 1;
    return lo;
}

int ft_plot_ticks(double lo, double hi, int max, double *first, double *step)
{
    static const double nice[] = {1, 2, 5, 10};
    if (max < 2) max = 2;
    double span = hi - lo;
    if (!(span > 0) || !isfinite(span)) {
        *first = lo;
        *step = 1;
        return 1;
    }
    double base = pow(10, floor(log10(span)) - 1);
    for (int scale = 0; scale < 4; scale++, base *= 10) {
        for (int i = 0; i < 3; i++) {
            double s = nice[i] * base, from = floor(lo / s + 1e-9), to = ceil(hi / s - 1e-9);
            if (to - from + 1 > max) continue;
            *first = from * s;
            *step = s;
            return (int)(to - from) + 1;
        }
    }
    *first = lo;
    *step = span;
    return 2;
}

/* --- number texts --- */

char *ft_format_short(char *buf, size_t size, double v, int digits)
{
    char text[64];
    if (!isfinite(v)) {
        snprintf(buf, size, "%s", isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
        return buf;
    }
    snprintf(text, sizeof text, "%.*f", digits, v);
    const char *p = text;
    bool minus = *p == '-';
    if (minus) p++;
    if (p[0] == '0' && p[1] == '.') p++;
    snprintf(buf, size, "%s%s", minus ? "-" : "", p);
    return buf;
}

char *ft_format_score(char *buf, size_t size, double v)
{
    double most = fabs(v);
    if (most >= 10)
        snprintf(buf, size, "%.2f", v);
    else
        ft_format_short(buf, size, v, most < 1 ? 4 : 3);
    return buf;
}

char *ft_format_metric(char *buf, size_t size, double v, bool percent)
{
    if (!percent) return ft_format_score(buf, size, v);
    snprintf(buf, size, "%.2f", v);
    return buf;
}

char *ft_format_g(char *buf, size_t size, double v, int digits)
{
    snprintf(buf, size, "%.*g", digits, v);
    return buf;
}

/* Digits after the point that tell ticks of this step apart. */
static int decimals(double step)
{
    int d = 0;
    while (d < 12 && fabs(step - round(step)) > 1e-6 * step) {
        step *= 10;
        d++;
    }
    return d;
}

/* All ticks of an axis in one form: `most` is the largest of them. */
static void tick_text(char *buf, size_t size, double v, double step, double most)
{
    if (fabs(v) < step * 1e-6) {
        snprintf(buf, size, "0");
    } else if (most < 1e-3 || most >= 1e7) {
        int digits = 1 + (int)ceil(log10(most / step) - 1e-9); /* that tell them apart */
        ft_format_g(buf, size, v, digits < 3 ? 3 : digits > 15 ? 15 : digits);
    } else if (decimals(step)) {
        snprintf(buf, size, "%.*f", decimals(step), v);
        if (fabs(v) < 1 && decimals(step) > 1) ft_format_short(buf, size, v, decimals(step));
    } else {
        ft_format_count(buf, size, (long long)llround(v));
    }
}

/* --- ranges --- */

/* The value that stands at place k of v when it is sorted; moves the values about. */
static double nth(double *v, size_t n, size_t k)
{
    size_t lo = 0, hi = n - 1;
    while (lo < hi) {
        double mid = v[lo + (hi - lo) / 2];
        size_t i = lo, j = hi;
        for (;;) {
            while (v[i] < mid)
                i++;
            while (v[j] > mid)
                j--;
            if (i >= j) break;
            double other = v[i];
            v[i++] = v[j];
            v[j--] = other;
        }
        if (k <= j)
            hi = j;
        else
            lo = j + 1;
    }
    return v[k];
}

struct span {
    double lo, hi;
};

static void take(struct span *s, double v)
{
    if (v < s->lo) s->lo = v;
    if (v > s->hi) s->hi = v;
}

/* 1st to 99th percentile of raw points (all with fit_all), all of lines and marked points. */
static struct span value_span(const struct ft_plot *p, const double *const *values)
{
    struct span s = {INFINITY, -INFINITY};
    for (int i = 0; i < p->series_n; i++) {
        const struct ft_series *ser = &p->series[i];
        bool raw = ser->kind == FT_SERIES_RAW;
        double *finite = raw ? ft_xmalloc((ser->n + 1) * sizeof *finite) : NULL;
        size_t kept = 0;
        for (size_t k = 0; k < ser->n; k++) {
            double v = ser->points[k].y, line = values[i][k];
            if (!isfinite(v) || (p->log_y && v <= 0)) continue;
            if (raw) finite[kept++] = v;
            if ((!raw || p->smooth > 0) && isfinite(line) && (!p->log_y || line > 0))
                take(&s, line);
        }
        if (kept) {
            size_t cut = p->fit_all ? 0 : (kept - 1) / 100;
            take(&s, nth(finite, kept, cut));
            take(&s, nth(finite, kept, kept - 1 - cut));
        }
        free(finite);
    }
    return s;
}

static void x_span(struct axes *a, const struct ft_plot *p)
{
    a->x0 = p->x_min;
    a->x1 = p->x_max;
    if (a->x1 > a->x0) return;
    struct span s = {INFINITY, -INFINITY};
    for (int i = 0; i < p->series_n; i++)
        for (size_t k = 0; k < p->series[i].n; k++)
            if (isfinite(p->series[i].points[k].x)) take(&s, p->series[i].points[k].x);
    a->x0 = s.lo <= s.hi ? s.lo : 0;
    a->x1 = s.lo < s.hi ? s.hi : a->x0 + 1;
}

/* --- logarithmic axes --- */

/* The sequence .. 0.5, 1, 2, 5, 10 ..: place 0 is 1. */
static double nice_log(int place)
{
    static const double part[] = {0, 0.30102999566398120, 0.69897000433601880}; /* of 1, 2, 5 */
    int decade = place >= 0 ? place / 3 : -((2 - place) / 3);
    return decade + part[place - decade * 3];
}

/* The last place whose logarithm is not above v. */
static int nice_place(double v)
{
    int place = 3 * (int)floor(v) + 3;
    while (nice_log(place) > v + 1e-9)
        place--;
    return place;
}

/* Below this span of logarithms, fewer than two of 1, 2, 5 may lie inside: the ticks are then
 * those of a linear axis. */
static const double log_least = 0.75;

/* Widens a range of logarithms to ticks. */
static struct span log_widened(struct span s, int max_ticks)
{
    double first, step;
    if (s.hi - s.lo < log_least) {
        double lo = pow(10, s.lo), hi = pow(10, s.hi);
        int n = ft_plot_ticks(lo, hi, max_ticks, &first, &step);
        if (n > 1 && first > 0) return (struct span){log10(first), log10(first + step * (n - 1))};
    }
    int lo = nice_place(s.lo), hi = nice_place(s.hi);
    if (nice_log(hi) < s.hi - 1e-9) hi++;
    return (struct span){nice_log(lo), nice_log(hi)};
}

/* The y range, of logarithms when log; widened to ticks unless fixed. */
static void y_span(struct axes *a, const struct ft_plot *p, const double *const *values,
                   int max_ticks)
{
    struct span s = {p->y_min, p->y_max};
    if (!p->fixed) {
        s = value_span(p, values);
        if (!(s.lo <= s.hi)) s = p->log_y ? (struct span){0.1, 1} : (struct span){0, 1};
        if (p->log_y) {
            s.lo = log10(s.lo);
            s.hi = log10(s.hi);
        } else if (p->from_zero && s.lo > 0) {
            s.lo = 0;
        }
        if (p->from_zero && !p->log_y && s.hi <= 0) s.hi = s.lo + 1;
        if (!(s.hi > s.lo)) { /* one value: space on both sides */
            double room = s.lo != 0 ? fabs(s.lo) * 0.1 : 1;
            bool limit = p->y_limit > 0 && s.hi <= p->y_limit;
            if (p->log_y) room = 0.5;
            s.lo -= p->from_zero && !p->log_y ? 0 : room;
            s.hi = limit ? fmin(s.hi + room, p->y_limit) : s.hi + room;
        }
        double first, step;
        if (p->log_y) {
            s = log_widened(s, max_ticks);
        } else {
            int n = ft_plot_ticks(s.lo, s.hi, max_ticks, &first, &step);
            if (n > 1) s = (struct span){first, first + step * (n - 1)};
        }
        if (p->range && p->range->set && !p->fit_all) {
            take(&s, p->range->lo);
            take(&s, p->range->hi);
        }
        if (p->range) *p->range = (struct ft_plot_range){true, s.lo, s.hi};
    } else if (p->log_y) {
        s.lo = log10(s.lo > 0 ? s.lo : 1e-12);
        s.hi = log10(s.hi > 0 ? s.hi : 1);
    }
    a->log = p->log_y;
    a->y0 = s.lo;
    a->y1 = s.hi > s.lo ? s.hi : s.lo + 1;
}

double axes_share(const struct axes *a, double y)
{
    if (a->log) y = log10(y);
    return (y - a->y0) / (a->y1 - a->y0);
}

/* --- drawing --- */

enum { TICKS_MAX = 40 };

struct tick {
    double y; /* as the axis has it */
    char text[24];
};

static bool inside(const struct axes *a, double v, double slack)
{
    return v >= a->y0 - slack && v <= a->y1 + slack;
}

/* 1, 2, 5 x 10^n inside the axis, every `stride`-th of them from a whole decade on. */
static int nice_ticks(const struct axes *a, int stride, struct tick *out)
{
    int n = 0;
    for (int i = nice_place(a->y0); nice_log(i) <= a->y1 + 1e-9 && n < TICKS_MAX; i++) {
        if (i % stride || !inside(a, nice_log(i), 1e-9)) continue;
        out[n].y = nice_log(i);
        ft_format_g(out[n].text, sizeof out[n].text, pow(10, nice_log(i)), 3);
        n++;
    }
    return n;
}

/* 1, 2, 5 if they fit, else decades, or every second one ..; the ticks of a linear axis
 * where fewer than two of these are inside. */
static int log_ticks(const struct axes *a, int max, struct tick *out)
{
    int n = nice_ticks(a, 1, out);
    for (int stride = 3; n > max && stride < 3000; stride += 3) {
        struct tick fewer[TICKS_MAX];
        int k = nice_ticks(a, stride, fewer);
        if (k < 2) break; /* too many are better than one: rows that are taken are passed over */
        memcpy(out, fewer, (size_t)k * sizeof *out);
        n = k;
    }
    if (n >= 2) return n;
    double lo = pow(10, a->y0), hi = pow(10, a->y1), first, step;
    int count = ft_plot_ticks(lo, hi, max, &first, &step);
    n = 0;
    for (int i = 0; i < count && n < TICKS_MAX; i++) {
        double v = first + i * step;
        if (v <= 0 || !inside(a, log10(v), 1e-9)) continue;
        out[n].y = log10(v);
        tick_text(out[n].text, sizeof out[n].text, v, step, hi);
        n++;
    }
    return n;
}

static int y_ticks(const struct axes *a, int max, struct tick *out)
{
    int n = 0;
    double first, step;
    if (a->log) return log_ticks(a, max, out);
    int count = ft_plot_ticks(a->y0, a->y1, max, &first, &step);
    for (int i = 0; i < count && n < TICKS_MAX; i++) {
        double v = first + i * step;
        if (!inside(a, v, step * 1e-6)) continue;
        out[n].y = v;
        tick_text(out[n].text, sizeof out[n].text, v, step, fmax(fabs(a->y0), fabs(a->y1)));
        n++;
    }
    return n;
}

int axes_column(const struct axes *a, double x)
{
    double span = a->x1 - a->x0, f = span > 0 ? (x - a->x0) / span : 0;
    if (!(f > -1) || f > 2) f = f > 0 ? 2 : -1; /* far outside: no overflow */
    return (int)lround(f * (a->dots_w - 1));
}

/* Whether w cells from x on have no event's letter. */
static bool unmarked(const struct axes *a, const struct ft_plot *p, int x, int w)
{
    for (int i = 0; i < p->events_n; i++) {
        int at = a->area.x + axes_column(a, p->events[i].x) / 2;
        if (at >= x && at < x + w) return false;
    }
    return true;
}

static void x_labels(const struct axes *a, struct ft_canvas *c, struct ft_rect r, int y,
                     const struct ft_plot *p)
{
    double first, step;
    int max = a->area.w / 12 + 1, busy = r.x;
    /* one more: the tick that covers the end lies outside as a rule */
    int n = ft_plot_ticks(a->x0, a->x1, max < 2 ? 3 : max + 1, &first, &step);
    for (int i = 0; i < n; i++) {
        double v = first + i * step;
        char text[40];
        if (v < a->x0 - step * 1e-6 || v > a->x1 + step * 1e-6) continue;
        if (p->x_label)
            snprintf(text, sizeof text, "%s", p->x_label(v, (char[40]){0}, 40));
        else
            tick_text(text, sizeof text, v, step, fmax(fabs(a->x0), fabs(a->x1)));
        int w = ft_text_width(text, strlen(text));
        int tick = a->area.x + axes_column(a, v) / 2, x = i ? tick - w / 2 : tick;
        if (!unmarked(a, p, x, w)) x = unmarked(a, p, tick + 1, w) ? tick + 1 : tick - w;
        if (x + w > r.x + r.w) x = r.x + r.w - w;
        if (x < busy || !unmarked(a, p, x, w)) continue; /* one blank between labels */
        ft_canvas_text(c, y, x, w, FT_ROLE_MUTED, text);
        busy = x + w + 1;
    }
}

int axes_make(struct axes *a, struct ft_canvas *c, struct ft_rect r, const struct ft_plot *p,
              const double *const *values)
{
    struct tick ticks[TICKS_MAX];
    int axis_y = !p->no_labels && r.h >= 3 ? r.y + r.h - 1 : -1;
    int h = axis_y < 0 ? r.h : r.h - 1, max = h / 2 + 1;
    if (max < 3) max = 3;
    *a = (struct axes){0};
    x_span(a, p);
    y_span(a, p, values, max);
    int n = p->no_labels ? 0 : y_ticks(a, max, ticks), label_w = p->label_w;
    for (int i = 0; i < n; i++) {
        int w = (int)strlen(ticks[i].text);
        if (w > label_w) label_w = w;
    }
    if (!n) label_w = p->label_w;
    if (label_w > r.w / 2) label_w = 0;
    int x = r.x + label_w;
    a->area = (struct ft_rect){r.y, x + 1, h, r.x + r.w - x - 1};
    a->dots_h = h * 4;
    a->dots_w = a->area.w * 2;
    for (int y = 0; y < h; y++)
        ft_canvas_put(c, r.y + y, x, 0x2502, FT_ROLE_MUTED);
    int last = -1;
    for (int i = 0; i < n; i++) {
        double f = (ticks[i].y - a->y0) / (a->y1 - a->y0);
        int row = (int)lround((1 - f) * (a->dots_h - 1)) / 4;
        if (row < 0 || row >= h || row == last) continue;
        last = row;
        ft_canvas_put(c, r.y + row, x, 0x2524, FT_ROLE_MUTED);
        if (label_w) ft_canvas_right(c, r.y + row, r.x, label_w, FT_ROLE_MUTED, ticks[i].text);
    }
    if (axis_y >= 0) x_labels(a, c, r, axis_y, p);
    return axis_y;
}
