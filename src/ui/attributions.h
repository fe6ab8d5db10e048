/* A text with what each of its tokens did to a prediction: what pushes towards the label is bold in
 * one colour, what pushes away underlined in another, and the strongest carry their number, -9 ..
 * +9, so that nothing is lost without colour. */
#ifndef FT_UI_ATTRIBUTIONS_H
#define FT_UI_ATTRIBUTIONS_H

#include "engine/predict.h"
#include "ui/rich.h"

/* `text`: what was predicted; bytes from `read_bytes` on were not read and are muted. */
void ft_attributions(struct ft_rich *out, const char *text, const struct ft_prediction *p);

#endif
