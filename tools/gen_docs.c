/* Writes what can be written from the program's own tables: the manual page, the shell completion
 * and the table of keys. No list is kept by hand, so none can be wrong:
 *
 *     gen_docs DIR                    compares with the files in DIR; 1 when one is stale
 *     FETTLE_UPDATE=1 gen_docs DIR    writes them
 */
#include "cli/commands.h"
#include "cli/help.h"
#include "ui/app/action.h"
#include "ui/screens/ui_options.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_command *command_at(size_t *i)
{
    return ft_command_at((*i)++);
}

/* --- the manual page, in the man(7) macros --- */

/* n bytes of `text` so that troff prints them as they are. */
static void roff_n(struct ft_str *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (!i && (c == '.' || c == '\'')) ft_str_addz(out, "\\&");
        const char *as = c == '\\'  ? "\\e"
                         : c == '-' ? "\\-"
                         : c == '`' ? "\\(ga"
                         : c == '~' ? "\\(ti"
                         : c == '^' ? "\\(ha"
                         : c == '"' ? "\\(dq"
                                    : NULL;
        if (as)
            ft_str_addz(out, as);
        else
            ft_str_addc(out, c);
    }
}

static void roff(struct ft_str *out, const char *text)
{
    roff_n(out, text, strlen(text));
}

/* A line of text in a font: 'B' or 'I'. */
static void roff_font(struct ft_str *out, char font, const char *text)
{
    ft_str_addf(out, "\\f%c", font);
    roff(out, text);
    ft_str_addz(out, "\\fR");
}

static void head(struct ft_str *out, const char *macro, const char *text)
{
    ft_str_addf(out, ".%s \"", macro);
    roff(out, text);
    ft_str_addz(out, "\"\n");
}

/* A tagged paragraph: name and value in their fonts, a default, then the text. */
static void flag(struct ft_str *out, const char *name, const char *value, const char *fallback,
                 const char *help)
{
    ft_str_addz(out, ".TP\n\\fB\\-\\-");
    roff(out, name);
    ft_str_addz(out, "\\fR");
    if (value && *value) {
        ft_str_addc(out, ' ');
        roff_font(out, 'I', value);
    }
    if (fallback && *fallback) {
        ft_str_addz(out, " [");
        roff(out, fallback);
        ft_str_addc(out, ']');
    }
    ft_str_addc(out, '\n');
    roff(out, help);
    ft_str_addc(out, '\n');
}

/* The usage lines: the command's name in bold, each its own line. */
static void usage(struct ft_str *out, const struct ft_command *c)
{
    for (const char *p = c->usage; *p;) {
        size_t n = strcspn(p, "\n"), name = strlen(c->name);
        ft_str_addz(out, "\\fBfettle ");
        roff_n(out, p, name);
        ft_str_addz(out, "\\fR");
        roff_n(out, p + name, n - name);
        ft_str_addz(out, "\n.br\n");
        p += n + (p[n] == '\n');
    }
}

static void man_reads(struct ft_str *out, const struct ft_command *c)
{
    const char *between = "";
    ft_str_addz(out, ".PP\nOptions: config, ");
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        if (!ft_command_reads(c, (enum ft_opt)i)) continue;
        ft_str_addz(out, between);
        roff(out, ft_option_at((enum ft_opt)i)->name);
        between = ", ";
    }
    ft_str_addz(out, ".\n");
}

static void man_commands(struct ft_str *out)
{
    const struct ft_command *c;
    head(out, "SH", "COMMANDS");
    ft_str_addz(out,
                "Commands marked with * also take the options listed below: all of them, or those "
                "named under the command.\n");
    for (size_t i = 0; (c = command_at(&i));) {
        struct ft_str title = {0};
        ft_str_addf(&title, "%s%s: %s", c->name, c->options ? "*" : "", c->help);
        head(out, "SS", ft_str_text(&title));
        ft_str_release(&title);
        usage(out, c);
        for (const struct ft_flag *f = c->flags; f && f->name; f++)
            flag(out, f->name, f->value, NULL, f->help);
        if (c->options && c->run != ft_cmd_train) man_reads(out, c);
    }
}

