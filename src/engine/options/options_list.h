/* The rows of the option table, names and defaults as CLI.md and transformers' TrainingArguments
 * have them. Included by options.h only.
 *
 * X(name, TYPE, GROUP, traits, live, default, min, max, choices, steps, usual, help)
 * A FLOAT's or INT's limits are included; an open end is 1e300, and 1e-300 is all above 0.
 * `choices` is FT_WORDS(LIST) of a list of choices.h, core or util; options.c has FT_WORDS. */
#ifndef FT_ENGINE_OPTIONS_OPTIONS_LIST_H
#define FT_ENGINE_OPTIONS_OPTIONS_LIST_H

#include "engine/options/choices.h"

/* Tasks that use an option, by their traits. */
#define FT_OPT_ALL  (~0u)
#define FT_OPT_ONES ((unsigned)FT_TRAIT_LABELS)
#define FT_OPT_CLS  ((unsigned)FT_TRAIT_CLASSES)
#define FT_OPT_SETS ((unsigned)FT_TRAIT_LABEL_SETS)
#define FT_OPT_TABS ((unsigned)FT_TRAIT_ROWS)
#define FT_OPT_QAS  ((unsigned)FT_TRAIT_ANSWERS)
#define FT_OPT_MLMS ((unsigned)FT_TRAIT_MASKS)
#define FT_OPT_LMS  ((unsigned)FT_TRAIT_TEXT)
#define FT_OPT_HIDS ((unsigned)FT_TRAIT_HIDDEN)
#define FT_OPT_TAGS ((unsigned)FT_TRAIT_TAGS)
#define FT_OPT_NUMS ((unsigned)FT_TRAIT_NUMBERS)
#define FT_OPT_LBLS (FT_OPT_TABS | FT_OPT_TAGS)
#define FT_OPT_CUT  (FT_OPT_LBLS | FT_OPT_QAS | FT_OPT_MLMS | FT_OPT_HIDS)
#define FT_OPT_ROWS (FT_OPT_LBLS | FT_OPT_LMS | FT_OPT_HIDS)

