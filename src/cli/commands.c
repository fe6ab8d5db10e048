/* The command table. A row here and a function ft_cmd_NAME make a command. */
#include "cli/commands.h"

#include "cli/args.h"
#include "cli/help.h"
#include "cli/report.h"

#include <stdio.h>
#include <string.h>

enum { ANY = 1 << 20 };

/* clang-format off: one row a line */
static const struct ft_flag train_flags[] = {
    {"resume", FT_FLAG_VALUE, "D", "Resume the run in folder D, with bit-identical results."},
    {"fork", FT_FLAG_VALUE, "D@STEP",
     "Start a new run from a checkpoint of run D, with the options given here changed."},
    {"json", FT_FLAG_SWITCH, NULL, "Print the final scores as JSON."},
    {0}};
static const struct ft_flag eval_flags[] = {
    {"json", FT_FLAG_SWITCH, NULL, "Print a JSON object instead of a table."},
    {"predictions", FT_FLAG_VALUE, "P.json",
     "Score a file of predictions {question id: answer} instead of a model."},
    {"na_probs", FT_FLAG_VALUE, "N.json",
     "File of no-answer probabilities {question id: probability}."},
    {0}};
static const struct ft_flag predict_flags[] = {
    {"text", FT_FLAG_VALUE, "S",
     "Text to predict; for masked language models, with [MASK] in place of a word."},
    {"text_pair", FT_FLAG_VALUE, "S", "Second text of a pair."},
    {"question", FT_FLAG_VALUE, "S", "Question about --context."},
    {"context", FT_FLAG_VALUE, "S", "Text that contains the answer."},
    {"prompt", FT_FLAG_VALUE, "S", "Prompt to generate text from."},
    {"max_new_tokens", FT_FLAG_VALUE, "N", "Maximum number of generated tokens [50]."},
    {"temperature", FT_FLAG_VALUE, "T", "Sampling temperature; 0 is greedy decoding [0]."},
    {"top_k", FT_FLAG_VALUE, "K", "Top-k sampling: sample from the K most likely tokens [0: off]."},
    {"top_p", FT_FLAG_VALUE, "P",
     "Nucleus sampling: keep the top tokens whose probabilities add up to P [1: off]."},
    {"repetition_penalty", FT_FLAG_VALUE, "X",
     "Penalise repeated tokens: above 1 they become less likely [1]."},
    {"stop", FT_FLAG_VALUE, "S", "Stop sequence: generation stops before this text."},
    {"explain", FT_FLAG_SWITCH, NULL, "Show token attributions of a classifier's prediction."},
    {"input", FT_FLAG_VALUE, "F",
     "Predict every row of a data file, or every line of a .txt file."},
    {"output", FT_FLAG_VALUE, "F", "Output file: .jsonl, .csv or .json (id: answer)."},
    {"json", FT_FLAG_SWITCH, NULL, "Print one JSON object per text."},
    {0}};
static const struct ft_flag embed_flags[] = {
    {"input", FT_FLAG_VALUE, "F",
     "Data file, or .txt file with one text per line; --text_column chooses the column."},
    {"output", FT_FLAG_VALUE, "F",
     "Output file: .jsonl, or .npy (float32, rows x vector size). Without it: JSON lines on "
     "stdout."},
    {"normalize", FT_FLAG_SWITCH, NULL,
     "L2-normalise the vectors even if modules.json has no Normalize module. Without modules.json "
     "they are always the normalised mean over all tokens, also for GPT-2."},
    {0}};
static const struct ft_flag inspect_flags[] = {
    {"json", FT_FLAG_SWITCH, NULL, "Print a JSON object."},
    {"rows", FT_FLAG_COUNT, "[N]", "Print the rows (or the first N) as parsed."},
    {0}};
