/* A text with what each of its tokens did to a prediction: what pushes towards the label is bold in
 * one colour, what pushes away underlined in another, and the stronger ones carry their number, -9
 * .. +9, in a line below, so that nothing is lost without colour. */
#ifndef FT_UI_SCREENS_ATTRIBUTIONS_H
#define FT_UI_SCREENS_ATTRIBUTIONS_H

#include "engine/predict/predict.h"
#include "ui/widgets/rich.h"

/* `text`: what was predicted, wrapped into lines of w columns; bytes from `read_bytes` on were not
 * read and are muted. */
void ft_attributions(struct ft_rich *out, const char *text, const struct ft_prediction *p, int w);

#endif