#define FT_OPTION_LIST(X)                                                                          \
    X(learning_rate, FLOAT, ESSENTIALS, FT_OPT_ALL, 1, "5e-5", 0, 1, NULL,                         \
      "1e-6 2e-6 5e-6 1e-5 2e-5 3e-5 5e-5 1e-4 2e-4 5e-4 1e-3", "1e-5..5e-5",                      \
      "Peak learning rate of the schedule. Too high: the loss jumps or becomes NaN. Too "          \
      "low: training hardly progresses.")                                                          \
    X(num_train_epochs, FLOAT, ESSENTIALS, FT_OPT_ALL, 1, "3", 0, 10000, NULL,                     \
      "1 2 3 4 5 8 10 15 20", "2..4; 10..20 for small data",                                       \
      "Number of passes over the training data. Too many: overfitting.")                           \
    X(per_device_train_batch_size, INT, ESSENTIALS, FT_OPT_ALL, 0, "16", 1, 65536, NULL,           \
      "1 2 4 8 16 32 64 128", "16..32",                                                            \
      "Examples per batch. Larger: less noisy gradients, more memory.")                            \
    X(max_seq_length, INT, ESSENTIALS, FT_OPT_CUT, 0, "128", 4, 65536, NULL,                       \
      "32 64 128 256 384 512", "128..512",                                                         \
      "Maximum tokens per text, special tokens included; longer texts are truncated. Time "        \
      "and memory grow with it. Default 384 for qa.")                                              \
    X(truncation, CHOICE, ESSENTIALS, FT_OPT_TABS | FT_OPT_HIDS, 0, "head", 0, 0,                  \
      FT_WORDS(FT_TRUNCATION_LIST), NULL, "head_tail for long texts",                              \
      "Which tokens of a long text are kept: the first (head), or a quarter from the start and "   \
      "the rest from the end (head_tail).")                                                        \
    X(warmup_ratio, FLOAT, ESSENTIALS, FT_OPT_ALL, 0, "0", 0, 1, NULL, "0 0.06 0.1 0.2",           \
      "0.06..0.1", "Share of all steps over which the learning rate rises from 0 to its peak.")    \
    X(lr_scheduler_type, CHOICE, ESSENTIALS, FT_OPT_ALL, 0, "linear", 0, 0,                        \
      FT_WORDS(FT_SCHED_LIST), NULL, "linear",                                                     \
      "Shape of the learning rate schedule after the warm-up.")                                    \
    X(freeze, TEXT, ESSENTIALS, FT_OPT_ALL, 0, "none", 0, 0, NULL, NULL, "none",                   \
      "none, embeddings, or N: do not train the embeddings (and the first N layers). Faster, and " \
      "less overfitting with very little data.")                                                   \
    X(class_weights, TEXT, ESSENTIALS, FT_OPT_CLS, 0, "none", 0, 0, NULL, NULL,                    \
      "none; balanced for rare labels",                                                            \
      "Weight of each label in the loss: none, balanced (rare labels weigh more), or a JSON file " \
      "{label: weight}; for ner {type: weight}, O being a type.")                                  \
    X(seed, INT, ESSENTIALS, FT_OPT_ALL, 0, "42", 0, 9007199254740991.0, NULL, NULL, NULL,         \
      "Random seed for split, shuffling, new head, dropout and masking. Same seed, same "          \
      "result.")                                                                                   \
    X(output_dir, PATH, ESSENTIALS, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                     \
      "Folder of the run: checkpoints, metrics, the best model; of eval: scores, predictions.")    \
    X(model, PATH, DATA, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                                \
      "A folder in Hugging Face layout, a hub id in the local cache, a run, or a bundled "         \
      "model.")                                                                                    \
    X(data, PATH, DATA, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                                 \
      "Data file or folder: csv, tsv, jsonl, json, xlsx, SQuAD or plain text; also .gz and .xz.")  \
    X(task, CHOICE, DATA, FT_OPT_ALL, 0, "", 0, 0, FT_TASK_WORDS, NULL, NULL,                      \
      "Task; inferred from the data if not given.")                                                \
    X(problem_type, CHOICE, DATA, FT_OPT_TABS, 0, "", 0, 0, FT_WORDS(FT_PROBLEM_TYPE_LIST), NULL,  \
      NULL,                                                                                        \
      "Kind of classification: one label per text, several labels per text, or a number "          \
      "(regression); inferred from the data if not given.")                                        \
    X(delimiter, TEXT, DATA, FT_OPT_ROWS, 0, "auto", 0, 0, NULL,                                   \
      "auto comma tab semicolon pipe none", "auto",                                                \
      "Column delimiter of a csv or tsv file: one character, comma, tab, semicolon, pipe, space, " \
      "or none (each line is one cell). auto: detected.")                                          \
    X(quote, TEXT, DATA, FT_OPT_ROWS, 0, "auto", 0, 0, NULL, "auto double single none", "auto",    \
      "Quote character of a csv or tsv file: double, single, one character, or none (quotes are "  \
      "plain text). auto: detected.")                                                              \
    X(header, CHOICE, DATA, FT_OPT_ROWS, 0, "auto", 0, 0, FT_WORDS(FT_HEADER_LIST), NULL, "auto",  \
      "Whether the first row of a csv or tsv file contains the column names. auto: detected.")     \
    X(encoding, TEXT, DATA, FT_OPT_ALL, 0, "auto", 0, 0, NULL,                                     \
      "auto utf-8 windows-1252 latin-1 utf-16le utf-16be windows-1250 windows-1251 shift_jis "     \
      "gb18030 big5 euc-kr",                                                                       \
      "auto",                                                                                      \
      "Encoding of the data files. auto: from the byte order mark, else UTF-8, else windows-1252 " \
      "if the bytes are valid in it.")                                                             \
    X(text_column, TEXT, DATA, FT_OPT_ROWS, 0, "", 0, 0, NULL, NULL, NULL,                         \
      "Column with the text; inferred from the data if not given.")                                \
    X(text_pair_column, TEXT, DATA, FT_OPT_TABS, 0, "", 0, 0, NULL, NULL, NULL,                    \
      "Column with the second text, for text pairs.")                                              \
    X(label_column, TEXT, DATA, FT_OPT_LBLS, 0, "", 0, 0, NULL, NULL, NULL,                        \
      "Column with the label, or a,b,c: several columns of 0 and 1, a label each; inferred from "  \
      "the data if not given.")                                                                    \
    X(label_names, TEXT, DATA, FT_OPT_TAGS, 0, "", 0, 0, NULL, NULL, NULL,                         \
      "Names of integer tags in their order, separated by commas: O,B-PER,I-PER; the model's if "  \
      "not given.")                                                                                \
    X(label_all_tokens, BOOL, DATA, FT_OPT_TAGS, 0, "false", 0, 1, NULL, NULL, "false",            \
      "Train on all tokens of a word, the second and later ones with the tag I- of its type, "     \
      "instead of its first token only.")                                                          \
    X(label_delimiter, TEXT, DATA, FT_OPT_SETS, 0, "", 0, 0, NULL, "| , ;", NULL,                  \
      "Separator of several labels in one cell; inferred from the data if not given.")             \
    X(tune_thresholds, BOOL, DATA, FT_OPT_SETS, 0, "false", 0, 1, NULL, NULL,                      \
      "true for rare labels",                                                                      \
      "Choose a probability threshold per label that maximises F1 on the validation split, and "   \
      "store it with the model, instead of 0.5.")                                                  \
    X(scale_targets, BOOL, DATA, FT_OPT_NUMS, 0, "true", 0, 1, NULL, NULL, "true",                 \
      "Divide targets whose standard deviation is far from 1 by a power of two near it while "     \
      "training; models are saved in the targets' own scale. false: train on the targets as "      \
      "they are.")                                                                                 \
    X(validation, PATH, DATA, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                           \
      "Validation file; if not given, a share of the data is split off.")                          \
    X(test, PATH, DATA, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL, "Test file.")                   \
    X(split, TEXT, DATA, FT_OPT_ALL, 0, "0.8,0.1,0.1", 0, 0, NULL, NULL, "0.8,0.1,0.1",            \
      "TRAIN,VALIDATION,TEST: shares of the splits for which no file is given; stratified by "     \
      "label (SQuAD: by article). With 1,0,0 all rows are used for training, in file order "       \
      "before shuffling.")                                                                         \
    X(fold, TEXT, DATA, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                                 \
      "K/N: the rows are dealt to N folds, stratified by label (SQuAD: by article); the K-th "     \
      "is the validation split, the others are used for training.")                                \
    X(limit, INT, DATA, FT_OPT_ALL, 0, "0", 0, 1e15, NULL, "0 500 1000 2000 5000 10000", NULL,     \
      "Use a seeded, stratified sample of this many rows; 0 uses all.")                            \
    X(max_train_samples, TEXT, DATA, FT_OPT_ALL, 0, "", 0, 0, NULL, "10% 20% 30% 50% 100%", NULL,  \
      "Train on a seeded, stratified sample of so many rows of the training split, or of a share " \
      "of them such as 30%; the other splits stay as they are. A smaller sample is part of a "     \
      "larger one.")                                                                               \
    X(edits, PATH, DATA, FT_OPT_LBLS, 0, "", 0, 0, NULL, NULL, NULL,                               \
      "Label edits to apply to the data (JSONL, made in the workbench).")                          \
    X(clean, SET, DATA, FT_OPT_ROWS, 0, "none", 0, 0,                                              \
      "none|html|whitespace|urls|lowercase|stopwords|dedup", NULL, "html for web text",            \
      "Cleaning steps, applied in this order. The file itself is never changed.")                  \
    X(doc_stride, INT, DATA, FT_OPT_QAS | FT_OPT_TAGS, 0, "128", 1, 65536, NULL, "64 128 192",     \
      "128",                                                                                       \
      "Tokens of overlap between two windows over a long text; at most a third of "                \
      "max_seq_length if not given.")                                                              \
    X(max_answer_length, INT, DATA, FT_OPT_QAS, 0, "30", 1, 65536, NULL, "15 30 50", "30",         \
      "Maximum length of an answer, in tokens.")                                                   \
    X(n_best_size, INT, DATA, FT_OPT_QAS, 0, "20", 1, 1000, NULL, "5 10 20", "20",                 \
      "Number of top start and end positions combined into candidate answers.")                    \
    X(null_score_diff_threshold, FLOAT, DATA, FT_OPT_QAS, 0, "0", -1e6, 1e6, NULL, NULL, "0",      \
      "Predict no answer if its score exceeds that of the best answer by more than this.")         \
    X(mlm_probability, FLOAT, DATA, FT_OPT_MLMS, 0, "0.15", 0.001, 1, NULL, "0.1 0.15 0.2",        \
      "0.15", "Share of tokens that are masked.")                                                  \
    X(block_size, INT, DATA, FT_OPT_LMS, 0, "0", 0, 65536, NULL, "128 256 512 1024", NULL,         \
      "Tokens per block of text; 0: the model's maximum.")                                         \
    X(line_by_line, BOOL, DATA, FT_OPT_MLMS, 0, "false", 0, 1, NULL, NULL, "false",                \
      "Train on each text separately, truncated to max_seq_length, instead of joining all texts "  \
      "and splitting them into blocks.")                                                           \
    X(per_device_eval_batch_size, INT, OPTIMISER, FT_OPT_ALL, 0, "32", 1, 65536, NULL,             \
      "8 16 32 64 128", "32",                                                                      \
      "Examples per batch in an evaluation; more where texts are short, in the same memory.")      \
    X(max_steps, INT, OPTIMISER, FT_OPT_ALL, 1, "-1", -1, 1e15, NULL, NULL, NULL,                  \
      "Total number of training steps; above 0 it overrides num_train_epochs.")                    \
    X(optim, CHOICE, OPTIMISER, FT_OPT_ALL, 0, "adamw_torch", 0, 0, FT_WORDS(FT_OPTIM_LIST), NULL, \
      "adamw_torch", "The optimiser.")                                                             \
    X(weight_decay, FLOAT, OPTIMISER, FT_OPT_ALL, 0, "0.01", 0, 10, NULL, "0 0.01 0.1", "0.01",    \
      "Weight decay (not applied to biases and norms).")                                           \
    X(adam_beta1, FLOAT, OPTIMISER, FT_OPT_ALL, 0, "0.9", 0, 0.999999, NULL, NULL, "0.9",          \
      "Decay rate of the first moment estimate.")                                                  \
    X(adam_beta2, FLOAT, OPTIMISER, FT_OPT_ALL, 0, "0.999", 0, 0.99999999, NULL, NULL, "0.999",    \
      "Decay rate of the second moment estimate.")                                                 \
    X(adam_epsilon, FLOAT, OPTIMISER, FT_OPT_ALL, 0, "1e-8", 1e-300, 1, NULL, NULL, "1e-8",        \
      "Added to the denominator of the update for numerical stability.")                           \
    X(max_grad_norm, FLOAT, OPTIMISER, FT_OPT_ALL, 0, "1", 0, 1e9, NULL, "0 0.5 1 5", "1",         \
      "The gradient norm is clipped to this value; 0 turns clipping off.")                         \
    X(warmup_steps, FLOAT, OPTIMISER, FT_OPT_ALL, 0, "0", 0, 1e15, NULL, "0 100 500 1000", NULL,   \
      "Number of warm-up steps; below 1, a share of all steps.")                                   \
    X(gradient_accumulation_steps, INT, OPTIMISER, FT_OPT_ALL, 0, "1", 1, 65536, NULL,             \
      "1 2 4 8 16", "1",                                                                           \
      "Batches accumulated per update: a larger effective batch in the same memory.")              \
    X(gradient_checkpointing, BOOL, OPTIMISER, FT_OPT_ALL, 0, "false", 0, 1, NULL, NULL,           \
      "true where memory is short",                                                                \
      "Keep one tensor of each layer and recompute the others in the backward pass: less memory, " \
      "slower steps, the same results.")                                                           \
    X(label_smoothing_factor, FLOAT, OPTIMISER, FT_OPT_ONES | FT_OPT_TAGS | FT_OPT_LMS, 0, "0", 0, \
      0.999, NULL, "0 0.05 0.1", "0..0.1",                                                         \
      "Label smoothing: share of the target probability spread over all labels.")                  \
    X(dropout, TEXT, OPTIMISER, FT_OPT_ALL, 0, "", 0, 0, NULL, "0 0.1 0.2 0.3", "the model's",     \
      "Dropout probability in all layers; empty: as in the model's config.json.")                  \
    X(train_sampling_strategy, CHOICE, OPTIMISER, FT_OPT_ALL, 0, "random", 0, 0,                   \
      FT_WORDS(FT_ORDER_LIST), NULL, "random",                                                     \
      "Order of the training examples. group_by_length batches texts of similar length.")          \
    X(balance_tokens, BOOL, OPTIMISER, FT_OPT_ALL, 0, "false", 0, 1, NULL, NULL, "false",          \
      "Cut the order of an epoch into batches of about the same number of tokens instead of the "  \
      "same number of texts; per_device_train_batch_size is then their mean number of texts.")     \
    X(teacher, PATH, DISTILLATION, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                      \
      "Larger model whose predictions or hidden states the trained model learns to reproduce. A "  \
      "teacher without a head (task embed) needs no labels.")                                      \
    X(distill_alpha, FLOAT, DISTILLATION, FT_OPT_ALL, 0, "0.5", 0, 1, NULL, "0 0.25 0.5 0.75 1",   \
      "0.5..0.9", "Weight of the teacher's predictions in the loss; the labels weigh the rest.")   \
    X(distill_temperature, FLOAT, DISTILLATION, FT_OPT_ALL, 0, "2", 0.01, 1000, NULL,              \
      "1 2 3 4 5 8", "2..5",                                                                       \
      "Softmax temperature of both models' predictions in the distillation loss. Higher: the "     \
      "less likely labels count more.")                                                            \
    X(distill_hidden, FLOAT, DISTILLATION, FT_OPT_ALL, 0, "0", 0, 1e6, NULL, "0 0.1 1 10", "1",    \
      "Weight of the hidden-state loss: mean squared error between the last hidden states of the " \
      "model and of the teacher, which need the same hidden size. Default 1 for embed.")           \
    X(logging_steps, INT, SAVING, FT_OPT_ALL, 1, "10", 1, 1e9, NULL, "1 5 10 50 100", "10",        \
      "Number of steps between two log entries in metrics.jsonl.")                                 \
    X(eval_strategy, CHOICE, SAVING, FT_OPT_ALL, 1, "epoch", 0, 0,                                 \
      FT_WORDS(FT_EVAL_STRATEGY_LIST), NULL, "epoch", "When to evaluate on the validation split.") \
    X(eval_steps, INT, SAVING, FT_OPT_ALL, 1, "0", 0, 1e9, NULL, "50 100 200 500 1000", NULL,      \
      "Number of steps between two evaluations if eval_strategy is steps; 0: same as "             \
      "logging_steps.")                                                                            \
    X(save_strategy, CHOICE, SAVING, FT_OPT_ALL, 1, "epoch", 0, 0,                                 \
      FT_WORDS(FT_SAVE_STRATEGY_LIST), NULL, "epoch", "When to save a checkpoint.")                \
    X(save_steps, INT, SAVING, FT_OPT_ALL, 1, "500", 1, 1e9, NULL, "50 100 200 500 1000", NULL,    \
      "Number of steps between two checkpoints if save_strategy is steps.")                        \
    X(save_total_limit, INT, SAVING, FT_OPT_ALL, 1, "2", 0, 1e9, NULL, "1 2 3 5", "2",             \
      "Number of checkpoints to keep; the best is never deleted. 0 keeps all.")                    \
    X(load_best_model_at_end, BOOL, SAVING, FT_OPT_ALL, 0, "true", 0, 1, NULL, NULL, "true",       \
      "At the end, save the best model instead of the last one.")                                  \
    X(metric_for_best_model, TEXT, SAVING, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,              \
      "Metric that selects the best model: accuracy, f1, loss or exact. Default accuracy; f1 for " \
      "several labels per row, qa and ner; loss for mlm, clm, embed.")                             \
    X(notify, TEXT, SAVING, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                             \
      "Shell command to run at the end, on failure, NaN or a stall, with FETTLE_EVENT (done, "     \
      "failed, nan, stall), FETTLE_RUN and FETTLE_MESSAGE set. Not stored with the run.")          \
    X(early_stopping_patience, INT, SAVING, FT_OPT_ALL, 1, "0", 0, 1e6, NULL, "0 1 2 3 5", NULL,   \
      "Stop after this many evaluations without improvement; 0 turns early stopping off.")         \
    X(early_stopping_threshold, FLOAT, SAVING, FT_OPT_ALL, 1, "0", 0, 1e6, NULL, NULL, "0",        \
      "Minimum improvement that counts as better.")                                                \
    X(overwrite_output_dir, BOOL, SAVING, FT_OPT_ALL, 0, "false", 0, 1, NULL, NULL, NULL,          \
      "Overwrite an existing run in output_dir; with eval, its eval.json.")                        \
    X(events, PATH, SAVING, FT_OPT_ALL, 0, "", 0, 0, NULL, NULL, NULL,                             \
      "Replay the changes recorded in this metrics.jsonl file at the same steps.")                 \
    X(precision, CHOICE, MACHINE, FT_OPT_ALL, 0, "auto", 0, 0, FT_WORDS(FT_PRECISION_LIST), NULL,  \
      "auto",                                                                                      \
      "Number format of matrix products; auto is fp32. bf16 needs avx512_bf16 or AMX; int8 is "    \
      "for "                                                                                       \
      "eval and predict.")                                                                         \
    X(threads, INT, MACHINE, FT_OPT_ALL, 0, "0", 0, 1024, NULL, "1 2 4 8 16 32", NULL,             \
      "Number of compute threads; 0 uses all cores.")                                              \
    X(shards, INT, MACHINE, FT_OPT_ALL, 0, "0", 0, 1024, NULL, "1 2 4 8 16", "1",                  \
      "Batches computed side by side in each step, a power of two: divided among the processes "   \
      "of mpirun, whose number divides it. 0: that number, 1 without mpirun.")

#endif
