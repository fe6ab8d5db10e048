/* What the two files of kernels share. Private to them. */
#ifndef FT_CORE_PANEL_KERNELS_IN_H
#define FT_CORE_PANEL_KERNELS_IN_H

#include <stddef.h>

/* Of n sets, structs of `size` bytes that begin with their name: the first that this processor can
 * run, with that name where one is given. NULL: none. */
const void *ft_panel_set_find(const void *sets, size_t n, size_t size, const char *name);
/* The int8 side of ft_panel_kernels_force. Where no set has the name, or the processor lacks what it
 * needs: the best. */
void ft_panel_kernels_force_int8(const char *name);

#endif
