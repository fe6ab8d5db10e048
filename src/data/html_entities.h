/* Named character references of HTML. */
#ifndef FT_DATA_HTML_ENTITIES_H
#define FT_DATA_HTML_ENTITIES_H

#include <stddef.h>
#include <stdint.h>

/* The code point of a name such as "eacute" (n bytes, without & and ;), 0 when there is none. */
uint32_t ft_html_entity(const char *name, size_t n);

#endif
