/* Time: see clock.h. */
#include "util/clock.h"
#include "util/str.h"

#include <stdlib.h>
#include <time.h>

double ft_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double ft_cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int64_t ft_wall_s(void)
{
    long long pinned;
    if (ft_parse_i64(getenv("FETTLE_CLOCK"), &pinned)) return pinned;
    return (int64_t)time(NULL);
}

char *ft_wall_iso(char *buf, size_t size, int64_t wall_s)
{
    time_t t = (time_t)wall_s;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || !strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm)) buf[0] = 0;
    return buf;
}
