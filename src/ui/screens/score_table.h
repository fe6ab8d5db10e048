/* Scores of questions as a table, as much as fits: what Train and Evaluate show in
 * place of a matrix. */
#ifndef FT_UI_SCREENS_SCORE_TABLE_H
#define FT_UI_SCREENS_SCORE_TABLE_H

#include "engine/task/scores.h"
#include "ui/term/canvas.h"

void ft_squad_table_draw(const struct ft_squad_scores *s, struct ft_canvas *c, struct ft_rect r);

#endif
