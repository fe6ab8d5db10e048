/* Making a new model: see create.h. The model is written as a language model's (its body and tied
 * output matrix), which every task can start from. */
#include "engine/model/create.h"

#include "data/columns.h"
#include "data/vocab_train.h"
#include "data/read.h"
#include "data/table.h"
#include "engine/model/model_family.h"
#include "engine/model/model_file.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static enum ft_status learn_vocabulary(const struct ft_hf_config *config, const char *path,
                                       size_t vocab_size, struct ft_tok **tok, size_t *texts,
                                       struct ft_job *w, struct ft_err *err)
{
    struct ft_vocab_train_opt opt = {.class_name = ft_hf_family(config->family)->tokenizer_class,
                                     .vocab_size = vocab_size,
                                     .max_length = ft_model_max_tokens(config)};
    struct ft_table table = {0};
    struct ft_read_opt how = {0};
    struct ft_columns columns;
    enum ft_status st = ft_table_read(&table, path, &how, err);
    if (!st) {
        ft_columns_guess(&table, &columns);
        if (columns.text < 0) st = ft_fail(err, FT_FORMAT, "%s: has no text column", path);
    }
    struct ft_vocab_train *learn = st ? NULL : ft_vocab_train_new(&opt);
    size_t rows = st ? 0 : ft_table_rows(&table);
    for (size_t i = 0; i < rows && !st; i++) {
        struct ft_text cell = ft_table_cell(&table, i, (size_t)columns.text);
        if (cell.n) ft_vocab_train_add(learn, cell.data, cell.n);
        *texts += cell.n > 0;
        if (i % 4096) continue;
        ft_job_report(w, (double)i, (double)rows, "rows");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    if (st)
        ft_vocab_train_free(learn);
    else if ((st = ft_vocab_train_finish(learn, tok, err)))
        ft_fail_in(err, "%s", path);
    ft_table_release(&table);
    return st;
}

/* The ids of special tokens in config.json are those of the new vocabulary. */
static void settle_ids(struct ft_hf_config *config, const struct ft_tok *tok)
{
    config->vocab_size = (int64_t)ft_tok_vocab_size(tok);
    config->pad_token_id = ft_tok_special_id(tok, FT_TOK_PAD);
    int32_t bos = ft_tok_special_id(tok, FT_TOK_BOS), eos = ft_tok_special_id(tok, FT_TOK_EOS);
    if (bos < 0 && eos < 0) return;
    config->bos_token_id = bos;
    config->eos_token_id = eos;
    config->cls_token_id = ft_tok_special_id(tok, FT_TOK_CLS);
    config->sep_token_id = ft_tok_special_id(tok, FT_TOK_SEP);
    config->end_n = 0;
}

enum ft_status ft_create_model(const char *config, const char *text, size_t vocab_size,
                               uint64_t seed, const char *output, struct ft_created *made,
                               struct ft_job *w, struct ft_err *err)
{
    struct ft_model_file m = {0};
    struct ft_net_config cfg;
    *made = (struct ft_created){0};
    if (ft_path_exists(output))
        return ft_fail(err, FT_EXISTS, "%s: already exists; choose another name", output);
    enum ft_status st = ft_hf_config_load(&m.config, config, err);
    if (st) return st;
    if ((st = ft_model_check_positions(&m.config, err))) goto out;
    if ((st = learn_vocabulary(&m.config, text, vocab_size, &m.tok, &made->texts, w, err)))
        goto out;
    settle_ids(&m.config, m.tok);
    enum ft_task task = ft_family_text_task(m.config.family);
    ft_hf_config_set_task(&m.config, task);
    struct ft_model_opt opt = {.task = task, .dropout = -1};
    if ((st = ft_hf_config_check(&m.config, err))) goto out;
    if ((st = ft_model_file_net_config(&m.config, &opt, &cfg, err))) goto out;
    if ((st = ft_net_new(&m.net, &cfg, err))) goto out;
    ft_net_init_weights(m.net, seed, false);
    made->vocab = (size_t)m.config.vocab_size;
    made->parameters = m.net->params.count;
    st = ft_model_file_save(&m, output, err);
out:
    ft_model_file_release(&m);
    return st;
}
