/* Masked and causal language modelling: see task.h and lm.h. */
#include "engine/task/task.h"

#include "engine/task/lm.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void ft_masking_of(struct ft_masking *m, const struct ft_options *o, const struct ft_model_file *f,
                   uint64_t epoch)
{
    *m = (struct ft_masking){.probability = ft_options_num(o, FT_OPT_mlm_probability),
                             .seed = (uint64_t)ft_options_int(o, FT_OPT_seed),
                             .epoch = epoch,
                             .tok = f->tok,
                             .vocab = ft_tok_vocab_size(f->tok)};
}

static enum ft_status open(struct ft_run_data *d, const struct ft_options *o,
                           const struct ft_labels *labels, bool unlabelled, struct ft_err *err)
{
    (void)labels, (void)unlabelled;
    d->running_text = true;
    return ft_run_data_read(d, o, NULL, true, err);
}

static enum ft_status make(struct ft_sequences *s, const struct ft_run_data *d, enum ft_part part,
                           const struct ft_model_file *m, const struct ft_options *o,
                           enum ft_task task, struct ft_job *w, struct ft_err *err)
{
    struct ft_lm_opt opt;
    bool plain = d->tables[FT_PART_TRAIN].format == FT_FORMAT_TEXT;
    ft_lm_opt_of(&opt, o, task, plain, m->max_tokens);
    if (ft_task_has(task, FT_TRAIT_MASKS) && ft_tok_special_id(m->tok, FT_TOK_MASK) < 0)
        return ft_fail(err, FT_FORMAT, "%s: its tokenizer has no mask token, which task mlm needs",
                       m->path);
    if (opt.length < 2)
        return ft_fail(err, FT_USAGE, "block_size is %zu, expected 2 or more", opt.length);
    return ft_lm_sequences(s, &d->x, part, m->tok, &opt, w, err);
}

static enum ft_status mlm_sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                    enum ft_part part, const struct ft_model_file *m,
                                    const struct ft_options *o, bool to_score, struct ft_job *w,
                                    struct ft_err *err)
{
    (void)to_score;
    return make(s, d, part, m, o, FT_TASK_MLM, w, err);
}

static enum ft_status clm_sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                    enum ft_part part, const struct ft_model_file *m,
                                    const struct ft_options *o, bool to_score, struct ft_job *w,
                                    struct ft_err *err)
{
    (void)to_score;
    return make(s, d, part, m, o, FT_TASK_CLM, w, err);
}

/* One line for a block: its text, its loss, and the tokens that cost most. */
enum { HARDEST = 32 };
struct writer {
    const struct ft_scoring *in;
    FILE *lines;
    struct ft_str text, s;
};

static void hardest_of(const struct ft_lm_said *said, size_t at[HARDEST], size_t *n)
{
    *n = 0;
    for (size_t k = 0; k < said->n; k++) {
        if (said->argmax[k] < 0) continue;
        if (*n == HARDEST && said->losses[k] <= said->losses[at[*n - 1]]) continue;
        size_t place = *n < HARDEST ? (*n)++ : HARDEST - 1;
        for (; place > 0 && said->losses[at[place - 1]] < said->losses[k]; place--)
            at[place] = at[place - 1];
        at[place] = k;
    }
}

/* Code points of the block's text before token k: what the tokens before it are written as. */
static size_t place(struct writer *w, const int32_t *ids, size_t k)
{
    ft_str_clear(&w->text);
    ft_tok_decode(w->in->m->tok, ids, k, FT_TOK_SKIP_SPECIAL, &w->text);
    return ft_utf8_chars(w->text.data, w->text.len);
}

static void add_piece(struct writer *w, const char *key, const int32_t *id)
{
    ft_str_clear(&w->text);
    ft_tok_decode(w->in->m->tok, id, 1, 0, &w->text);
    ft_json_add_key(&w->s, key);
    ft_json_add_str(&w->s, w->text.data ? w->text.data : "", w->text.len);
}

static enum ft_status write_line(void *arg, const struct ft_lm_said *said, struct ft_err *err)
{
    struct writer *w = arg;
    struct ft_str *s = &w->s;
    size_t at[HARDEST], hardest, tokens = 0, hits = 0;
    double loss = 0;
    (void)err;
    for (size_t k = 0; k < said->n; k++) {
        if (said->argmax[k] < 0) continue;
        tokens++;
        hits += said->argmax[k] == said->ids[k + (size_t)said->shift];
        loss += (double)said->losses[k];
    }
    ft_str_clear(&w->text);
    ft_tok_decode(w->in->m->tok, said->ids, said->n, FT_TOK_SKIP_SPECIAL, &w->text);
    ft_str_clear(s);
    ft_str_addf(s, "{\"row\":%zu,\"part\":\"%s\",\"text\":", said->i + 1,
                ft_part_name(w->in->part));
    ft_json_add_str(s, w->text.data ? w->text.data : "", w->text.len);
    ft_str_addf(s, ",\"tokens\":%zu,\"right\":%zu", tokens, hits);
    ft_json_put_num(s, "loss", tokens ? loss / (double)tokens : (double)NAN);
    ft_str_addz(s, ",\"hardest\":[");
    hardest_of(said, at, &hardest);
    for (size_t i = 0; i < hardest; i++) {
        size_t k = at[i] + (size_t)said->shift;
        const int32_t *target = said->ids + k;
        ft_str_addf(s, "%s{\"start\":%zu,\"end\":%zu", i ? "," : "", place(w, said->ids, k),
                    place(w, said->ids, k + 1));
        add_piece(w, "token", target);
        add_piece(w, "guess", said->argmax + at[i]);
        ft_json_add_key(s, "loss");
        ft_json_add_f32(s, said->losses[at[i]]);
        ft_str_addc(s, '}');
    }
    ft_str_addz(s, "]}\n");
    fwrite(s->data, 1, s->len, w->lines);
    return FT_OK;
}

