/* The key line of each scope: X(scope, action, second action or NONE, label), most useful first.
 * "? help" is appended where it works. Actions that do nothing now are not shown. A panel scope
 * that has rows here replaces its screen's rows. Included by action.c only. */

/* clang-format off */
#define FT_FOOTER_LIST(X) \
X(DATA, ENTER, NONE, "read") \
X(DATA, OPEN, NONE, "open") \
X(DATA, DATA_COLUMNS, NONE, "columns") \
X(DATA, DATA_CLEAN, NONE, "clean") \
X(DATA, DATA_SPLIT, NONE, "split") \
X(DATA, DATA_RELABEL, NONE, "relabel") \
X(DATA, DATA_DROP, NONE, "drop row") \
X(DATA, FILTER, NONE, "filter") \
X(DATA, FIND, NONE, "find") \
X(DATA, SORT_UP, SORT_DOWN, "sort") \
X(DATA, DATA_SIMILAR, NONE, "similar") \
X(DATA, DATA_AUDIT, NONE, "audit") \
X(DATA, DATA_DUPLICATES, NONE, "near duplicates") \
X(DATA, UNDO, NONE, "undo") \
X(DATA, TRAIN, NONE, "train") \
X(DATA, ZOOM, NONE, "zoom") \
X(DATA_DOUBTS, DOUBT_TAKE, NONE, "accept") \
X(DATA_DOUBTS, DOUBT_KEEP, NONE, "keep") \
X(DATA_DOUBTS, DATA_RELABEL, NONE, "relabel") \
X(DATA_DOUBTS, DATA_DROP, NONE, "drop row") \
X(DATA_DOUBTS, UNDO, NONE, "undo") \
X(DATA_DOUBTS, BACK, NONE, "back") \
X(DATA_DOUBTS, ENTER, NONE, "read") \
X(DATA_DOUBTS, FILTER, NONE, "filter") \
X(DATA_DOUBTS, FIND, NONE, "find") \
X(DATA_DOUBTS, SORT_UP, SORT_DOWN, "sort") \
X(DATA_DOUBTS, DATA_SIMILAR, NONE, "similar") \
X(DATA_DOUBTS, TRAIN, NONE, "train") \
X(DATA_CLEAN, DATA_TOGGLE, NONE, "on/off") \
X(DATA_CLEAN, BACK, NONE, "back") \
X(DATA_CLEAN, UNDO, NONE, "undo") \
X(DATA_CLEAN, NEXT_PANEL, NONE, "next panel") \
X(DATA_CLEAN, TRAIN, NONE, "train") \
X(DATA_COLUMNS, ENTER, NONE, "change use") \
X(DATA_COLUMNS, BACK, NONE, "back") \
X(DATA_COLUMNS, UNDO, NONE, "undo") \
X(DATA_COLUMNS, NEXT_PANEL, NONE, "next panel") \
X(DATA_TOKENS, LEFT, RIGHT, "move the limit") \
X(DATA_TOKENS, ENTER, NONE, "set max_seq_length") \
X(DATA_TOKENS, BACK, NONE, "back") \
X(DATA_TOKENS, UNDO, NONE, "undo") \
X(DATA_TOKENS, NEXT_PANEL, NONE, "next panel") \
X(MODEL, ENTER, NONE, "use") \
X(MODEL, OPEN, NONE, "folder") \
X(MODEL, MODEL_PULL, NONE, "pull") \
X(MODEL, MODEL_TOKENS, NONE, "try tokens") \
X(MODEL, MODEL_TENSORS, NONE, "tensors") \
X(MODEL, MODEL_CONFIG, NONE, "config") \
X(MODEL, MODEL_EXPORT, NONE, "export") \
X(MODEL, TRAIN, NONE, "train") \
X(MODEL, ZOOM, NONE, "zoom") \
X(MODEL_PULL, ENTER, NONE, "download") \
X(MODEL_PULL, BACK, NONE, "back") \
X(MODEL_PULL, MODEL_PULL, NONE, "hide") \
X(MODEL_PULL, NEXT_PANEL, NONE, "next panel") \
X(MODEL_PULL, SCREEN, NONE, "screens") \
X(MODEL_PULL, ZOOM, NONE, "zoom") \
X(TUNE, ENTER, NONE, "edit") \
X(TUNE, TUNE_MORE, TUNE_LESS, "step") \
X(TUNE, TUNE_DEFAULT, NONE, "default") \
X(TUNE, TUNE_SWEEP, NONE, "sweep") \
X(TUNE, TUNE_PRESET, NONE, "preset") \
X(TUNE, TUNE_CHANGED, NONE, "changed") \
X(TUNE, TUNE_COMMAND, NONE, "command") \
X(TUNE, TRAIN, NONE, "train") \
X(TUNE, TUNE_SPEED, NONE, "speed") \
X(TUNE, UNDO, NONE, "undo") \
X(TUNE, FIND, NONE, "find") \
X(TUNE, ZOOM, NONE, "zoom") \
X(TRAIN, TRAIN_PAUSE, NONE, "pause") \
X(TRAIN, TRAIN_CONTINUE, NONE, "continue") \
X(TRAIN, TRAIN_STOP, NONE, "stop") \
X(TRAIN, TRAIN_SAVE, NONE, "save") \
X(TRAIN, TRAIN_EVAL, NONE, "evaluate") \
X(TRAIN, TRAIN_FASTER, TRAIN_SLOWER, "LR") \
X(TRAIN, TRAIN_FORK, NONE, "fork") \
X(TRAIN, TRAIN_READOUT, NONE, "read-out") \
X(TRAIN, TRAIN_SMOOTH_LESS, TRAIN_SMOOTH_MORE, "smooth") \
X(TRAIN, TRAIN_LOG, NONE, "log axis") \
X(TRAIN, TRAIN_FIT, NONE, "fit") \
X(TRAIN, TRAIN_OVERLAY, NONE, "overlay a run") \
X(TRAIN, TRAIN_AXIS, NONE, "axis") \
X(TRAIN, TRAIN, NONE, "train") \
X(TRAIN, ZOOM, NONE, "zoom") \
X(EVALUATE, ENTER, NONE, "open") \
X(EVALUATE, FIND_NEXT, FIND_PREV, "next wrong") \
X(EVALUATE, EVAL_ZOOM_IN, EVAL_ZOOM_OUT, "zoom") \
X(EVALUATE, EVAL_MODE, NONE, "mode") \
X(EVALUATE, EVAL_ORDER, NONE, "order") \
X(EVALUATE, EVAL_REPORT, NONE, "report") \
X(EVALUATE, SORT_UP, SORT_DOWN, "sort") \
X(EVALUATE, EVAL_RELABEL, NONE, "relabel") \
X(EVALUATE, EVAL_TAKE, NONE, "accept") \
X(EVALUATE, FILTER, NONE, "filter") \
X(EVALUATE, EVAL_KEEP, NONE, "keep") \
X(EVALUATE, EVAL_THRESHOLD, NONE, "threshold") \
X(EVALUATE, UNDO, NONE, "undo") \
X(EVALUATE, EVAL_WHY, NONE, "why") \
X(EVALUATE, EVAL_SIMILAR, NONE, "similar") \
X(EVALUATE, EVAL_PART, NONE, "evaluate") \
X(EVALUATE, EVAL_BASELINE, NONE, "baseline") \
X(EVALUATE, TRAIN, NONE, "train") \
X(EVALUATE, ZOOM, NONE, "zoom") \
X(PREDICT, ENTER, NONE, "edit") \
X(PREDICT, PREDICT_WHY, NONE, "why") \
X(PREDICT, PREDICT_AGAIN, NONE, "again") \
X(PREDICT, PREDICT_ONE, NONE, "one token") \
X(PREDICT, PREDICT_GREEDY, NONE, "greedy") \
X(PREDICT, PREDICT_FILE, NONE, "file") \
X(PREDICT, PREDICT_BESIDE, NONE, "compare") \
X(PREDICT, PREDICT_THRESHOLD, NONE, "threshold") \
X(PREDICT, PREDICT_WRITE, NONE, "history") \
X(PREDICT, ZOOM, NONE, "zoom") \
X(FIELD, ENTER, NONE, "accept") \
X(FIELD, BACK, NONE, "leave field") \
X(FIELD, UP, NONE, "history") \
X(FIELD, NEXT_PANEL, NONE, "next panel") \
X(FIELD, SCREEN, NONE, "screens") \
X(RUNS_QUEUE, QUEUE_UP, QUEUE_DOWN, "move") \
X(RUNS_QUEUE, QUEUE_REMOVE, NONE, "remove") \
X(RUNS_QUEUE, ENTER, NONE, "watch") \
X(RUNS_QUEUE, QUEUE_RUN, NONE, "start the queue") \
X(RUNS, RUNS_MARK, NONE, "mark") \
X(RUNS, RUNS_COMPARE, NONE, "compare") \
X(RUNS, ENTER, NONE, "open") \
X(RUNS, RUNS_RESUME, NONE, "resume") \
X(RUNS, RUNS_STOP, NONE, "stop") \
X(RUNS, RUNS_PROMOTE, NONE, "promote") \
X(RUNS, RUNS_REST, NONE, "delete the rest") \
X(RUNS, RUNS_DELETE, NONE, "delete") \
X(RUNS, RUNS_EXPORT, NONE, "export") \
X(RUNS, RUNS_NOTE, NONE, "note") \
X(RUNS, RUNS_RENAME, NONE, "rename") \
X(RUNS, FILTER, NONE, "filter") \
X(RUNS, SORT_UP, SORT_DOWN, "sort") \
X(RUNS, RUNS_TRIM, NONE, "trim") \
X(RUNS, RUNS_FORK, NONE, "fork") \
X(RUNS, RUNS_LOAD, NONE, "load settings") \
X(RUNS, RUNS_CURVE, NONE, "curve") \
X(RUNS, RUNS_AXIS, NONE, "axis") \
X(RUNS, FIND, NONE, "find") \
X(RUNS, OPEN, NONE, "folder") \
X(RUNS, ZOOM, NONE, "zoom")
/* clang-format on */
