/* The table of actions, one row each: X(id, command, usage, keys, scope, help).
 *
 *   command  its name on the command line; "" has none
 *   usage    the command's arguments: F a file or folder, M a model, RUN a run, OPTION, VALUE,
 *            LABEL and so on, "a|b" a choice; "" takes none
 *   keys     names from key.h, separated by blanks; "" has none
 *   scope    where the keys work. A panel's scope overrides its screen's, which overrides ALL
 *
 * Included by action.h and action.c only. Dispatch, the key line, `?`, completion and the manual
 * page are generated from these rows; the key line's order and labels are in action_footer.h. */

/* clang-format off */
#define FT_ACTION_LIST(X) \
/* everywhere */ \
X(SCREEN,       "screen",      "1-7",          "1 2 3 4 5 6 7 Alt-1 Alt-2 Alt-3 Alt-4 Alt-5 Alt-6 Alt-7", ALL, "go to screen Data, Model, Tune, Train, Evaluate, Predict or Runs") \
X(NEXT_PANEL,   "next-panel",  "",             "Tab",          ALL, "focus the next panel") \
X(PREV_PANEL,   "previous-panel", "",          "Shift-Tab",    ALL, "focus the previous panel") \
X(UP,           "up",          "",             "Up k",         ALL, "move up") \
X(DOWN,         "down",        "",             "Down j",       ALL, "move down") \
X(LEFT,         "left",        "",             "Left h",       ALL, "move left") \
X(RIGHT,        "right",       "",             "Right l",      ALL, "move right") \
X(PAGE_UP,      "page-up",     "",             "PgUp",         ALL, "move up one page") \
X(PAGE_DOWN,    "page-down",   "",             "PgDn",         ALL, "move down one page") \
X(TOP,          "top",         "",             "g Home",       ALL, "go to the start") \
X(BOTTOM,       "bottom",      "",             "G End",        ALL, "go to the end") \
X(ENTER,        "enter",       "",             "Enter",        ALL, "open, choose or edit the selected item") \
X(BACK,         "back",        "",             "Esc",          ALL, "go back; never discards anything, never quits") \
X(FIND,         "find",        "TEXT",         "/",            ALL, "find text") \
X(FIND_NEXT,    "find-next",   "",             "n",            ALL, "next match") \
X(FIND_PREV,    "find-previous", "",           "N",            ALL, "previous match") \
X(FILTER,       "filter",      "EXPRESSION",   "f",            ALL, "show only matching rows, e.g. label:pos len>256 word") \
X(SORT,         "sort",        "COLUMN",       "",             ALL, "sort by a column") \
X(SORT_UP,      "sort-up",     "",             "[",            ALL, "sort by this column, ascending") \
X(SORT_DOWN,    "sort-down",   "",             "]",            ALL, "sort by this column, descending") \
X(UNDO,         "undo",        "",             "u",            ALL, "undo the last change") \
X(REDO,         "redo",        "",             "Ctrl-R",       ALL, "redo the last undone change") \
X(WRITE,        "write",       "F",            "w",            ALL, "write this screen's output: edits, settings, checkpoint, predictions or model") \
X(OPEN,         "open",        "F",            "o",            ALL, "open a file or folder") \
X(TRAIN,        "train",       "",             "T",            ALL, "train with the current settings") \
X(COMMAND,      "",            "",             ":",            ALL, "open the command line") \
X(HELP,         "help",        "",             "? F1",         ALL, "list the keys of this panel and screen, with their commands") \
X(ZOOM,         "zoom",        "",             "z",            ALL, "zoom the panel to the full screen, or restore it") \
X(COPY,         "copy",        "",             "y",            ALL, "copy the value or text to the terminal's clipboard (OSC 52)") \
X(REDRAW,       "redraw",      "",             "Ctrl-L",       ALL, "redraw the screen") \
X(SUSPEND,      "suspend",     "",             "Ctrl-Z",       ALL, "suspend fettle; fg in the shell resumes it") \
X(QUIT,         "quit",        "",             "q Ctrl-C",     ALL, "quit; asks if a run is active") \
/* everywhere, commands without a key */ \
X(SET,          "set",         "OPTION VALUE", "", ALL, "set an option") \
X(MODEL,        "model",       "M",            "", ALL, "use this model") \
X(RUN,          "run",         "RUN",          "", ALL, "open a run") \
X(PREDICT,      "predict",     "TEXT",         "", ALL, "predict a text with the model of this run") \
X(EXPORT,       "export",      "F",            "", ALL, "export the run's model to a new folder in Hugging Face layout") \
X(THEME,        "theme",       "dark|light|plain|contrast", "", ALL, "change the colour theme") \
X(MOUSE,        "mouse",       "on|off",       "", ALL, "turn mouse support on or off") \
X(CLIPBOARD,    "clipboard",   "on|off",       "", ALL, "allow y to write to the terminal's clipboard") \
X(BELL,         "bell",        "on|off",       "", ALL, "ring the bell and show a notification when a run ends") \
X(LOG,          "messages",    "",             "", ALL, "show the message log") \
X(DUMP,         "dump",        "F",            "", ALL, "write the screen to a file as text, or as a picture (F.svg)") \
X(WAIT,         "wait",        "STATE",        "", ALL, "wait for a run, load or evaluation (for scripts)") \
/* 1 Data */ \
X(DATA_COLUMNS,    "columns",     "text=C label=C", "m",    DATA, "choose the columns for text, pair and label") \
X(DATA_CLEAN,      "clean",       "CLEAN",     "c",         DATA, "choose cleaning steps: html, whitespace, urls, lowercase, stopwords, dedup") \
X(DATA_SPLIT,      "split",       "TRAIN,VALIDATION,TEST", "s", DATA, "split into training, validation and test (stratified, seeded)") \
X(DATA_RELABEL,    "relabel",     "ROW LABEL", "r",         DATA, "change the row's label, one key per label") \
X(DATA_AGAIN,      "relabel-again", "",        ".",         DATA, "assign the last chosen label to this row") \
X(DATA_DROP,       "drop",        "ROW",       "d",         DATA, "exclude the row, or include it again") \
X(DATA_PROBLEM,    "problem",     "",          "!",         DATA, "show the rows of the next problem") \
X(DATA_TOKENS,     "lengths",     "",          "t",         DATA, "show token lengths: Left and Right move the limit, Enter sets it") \
X(DATA_VIEW,       "row-tokens",      "",          "v",         DATA, "show the row's tokens on screen Model") \
X(DATA_SIMILAR,    "similar",     "ROW",       "~",         DATA, "list the rows most similar to this one, by the model's embeddings") \
X(DATA_AUDIT,      "audit",       "F",         "a",         DATA, "list the labels that an audit doubts, of folder F or the newest; run K: train K models to make one") \
X(DATA_DUPLICATES, "duplicates",  "THRESHOLD", "D",         DATA, "list rows that resemble rows of another split or each other, by the model's embeddings (cosine 0.95 or more)") \
X(DOUBT_TAKE,      "accept",      "",          "x",         DATA_DOUBTS, "accept the suggested label, or exclude the row that is like another, and move on") \
X(DOUBT_KEEP,      "keep",        "",          "Space",     DATA_DOUBTS, "keep the row with its label, mark it as correct and move on") \
X(DATA_TOGGLE,     "toggle",      "",          "Space",     DATA, "turn the cleaning step on or off, or change the column's use") \
X(DATA_EDITS,      "edits",       "F",         "w",         DATA, "write the label edits (JSONL) or the rows (.csv .tsv .json)") \
X(DATA_CORRECTED, "corrected", "F",      "",          DATA, "write the data with the label edits in its own format: jsonl, csv, doccano, ..") \
/* 2 Model */ \
X(MODEL_PULL,      "pull",        "ID",        "p",         MODEL, "pull a model from the hub: search an id, see size and licence, download") \
X(MODEL_TOKENS,    "tokens",      "TEXT",      "t",         MODEL, "enter a text and see its tokens") \
X(MODEL_TENSORS,   "tensors",     "",          "i",         MODEL, "list the tensors: name, shape, dtype, trainable, weight decay") \
X(MODEL_CONFIG,    "config",      "",          "v",         MODEL, "show config.json") \
X(MODEL_CREATE,    "create",      "F keep_layers=LIST keep_tokens_of=F vocab_size=N dtype=bf16", "", MODEL, "make a smaller model from this one: some layers, the tokens of a file, weights as bf16 or fp16") \
X(MODEL_EXPORT,    "export",      "F",         "w",         MODEL, "export this model to a new folder in Hugging Face layout") \
/* 3 Tune */ \
X(TUNE_MORE,       "more",        "",          "+",         TUNE, "next suggested value") \
X(TUNE_LESS,       "less",        "",          "-",         TUNE, "previous suggested value") \
X(TUNE_TOGGLE,     "toggle",      "",          "Space",     TUNE, "toggle, or select the next choice") \
X(TUNE_DEFAULT,    "default",     "OPTION",    "x",         TUNE, "reset to the default") \
X(TUNE_SWEEP,      "sweep",       "WORD VALUE", "*",        TUNE, "sweep the option over values, 1e-5,3e-5 or 1e-5..1e-4:log; with a word: strategy, trials, seeds, folds, sizes, budget, resume D, off") \
X(TUNE_PRESET,     "preset",      "NAME",      "p",         TUNE, "apply a preset; save NAME saves one") \
X(TUNE_CHANGED,    "changed",     "",          "d",         TUNE, "show only options that differ from their defaults") \
X(TUNE_COMMAND,    "command",     "",          "c",         TUNE, "show this run as a command, changed options only") \
X(TUNE_COMMAND_ALL, "command-all", "",         "C",         TUNE, "show this run as a command, all options") \
X(TUNE_SPEED,      "speed",       "",          "b",         TUNE, "measure this machine's speed (5 s)") \
X(TUNE_WRITE,      "write-config", "F",        "w",         TUNE, "write the settings to a file for --config") \
/* 4 Train */ \
X(TRAIN_PAUSE,     "pause",       "",          "Space",     TRAIN, "pause after this step, or continue") \
X(TRAIN_CONTINUE,  "continue",    "",          "C",         TRAIN, "continue a paused, stopped or failed run") \
X(TRAIN_STOP,      "stop",        "",          "s",         TRAIN, "stop the run; asks what to keep") \
X(TRAIN_SAVE,      "save",        "",          "w",         TRAIN, "save a checkpoint now") \
X(TRAIN_EVAL,      "eval",        "",          "e",         TRAIN, "evaluate now") \
X(TRAIN_FASTER,    "rate-up",     "",          "+",         TRAIN, "multiply the learning rate by 1.25 from the next step") \
X(TRAIN_SLOWER,    "rate-down",   "",          "-",         TRAIN, "divide the learning rate by 1.25 from the next step") \
X(TRAIN_RATE,      "rate",        "X",         "=",         TRAIN, "set the peak learning rate") \
X(TRAIN_FORK,      "fork",        "STEP",      "f",         TRAIN, "choose a checkpoint to start a new run from; opens Tune") \
X(TRAIN_READOUT,   "readout",     "STEP",      "r",         TRAIN, "show a read-out cursor on all plots; Left and Right move it") \
X(TRAIN_READ_LEFT, "read-left",   "",          "Shift-Left", TRAIN, "move the read-out ten logged points left") \
X(TRAIN_READ_RIGHT, "read-right", "",          "Shift-Right", TRAIN, "move the read-out ten logged points right") \
X(TRAIN_SMOOTH_LESS, "smooth-less", "",        ",",         TRAIN, "less smoothing") \
X(TRAIN_SMOOTH_MORE, "smooth-more", "",        ".",         TRAIN, "more smoothing") \
X(TRAIN_SMOOTH,    "smooth",      "X",         "",          TRAIN, "set the smoothing factor, 0 to .99") \
X(TRAIN_LOG,       "log",         "on|off",    "L",         TRAIN, "turn the logarithmic y axis on or off") \
X(TRAIN_FIT,       "fit",         "",          "Z",         TRAIN, "fit the axes to all points so far, or to the whole run") \
X(TRAIN_OVERLAY,   "overlay",     "RUN",       "b",         TRAIN, "overlay another run") \
X(TRAIN_AXIS,      "axis",        "step|epoch|time", "x",   TRAIN, "change the x axis: step, epoch or time") \
/* 5 Evaluate */ \
X(EVAL_MODE,       "mode",        "counts|true|predicted|all", "m", EVALUATE, "show counts, % of true, % of predicted or % of all") \
X(EVAL_ORDER,      "order",       "name|similarity|recall", "s", EVALUATE, "order the labels by name, similarity or recall") \
X(EVAL_ZOOM_IN,    "fewer",       "",          "+",         EVALUATE, "zoom in: fewer labels in the matrix") \
X(EVAL_ZOOM_OUT,   "more",        "",          "-",         EVALUATE, "zoom out: more labels in the matrix") \
X(EVAL_CELL,       "cell",        "TRUE PREDICTED", "",     EVALUATE, "go to this cell of the matrix") \
X(EVAL_REPORT,     "report",      "F",         "p",         EVALUATE, "show precision, recall and F1 of each label; with F, write them to a file") \
X(EVAL_TAKE,       "accept",        "",          "x",         EVALUATE, "accept the predicted label and move on") \
X(EVAL_RELABEL,    "relabel",     "ROW LABEL", "r",         EVALUATE, "change the row's label, one key per label") \
X(EVAL_AGAIN,      "relabel-again", "",        "",          EVALUATE, "assign the last chosen label to this row") \
X(EVAL_KEEP,       "keep",        "",          "Space",     EVALUATE, "mark the label as correct") \
X(EVAL_DROP,       "drop",        "ROW",       "d",         EVALUATE, "exclude the row, or include it again") \
X(EVAL_RIGHT_TOO,  "correct",       "",          "a",         EVALUATE, "also list correct predictions") \
X(EVAL_WHY,        "why",         "",          "i",         EVALUATE, "show token attributions") \
X(EVAL_SIMILAR,    "similar",     "ROW",       "~",         EVALUATE, "list the examples most similar to this one, by the run's embeddings") \
X(EVAL_BASELINE,   "baseline",    "",          "b",         EVALUATE, "train and score simple baselines on the same splits") \
X(EVAL_THRESHOLD,  "threshold",   "X",         "t",         EVALUATE, "set the no-answer threshold") \
X(EVAL_PART,       "eval",        "SPLIT PRECISION", "e",    EVALUATE, "evaluate, on this or another split; in fp32, int8 or bf16") \
X(EVAL_WRITE,      "predictions", "F",         "w",         EVALUATE, "write the predictions; in the report panel, the report") \
/* 6 Predict */ \
X(PREDICT_WHY,     "why",         "",          "i",         PREDICT, "show token attributions") \
X(PREDICT_FILE,    "file",        "F",         "b",         PREDICT, "predict a file and write the predictions") \
X(PREDICT_BESIDE,  "compare",      "RUN",       "v",         PREDICT, "compare with another run's prediction") \
X(PREDICT_THRESHOLD, "threshold", "X",         "t",         PREDICT, "set the no-answer threshold") \
X(PREDICT_AGAIN,   "again",       "",          "a",         PREDICT, "predict again") \
X(PREDICT_INT8,    "int8",        "",          "I",         PREDICT, "switch between fp32, int8 and bf16, as the processor has them: faster, nearly the same") \
X(PREDICT_ONE,     "one-token",         "",          "s",         PREDICT, "generate one token") \
X(PREDICT_GREEDY,  "greedy",      "",          "G",         PREDICT, "turn greedy decoding on or off") \
X(PREDICT_CONTEXT, "context",     "F",         "o",         PREDICT, "read the context from a file") \
X(PREDICT_WRITE,   "history",     "F",         "w",         PREDICT, "write the history to a file") \
/* 7 Runs */ \
X(RUNS_MARK,       "mark",        "RUN",       "Space",     RUNS, "mark the run for comparison") \
X(RUNS_COMPARE,    "compare",     "RUN RUN",   "c",         RUNS, "compare the marked runs, or this run with the best other run") \
X(RUNS_CURVE,      "curve",       "score|loss|training", "v", RUNS, "choose the curve: score, loss or training loss; in a sweep its metric by option") \
X(RUNS_AXIS,       "axis",        "step|epoch", "x",        RUNS, "change the x axis: step or epoch") \
X(RUNS_RESUME,     "resume",      "RUN",       "R",         RUNS, "resume the run or the sweep, or train a run for more epochs") \
X(RUNS_STOP,       "stop",        "RUN",       "s",         RUNS, "stop the run, or the sweep it belongs to, after this step; saves") \
X(RUNS_PROMOTE,    "promote",     "",          "P",         RUNS, "promote the sweep's member: its settings go to Tune, it trains to its end, X keeps it; P again takes it back") \
X(RUNS_REST,       "delete-rest", "",          "X",         RUNS, "delete all members of the sweep but the promoted ones (none promoted: but the best); asks first") \
X(RUNS_FORK,       "fork",        "STEP",      "F",         RUNS, "start a new run from a checkpoint of this run") \
X(RUNS_DELETE,     "delete",      "RUN",       "d",         RUNS, "delete the run, the sweep or its member; asks first") \
X(RUNS_TRIM,       "trim",        "RUN",       "D",         RUNS, "delete its checkpoints except the best; asks first") \
X(RUNS_EXPORT,     "export",      "F",         "w",         RUNS, "export the model to a new folder in Hugging Face layout; .csv .tsv .json .md: the comparison") \
X(RUNS_RENAME,     "rename",      "NAME",      "m",         RUNS, "rename the run's folder") \
X(RUNS_NOTE,       "note",        "TEXT",      "e",         RUNS, "edit the run's note") \
X(RUNS_LOAD,       "load",        "",          "=",         RUNS, "load the run's settings into Tune") \
X(QUEUE_RUN,       "queue-run",   "",          "S",         RUNS, "train the queued runs in the background, one after the other") \
X(QUEUE_UP,        "queue-up",    "",          "K",         RUNS_QUEUE, "train this queued run earlier") \
X(QUEUE_DOWN,      "queue-down",  "",          "J",         RUNS_QUEUE, "train this queued run later") \
X(QUEUE_REMOVE,    "queue-remove", "",         "d",         RUNS_QUEUE, "remove this run from the queue")
/* clang-format on */