static enum ft_status score_as(const struct ft_scoring *in, enum ft_task task,
                               struct ft_scores *scores, FILE *lines, struct ft_job *w,
                               struct ft_err *err)
{
    struct ft_lm_sum sum;
    struct ft_masking masking;
    struct writer out = {.in = in, .lines = lines};
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size);
    ft_masking_of(&masking, in->o, in->m, UINT64_MAX);
    enum ft_status st =
        ft_lm_score(&sum, in->m->net, in->s, ft_task_has(task, FT_TRAIT_MASKS) ? &masking : NULL,
                    batch, lines ? write_line : NULL, &out, w, err);
    ft_str_release(&out.text);
    ft_str_release(&out.s);
    if (st) return st;
    memset(scores, 0, sizeof *scores);
    scores->task = task;
    scores->examples = in->s->n;
    scores->loss = sum.loss;
    scores->perplexity = exp(sum.loss);
    scores->tokens = sum.tokens;
    scores->accuracy = sum.tokens ? (double)sum.hits / (double)sum.tokens : 0;
    return FT_OK;
}

static enum ft_status mlm_score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                                struct ft_job *w, struct ft_err *err)
{
    return score_as(in, FT_TASK_MLM, scores, lines, w, err);
}

static enum ft_status clm_score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                                struct ft_job *w, struct ft_err *err)
{
    return score_as(in, FT_TASK_CLM, scores, lines, w, err);
}

static void scores_json(const struct ft_scores *s, struct ft_str *out)
{
    ft_json_put_num(out, "perplexity", s->perplexity);
    ft_json_put_num(out, "tokens", (double)s->tokens);
    if (ft_task_has(s->task, FT_TRAIT_MASKS)) ft_json_put_num(out, "accuracy", s->accuracy);
}

static void scores_text(const struct ft_scores *s, struct ft_str *out)
{
    ft_str_addf(out, "%12s  %.4f\n%12s  %.4f\n%12s  %llu\n", "loss", s->loss, "perplexity",
                s->perplexity, "tokens", (unsigned long long)s->tokens);
    if (ft_task_has(s->task, FT_TRAIT_MASKS))
        ft_str_addf(out, "%12s  %.4f\n", "accuracy", s->accuracy);
}

static enum ft_status scores_read(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err)
{
    s->examples = ft_json_count(tree, "examples");
    s->perplexity = ft_json_number(tree, "perplexity");
    s->tokens = ft_json_count(tree, "tokens");
    (void)path, (void)err;
    s->accuracy = ft_json_number(tree, "accuracy");
    return FT_OK;
}

const struct ft_task_ops ft_task_mlm = {
    .facts =
        {
            .does = "masked tokens",
            .examples = "examples",
            .needed = "text",
            .sequences = "sequences",
            .input_title = "Text with [MASK]",
            .ask_hint = "",
            .input_key = "text",
            .pair_key = "text_pair",
            .answer_key = "filled",

            .metrics = {{"accuracy", offsetof(struct ft_scores, accuracy), false, false},
                        {"perplexity", offsetof(struct ft_scores, perplexity), true, false}},
            .best_metrics = "loss|accuracy",
        },
    .open = open,
    .count = ft_run_data_examples,
    .split_json = ft_run_data_split_json,
    .sequences = mlm_sequences,
    .score = mlm_score,
    .scores_json = scores_json,
    .scores_text = scores_text,
    .scores_read = scores_read,
};
const struct ft_task_ops ft_task_clm = {
    .facts =
        {
            .does = "text generation",
            .examples = "examples",
            .needed = "text",
            .sequences = "blocks",
            .input_title = "Prompt",
            .ask_hint = ": use --prompt",
            .input_key = "prompt",
            .pair_key = "text_pair",
            .answer_key = "text",

            .metrics = {{"perplexity", offsetof(struct ft_scores, perplexity), true, false}},
            .best_metrics = "loss",
        },
    .open = open,
    .count = ft_run_data_examples,
    .split_json = ft_run_data_split_json,
    .sequences = clm_sequences,
    .score = clm_score,
    .scores_json = scores_json,
    .scores_text = scores_text,
    .scores_read = scores_read,
};
