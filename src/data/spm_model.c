/* See spm_model.h. */
#include "data/spm_model.h"

#include "data/unicode.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES_MAX = 1 << 24, PIECE_BYTES_MAX = UINT16_MAX };
enum wire { WIRE_VARINT, WIRE_64, WIRE_BYTES, WIRE_32 = 5 };

/* --- reading --- */

struct message {
    const uint8_t *p, *end;
};
struct field {
    uint64_t number;
    enum wire wire;
    uint64_t value;       /* VARINT, 32 */
    const uint8_t *bytes; /* BYTES */
    size_t n;
};

static bool varint(struct message *m, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && m->p < m->end; shift += 7) {
        uint8_t byte = *m->p++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

/* The next field; false at the end, or with *bad set where the bytes are none. */
static bool next(struct message *m, struct field *f, bool *bad)
{
    uint64_t key, len;
    if (m->p == m->end) return false;
    *bad = true;
    if (!varint(m, &key) || key >> 3 == 0) return false;
    *f = (struct field){.number = key >> 3, .wire = (enum wire)(key & 7)};
    size_t left = (size_t)(m->end - m->p);
    switch (f->wire) {
    case WIRE_VARINT:
        if (!varint(m, &f->value)) return false;
        break;
    case WIRE_64:
        if (left < 8) return false;
        m->p += 8;
        break;
    case WIRE_32:
        if (left < 4) return false;
        f->value = (uint32_t)m->p[0] | (uint32_t)m->p[1] << 8 | (uint32_t)m->p[2] << 16 |
                   (uint32_t)m->p[3] << 24;
        m->p += 4;
        break;
    case WIRE_BYTES:
        if (!varint(m, &len) || len > (size_t)(m->end - m->p)) return false;
        f->bytes = m->p;
        f->n = (size_t)len;
        m->p += len;
        break;
    default:
        return false;
    }
    *bad = false;
    return true;
}

static bool is(const struct field *f, uint64_t number, enum wire wire)
{
    return f->number == number && f->wire == wire;
}

static const char *read_piece(struct ft_spm *m, const struct field *message)
{
    struct message in = {message->bytes, message->bytes + message->n};
    struct ft_spm_piece piece = {.type = FT_SPM_NORMAL};
    struct field f;
    bool bad = false;
    while (next(&in, &f, &bad)) {
        if (is(&f, 1, WIRE_BYTES)) {
            if (f.n > PIECE_BYTES_MAX) return "is too long";
            piece.text = (const char *)f.bytes;
            piece.len = (uint32_t)f.n;
        } else if (is(&f, 2, WIRE_32)) {
            uint32_t bits = (uint32_t)f.value;
            memcpy(&piece.score, &bits, sizeof piece.score);
        } else if (is(&f, 3, WIRE_VARINT)) {
            if (f.value < FT_SPM_NORMAL || f.value > FT_SPM_BYTE) return "is of an unknown type";
            piece.type = (enum ft_spm_type)f.value;
        }
    }
    if (bad) return "is damaged";
    if (!piece.len || !ft_uni_valid(piece.text, piece.len) || memchr(piece.text, 0, piece.len))
        return "is no UTF-8 text";
    if (!isfinite(piece.score)) return "has a score that is not a number";
    if (m->n == PIECES_MAX) return "is one too many";
    ft_grow(&m->pieces, &m->cap, m->n + 1, sizeof *m->pieces);
    m->pieces[m->n++] = piece;
    return NULL;
}

static bool read_trainer(struct ft_spm *m, const struct field *message)
{
    struct message in = {message->bytes, message->bytes + message->n};
    struct field f;
    bool bad = false;
    m->trainer = message->bytes;
    m->trainer_n = message->n;
    while (next(&in, &f, &bad)) {
        if (f.wire != WIRE_VARINT) continue;
        if (f.number == 3) m->kind = (enum ft_spm_kind)(f.value <= FT_SPM_CHAR ? f.value : 0);
        if (f.number == 35) m->byte_fallback = f.value != 0;
        if (f.number == 40) m->unk_id = (int64_t)f.value;
    }
    return !bad;
}

static bool read_normalizer(struct ft_spm *m, const struct field *message)
{
    struct message in = {message->bytes, message->bytes + message->n};
    struct field f;
    bool bad = false;
    m->normalizer = message->bytes;
    m->normalizer_n = message->n;
    while (next(&in, &f, &bad)) {
        if (!is(&f, 2, WIRE_BYTES)) continue;
        m->charsmap = f.bytes;
        m->charsmap_n = f.n;
    }
    return !bad;
}

enum ft_status ft_spm_parse(struct ft_spm *m, const uint8_t *bytes, size_t n, const char *name,
                            struct ft_err *err)
{
    struct message in = {bytes, bytes + n};
    struct field f;
    bool bad = false;
    const char *why = NULL;
    *m = (struct ft_spm){.kind = FT_SPM_UNIGRAM};
    while (!why && next(&in, &f, &bad)) {
        if (is(&f, 1, WIRE_BYTES)) {
            why = read_piece(m, &f);
        } else if ((is(&f, 2, WIRE_BYTES) && !read_trainer(m, &f)) ||
                   (is(&f, 3, WIRE_BYTES) && !read_normalizer(m, &f))) {
            bad = true;
            break;
        }
    }
    enum ft_status st = FT_OK;
    if (why)
        st = ft_fail(err, FT_FORMAT, "%s: piece %zu %s", name, m->n, why);
    else if (bad || !m->n)
        st = ft_fail(err, FT_FORMAT, "%s: byte %zu: not a SentencePiece model", name,
                     (size_t)(in.p - bytes));
    else if (m->unk_id < 0 || (uint64_t)m->unk_id >= m->n)
        st = ft_fail(err, FT_FORMAT, "%s: unk_id is %lld, but there are %zu pieces", name,
                     (long long)m->unk_id, m->n);
    if (st) ft_spm_release(m);
    return st;
}

void ft_spm_release(struct ft_spm *m)
{
    free(m->pieces);
    *m = (struct ft_spm){0};
}

/* --- writing --- */

static void put_varint(struct ft_str *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        ft_str_addc(out, (char)(value | 0x80));
    ft_str_addc(out, (char)value);
}

static void put_key(struct ft_str *out, unsigned number, enum wire wire)
{
    put_varint(out, (uint64_t)number << 3 | (uint64_t)wire);
}

static void put_bytes(struct ft_str *out, unsigned number, const void *bytes, size_t n)
{
    put_key(out, number, WIRE_BYTES);
    put_varint(out, n);
    ft_str_add(out, n ? bytes : "", n);
}

static void put_number(struct ft_str *out, unsigned number, uint64_t value)
{
    put_key(out, number, WIRE_VARINT);
    put_varint(out, value);
}

static void put_piece(struct ft_str *out, struct ft_str *one, const struct ft_spm_piece *p)
{
    uint32_t bits;
    ft_str_clear(one);
    put_bytes(one, 1, p->text, p->len);
    memcpy(&bits, &p->score, sizeof bits);
    put_key(one, 2, WIRE_32);
    for (int i = 0; i < 4; i++)
        ft_str_addc(one, (char)(bits >> 8 * i));
    if (p->type != FT_SPM_NORMAL) put_number(one, 3, p->type);
    put_bytes(out, 1, one->data, one->len);
}

void ft_spm_write(const struct ft_spm *m, struct ft_str *out)
{
    struct ft_str one = {0};
    for (size_t i = 0; i < m->n; i++)
        put_piece(out, &one, &m->pieces[i]);
    ft_str_clear(&one);
    if (!m->trainer) {
        put_number(&one, 3, m->kind);
        put_number(&one, 4, m->n);
        if (m->byte_fallback) put_number(&one, 35, 1);
        put_number(&one, 40, (uint64_t)m->unk_id);
        const struct ft_spm_piece *unk = &m->pieces[m->unk_id];
        put_bytes(&one, 45, unk->text, unk->len);
    }
    put_bytes(out, 2, m->trainer ? (const char *)m->trainer : one.data,
              m->trainer ? m->trainer_n : one.len);
    ft_str_clear(&one);
    if (!m->normalizer) {
        const char *name = m->charsmap_n ? "user_defined" : "identity";
        put_bytes(&one, 1, name, strlen(name));
        if (m->charsmap_n) put_bytes(&one, 2, m->charsmap, m->charsmap_n);
    }
    put_bytes(out, 3, m->normalizer ? (const char *)m->normalizer : one.data,
              m->normalizer ? m->normalizer_n : one.len);
    ft_str_release(&one);
}