static const struct ft_flag tokenize_flags[] = {
    {"model", FT_FLAG_VALUE, "M", "Model whose tokenizer is used."},
    {"format", FT_FLAG_VALUE, "ids|tokens|json", "Output for each text [ids]."},
    {"input_format", FT_FLAG_VALUE, "lines|jsonl",
     "One text per line, or one JSON string or {\"text\",\"text_pair\"} per line [lines]."},
    {"no_special", FT_FLAG_SWITCH, NULL, "Do not add special tokens."},
    {0}};
static const struct ft_flag create_flags[] = {
    {"config", FT_FLAG_VALUE, "C.json",
     "A config.json: model_type and sizes, such as {\"model_type\": \"gpt2\", \"n_embd\": 128, "
     "\"n_layer\": 4, \"n_head\": 4, \"n_positions\": 256}. Sizes not given have the model type's "
     "defaults."},
    {"text", FT_FLAG_VALUE, "F", "Text to train the tokenizer on, in any data format."},
    {"vocab_size", FT_FLAG_VALUE, "N",
     "Size of the vocabulary, special tokens included; with --keep_tokens_of, keep the most "
     "frequent tokens up to that size."},
    {"output", FT_FLAG_VALUE, "D", "Folder of the new model."},
    {"seed", FT_FLAG_VALUE, "N", "Random seed for the initial weights [42]."},
    {"from", FT_FLAG_VALUE, "M",
     "Model to make a smaller one from; its weights are kept, nothing is trained."},
    {"keep_layers", FT_FLAG_VALUE, "LIST", "Layers to keep, counted from 0, such as 0,2,5."},
    {"keep_tokens_of", FT_FLAG_VALUE, "F",
     "Keep only the tokens of the texts in F (any data format), special tokens and ASCII "
     "characters; the tokenizer and the embeddings become smaller. A text whose tokens are all "
     "kept gets the same results."},
    {"dtype", FT_FLAG_VALUE, "fp32|fp16|bf16", "Type of the saved weights [the model's own]."},
    {0}};
static const struct ft_flag report_flags[] = {
    {"output", FT_FLAG_VALUE, "F", "The page: .html, with plots, or .md."}, {0}};
static const struct ft_flag audit_flags[] = {
    {"folds", FT_FLAG_VALUE, "K",
     "Train K models, each on all rows but one of K parts, so that every row is scored by a model "
     "that did not see it [5]."},
    {"sweep", FT_FLAG_VALUE, "D",
     "Use the folds of the best member of a sweep with --folds; nothing is trained."},
    {"probabilities", FT_FLAG_VALUE, "P.csv",
     "Use these probabilities instead of training: the label first, then a column for each label."},
    {"duplicates", FT_FLAG_MAYBE, "[THRESHOLD]",
     "List rows whose texts are similar instead: in two splits (leak), with different labels "
     "(conflict), or within a split (duplicate). THRESHOLD is the least cosine of their embeddings "
     "by --model [0.95]. Nothing is trained, unless --folds is given, too."},
    {"json", FT_FLAG_SWITCH, NULL,
     "Print a JSON object for each label, or pair of similar rows, the worst first."},
    {0}};
static const struct ft_flag sweep_flags[] = {
    {"over", FT_FLAG_EACH, "OPTION=VALUES",
     "An option and its values: learning_rate=1e-5,3e-5, a range learning_rate=1e-5..1e-4 or "
     "1e-5..1e-4:log, model=A,B; + joins the words of one value, as in clean=none,html+urls. May "
     "be "
     "repeated."},
    {"strategy", FT_FLAG_VALUE, "grid|random|halving|tpe",
     "grid: all configurations; random and tpe: --trials of them; halving: all start, the best go "
     "on "
     "[grid]."},
    {"trials", FT_FLAG_VALUE, "N", "Number of configurations of random, tpe or halving."},
    {"eta", FT_FLAG_VALUE, "X", "Of halving: one in X goes on at each rung [3]."},
    {"min_steps", FT_FLAG_VALUE, "N",
     "Of halving: steps before the first comparison; the next ones after X times as many. Default: "
     "the last comparison after half of the steps."},
    {"seeds", FT_FLAG_VALUE, "N", "Repeat each configuration with the seeds 1 to N."},
    {"folds", FT_FLAG_VALUE, "K", "Repeat each configuration over K stratified folds."},
    {"sizes", FT_FLAG_VALUE, "10%,30%,100%",
     "Train each configuration on samples of the training split: shares, or numbers of rows."},
    {"budget", FT_FLAG_VALUE, "TIME",
     "Stop when the runs have trained so long in all: 90s, 30m or 2h. With --resume: from now on."},
    {"resume", FT_FLAG_VALUE, "D",
     "Continue the sweep in folder D, with bit-identical results; without its budget if that was "
     "used "
     "up."},
    {"stop", FT_FLAG_VALUE, "D",
     "Ask the process that trains the sweep in folder D to stop after this step and save."},
    {"promote", FT_FLAG_VALUE, "D/MEMBER",
     "Promote a member: --resume trains it to its end if halving stopped it, and delete --rest "
     "keeps "
     "it."},
    {"json", FT_FLAG_SWITCH, NULL, "Print the members as JSON, best first."},
    {0}};
