/* Private to squad.c: placing answers in their contexts. */
#ifndef FT_DATA_SQUAD_IN_H
#define FT_DATA_SQUAD_IN_H

#include "data/squad.h"

/* Fills the spans of all answers from text and start_cp, counts moved and lost ones, and the code
 * points of the contexts. Time is bounded by the size of the file, whatever is in it: past a budget
 * of bytes searched, answers that are not at their offset are counted as lost. */
void ft_squad_place(struct ft_squad *q);

#endif
