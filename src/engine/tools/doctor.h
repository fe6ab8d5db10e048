/* A report on this machine: processor, memory, libraries, folders, terminal. For bug reports and
 * questions about speed.
 *
 *     struct ft_str s = {0};
 *     ft_doctor(false, &s);
 */
#ifndef FT_ENGINE_TOOLS_DOCTOR_H
#define FT_ENGINE_TOOLS_DOCTOR_H

#include "util/str.h"

#include <stdbool.h>

/* Appends a list for a person, or one JSON object with a newline. Names no secrets: of the
 * environment only what decides the look and the place of files. */
void ft_doctor(bool json, struct ft_str *out);

#endif
