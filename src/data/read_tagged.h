/* Text files in which labels stand beside words: fastText's lines (__label__NAME text) and the
 * columns of CoNLL (a word and its tag a line, a blank line after a sentence). The readers
 * themselves are in read.h. */
#ifndef FT_DATA_READ_TAGGED_H
#define FT_DATA_READ_TAGGED_H

#include "data/table.h"

/* What the beginning of a text file is: FASTTEXT, CONLL, else AUTO. */
enum ft_format ft_tagged_sniff(const char *text, size_t n);

#endif
