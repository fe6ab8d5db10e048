/* Labelled lines and tagged words: see read_in.h.
 * fastText: columns label and text; a line with several labels has them as a JSON list.
 * CoNLL: a sentence is a row with the columns text (words joined by blanks), tokens and ner_tags
 * (JSON lists). The word is the first column and the tag the last; in CoNLL-U, whose lines have 10
 * columns and begin with a number, they are the second and the fourth. */

#include "data/read_in.h"
#include "util/hash.h"
#include "util/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 32, SNIFF_LINES = 400, TAGS_MAX = 64 };
static const char prefix[] = "__label__";
enum { PREFIX_BYTES = sizeof prefix - 1 };

/* ---- lines ---- */

struct lines {
    const char *p, *end;
};

static bool next_line(struct lines *l, struct ft_text *line)
{
    if (l->p == l->end) return false;
    const char *nl = memchr(l->p, '\n', (size_t)(l->end - l->p)), *to = nl ? nl : l->end;
    *line = (struct ft_text){l->p, (size_t)(to - l->p)};
    if (line->n && line->data[line->n - 1] == '\r') line->n--;
    l->p = nl ? nl + 1 : l->end;
    return true;
}

static bool is_labelled(struct ft_text line)
{
    line = ft_text_trim(line);
    return line.n > PREFIX_BYTES && !memcmp(line.data, prefix, PREFIX_BYTES) &&
           !isspace((unsigned char)line.data[PREFIX_BYTES]);
}

/* The label that *line ends with, which is cut off; {NULL, 0}: none. */
static struct ft_text last_label(struct ft_text *line)
{
    size_t at = line->n;
    while (at && !isspace((unsigned char)line->data[at - 1]))
        at--;
    struct ft_text word = {line->data + at, line->n - at};
    if (!at || !is_labelled(word)) return (struct ft_text){NULL, 0};
    *line = ft_text_trim((struct ft_text){line->data, at});
    return (struct ft_text){word.data + PREFIX_BYTES, word.n - PREFIX_BYTES};
}

/* Fields of a line, between tabs where it has any, else between blanks; at most FIELDS_MAX. */
static size_t split_fields(struct ft_text line, struct ft_text *f)
{
    size_t n = 0, i = 0;
    bool tabs = line.n && memchr(line.data, '\t', line.n);
    while (i < line.n && n < FIELDS_MAX) {
        while (i < line.n && !tabs && line.data[i] == ' ')
            i++;
        size_t from = i;
        while (i < line.n && line.data[i] != (tabs ? '\t' : ' '))
            i++;
        if (i > from || tabs) f[n++] = (struct ft_text){line.data + from, i - from};
        i += tabs;
    }
    return n;
}

static bool is_comment(struct ft_text line)
{
    return (line.n > 2 && !memcmp(line.data, "# ", 2) && memchr(line.data, '=', line.n)) ||
           (line.n >= 10 && !memcmp(line.data, "-DOCSTART-", 10));
}

static bool is_conllu(const struct ft_text *f, size_t n)
{
    return n == 10 && f[0].n && isdigit((unsigned char)f[0].data[0]);
}

static bool is_iob(struct ft_text s)
{
    return (s.n == 1 && s.data[0] == 'O') ||
           (s.n > 2 && (s.data[1] == '-' || s.data[1] == '_') && strchr("BIESLU", s.data[0]));
}

/* ---- which one ---- */

struct seen {
    size_t words, sentences, iob, begins, fields, odd, tags;
    struct ft_text tag[TAGS_MAX];
    bool inside, many_tags, conllu, lower,
        phrases; /* lower: a tag with small letters; phrases: a first field of several words */
};

static void see_tag(struct seen *s, struct ft_text tag)
{
    for (size_t i = 0; i < s->tags; i++)
        if (s->tag[i].n == tag.n && !memcmp(s->tag[i].data, tag.data, tag.n)) return;
    if (s->tags == TAGS_MAX)
        s->many_tags = true;
    else
        s->tag[s->tags++] = tag;
}

