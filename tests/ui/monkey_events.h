/* What the monkey does: keys, pastes, clicks and sizes, drawn at random from a seed. The same seed
 * gives the same events, so a failure is told by its seed and the number of the event.
 *
 *     struct monkey m = {.state = seed};
 *     struct monkey_event e;
 *     monkey_next(&m, &e);  ..  monkey_tell(&e, buf, sizeof buf);
 *
 * Events come in phrases: a key of the table of actions, a command with its argument, a text in a
 * field. Pure characters would hardly get behind the first screen. */
#ifndef FT_TESTS_UI_MONKEY_EVENTS_H
#define FT_TESTS_UI_MONKEY_EVENTS_H

#include "ui/app/action.h"
#include "ui/term/canvas.h"
#include "ui/term/key.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MONKEY_PASTE_MAX = 1 << 16 };

struct monkey_event {
    struct ft_key key; /* code FT_KEY_NONE: a new size */
    int h, w;
};

struct monkey {
    uint64_t state; /* of the random numbers */
    bool no_root;   /* never '/': nothing keeps it from writing outside its folder */
    struct ft_key queue[256];
    int at, n; /* the rest of a phrase */
    char paste[MONKEY_PASTE_MAX];
};

static inline uint64_t monkey_rand(struct monkey *m, uint64_t below)
{
    uint64_t z = m->state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % below;
}

#define MONKEY_ONE_OF(m, list) (list)[monkey_rand(m, sizeof(list) / sizeof *(list))]

static inline void monkey_push(struct monkey *m, const struct ft_key *k)
{
    if (m->no_root && k->code == FT_KEY_CHAR && k->cp == '/') return;
    if (m->n < (int)(sizeof m->queue / sizeof *m->queue)) m->queue[m->n++] = *k;
}

static inline void monkey_push_named(struct monkey *m, const char *name)
{
    struct ft_key k;
    if (ft_key_parse(name, &k)) monkey_push(m, &k);
}

static inline void monkey_push_text(struct monkey *m, const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        struct ft_key k = {.code = FT_KEY_CHAR};
        size_t used = ft_text_next(text, n, &k.cp);
        monkey_push(m, &k);
        text += used;
        n -= used;
    }
}

