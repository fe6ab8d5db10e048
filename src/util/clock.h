/* Time. With FETTLE_CLOCK=SECONDS in the environment the wall clock stands still at that second
 * since 1970 (for tests of screens); the monotonic clock always runs. */
#ifndef FT_UTIL_CLOCK_H
#define FT_UTIL_CLOCK_H

#include <stddef.h>
#include <stdint.h>

double ft_now_s(void);   /* monotonic seconds, for durations */
double ft_cpu_s(void);   /* seconds that all threads of the process have computed */
int64_t ft_wall_s(void); /* seconds since 1970 */
/* "2026-11-23T10:36:00Z" into buf; returns buf. */
char *ft_wall_iso(char *buf, size_t size, int64_t wall_s);

#endif
