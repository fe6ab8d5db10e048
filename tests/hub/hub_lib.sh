# Helpers of the tests of pull: source it after tests/cli/lib.sh. Starts tests/hub/hub_server.c on
# $srv with the model org/tiny; $hub is its address, $cdn that of the large files.
server=${HUB_SERVER:?set HUB_SERVER to the program hub_server}
srv=$tmp/srv
commit=0123456789abcdef0123456789abcdef01234567
for v in HF_TOKEN HF_TOKEN_PATH HF_HUB_CACHE HF_HUB_OFFLINE TRANSFORMERS_OFFLINE HF_HUB_DISABLE_SYMLINKS \
    HF_HUB_DISABLE_IMPLICIT_TOKEN http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY \
    no_proxy NO_PROXY REQUEST_METHOD; do
    unset "$v"
done
export HF_HUB_DOWNLOAD_TIMEOUT=5 HF_HUB_ETAG_TIMEOUT=5 FETTLE_RETRY_S=0.05
mkdir -p "$srv"
mkfifo "$tmp/stdin"
"$server" "$srv" <"$tmp/stdin" >"$tmp/ports" &
exec 7>"$tmp/stdin" # the server ends when this test does
for _ in $(seq 100); do
    [ -s "$tmp/ports" ] && break
    sleep 0.05
done
read -r hub_port cdn_port <"$tmp/ports"
hub=http://127.0.0.1:$hub_port
cdn=http://127.0.0.1:$cdn_port
export HF_ENDPOINT=$hub

# random FILE BYTES [SEED]: bytes that depend on the seed
random() {
    { printf '%s' "${3:-1}" && seq 1 10000000; } 2>/dev/null | head -c "$2" >"$1"
}
# model ID: a small model of several files on the hub
model() {
    local d=$srv/$1
    mkdir -p "$d/onnx"
    printf '{"model_type":"bert"}' >"$d/config.json"
    printf '{"version":"1.0"}' >"$d/tokenizer.json"
    printf '{}' >"$d/tokenizer_config.json"
    printf '[PAD]\n[UNK]\n' >"$d/vocab.txt"
    printf '"cardData":{"license":"apache-2.0"},' >"$d/.card"
    random "$d/model.safetensors" 2000000 "$1"
    for f in README.md pytorch_model.bin tf_model.h5 onnx/model.onnx training_args.bin; do
        printf 'not wanted' >"$d/$f"
    done
}
# rules LINE..: what the server does wrong from now on; the log begins anew
rules() {
    printf '%s\n' "$@" >"$srv/rules.new"
    mv "$srv/rules.new" "$srv/rules"
    : >"$srv/log"
}
# fresh: an empty cache
fresh() {
    rm -rf "$tmp/home"
    export HF_HOME=$tmp/home
    rules ""
    repo=$HF_HOME/hub/models--org--tiny
    snap=$repo/snapshots/$commit
}
fail() {
    echo "FAILED: $*"
    sed 's/^/    /' "$tmp/err" | tail -5
    failed=1
}
# logged COUNT TEXT: so many lines of the server's log have the text
logged() {
    local n
    n=$(grep -cF -e "$2" "$srv/log" || true)
    [ "$n" = "$1" ] || fail "$n requests with \`$2\`, expected $1"
}
# one_line: stderr is one line that begins with error
one_line() {
    [ "$(grep -c ^error: "$tmp/err")" = 1 ] || fail "not one line of error"
}
# whole [ID]: the snapshot has the files of the model, as they are on the hub
whole() {
    local f d=$srv/${1:-org/tiny}
    for f in config.json tokenizer.json tokenizer_config.json vocab.txt model.safetensors; do
        [ ! -f "$d/$f" ] || cmp -s "$d/$f" "$snap/$f" || fail "$f is not what the hub has"
    done
}
# sound: no blob in the cache is another file than its name says, no link leads nowhere
sound() {
    local f name
    for f in "$repo"/blobs/*; do
        [ -e "$f" ] || continue
        name=${f##*/}
        case $name in
        *.incomplete) continue ;;
        esac
        [ "$(sha256sum "$f" | head -c ${#name})" = "$name" ] || fail "blob $name is damaged"
    done
    for f in "$repo"/snapshots/*/* "$repo"/snapshots/*/*/*; do
        [ -e "$f" ] || [ ! -L "$f" ] || fail "$f leads nowhere"
    done
}
W=model.safetensors # the large file
# refused TEXT..: a pull of org/tiny fails with one line that has the texts
refused() {
    run 1 pull org/tiny
    one_line
    for text; do has err "$text"; done
    [ ! -s "$tmp/out" ] || fail "something on stdout"
    [ ! -e "$repo/refs/main" ] && [ ! -e "$snap/$W" ] || fail "an incomplete revision is visible"
    sound
}
# survived: a pull of org/tiny gets all of it
survived() {
    run 0 pull org/tiny
    whole
    sound
}
# with RULE..: an empty cache, a server with these rules
with() {
    fresh
    rules "$@"
}