static const struct ft_flag export_flags[] = {
    {"model", FT_FLAG_VALUE, "M",
     "Model, or a run's folder (its best model); with --data, the one whose words were tagged."},
    {"format", FT_FLAG_VALUE, "hf|onnx|gguf",
     "hf: a folder in Hugging Face layout, weights as safetensors [hf]; onnx and gguf are not "
     "supported in this version."},
    {"output", FT_FLAG_VALUE, "F",
     "Output folder of a model, which must not exist; output file of data, which is replaced."},
    {0}};
static const struct ft_flag json_flags[] = {
    {"json", FT_FLAG_SWITCH, NULL, "Print one JSON object per line."}, {0}};
static const struct ft_flag pull_flags[] = {
    {"json", FT_FLAG_SWITCH, NULL, "Print a JSON object: id, revision, folder, files."}, {0}};
static const struct ft_flag bench_flags[] = {
    {"rounds", FT_FLAG_VALUE, "N", "Number of measurements; the median is reported [5]."},
    {"megabytes", FT_FLAG_VALUE, "N", "Size of the synthetic text if no --data is given [16]."},
    {"json", FT_FLAG_SWITCH, NULL, "Print a JSON object."},
    {0}};
static const struct ft_flag plan_flags[] = {{"json", FT_FLAG_SWITCH, NULL, "Print a JSON object."},
                                            {0}};
static const struct ft_flag delete_flags[] = {
    {"rest", FT_FLAG_SWITCH, NULL,
     "Of a sweep: delete its members but the promoted ones; if none is promoted, all but the "
     "best."},
    {"yes", FT_FLAG_SWITCH, NULL, "Do not ask for confirmation."},
    {0}};

static const enum ft_opt train_options[] = {
#define X(name, ...) FT_OPT_##name,
    FT_OPTION_LIST(X)
#undef X
        FT_OPT_COUNT};
/* What a model reads of a text, and what answers are made of. */
#define ANSWERS                                                                                    \
    FT_OPT_model, FT_OPT_task, FT_OPT_max_seq_length, FT_OPT_truncation, FT_OPT_doc_stride,        \
        FT_OPT_max_answer_length, FT_OPT_n_best_size, FT_OPT_null_score_diff_threshold,            \
        FT_OPT_per_device_eval_batch_size, FT_OPT_threads
#define FORM FT_OPT_delimiter, FT_OPT_quote, FT_OPT_header, FT_OPT_encoding
#define COLUMNS                                                                                    \
    FORM, FT_OPT_text_column, FT_OPT_text_pair_column, FT_OPT_label_column, FT_OPT_problem_type,   \
        FT_OPT_label_delimiter, FT_OPT_seed
static const enum ft_opt export_options[] = {FT_OPT_data,         FT_OPT_edits,
                                             FT_OPT_task,         FORM,
                                             FT_OPT_text_column,  FT_OPT_text_pair_column,
                                             FT_OPT_label_column, FT_OPT_label_delimiter,
                                             FT_OPT_label_names,  FT_OPT_COUNT};