/* Names of the sandbox's files, options and values, labels, and what breaks parsers. */
static inline const char *monkey_word(struct monkey *m)
{
    static const char *const words[] = {"data.csv",
                                        "bad.csv",
                                        "rows.jsonl",
                                        "squad.json",
                                        "plain.txt",
                                        "empty.csv",
                                        "texts",
                                        "model",
                                        "model-qa",
                                        "model-clm",
                                        "runs",
                                        "runs/a",
                                        "runs/b",
                                        "missing",
                                        "out.csv",
                                        ".",
                                        "..",
                                        "",
                                        " ",
                                        "learning_rate 1e-3",
                                        "learning_rate",
                                        "num_train_epochs 400",
                                        "num_train_epochs 0",
                                        "max_seq_length 16",
                                        "max_seq_length 99999999",
                                        "threads 1",
                                        "threads 2",
                                        "per_device_train_batch_size 2",
                                        "per_device_train_batch_size 1000000",
                                        "eval_steps 5",
                                        "save_steps 3",
                                        "save_total_limit 1",
                                        "logging_steps 1",
                                        "split 0.5,0.5,0",
                                        "split 9,9",
                                        "task qa",
                                        "task clm",
                                        "task classify",
                                        "task mlm",
                                        "label_smoothing_factor 2",
                                        "output_dir runs/a",
                                        "output_dir runs/b",
                                        "output_dir model",
                                        "seed -1",
                                        "seed 7",
                                        "early_stopping_patience 1",
                                        "good",
                                        "bad",
                                        "fine",
                                        "label:good",
                                        "len>3",
                                        "len>",
                                        "text",
                                        "-1",
                                        "0",
                                        "1",
                                        "nan",
                                        "1e999",
                                        "99999999999999999999",
                                        "dark",
                                        "light",
                                        "plain",
                                        "on",
                                        "off",
                                        "idle",
                                        "step:3",
                                        "the loan of a book",
                                        "\"",
                                        "'",
                                        "%s%n",
                                        "\\",
                                        "=",
                                        "text=0 label=1",
                                        "\xe6\xbc\xa2\xe5\xad\x97",
                                        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
                                        "e\xcc\x81\xcc\x81",
                                        "[MASK]",
                                        "<|endoftext|>",
                                        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"};
    return MONKEY_ONE_OF(m, words);
}

/* One of the keys of a random action. Most of those that quit are left out: a start is slow. */
static inline void monkey_push_action(struct monkey *m)
{
    enum ft_action a = (enum ft_action)(1 + monkey_rand(m, FT_ACT_COUNT - 1));
    const char *keys = ft_action_row(a)->keys;
    char name[32];
    if ((a == FT_ACT_QUIT || a == FT_ACT_SUSPEND) && monkey_rand(m, 20)) return;
    for (size_t n; *keys; keys += n + (keys[n] == ' ')) {
        n = strcspn(keys, " ");
        bool last = !keys[n];
        if (!last && monkey_rand(m, 2)) continue;
        snprintf(name, sizeof name, "%.*s", (int)n, keys);
        monkey_push_named(m, name);
        return;
    }
}

static inline void monkey_push_command(struct monkey *m)
{
    size_t n;
    const char *const *words = ft_action_words(&n);
    const char *word = words[monkey_rand(m, n)];
    if (!strcmp(word, "quit") && monkey_rand(m, 20)) return;
    monkey_push_text(m, ":");
    monkey_push_text(m, word);
    if (!monkey_rand(m, 8)) monkey_push_named(m, "Tab");
    if (monkey_rand(m, 4)) {
        monkey_push_text(m, " ");
        monkey_push_text(m, monkey_word(m));
    }
    if (!monkey_rand(m, 8)) monkey_push_named(m, "Tab");
    static const char *const ends[] = {"Enter", "Enter", "Enter", "Esc", "Up", "Ctrl-U"};
    monkey_push_named(m, MONKEY_ONE_OF(m, ends));
}

/* A key that the terminal knows, maybe with Shift, Ctrl, Alt. */
static inline void monkey_push_key(struct monkey *m)
{
    struct ft_key k = {
        .code = (enum ft_key_code)(FT_KEY_UP + monkey_rand(m, FT_KEY_COUNT - FT_KEY_UP))};
    if (!monkey_rand(m, 8)) k.mods = (unsigned)monkey_rand(m, 8);
    monkey_push(m, &k);
}

static inline void monkey_push_char(struct monkey *m)
{
    static const uint32_t odd[] = {0xE9,   0x301, 0x200D,   0x6F22, 0x1F469,
                                   0xFFFD, 0x85,  0x10FFFF, 0x202E};
    struct ft_key k = {.code = FT_KEY_CHAR, .cp = (uint32_t)(' ' + monkey_rand(m, 95))};
    if (!monkey_rand(m, 6)) k.cp = MONKEY_ONE_OF(m, odd);
    if (!monkey_rand(m, 10)) {
        k.cp = (uint32_t)('a' + monkey_rand(m, 26));
        k.mods = monkey_rand(m, 2) ? FT_MOD_CTRL : FT_MOD_ALT;
        if (k.mods == FT_MOD_CTRL && (k.cp == 'c' || k.cp == 'z')) return;
    }
    if (k.cp == 'q' && monkey_rand(m, 10)) return;
    monkey_push(m, &k);
}

static inline void monkey_push_mouse(struct monkey *m)
{
    struct ft_key k = {.code = FT_KEY_MOUSE,
                       .button = (enum ft_button)(1 + monkey_rand(m, 4)),
                       .y = (int)monkey_rand(m, 1 + monkey_rand(m, 70)),
                       .x = (int)monkey_rand(m, 1 + monkey_rand(m, 220))};
    monkey_push(m, &k);
    if (!monkey_rand(m, 4)) monkey_push(m, &k); /* again: as Enter */
}

/* A paste: words, lines, or any bytes; short as a rule. */
static inline void monkey_push_paste(struct monkey *m)
{
    size_t most = monkey_rand(m, 50) ? 60 : MONKEY_PASTE_MAX, n = monkey_rand(m, most), len = 0;
    uint64_t kind = monkey_rand(m, 3);
    while (len < n) {
        if (kind == 0) {
            m->paste[len++] = (char)monkey_rand(m, 256);
            continue;
        }
        const char *word = monkey_word(m);
        size_t w = strlen(word);
        if (len + w + 1 > n) break;
        memcpy(m->paste + len, word, w);
        len += w;
        m->paste[len++] = kind == 1 ? ' ' : '\n';
    }
    for (size_t i = 0; m->no_root && i < len; i++)
        if (m->paste[i] == '/') m->paste[i] = '_';
    struct ft_key k = {.code = FT_KEY_PASTE, .text = m->paste, .n = len};
    monkey_push(m, &k);
}

static inline void monkey_phrase(struct monkey *m)
{
    static const char *const plain[] = {"Enter", "Enter", "Esc",   "Tab",
                                        "Down",  "Up",    "Right", "Space"};
    uint64_t r = monkey_rand(m, 100);
    m->at = m->n = 0;
    if (r < 40)
        monkey_push_action(m);
    else if (r < 55)
        monkey_push_named(m, MONKEY_ONE_OF(m, plain));
    else if (r < 65)
        monkey_push_key(m);
    else if (r < 75)
        monkey_push_char(m);
    else if (r < 83)
        monkey_push_command(m);
    else if (r < 87)
        monkey_push_text(m, monkey_word(m));
    else if (r < 93)
        monkey_push_mouse(m);
    else if (r < 96)
        monkey_push_paste(m);
    else if (r < 98)
        monkey_push_named(m, "T");
    else
        m->queue[m->n++] = (struct ft_key){0}; /* a new size */
}

/* The next event. What a paste points to lives until the next one. */
static inline void monkey_next(struct monkey *m, struct monkey_event *e)
{
    while (m->at == m->n)
        monkey_phrase(m);
    *e = (struct monkey_event){.key = m->queue[m->at++]};
    if (e->key.code != FT_KEY_NONE) return;
    static const int sizes[][2] = {{24, 80}, {60, 200}, {23, 80},  {12, 60},
                                   {10, 40}, {1, 1},    {300, 300}};
    size_t i = monkey_rand(m, 2 * sizeof sizes / sizeof *sizes);
    bool known = i < sizeof sizes / sizeof *sizes;
    e->h = known ? sizes[i][0] : (int)(1 + monkey_rand(m, 70));
    e->w = known ? sizes[i][1] : (int)(1 + monkey_rand(m, 220));
}

/* The event in words, as a script has it where it can (see ui/script.h); returns buf. */
static inline char *monkey_tell(const struct monkey_event *e, char *buf, size_t size)
{
    char name[32];
    const struct ft_key *k = &e->key;
    if (k->code == FT_KEY_NONE)
        snprintf(buf, size, "size %d %d", e->w, e->h);
    else if (k->code == FT_KEY_MOUSE)
        snprintf(buf, size, k->button == FT_BUTTON_LEFT ? "click %d %d" : "# mouse %d %d button %d",
                 k->y, k->x, (int)k->button);
    else if (k->code != FT_KEY_PASTE)
        snprintf(buf, size, "key %s", ft_key_name(k, name, sizeof name));
    else {
        size_t at = (size_t)snprintf(buf, size, "# paste of %zu bytes: ", k->n);
        for (size_t i = 0; i < k->n && at + 5 < size; i++) {
            unsigned char c = (unsigned char)k->text[i];
            at += (size_t)snprintf(buf + at, size - at, c < 32 || c > 126 ? "\\x%02x" : "%c", c);
        }
    }
    return buf;
}

#endif
