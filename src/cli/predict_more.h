/* `fettle predict` for other tasks than classification: each prints its answer and returns the exit
 * status. */
#ifndef FT_CLI_PREDICT_MORE_H
#define FT_CLI_PREDICT_MORE_H

#include "cli/args.h"
#include "engine/predict/predict.h"

/* What the flags say of generation; false: a usage error, said. */
bool ft_predict_cli_options(const struct ft_args *a, struct ft_generate_opt *opt);
/* FT_USAGE where the model is no classifier. */
enum ft_status ft_predict_cli_explains(const struct ft_predictor *p, struct ft_err *err);
int ft_predict_cli_answer(const struct ft_args *a, struct ft_predictor *p, const char *question);
int ft_predict_cli_generate(const struct ft_args *a, struct ft_predictor *p, const char *prompt);
int ft_predict_cli_fill(const struct ft_args *a, struct ft_predictor *p, const char *text);

#endif