static void man_options(struct ft_str *out)
{
    size_t n;
    const struct ft_preset *p = ft_presets_built_in(&n);
    head(out, "SH", "OPTIONS");
    ft_str_addz(out,
                "\\fB\\-\\-flag value\\fR and \\fB\\-\\-flag=value\\fR are equivalent; in "
                "option names, - and _ are equivalent.\nDefaults are in brackets.\nOptions marked "
                "\\(lqLive\\(rq can be changed during a run (:set in the workbench).\n");
    flag(out, "config", "FILE", NULL,
         "A file of options: a JSON object, or lines `option = value`. Flags override it.");
    flag(out, "preset", "NAME", NULL,
         "A named set of options; flags and --config override it. See PRESETS.");
    for (int g = 0; g < FT_OPT_GROUP_COUNT; g++) {
        head(out, "SS", ft_opt_group_name((enum ft_opt_group)g));
        for (int i = 0; i < FT_OPT_COUNT; i++) {
            const struct ft_option *o = ft_option_at((enum ft_opt)i);
            if ((int)o->group != g) continue;
            flag(out, o->name, ft_help_value_name(o), o->fallback, o->help);
            if (o->usual) {
                ft_str_addz(out, "Usual: ");
                roff(out, o->usual);
                ft_str_addz(out, ".\n");
            }
            if (o->live) ft_str_addz(out, "Live.\n");
        }
    }
    head(out, "SH", "PRESETS");
    for (size_t i = 0; i < n; i++) {
        ft_str_addz(out, ".TP\n");
        roff_font(out, 'B', p[i].name);
        ft_str_addc(out, '\n');
        roff(out, p[i].help);
        ft_str_addz(out, ":\n");
        roff(out, p[i].values);
        ft_str_addc(out, '\n');
    }
}

static void man_words(struct ft_str *out)
{
    head(out, "SH", "KEYS AND COMMANDS OF THE WORKBENCH");
    ft_str_addz(out,
                "Every key has a command that can be typed after `:`. A screen's keys override "
                "those that work everywhere.\n");
    for (int s = 0; s < FT_SCOPE_COUNT; s++) {
        bool first = true;
        for (int a = 1; a < FT_ACT_COUNT; a++) {
            const struct ft_action_row *row = ft_action_row((enum ft_action)a);
            if (row->scope != (enum ft_scope)s) continue;
            if (first) head(out, "SS", ft_scope_name((enum ft_scope)s));
            first = false;
            ft_str_addz(out, ".TP\n");
            roff_font(out, 'B', row->keys);
            if (*row->word) {
                ft_str_addz(out, *row->keys ? "  :" : ":");
                roff(out, row->word);
                if (*row->usage) {
                    ft_str_addc(out, ' ');
                    roff_font(out, 'I', row->usage);
                }
            }
            ft_str_addc(out, '\n');
            roff(out, row->help);
            ft_str_addc(out, '\n');
        }
    }
}

static const char man_description[] =
    ".SH DESCRIPTION\n"
    "fettle fine\\-tunes BERT, RoBERTa, DistilBERT and GPT\\-2 on a CPU and saves models that\n"
    "Hugging Face transformers loads without conversion.\n"
    "Without a command, or with \\fBui\\fR, it opens the workbench, a full\\-screen terminal\n"
    "interface to the same engine that the commands use.\n"
    "\\fIMODEL\\fR (\\fIM\\fR) is a folder in Hugging Face layout, an id found in the local hub\n"
    "cache, a run's folder (its best model), or a bundled model.\n"
    "\\fIDATA\\fR (\\fIF\\fR) is CSV, TSV, JSONL, JSON, XLSX, SQuAD, a folder of texts or plain\n"
    "text; files compressed as .gz or .xz are read directly.\n"
    "Results go to stdout, messages to stderr.\n";