static const enum ft_opt eval_options[] = {ANSWERS,
                                           COLUMNS,
                                           FT_OPT_data,
                                           FT_OPT_limit,
                                           FT_OPT_edits,
                                           FT_OPT_clean,
                                           FT_OPT_mlm_probability,
                                           FT_OPT_block_size,
                                           FT_OPT_line_by_line,
                                           FT_OPT_output_dir,
                                           FT_OPT_overwrite_output_dir,
                                           FT_OPT_COUNT};
static const enum ft_opt predict_options[] = {ANSWERS, COLUMNS, FT_OPT_limit, FT_OPT_clean,
                                              FT_OPT_COUNT};
static const enum ft_opt embed_options[] = {
    FT_OPT_model, FT_OPT_max_seq_length, FORM, FT_OPT_text_column, FT_OPT_threads, FT_OPT_COUNT};
static const enum ft_opt inspect_options[] = {COLUMNS, FT_OPT_model, FT_OPT_COUNT};
static const enum ft_opt baseline_options[] = {COLUMNS,      FT_OPT_data,  FT_OPT_validation,
                                               FT_OPT_test,  FT_OPT_split, FT_OPT_limit,
                                               FT_OPT_edits, FT_OPT_clean, FT_OPT_COUNT};
static const enum ft_opt bench_options[] = {ANSWERS,
                                            FT_OPT_data,
                                            FT_OPT_block_size,
                                            FT_OPT_per_device_train_batch_size,
                                            FT_OPT_gradient_accumulation_steps,
                                            FT_OPT_shards,
                                            FT_OPT_gradient_checkpointing,
                                            FT_OPT_optim,
                                            FT_OPT_max_grad_norm,
                                            FT_OPT_label_smoothing_factor,
                                            FT_OPT_freeze,
                                            FT_OPT_dropout,
                                            FT_OPT_seed,
                                            FT_OPT_COUNT};
/* clang-format on */

