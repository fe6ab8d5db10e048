/* The parts of inspect that its own files share; see inspect.h. */
#ifndef FT_ENGINE_TOOLS_INSPECT_IN_H
#define FT_ENGINE_TOOLS_INSPECT_IN_H

#include "data/tok.h"
#include "engine/tools/inspect.h"

enum ft_status ft_inspect_model(const char *name, bool json, struct ft_str *out,
                                struct ft_err *err);
enum ft_status ft_inspect_weights(const char *path, bool json, struct ft_str *out,
                                  struct ft_err *err);
enum ft_status ft_inspect_data(const char *path, const struct ft_options *o, bool json,
                               struct ft_str *out, struct ft_err *err);
struct ft_tokenizer {
    struct ft_tok *tok;
    struct ft_tok_ctx *ctx;
    struct ft_enc enc;
};
/* The tokenizer of a model, or of a folder that holds nothing else. */
enum ft_status ft_inspect_tok(struct ft_tok **tok, const char *model, struct ft_err *err);

#endif