static const char man_end[] =
    ".SH EXIT STATUS\n"
    ".TP\n0\nSuccess.\n"
    ".TP\n1\nFailure: one line on stderr says what was found where, what was expected and what "
    "to do.\n"
    ".TP\n2\nUsage error.\n"
    ".TP\n130, 143\nStopped by SIGINT or SIGTERM after saving.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME\nLocation of the hub cache; the first one set "
    "is used.\n"
    ".TP\n.B HF_ENDPOINT\nAddress of the hub for pull, https://huggingface.co if not set.\n"
    ".TP\n.B HF_TOKEN, HF_TOKEN_PATH\nAccess token for private and gated models, or the file that "
    "contains it ($HF_HOME/token if not set). It is sent to the hub's own host only.\n"
    ".TP\n.B HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE\n1: pull asks no server, and finds only what is "
    "in the cache.\n"
    ".TP\n.B HF_HUB_ETAG_TIMEOUT, HF_HUB_DOWNLOAD_TIMEOUT\nSeconds that pull waits for an answer, "
    "and for the next bytes [10].\n"
    ".TP\n.B FETTLE_RETRY_S\nSeconds before pull tries again for the first time, then twice as "
    "long "
    "each time [0.5].\n"
    ".TP\n.B HF_HUB_DISABLE_SYMLINKS\n1: pull puts files into the snapshot folder instead of "
    "links.\n"
    ".TP\n.B HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY\nProxies for pull, and the hosts that "
    "need none.\n"
    ".TP\n.B REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE\nFile of the certificates that pull "
    "trusts, if not those of the system; the first one set is used.\n"
    ".TP\n.B XDG_STATE_HOME\nIts fettle folder contains the session state, the command history "
    "and log.txt.\n"
    ".TP\n.B XDG_CONFIG_HOME\nIts fettle/presets folder contains your own presets, one file "
    "each.\n"
    ".TP\n.B FETTLE_ASSETS\nFolder of the bundled sample data, models and themes; "
    "searched before the built\\-in locations.\n"
    ".TP\n.B TERM, COLORTERM, COLORFGBG, NO_COLOR, CLICOLOR_FORCE\nTerminal type, and whether to "
    "use colours.\n"
    ".SH FILES\n"
    "In a run's folder (output_dir):\n"
    ".TP\n.I run.json\nEvery option, the data files with their SHA\\-256, the machine, the state "
    "of the run.\n"
    ".TP\n.I metrics.jsonl\nOne line per logging_steps updates, per evaluation and per change "
    "made during the run.\n"
    ".TP\n.I model/\nThe best model, in Hugging Face layout.\n"
    ".TP\n.I checkpoint\\-STEP/\nModel, optimiser and training state; resuming from it gives "
    "bit\\-identical results.\n"
    ".TP\n.I eval.json, predictions.jsonl, baseline.json\nScores on the test split, one "
    "prediction per example, and the scores of simple baselines.\n"
    ".SH EXAMPLES\n"
    ".EX\n"
    "fettle train \\-\\-model minilm\\-l4 \\-\\-data reviews.csv \\-\\-output_dir runs/first\n"
    "fettle train \\-\\-resume runs/first \\-\\-num_train_epochs 5\n"
    "fettle eval \\-\\-model runs/first \\-\\-data test.csv \\-\\-json\n"
    "fettle predict \\-\\-model runs/first \\-\\-text \\(dqWhat a lovely evening.\\(dq "
    "\\-\\-explain\n"
    ".EE\n";

static void man_page(struct ft_str *out)
{
    const struct ft_command *c;
    ft_str_addz(out,
                ".\\\" Generated by tools/gen_docs.c from the program's tables: do not edit.\n");
    ft_str_addf(out, ".TH FETTLE 1 \"\" \"fettle %s\" \"User Commands\"\n", FETTLE_VERSION);
    ft_str_addz(out, ".SH NAME\nfettle \\- fine\\-tune language models in the terminal, on a "
                     "CPU\n.SH SYNOPSIS\n.nh\n.ad l\n");
    ft_str_addz(out, "\\fBfettle\\fR [\\fBui\\fR] [options of the workbench]\n.br\n");
    for (size_t i = 0; (c = command_at(&i));)
        usage(out, c);
    ft_str_addz(out, "\\fBfettle \\-\\-version\\fR\n");
    ft_str_addz(out, man_description);
    man_commands(out);
    man_options(out);
    head(out, "SH", "OPTIONS OF THE WORKBENCH");
    const struct ft_ui_option *u;
    for (size_t i = 0; (u = ft_ui_option_at(i)); i++)
        flag(out, u->name, u->value, NULL, u->help);
    man_words(out);
    ft_str_addz(out, man_end);
}

/* --- the completion --- */

/* "a|b|c" as words of the shell. */
static void words(struct ft_str *out, const char *choices)
{
    for (const char *p = choices; *p; p++)
        ft_str_addc(out, *p == '|' ? ' ' : *p);
}