static void see_line(struct seen *s, struct ft_text line)
{
    struct ft_text f[FIELDS_MAX];
    if (is_comment(line)) return;
    if (!ft_text_trim(line).n) {
        s->inside = false;
        return;
    }
    size_t n = split_fields(line, f);
    if (!s->words) s->fields = n;
    s->sentences += !s->inside;
    s->inside = true;
    s->words++;
    s->odd += n != s->fields || n < 2;
    s->conllu |= is_conllu(f, n);
    if (n < 2) return;
    bool tag = is_iob(f[n - 1]);
    s->iob += tag;
    s->begins += tag && f[n - 1].n > 2;
    for (size_t i = 0; i < f[n - 1].n; i++)
        s->lower |= islower((unsigned char)f[n - 1].data[i]);
    s->phrases |= f[0].n && memchr(f[0].data, ' ', f[0].n);
    see_tag(s, f[n - 1]);
}

enum ft_format ft_tagged_sniff(const char *text, size_t n)
{
    struct lines l = {text, text + n};
    struct ft_text line;
    struct seen s = {0};
    size_t labelled = 0, filled = 0;
    for (size_t i = 0; i < SNIFF_LINES && next_line(&l, &line); i++) {
        filled += ft_text_trim(line).n > 0;
        struct ft_text end = ft_text_trim(line);
        labelled += is_labelled(line) || (end.n && last_label(&end).data);
        see_line(&s, line);
    }
    if (labelled && labelled * 10 >= filled * 9) return FT_FORMAT_FASTTEXT;
    bool tags = s.iob * 10 >= s.words * 9 && s.begins, even = s.odd * 20 <= s.words;
    if (s.words >= 2 && even && tags && (s.sentences > 1 || s.words > s.sentences))
        return FT_FORMAT_CONLL;
    /* Other tags: sentences of words with the same number of columns and few tags. */
    bool sentences = s.sentences >= 3 && s.words >= 2 * s.sentences && s.words >= 10 && !s.phrases;
    bool few = !s.many_tags && !s.lower && s.tags * 3 <= s.words && s.tags >= 2;
    if (sentences && !s.odd && s.fields <= 10 && (few || s.conllu)) return FT_FORMAT_CONLL;
    return FT_FORMAT_AUTO;
}

/* ---- fastText ---- */

static struct ft_text own(struct ft_load *l, const struct ft_str *s)
{
    return (struct ft_text){ft_arena_strndup(&l->t->arena, ft_str_text(s), s->len), s->len};
}

struct marks { /* where the labels or tags of a row are in the text */
    struct ft_text *items;
    size_t n, cap;
};

static void add_mark(struct marks *m, struct ft_text mark)
{
    ft_grow(&m->items, &m->cap, m->n + 1, sizeof *m->items);
    m->items[m->n++] = mark;
}

/* Takes the labels from the front and the end of *line. One: itself; several: a JSON list, in
 * `list`. */
static struct ft_text take_labels(struct ft_text *line, struct ft_str *list, struct marks *marks)
{
    struct ft_text first = {NULL, 0};
    size_t n = 0;
    marks->n = 0;
    ft_str_clear(list);
    *line = ft_text_trim(*line);
    while (is_labelled(*line)) {
        size_t end = PREFIX_BYTES;
        while (end < line->n && !isspace((unsigned char)line->data[end]))
            end++;
        struct ft_text name = {line->data + PREFIX_BYTES, end - PREFIX_BYTES};
        if (!n++) first = name;
        add_mark(marks, name);
        ft_str_addc(list, n > 1 ? ',' : '[');
        ft_json_add_str(list, name.data, name.n);
        *line = ft_text_trim((struct ft_text){line->data + end, line->n - end});
    }
    for (struct ft_text name; (name = last_label(line)).data;) {
        if (!n++) first = name;
        add_mark(marks, name);
        ft_str_addc(list, n > 1 ? ',' : '[');
        ft_json_add_str(list, name.data, name.n);
    }
    ft_str_addc(list, ']');
    if (n < 2) ft_str_clear(list);
    return first;
}

