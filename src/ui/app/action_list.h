/* The one table of what a key or a word can do: X(id, word, usage, keys, scope, help).
 *
 *   word   what the command line calls it; "" has none
 *   usage  what may follow the word; F a file or folder, M a model, RUN a run, OPTION, VALUE, LABEL
 *          and so on, "a|b" a choice. "" takes nothing
 *   keys   names of key.h, blank-separated; "" has none
 *   scope  where the keys work. An inner scope (a panel's) hides the outer one's (its screen's,
 *          then ALL)
 *
 * Included by action.h and action.c only. Dispatch, the key line, `?`, completion and the manual
 * all come from these rows; the key line's order and labels are in action_footer.h. */

/* clang-format off */
#define FT_ACTION_LIST(X) \
/* everywhere */ \
X(SCREEN,       "screen",      "1-7",          "1 2 3 4 5 6 7 Alt-1 Alt-2 Alt-3 Alt-4 Alt-5 Alt-6 Alt-7", ALL, "go to a screen: Data, Model, Tune, Train, Evaluate, Predict, Runs") \
X(NEXT_PANEL,   "next-panel",  "",             "Tab",          ALL, "focus the next panel") \
X(PREV_PANEL,   "previous-panel", "",          "Shift-Tab",    ALL, "focus the panel before") \
X(UP,           "up",          "",             "Up k",         ALL, "move up") \
X(DOWN,         "down",        "",             "Down j",       ALL, "move down") \
X(LEFT,         "left",        "",             "Left h",       ALL, "move left") \
X(RIGHT,        "right",       "",             "Right l",      ALL, "move right") \
X(PAGE_UP,      "page-up",     "",             "PgUp",         ALL, "a page up") \
X(PAGE_DOWN,    "page-down",   "",             "PgDn",         ALL, "a page down") \
X(TOP,          "top",         "",             "g Home",       ALL, "to the start") \
X(BOTTOM,       "bottom",      "",             "G End",        ALL, "to the end") \
X(ENTER,        "enter",       "",             "Enter",        ALL, "deeper: read, choose, edit what is selected") \
X(BACK,         "back",        "",             "Esc",          ALL, "back; never loses anything and never quits") \
X(FIND,         "find",        "TEXT",         "/",            ALL, "find a text") \
X(FIND_NEXT,    "find-next",   "",             "n",            ALL, "the next one found") \
X(FIND_PREV,    "find-previous", "",           "N",            ALL, "the one found before") \
X(FILTER,       "filter",      "EXPRESSION",   "f",            ALL, "show only rows that match: label:pos len>256 word") \
X(SORT,         "sort",        "COLUMN",       "",             ALL, "sort by a column") \
X(SORT_UP,      "sort-up",     "",             "[",            ALL, "sort by this column, smallest first") \
X(SORT_DOWN,    "sort-down",   "",             "]",            ALL, "sort by this column, largest first") \
X(UNDO,         "undo",        "",             "u",            ALL, "undo the last change") \
X(REDO,         "redo",        "",             "Ctrl-R",       ALL, "do again what was undone") \
X(WRITE,        "write",       "F",            "w",            ALL, "write what this screen makes to a file") \
X(OPEN,         "open",        "F",            "o",            ALL, "open a file or folder") \
X(TRAIN,        "train",       "",             "T",            ALL, "train now with what is set") \
X(COMMAND,      "",            "",             ":",            ALL, "the command line") \
X(HELP,         "help",        "",             "? F1",         ALL, "keys of this panel, then of the screen, with their words") \
X(ZOOM,         "zoom",        "",             "z",            ALL, "give the panel the whole body, or give it back") \
X(COPY,         "copy",        "",             "y",            ALL, "copy the value or text to the terminal's clipboard (OSC 52)") \
X(REDRAW,       "redraw",      "",             "Ctrl-L",       ALL, "draw everything again") \
X(SUSPEND,      "suspend",     "",             "Ctrl-Z",       ALL, "put the program to sleep, as a shell does") \
X(QUIT,         "quit",        "",             "q Ctrl-C",     ALL, "quit; asks when a run is on") \
/* everywhere, words only */ \
X(SET,          "set",         "OPTION VALUE", "", ALL, "give an option a value") \
X(MODEL,        "model",       "M",            "", ALL, "use this model") \
X(RUN,          "run",         "RUN",          "", ALL, "open a run") \
X(PREDICT,      "predict",     "TEXT",         "", ALL, "predict a text with the model of this run") \
X(EXPORT,       "export",      "F",            "", ALL, "export the run's model to a new folder in Hugging Face layout") \
X(THEME,        "theme",       "dark|light|plain|contrast", "", ALL, "change the colours") \
X(MOUSE,        "mouse",       "on|off",       "", ALL, "use the mouse, or leave it to the terminal") \
X(CLIPBOARD,    "clipboard",   "on|off",       "", ALL, "let y write to the terminal's clipboard") \
X(LOG,          "messages",    "",             "", ALL, "show what was said so far") \
X(DUMP,         "dump",        "F",            "", ALL, "write the screen as text, or as a picture (F.svg)") \
X(WAIT,         "wait",        "STATE",        "", ALL, "wait until a run, load or evaluation got there") \
/* 1 Data */ \
X(DATA_COLUMNS,    "columns",     "text=C label=C", "m",    DATA, "choose the columns for text, pair and label") \
X(DATA_CLEAN,      "clean",       "CLEAN",     "c",         DATA, "clean: html, whitespace, urls, lowercase, stopwords, dedup") \
X(DATA_SPLIT,      "split",       "TRAIN,VALIDATION,TEST", "s", DATA, "split into parts, stratified and seeded") \
X(DATA_RELABEL,    "relabel",     "ROW LABEL", "r",         DATA, "give the row another label, one key each") \
X(DATA_AGAIN,      "relabel-again", "",        ".",         DATA, "give this row the label given last") \
X(DATA_DROP,       "drop",        "ROW",       "d",         DATA, "leave the row out") \
X(DATA_PROBLEM,    "problem",     "",          "!",         DATA, "show the rows of the next problem") \
X(DATA_TOKENS,     "lengths",     "",          "t",         DATA, "token lengths; left and right move the cut, Enter takes it") \
X(DATA_VIEW,       "pieces",      "",          "v",         DATA, "send the row to the token line of Model") \
X(DATA_TOGGLE,     "toggle",      "",          "Space",     DATA, "turn the cleaning step on or off, or cycle the column's use") \
X(DATA_EDITS,      "edits",       "F",         "w",         DATA, "write relabels and removals as JSONL") \
/* 2 Model */ \
X(MODEL_PULL,      "pull",        "ID",        "p",         MODEL, "fetch a model from the hub (not built in this version)") \
X(MODEL_TOKENS,    "tokens",      "TEXT",      "t",         MODEL, "type a text and see its tokens") \
X(MODEL_TENSORS,   "tensors",     "",          "i",         MODEL, "every tensor: name, shape, dtype, trained, decayed") \
X(MODEL_CONFIG,    "config",      "",          "v",         MODEL, "config.json as text") \
X(MODEL_EXPORT,    "export",      "F",         "w",         MODEL, "export this model to a new folder in Hugging Face layout") \
/* 3 Tune */ \
X(TUNE_MORE,       "more",        "",          "+",         TUNE, "the next sensible value") \
X(TUNE_LESS,       "less",        "",          "-",         TUNE, "the sensible value before") \
X(TUNE_TOGGLE,     "toggle",      "",          "Space",     TUNE, "toggle or cycle the choices") \
X(TUNE_DEFAULT,    "default",     "OPTION",    "x",         TUNE, "back to the default") \
X(TUNE_PRESET,     "preset",      "NAME",      "p",         TUNE, "apply a named set of options; save NAME keeps one") \
X(TUNE_CHANGED,    "changed",     "",          "d",         TUNE, "show only what differs from the defaults") \
X(TUNE_COMMAND,    "command",     "",          "c",         TUNE, "this run as a command to paste, changed options only") \
X(TUNE_COMMAND_ALL, "command-all", "",         "C",         TUNE, "this run as a command with every option") \
X(TUNE_SPEED,      "speed",       "",          "b",         TUNE, "measure this machine's speed (5 s)") \
X(TUNE_WRITE,      "write-config", "F",        "w",         TUNE, "write a file for --config") \
/* 4 Train */ \
X(TRAIN_PAUSE,     "pause",       "",          "Space",     TRAIN, "pause after this step; again goes on") \
X(TRAIN_CONTINUE,  "continue",    "",          "C",         TRAIN, "go on from where it paused, stopped or failed") \
X(TRAIN_STOP,      "stop",        "",          "s",         TRAIN, "stop the run; asks what to keep") \
X(TRAIN_SAVE,      "save",        "",          "w",         TRAIN, "save a checkpoint now") \
X(TRAIN_EVAL,      "eval",        "",          "e",         TRAIN, "evaluate now") \
X(TRAIN_FASTER,    "rate-up",     "",          "+",         TRAIN, "learning rate times 1.25 from the next step on") \
X(TRAIN_SLOWER,    "rate-down",   "",          "-",         TRAIN, "learning rate divided by 1.25 from the next step on") \
X(TRAIN_RATE,      "rate",        "X",         "=",         TRAIN, "type the peak of the learning rate's schedule") \
X(TRAIN_FORK,      "fork",        "STEP",      "f",         TRAIN, "choose a checkpoint: its settings go to Tune, T starts a new run from it") \
X(TRAIN_READOUT,   "readout",     "STEP",      "r",         TRAIN, "a cursor over all plots; left and right move it") \
X(TRAIN_READ_LEFT, "read-left",   "",          "Shift-Left", TRAIN, "ten logged points to the left") \
X(TRAIN_READ_RIGHT, "read-right", "",          "Shift-Right", TRAIN, "ten logged points to the right") \
X(TRAIN_SMOOTH_LESS, "smooth-less", "",        ",",         TRAIN, "smooth less") \
X(TRAIN_SMOOTH_MORE, "smooth-more", "",        ".",         TRAIN, "smooth more") \
X(TRAIN_SMOOTH,    "smooth",      "X",         "",          TRAIN, "smooth by this factor, 0 to .99") \
X(TRAIN_LOG,       "log",         "on|off",    "L",         TRAIN, "logarithmic axis") \
X(TRAIN_FIT,       "fit",         "",          "Z",         TRAIN, "fit all points, then fit to now") \
X(TRAIN_OVERLAY,   "overlay",     "RUN",       "b",         TRAIN, "draw another run over this one") \
X(TRAIN_AXIS,      "axis",        "step|epoch|time", "x",   TRAIN, "what runs along the plots: step, epoch, time") \
/* 5 Evaluate */ \
X(EVAL_MODE,       "mode",        "counts|true|predicted|all", "m", EVALUATE, "counts, % of true, % of predicted, % of all") \
X(EVAL_ORDER,      "order",       "name|likeness|recall", "s", EVALUATE, "order of the labels in the matrix") \
X(EVAL_ZOOM_IN,    "fewer",       "",          "+",         EVALUATE, "fewer labels in the window") \
X(EVAL_ZOOM_OUT,   "more",        "",          "-",         EVALUATE, "more labels in the window") \
X(EVAL_CELL,       "cell",        "TRUE PREDICTED", "",     EVALUATE, "stand on this cell") \
X(EVAL_REPORT,     "report",      "",          "p",         EVALUATE, "precision, recall and F1 of every label") \
X(EVAL_TAKE,       "take",        "",          "x",         EVALUATE, "take the model's guess as the label and move on") \
X(EVAL_RELABEL,    "relabel",     "ROW LABEL", "r",         EVALUATE, "give the row another label, one key each") \
X(EVAL_AGAIN,      "relabel-again", "",        "",          EVALUATE, "give this row the label given last") \
X(EVAL_KEEP,       "keep",        "",          "Space",     EVALUATE, "mark: the label is right") \
X(EVAL_DROP,       "drop",        "ROW",       "d",         EVALUATE, "leave the row out") \
X(EVAL_RIGHT_TOO,  "right",       "",          "a",         EVALUATE, "also show what the model got right") \
X(EVAL_WHY,        "why",         "",          "i",         EVALUATE, "which words pushed the model there") \
X(EVAL_BASELINE,   "baseline",    "",          "b",         EVALUATE, "what a linear model on word n-grams gets") \
X(EVAL_THRESHOLD,  "threshold",   "X",         "t",         EVALUATE, "the score above which there is no answer") \
X(EVAL_PART,       "eval",        "PART",      "e",         EVALUATE, "evaluate, or evaluate another part") \
X(EVAL_WRITE,      "predictions", "F",         "w",         EVALUATE, "write predictions.jsonl") \
/* 6 Predict */ \
X(PREDICT_WHY,     "why",         "",          "i",         PREDICT, "which words pushed the model there") \
X(PREDICT_FILE,    "file",        "F",         "b",         PREDICT, "predict a file to a file") \
X(PREDICT_BESIDE,  "beside",      "RUN",       "v",         PREDICT, "show another run's prediction beside this one") \
X(PREDICT_THRESHOLD, "threshold", "X",         "t",         PREDICT, "the score above which there is no answer") \
X(PREDICT_AGAIN,   "again",       "",          "a",         PREDICT, "predict again") \
X(PREDICT_ONE,     "one",         "",          "s",         PREDICT, "one token more") \
X(PREDICT_GREEDY,  "greedy",      "",          "G",         PREDICT, "always the likeliest token, or sample again") \
X(PREDICT_CONTEXT, "context",     "F",         "o",         PREDICT, "read the context from a file") \
X(PREDICT_WRITE,   "history",     "F",         "w",         PREDICT, "write the history") \
/* 7 Runs */ \
X(RUNS_MARK,       "mark",        "RUN",       "Space",     RUNS, "mark the run to compare it") \
X(RUNS_COMPARE,    "compare",     "RUN RUN",   "c",         RUNS, "compare the marked runs, or with the best other") \
X(RUNS_CURVE,      "curve",       "score|loss|training", "v", RUNS, "which curve: score, loss, loss of training") \
X(RUNS_AXIS,       "axis",        "step|epoch", "x",        RUNS, "what runs along the plot: step or epoch") \
X(RUNS_RESUME,     "resume",      "RUN",       "R",         RUNS, "resume the run, or continue it with more epochs") \
X(RUNS_FORK,       "fork",        "STEP",      "F",         RUNS, "start a new run from a checkpoint of this one") \
X(RUNS_DELETE,     "delete",      "RUN",       "d",         RUNS, "delete the run; asks first") \
X(RUNS_TRIM,       "trim",        "RUN",       "D",         RUNS, "delete its checkpoints but the best; asks first") \
X(RUNS_EXPORT,     "export",      "F",         "w",         RUNS, "export the model to a Hugging Face folder") \
X(RUNS_RENAME,     "rename",      "NAME",      "m",         RUNS, "give the run's folder another name") \
X(RUNS_NOTE,       "note",        "TEXT",      "e",         RUNS, "edit the run's note") \
X(RUNS_LOAD,       "load",        "",          "=",         RUNS, "load the run's settings into Tune")
/* clang-format on */
