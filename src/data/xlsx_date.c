/* Days to dates: see xlsx_date.h. */
#include "data/xlsx_date.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { DAY_MS = 86400000, DAYS_MAX = 2958466 /* 10000-01-01 */ };

struct moment {
    int64_t days, ms; /* ms of the day */
    int year, month, day, weekday;
};

/* The Gregorian date of a number of days since 1970-01-01 (the algorithm counts 400-year eras from
 * March, so that the leap day is the last of a year). */
static void civil(int64_t days, struct moment *m)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    m->day = (int)(doy - (153 * mp + 2) / 5) + 1;
    m->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    m->year = (int)(yoe + era * 400) + (m->month <= 2);
}

static void set_date(struct moment *m, bool from_1904)
{
    int64_t days = from_1904 ? m->days + 1462 : m->days; /* as if from 1900 */
    m->weekday = (int)((days + 6) % 7);                  /* day 1 is a Sunday there */
    if (days == 60) {                                    /* there was no such day */
        m->year = 1900;
        m->month = 2;
        m->day = 29;
    } else if (!days) {
        m->year = 1900;
        m->month = 1;
        m->day = 0;
    } else {
        civil(days - 25569 + (days < 60), m);
    }
}

/* ---- tokens ---- */

struct token {
    char c;   /* y m d h s; M: minutes; a: AM/PM; A: A/P; f: parts of a second; 0: text */
    size_t n; /* letters */
    bool elapsed;
    struct ft_text text;
};

static bool take(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - p) >= n && !strncasecmp(p, word, n);
}

/* The token at p; returns its length. */
static size_t next_token(const char *p, const char *end, struct token *t)
{
    *t = (struct token){.text = {p, 1}};
    size_t left = (size_t)(end - p), n = 1;
    if (*p == '"') {
        const char *close = left > 1 ? memchr(p + 1, '"', left - 1) : NULL;
        t->text = (struct ft_text){p + 1, (size_t)((close ? close : end) - p - 1)};
        return close ? (size_t)(close - p) + 1 : left;
    }
    if (*p == '\\' || *p == '_' || *p == '*') {
        n = left > 1 ? ft_utf8_len(p + 1, left - 1) : 0;
        t->text = *p == '\\' ? (struct ft_text){p + 1, n} : (struct ft_text){" ", *p == '_'};
        return n + 1;
    }
    if (*p == '[') {
        const char *close = memchr(p, ']', left);
        n = close ? (size_t)(close - p) + 1 : left;
        t->text.n = 0;
        t->elapsed = close && n > 2 && strchr("hHmMsS", p[1]);
        for (size_t i = 2; t->elapsed && i + 1 < n; i++)
            t->elapsed = tolower((unsigned char)p[i]) == tolower((unsigned char)p[1]);
        if (t->elapsed) {
            t->c = (char)tolower((unsigned char)p[1]);
            t->n = n - 2;
        }
        return n;
    }
    if (take(p, end, "AM/PM")) {
        t->c = 'a';
        return 5;
    }
    if (take(p, end, "A/P")) {
        t->c = 'A';
        return 3;
    }
    if (*p == '.' && left > 1 && p[1] == '0') {
        while (n < left && p[n] == '0')
            n++;
        t->c = 'f';
        t->n = n - 1 < 3 ? n - 1 : 3;
        return n;
    }
    char c = (char)tolower((unsigned char)*p);
    if (!c || !strchr("ymdhs", c)) return 1;
    while (n < left && tolower((unsigned char)p[n]) == c)
        n++;
    t->c = c;
    t->n = n;
    return n;
}

/* Is an m minutes: behind hours, or before seconds, with nothing but text between? */
static bool is_minutes(char before, const char *p, const char *end)
{
    struct token t;
    if (before == 'h') return true;
    while (p < end) {
        p += next_token(p, end, &t);
        if (t.c) return t.c == 's';
    }
    return false;
}

