/* A scanner for the XML parts of workbooks: tag after tag, over bytes that lie still; nothing is
 * built and nothing is expanded but the references of XML itself, so that no document can grow.
 * Comments and CDATA sections are part of the text around them. Not here: checking that tags match.
 *
 *     struct ft_xml x = {.p = data, .end = data + n};
 *     while (ft_xml_next(&x))
 *         if (!x.closing && ft_xml_is(x.name, "sheet")) .. ft_xml_attribute(&x, "name") ..
 *
 * Threads: safe; nothing is kept between calls. */
#ifndef FT_DATA_XML_SCAN_H
#define FT_DATA_XML_SCAN_H

#include "data/text.h"
#include "util/str.h"

#include <stdbool.h>

struct ft_xml {
    const char *p, *end;
    struct ft_text name, attributes; /* of the tag that was read last, without its prefix */
    bool closing, empty;             /* </x>; <x/> */
    struct ft_text text;             /* before that tag, as in the file */
};
/* Reads up to the end of the next tag; false: there is none. */
bool ft_xml_next(struct ft_xml *x);
bool ft_xml_is(struct ft_text name, const char *word);
/* The value of an attribute, with or without a prefix, as in the file; {NULL, 0}: not there. */
struct ft_text ft_xml_attribute(const struct ft_xml *x, const char *name);
/* Appends a text of the file: references and the escapes _xHHHH_ of Office are resolved. */
void ft_xml_add_text(struct ft_text s, struct ft_str *out);

#endif