enum ft_status ft_read_fasttext(struct ft_load *l, struct ft_err *err)
{
    struct ft_str list = {0};
    enum ft_status st = ft_input_all(l->in, err);
    struct lines lines = {l->in->text, l->in->text + l->in->n};
    struct ft_text line;
    struct marks marks = {0};
    if (!st) st = ft_load_column(l, "label", 5, err);
    if (!st) st = ft_load_column(l, "text", 4, err);
    while (!st && !l->done && next_line(&lines, &line)) {
        struct ft_row_place place = {
            .from = line.data, .to = line.data + line.n, .value = line.data, .col = -1};
        struct ft_text label = take_labels(&line, &list, &marks);
        place.marks = marks.items;
        place.marks_n = marks.n;
        ft_load_place(l, &place);
        ft_load_cell(l, 0, list.len ? own(l, &list) : label);
        ft_load_cell(l, 1, line);
        st = ft_load_row(l, (size_t)(lines.p - l->in->text), err);
    }
    if (!st) ft_load_say(l, "fastText lines: the label is the word after __label__");
    free(marks.items);
    ft_str_release(&list);
    return st;
}

/* ---- CoNLL ---- */

struct sentence {
    struct ft_str text, tokens, tags;
    size_t n;
    struct marks marks;
    const char *from, *to; /* its lines */
};

static void add_word(struct sentence *s, struct ft_text word, struct ft_text tag)
{
    if (s->n) ft_str_addc(&s->text, ' ');
    ft_str_add(&s->text, word.data, word.n);
    ft_str_addc(&s->tokens, s->n ? ',' : '[');
    ft_json_add_str(&s->tokens, word.data ? word.data : "", word.n);
    ft_str_addc(&s->tags, s->n ? ',' : '[');
    ft_json_add_str(&s->tags, tag.data ? tag.data : "", tag.n);
    add_mark(&s->marks, tag);
    s->n++;
}

static enum ft_status end_sentence(struct ft_load *l, struct sentence *s, size_t pos,
                                   struct ft_err *err)
{
    if (!s->n) return FT_OK;
    ft_str_addc(&s->tokens, ']');
    ft_str_addc(&s->tags, ']');
    ft_load_cell(l, 0, own(l, &s->text));
    ft_load_cell(l, 1, own(l, &s->tokens));
    ft_load_cell(l, 2, own(l, &s->tags));
    ft_str_clear(&s->text);
    ft_str_clear(&s->tokens);
    ft_str_clear(&s->tags);
    s->n = 0;
    ft_load_place(l, &(struct ft_row_place){.from = s->from,
                                            .to = s->to,
                                            .value = s->from,
                                            .col = -1,
                                            .marks = s->marks.items,
                                            .marks_n = s->marks.n});
    s->marks.n = 0;
    return ft_load_row(l, pos, err);
}

enum ft_status ft_read_conll(struct ft_load *l, struct ft_err *err)
{
    static const char *const names[] = {"text", "tokens", "ner_tags"};
    struct sentence s = {0};
    enum ft_status st = ft_input_all(l->in, err);
    struct lines lines = {l->in->text, l->in->text + l->in->n};
    struct ft_text line, f[FIELDS_MAX];
    for (size_t i = 0; i < 3 && !st; i++)
        st = ft_load_column(l, names[i], strlen(names[i]), err);
    while (!st && !l->done && next_line(&lines, &line)) {
        size_t pos = (size_t)(lines.p - l->in->text);
        if (!ft_text_trim(line).n) {
            st = end_sentence(l, &s, pos, err);
            continue;
        }
        if (is_comment(line)) continue;
        size_t n = split_fields(line, f);
        bool u = is_conllu(f, n);
        if (!s.n) s.from = line.data;
        s.to = line.data + line.n;
        if (n) add_word(&s, f[u ? 1 : 0], n < 2 ? (struct ft_text){NULL, 0} : f[u ? 3 : n - 1]);
    }
    if (!st && !l->done) st = end_sentence(l, &s, l->in->n, err);
    if (!st && !l->rows) st = ft_fail(err, FT_FORMAT, "%s: the file is empty", l->path);
    if (!st) ft_load_say(l, "columns of words and tags (CoNLL): a row is a sentence");
    ft_str_release(&s.text);
    ft_str_release(&s.tokens);
    ft_str_release(&s.tags);
    free(s.marks.items);
    return st;
}
