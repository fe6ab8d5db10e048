/* What the two files of kernels share. Private to them. */
#ifndef FT_CORE_PANEL_KERNELS_IN_H
#define FT_CORE_PANEL_KERNELS_IN_H

#include <stdbool.h>

/* Whether this processor can run the set with this name. */
bool ft_panel_processor_has(const char *name);
/* The int8 side of ft_panel_kernels_force. */
void ft_panel_kernels_force_int8(const char *name);

#endif