static const struct ft_command commands[] = {
    {"train",
     "train --model M --data F --output_dir D [options]\ntrain --resume D [options]\n"
     "train --fork D@STEP --output_dir D2 [options]",
     "fine-tune a model", train_flags, train_options, 0, 0, ft_cmd_train},
    {"eval",
     "eval --model M --data F [--json] [--output_dir D]\n"
     "eval --predictions P.json --data SQUAD.json [--na_probs N.json] [--json]",
     "evaluate a model on a file", eval_flags, eval_options, 0, 0, ft_cmd_eval},
    {"predict",
     "predict --model M --text S [--text_pair S] [--explain] [--json]\n"
     "predict --model M --question S --context S [--json]\n"
     "predict --model M --prompt S [--max_new_tokens N] [--temperature T] [--json]\n"
     "predict --model M --input F [--output F] [--explain] [--json]",
     "predict a text or a file", predict_flags, predict_options, 0, 0, ft_cmd_predict},
    {"embed", "embed --model M --input F [--output F.jsonl|F.npy] [--normalize]",
     "compute sentence embeddings of a file", embed_flags, embed_options, 0, 0, ft_cmd_embed},
    {"tokenize",
     "tokenize --model M [--format ids|tokens|json] [--input_format lines|jsonl] [--no_special] "
     "[F]",
     "tokenize the texts of a file or of stdin", tokenize_flags, NULL, 0, 1, ft_cmd_tokenize},
    {"inspect", "inspect MODEL|DATA|RUN [--json] [--rows [N]]",
     "describe a model, a data file or a run", inspect_flags, inspect_options, 1, 1,
     ft_cmd_inspect},
    {"baseline", "baseline --data F [--json]", "score simple baselines on the same splits",
     json_flags, baseline_options, 0, 0, ft_cmd_baseline},
    {"sweep",
     "sweep --output_dir D --over OPTION=VALUES .. [options of train]\n"
     "sweep --resume D [--budget TIME]\n"
     "sweep --stop D | --promote D/MEMBER",
     "train with several values of options and compare the runs", sweep_flags, train_options, 0, 0,
     ft_cmd_sweep},
    {"audit",
     "audit --data F --model M --output_dir D [--folds K] [options of train] [--json]\n"
     "audit --sweep D [--json]\n"
     "audit --probabilities P.csv [--output_dir D] [--json]\n"
     "audit --data F --model M --duplicates [THRESHOLD] [--output_dir D] [options of train] "
     "[--json]",
     "find labels that are probably wrong, and near duplicates", audit_flags, train_options, 0, 0,
     ft_cmd_audit},
    {"create",
     "create --config C.json --text F --vocab_size N --output D [--seed N]\n"
     "create --from M [--keep_layers 0,2,5] [--keep_tokens_of F [--vocab_size N]] "
     "[--dtype fp32|fp16|bf16] --output D",
     "create a model: new with random weights, or smaller from a larger one", create_flags, NULL, 0,
     0, ft_cmd_create},
    {"models", "models [--json]", "list the available models", json_flags, NULL, 0, 0,
     ft_cmd_models},
    {"runs", "runs [DIR] [--json]", "list the runs in a folder and its subfolders", json_flags,
     NULL, 0, 1, ft_cmd_runs},
    {"queue", "queue [run | remove ID.. | up ID | down ID | clear] [--json]",
     "show or change the runs queued in this folder, or train them one after the other", json_flags,
     NULL, 0, ANY, ft_cmd_queue},
    {"compare", "compare RUN RUN.. [--json]", "compare runs: scores and the options that differ",
     json_flags, NULL, 2, ANY, ft_cmd_compare},
    {"report", "report RUN|SWEEP --output F.html|F.md", "write a run or a sweep as one page",
     report_flags, NULL, 1, 1, ft_cmd_report},
    {"note", "note RUN TEXT", "set the note of a run; an empty one removes it", NULL, NULL, 2, ANY,
     ft_cmd_note},
    {"delete", "delete RUN [--yes]\ndelete SWEEP [--rest] [--yes]",
     "delete a run, a sweep or its members, with checkpoints and models", delete_flags, NULL, 1, 1,
     ft_cmd_delete},
    {"doctor", "doctor [--json]", "check this machine: processor, memory, libraries, folders",
     json_flags, NULL, 0, 0, ft_cmd_doctor},
    {"pull", "pull ID[@REV] [--json]", "download a model from the Hugging Face hub", pull_flags,
     NULL, 1, 1, ft_cmd_pull},
    {"export",
     "export --model M --format hf|onnx|gguf --output F | export --data F [--edits F] --output F",
     "export a model, or data with label edits in its own format", export_flags, export_options, 0,
     0, ft_cmd_export},
    {"bench",
     "bench [step|load|predict|throughput|generate|tokens|read|qa|scale|network] [options] "
     "[--json]",
     "benchmark a model on this machine", bench_flags, bench_options, 0, ANY, ft_cmd_bench},
    {"plan", "plan --model M [options] [--json]",
     "estimate a training step by several processes over a network", plan_flags, bench_options, 0,
     0, ft_cmd_plan},
    {"help", "help [COMMAND]", "show the help of a command", NULL, NULL, 0, 1, ft_cmd_help},
};

const struct ft_command *ft_command_at(size_t i)
{
    return i < sizeof commands / sizeof *commands ? &commands[i] : NULL;
}

const struct ft_command *ft_command_find(const char *name)
{
    const struct ft_command *c;
    for (size_t i = 0; (c = ft_command_at(i)); i++)
        if (!strcmp(c->name, name)) return c;
    return NULL;
}

int ft_cmd_help(const struct ft_args *a)
{
    if (!a->words_n) {
        ft_help_overview(commands, sizeof commands / sizeof *commands, stdout);
        return ft_command_done();
    }
    const struct ft_command *c = ft_command_find(a->words[0]);
    if (!c) return ft_command_usage(a, "unknown command `%s`", a->words[0]);
    ft_help_command(c, stdout);
    return ft_command_done();
}