/* The values of an option: a case of the shell function. */
static void value_case(struct ft_str *out, const char *name, const char *choices, bool set)
{
    ft_str_addf(out, "    --%s) _fettle_%s '", name, set ? "set" : "words");
    words(out, choices);
    ft_str_addz(out, "' ;;\n");
}

static void bash_values(struct ft_str *out)
{
    size_t n;
    const struct ft_preset *p = ft_presets_built_in(&n);
    const struct ft_command *c;
    ft_str_addz(out, "# The values that may follow an option; 1 when it takes none or is not "
                     "known.\n_fettle_value() {\n    case $1 in\n");
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        const struct ft_option *o = ft_option_at((enum ft_opt)i);
        if (o->type == FT_OPT_TYPE_BOOL)
            value_case(out, o->name, "true|false", false);
        else if (o->choices)
            value_case(out, o->name, o->choices, o->type == FT_OPT_TYPE_SET);
    }
    ft_str_addz(out, "    --preset) _fettle_words '");
    for (size_t i = 0; i < n; i++)
        ft_str_addf(out, "%s%s", i ? " " : "", p[i].name);
    ft_str_addz(out, "' ;;\n");
    for (size_t i = 0; (c = command_at(&i));)
        for (const struct ft_flag *f = c->flags; f && f->name; f++)
            if (f->kind == FT_FLAG_VALUE && strchr(f->value, '|'))
                value_case(out, f->name, f->value, false);
    value_case(out, "theme", "dark|light|plain|contrast", false);
    /* a number or a text: nothing to offer, and no files either */
    ft_str_addz(out, "    ");
    bool first = true;
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        const struct ft_option *o = ft_option_at((enum ft_opt)i);
        if (o->type != FT_OPT_TYPE_INT && o->type != FT_OPT_TYPE_FLOAT) continue;
        ft_str_addf(out, "%s--%s", first ? "" : " | ", o->name);
        first = false;
    }
    ft_str_addz(out, ") ;;\n    --*) _fettle_switch \"$1\" && return 1\n        "
                     "_fettle_files ;;\n    *) return 1 ;;\n    esac\n}\n");
}

static void bash_switches(struct ft_str *out)
{
    const struct ft_command *c;
    struct ft_str seen = {0};
    ft_str_addc(&seen, ' ');
    for (size_t i = 0; (c = command_at(&i));)
        for (const struct ft_flag *f = c->flags; f && f->name; f++) {
            char name[64];
            snprintf(name, sizeof name, " %s ", f->name);
            if (f->kind == FT_FLAG_VALUE || strstr(ft_str_text(&seen), name)) continue;
            ft_str_addf(&seen, "%s ", f->name);
        }
    const struct ft_ui_option *u;
    for (size_t i = 0; (u = ft_ui_option_at(i)); i++)
        if (!*u->value) ft_str_addf(&seen, "%s ", u->name);
    ft_str_addz(out, "_fettle_switch() {\n    case ' ");
    for (const char *p = ft_str_text(&seen) + 1; *p;) {
        size_t n = strcspn(p, " ");
        ft_str_addz(out, "--");
        for (size_t k = 0; k < n; k++)
            ft_str_addc(out, p[k] == '-' ? '_' : p[k]);
        ft_str_addc(out, ' ');
        p += n + 1;
    }
    ft_str_addz(out, "' in *\" $1 \"*) ;; *) return 1 ;; esac\n}\n");
    ft_str_release(&seen);
}

static void bash_flags(struct ft_str *out)
{
    const struct ft_command *c;
    const struct ft_ui_option *u;
    ft_str_addz(out, "\n# The flags of a command.\n_fettle_flags() {\n    case $1 in\n");
    for (size_t i = 0; (c = command_at(&i));) {
        ft_str_addf(out, "    %s) echo '--help", c->name);
        for (const struct ft_flag *f = c->flags; f && f->name; f++)
            ft_str_addf(out, " --%s", f->name);
        if (c->options)
            ft_str_addz(out, c->run == ft_cmd_train ? " --config --preset" : " --config");
        for (int k = 0; k < FT_OPT_COUNT; k++)
            if (ft_command_reads(c, (enum ft_opt)k))
                ft_str_addf(out, " --%s", ft_option_at((enum ft_opt)k)->name);
        ft_str_addz(out, "' ;;\n");
    }
    ft_str_addz(out, "    ui) echo '");
    for (size_t i = 0; (u = ft_ui_option_at(i)); i++)
        ft_str_addf(out, "%s--%s", i ? " " : "", u->name);
    ft_str_addz(out, "' ;;\n    esac\n}\n");
}

