/* A model family as data: the table of its tensors and the few switches in which blocks and heads
 * differ. Each family_NAME.c defines one; all other code is shared. docs/ADDING_A_MODEL.md explains
 * how to add one. Private to core. */
#ifndef FT_CORE_FAMILY_IN_H
#define FT_CORE_FAMILY_IN_H

#include "core/family.h"
#include "core/op_act.h"
#include "core/role.h"

#include <stdbool.h>
#include <stddef.h>

/* Symbolic sizes of a tensor's dimensions. */
enum ft_dim {
    FT_DIM_NONE, /* the tensor has one dimension */
    FT_DIM_V,    /* vocabulary */
    FT_DIM_P,    /* positions */
    FT_DIM_S,    /* token types ("segments"); a row is left out when there are 0 */
    FT_DIM_C,    /* hidden */
    FT_DIM_E,    /* columns of the embeddings */
    FT_DIM_H,    /* heads */
    FT_DIM_R,    /* buckets of distances */
    FT_DIM_2S,   /* rows of distances */
    FT_DIM_3C,
    FT_DIM_F,   /* feed-forward */
    FT_DIM_2F,  /* its two halves, where it is gated */
    FT_DIM_OUT, /* logits: labels, or 2 in QA */
    FT_DIM_COUNT
};

enum ft_init {
    FT_INIT_ZERO,
    FT_INIT_ONE,
    FT_INIT_NORMAL,       /* N(0, init_range) */
    FT_INIT_NORMAL_RESID, /* N(0, init_range / sqrt(2L)): GPT-2's projections into the residual */
    FT_INIT_NORMAL_OUT,   /* N(0, 1 / sqrt(C)): ModernBERT's classifiers */
    FT_INIT_EMBED_PAD,    /* N(0, init_range), the padding token's row 0 */
};

enum {
    FT_FOR_CLASSIFY = 1 << FT_HEAD_CLASSIFY,
    FT_FOR_QA = 1 << FT_HEAD_QA,
    FT_FOR_MLM = 1 << FT_HEAD_MLM,
    FT_FOR_CLM = 1 << FT_HEAD_CLM,
    FT_FOR_TOKENS = 1 << FT_HEAD_TOKENS,
    FT_FOR_ALL = FT_FOR_CLASSIFY | FT_FOR_QA | FT_FOR_MLM | FT_FOR_CLM | FT_FOR_TOKENS,
};

/* One row a tensor, in the order in which they lie in memory. Rows with FT_PARAM_LAYER stand
 * together. Rows of the body (no FT_PARAM_HEAD) get the family's prefix in front of their name. */
struct ft_param_spec {
    const char *name;
    unsigned char dim[2]; /* enum ft_dim */
    unsigned char role;   /* enum ft_role */
    unsigned char init;   /* enum ft_init */
    unsigned short flags; /* enum ft_param_flag */
    unsigned char heads;  /* FT_FOR_* that have it */
};

struct ft_family_def {
    const char *prefix; /* "bert." */
    const struct ft_param_spec *specs;
    size_t specs_n;
    const char *const *buffers; /* names that end so are no parameters; NULL ends the list */
    const char *const
        *copies; /* names under which old files repeat a language model's tied weights */

    bool pre_norm;          /* norms in front of each part (GPT-2), else behind the residual */
    bool shared_layers;     /* all layers have one set of weights (ALBERT); names without %d */
    bool always_projects;   /* embeddings, even where they have the hidden size already (ALBERT) */
    bool norm_projected;    /* their norm is behind that projection (DeBERTa) */
    bool causal;            /* tokens see only those before them */
    bool pos_from_pad;      /* positions count from pad_id + 1 */
    bool no_proj_dropout;   /* DistilBERT has none behind the attention's projection */
    bool classify_last;     /* classifies on the last token, else on the first */
    bool pool_in_dropout;   /* RoBERTa's head drops out in front of its dense layer too */
    bool qa_dropout;        /* DistilBERT's head for QA drops out */
    enum ft_act pool_act;   /* of the dense layer in the classification head */
    bool lm_gelu;           /* the MLM head's activation is always GELU, else the config's */
    bool own_head_act;      /* both heads' is a setting of its own (ModernBERT) */
    bool own_pool_act;      /* only the classification head's is (DeBERTa) */
    bool gated;             /* feed-forward: the first half's activation times the second half */
    bool first_norm_off;    /* pre_norm: none in front of the first layer's attention */
    bool gate_dropout;      /* hidden_dropout is on what the second feed-forward layer reads, .. */
    bool proj_attn_dropout; /* ..and behind the attention's projection it is attn_dropout */
};

#define X(id, name, word, title) extern const struct ft_family_def ft_family_##name;
FT_FAMILY_LIST(X)
#undef X
const struct ft_family_def *ft_family_get(enum ft_family family);

#endif