struct look {
    bool twelve, seconds; /* a clock of 12 hours; seconds are shown */
    size_t parts;         /* digits of parts of a second */
};

static struct look look_at(struct ft_text s)
{
    struct look l = {0};
    struct token t;
    for (const char *p = s.data, *end = p + s.n; p < end;) {
        p += next_token(p, end, &t);
        l.twelve |= t.c == 'a' || t.c == 'A';
        l.seconds |= t.c == 's';
        if (t.c == 'f') l.parts = t.n;
    }
    return l;
}

/* ---- writing ---- */

static void add_name(const char *const *names, int at, size_t letters, struct ft_str *out)
{
    const char *name = names[at];
    size_t n = letters == 3 ? 3 : letters == 5 ? 1 : strlen(name);
    ft_str_add(out, name, n);
}

static void add_token(const struct token *t, const struct moment *m, const struct look *l,
                      struct ft_str *out)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"},
                             *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};
    int64_t all = m->days * DAY_MS + m->ms;
    int hour = (int)(m->ms / 3600000), minute = (int)(m->ms / 60000 % 60),
        second = (int)(m->ms / 1000 % 60), part = (int)(m->ms % 1000), wide = t->n > 1 ? 2 : 1;
    if (t->elapsed) {
        int64_t unit = t->c == 'h' ? 3600000 : t->c == 's' ? 1000 : 60000;
        ft_str_addf(out, "%0*lld", (int)(t->n < 9 ? t->n : 9), (long long)(all / unit));
        return;
    }
    switch (t->c) {
    case 'y':
        ft_str_addf(out, t->n > 2 ? "%04d" : "%02d", t->n > 2 ? m->year : m->year % 100);
        break;
    case 'm':
        if (t->n > 2)
            add_name(months, m->month - 1, t->n, out);
        else
            ft_str_addf(out, "%0*d", wide, m->month);
        break;
    case 'd':
        if (t->n > 2)
            add_name(days, m->weekday, t->n == 3 ? 3 : 4, out);
        else
            ft_str_addf(out, "%0*d", wide, m->day);
        break;
    case 'h':
        if (l->twelve) hour = hour % 12 ? hour % 12 : 12;
        ft_str_addf(out, "%0*d", wide, hour);
        break;
    case 'M':
        ft_str_addf(out, "%0*d", wide, minute);
        break;
    case 's':
        ft_str_addf(out, "%0*d", wide, second);
        break;
    case 'f':
        for (size_t i = t->n; i < 3; i++)
            part /= 10;
        ft_str_addf(out, ".%0*d", (int)t->n, part);
        break;
    case 'a':
        ft_str_addz(out, hour < 12 ? "AM" : "PM");
        break;
    case 'A':
        ft_str_addc(out, hour < 12 ? 'A' : 'P');
        break;
    default:
        ft_str_add(out, t->text.data, t->text.n);
    }
}

bool ft_xlsx_date_add(struct ft_text section, double x, bool from_1904, struct ft_str *out)
{
    struct look l = look_at(section);
    struct moment m = {0};
    if (!(x >= 0 && x < DAYS_MAX)) return false;
    /* The smallest unit shown is rounded to; minutes and hours are not rounded up. */
    double unit = !l.seconds ? 1 : l.parts == 3 ? 1 : l.parts == 2 ? 10 : l.parts == 1 ? 100 : 1000;
    int64_t all = (int64_t)(llround(x * DAY_MS / unit) * (int64_t)unit);
    m.days = all / DAY_MS;
    m.ms = all % DAY_MS;
    set_date(&m, from_1904);
    char before = 0;
    for (const char *p = section.data, *end = p + section.n; p < end;) {
        struct token t;
        p += next_token(p, end, &t);
        if (t.c == 'm' && t.n <= 2 && !t.elapsed && is_minutes(before, p, end)) t.c = 'M';
        if (t.c) before = t.c;
        add_token(&t, &m, &l, out);
    }
    return true;
}
