/* The roles of tensors in a net, and their properties, as the tables of the families
 * (core/family_in.h) name them and the parameters (core/params.h) have them. */
#ifndef FT_CORE_ROLE_H
#define FT_CORE_ROLE_H

/* What a tensor does in the net. The blocks and heads find their weights by role, so two families
 * whose tensors play the same parts share the code. */
enum ft_role {
    FT_ROLE_JOINED, /* lies right behind the row before it and is used as part of that one */
    FT_ROLE_WORD,
    FT_ROLE_POS,
    FT_ROLE_TYPE,
    FT_ROLE_EMB_NORM_W,
    FT_ROLE_EMB_NORM_B,
    FT_ROLE_EMB_PROJ_W, /* from the embeddings' size to the hidden one */
    FT_ROLE_EMB_PROJ_B,
    FT_ROLE_REL,      /* (buckets, H): added to the scores of all layers, by distance */
    FT_ROLE_REL_ROWS, /* (2 span, C): rows of distances, in front of the projections of each layer */
    FT_ROLE_REL_NORM_W,
    FT_ROLE_REL_NORM_B,
    /* one set a layer */
    FT_ROLE_QKV_W, /* queries, keys, values: (3C, C), or (C, 3C) where stored [in, out] */
    FT_ROLE_QKV_B,
    FT_ROLE_PROJ_W,
    FT_ROLE_PROJ_B,
    FT_ROLE_NORM1_W, /* the norm that belongs to the attention */
    FT_ROLE_NORM1_B,
    FT_ROLE_FF1_W,
    FT_ROLE_FF1_B,
    FT_ROLE_FF2_W,
    FT_ROLE_FF2_B,
    FT_ROLE_NORM2_W, /* the norm that belongs to the feed-forward part */
    FT_ROLE_NORM2_B,
    FT_ROLE_POS_KEY_W, /* of REL_ROWS where these are not those of tokens */
    FT_ROLE_POS_KEY_B,
    FT_ROLE_POS_QUERY_W,
    FT_ROLE_POS_QUERY_B,
    /* once again */
    FT_ROLE_FINAL_NORM_W,
    FT_ROLE_FINAL_NORM_B,
    FT_ROLE_POOL_W, /* the dense layer before the last one, mostly of a classifier */
    FT_ROLE_POOL_B,
    FT_ROLE_POOL_NORM_W, /* a norm behind it and its activation */
    FT_ROLE_POOL_NORM_B,
    FT_ROLE_OUT_W, /* classification, QA: the last one */
    FT_ROLE_OUT_B,
    FT_ROLE_LM_DENSE_W, /* masked language model: dense, activation, norm, then the word embeddings
                         */
    FT_ROLE_LM_DENSE_B,
    FT_ROLE_LM_NORM_W,
    FT_ROLE_LM_NORM_B,
    FT_ROLE_LM_OUT_W, /* the output matrix where it is not the word embeddings */
    FT_ROLE_LM_OUT_B,
};
enum { FT_ROLE_COUNT = FT_ROLE_LM_OUT_B + 1 };

enum ft_param_flag {
    FT_PARAM_LAYER = 1,      /* once a layer; the name holds %d */
    FT_PARAM_NORM = 2,       /* weight or bias of a norm */
    FT_PARAM_IN_OUT = 4,     /* a matrix stored [in, out] (GPT-2); else [out, in] */
    FT_PARAM_EMBED = 8,      /* belongs to the embeddings (freezing) */
    FT_PARAM_HEAD = 16,      /* belongs to the task's head: new when the file is a body alone */
    FT_PARAM_UNTIED = 32,    /* only where the output matrix is a tensor of its own */
    FT_PARAM_FACTORED = 64,  /* only where the embeddings have another size than the layers */
    FT_PARAM_NO_DECAY = 128, /* a matrix without weight decay */
    /* only where the config says so */
    FT_PARAM_RELATIVE = 256,      /* rel_span */
    FT_PARAM_RELATIVE_NORM = 512, /* rel_norm */
    FT_PARAM_POS_KEYS = 1024,     /* position keys, not shared */
    FT_PARAM_POS_QUERIES = 2048,
    FT_PARAM_OLD_HEAD = 4096, /* new_lm_head off */
    FT_PARAM_NEW_HEAD = 8192, /* ..and on */
};

#endif