static const char bash_head[] =
    "# bash completion for fettle. Generated by tools/gen_docs.c from the program's tables: do not "
    "edit.\n\n"
    "_fettle_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
    "_fettle_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "
    "\"$cur\"); }\n"
    "# A value with several parts, separated by commas.\n"
    "_fettle_set() {\n"
    "    local before=\n"
    "    compopt -o nospace 2>/dev/null\n"
    "    case $cur in *,*) before=${cur%,*}, ;; esac\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"${cur##*,}\")\n"
    "    COMPREPLY=(\"${COMPREPLY[@]/#/$before}\")\n"
    "}\n";

static const char bash_main[] =
    "\n_fettle() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} "
    "command=${COMP_WORDS[1]}\n"
    "    COMPREPLY=()\n"
    "    # readline takes --flag=value apart at its =\n"
    "    if [ \"$cur\" = = ]; then\n"
    "        cur=\n"
    "    elif [ \"$previous\" = = ]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
    "        _fettle_words \"$_fettle_commands --version\"\n"
    "        return\n"
    "    fi\n"
    "    previous=${previous/#--/=}\n"
    "    previous=${previous//-/_}\n"
    "    _fettle_value \"${previous/#=/--}\" && return\n"
    "    case $cur in\n"
    "    -*) _fettle_words \"$(_fettle_flags \"$command\")\" ;;\n"
    "    *) if [ \"$command\" = help ]; then _fettle_words \"$_fettle_commands\"; else "
    "_fettle_files; fi ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _fettle fettle\n";

static void completion(struct ft_str *out)
{
    const struct ft_command *c;
    ft_str_addz(out, bash_head);
    ft_str_addz(out, "\n_fettle_commands='ui");
    for (size_t i = 0; (c = command_at(&i));)
        ft_str_addf(out, " %s", c->name);
    ft_str_addz(out, "'\n");
    bash_flags(out);
    ft_str_addc(out, '\n');
    bash_switches(out);
    ft_str_addc(out, '\n');
    bash_values(out);
    ft_str_addz(out, bash_main);
}

/* --- the table of keys --- */

static void keys(struct ft_str *out)
{
    ft_str_addz(
        out,
        "# Keys and commands of the workbench\n\nGenerated by tools/gen_docs.c from the action "
        "table (src/ui/app/action_list.h): do not edit.\nA screen's keys override those that "
        "work everywhere, a panel's override its screen's. In the\nworkbench, `?` lists the "
        "keys of the current panel and why a key is unavailable; `:` opens the\ncommand "
        "line.\n");
    ft_action_manual(out);
}

/* --- files --- */

/* 0 when DIR/name holds what `make` writes, or now does. */
static int put(const char *dir, const char *name, void (*make)(struct ft_str *out))
{
    struct ft_str text = {0};
    struct ft_err err = {0};
    char *path = ft_path_join(dir, name), *old = NULL;
    size_t n = 0;
    int failed = 0;
    make(&text);
    if (getenv("FETTLE_UPDATE")) {
        failed = ft_file_write(path, text.data, text.len, &err) != FT_OK;
        if (failed) fprintf(stderr, "error: %s\n", err.msg);
    } else if (ft_file_read(path, 1 << 22, &old, &n, &err)) {
        fprintf(stderr, "error: %s\n", err.msg);
        failed = 1;
    } else if (n != text.len || memcmp(old, text.data, n) != 0) {
        fprintf(stderr, "error: %s is out of date; FETTLE_UPDATE=1 gen_docs %s writes it\n", path,
                dir);
        failed = 1;
    }
    free(old);
    free(path);
    ft_str_release(&text);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: gen_docs DIR\n");
        return 2;
    }
    return put(argv[1], "fettle.1", man_page) |
           put(argv[1], "completions/fettle.bash", completion) | put(argv[1], "keys.md", keys);
}
