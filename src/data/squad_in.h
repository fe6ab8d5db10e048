/* Private to squad.c, squad_read.c (the reader) and squad_place.c (placing answers). */
#ifndef FT_DATA_SQUAD_IN_H
#define FT_DATA_SQUAD_IN_H

#include "data/squad.h"

/* Fills the spans of all answers from text and start_cp, counts moved and lost ones, and the code
 * points of the contexts. Time is bounded by the size of the file, whatever is in it: past a budget
 * of bytes searched, answers that are not at their offset are counted as lost. */
void ft_squad_place(struct ft_squad *q);

/* After reading: sorts flattened rows by article and paragraph, links questions, paragraphs and
 * articles, decides which questions are impossible, counts, and places the answers. */
void ft_squad_link(struct ft_squad *q);

#endif
