# Pulling a model in the workbench, from a hub on this machine that can misbehave (tests/hub): the
# plan, the download, cancelling and resuming, errors in place, a model that is named and not here,
# quitting meanwhile. HUB_SERVER is the hub.
. tests/cli/lib.sh
. tests/hub/hub_lib.sh
source=$PWD
export FETTLE_ASSETS=$PWD/tests/assets
unset HF_HOME
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state HF_HUB_CACHE=$tmp/cache HOME=$tmp
mkdir -p "$srv/acme/mini"
cp tests/assets/models/starter/* "$srv/acme/mini/"
printf '"cardData":{"license":"apache-2.0"},' >"$srv/acme/mini/.card"
cp -r "$srv/acme/mini" "$srv/gpt2"
cd "$tmp" || exit 1

drive() { # SCRIPT ARGS..: ends with status $want, 0 where it is not set
    printf '%s' "$1" >script
    shift
    [ $# -gt 0 ] || set -- --open "$source/assets/data/library-mail.csv" --model starter
    local rc=0
    timeout 120 "$fettle" ui "$@" --script script >out 2>err </dev/null || rc=$?
    [ $rc = "${want:-0}" ] && return
    echo "FAILED: ui $*"
    sed 's/^/    /' script out err
    failed=1
}
# picture NAME FILE: what differs between machines apart, FILE is tests/ui/expected/NAME.txt
picture() {
    local want=$source/tests/ui/expected/$1.txt
    sed -E "s/127\.0\.0\.1:$hub_port/127.0.0.1:PORT/; s/[0-9.]+ [kMGT]?B free/N free/; s#to +/tmp/[^ ,]*#to CACHE#; s/ +$//; s/^ from  bundled .*/ from  bundled/" "$2" >shown
    [ -n "${FETTLE_UPDATE:-}" ] && cp shown "$want"
    cmp -s shown "$want" && return
    cp shown "$want.new"
    echo "FAILED: $want differs (with FETTLE_UPDATE=1 the test accepts $want.new)"
    diff "$want" shown | sed 's/^/    /'
    failed=1
}

# --- known models are searched while an id is typed ---
for size in 80x24 60x20 200x60; do
    drive ":wait data
:screen 2
:wait models
key p
keys bert_unc
:wait models
key Ctrl-L
key Down
:dump choose
" --open "$source/assets/data/library-mail.csv" --model starter --size $size
    picture pull-choose-$size choose
done
drive ':screen 2
:wait models
key p
expect 38 of 38 known
keys gpt2
expect 3 of 38 known
expect text generation
key Down
expect gpt2-medium  gpt2  mit
key Ctrl-U
keys german cased
expect dbmdz/bert-base-german-cased  bert  mit
key Ctrl-U
keys bert-base-klingon
expect 0 of 38 known
expect asks the hub for this id
key Ctrl-U
keys no such model
expect no known model matches
key Enter
expect no known model matches
expect Pull a model
key Ctrl-U
:set task qa
keys gpt2
expect ✗gpt2
expect a gpt2 model does not support the task qa
key Esc
reject Pull a model
key p
expect id gpt2_
key Ctrl-U
key Esc
' --open "$source/assets/data/library-mail.csv" --model starter
drive ':screen 2
key p
keys bert
expect > bert-base
reject ▸
' --no-unicode --open "$source/assets/data/library-mail.csv" --model starter
[ -e cache ] && { echo "FAILED: a search made the cache"; failed=1; }

# --- an id is asked for, its plan shown, confirmed, downloaded, selected ---
rules ''
for size in 80x24 60x20 200x60; do
    drive ":wait data
:pull acme/mini
:wait pull
expect licence   apache-2.0
expect Next: Enter downloads
:dump plan
" --open "$source/assets/data/library-mail.csv" --model starter --size $size
    picture pull-plan-$size plan
done
[ -e cache/models--acme--mini/snapshots ] && ls -R cache && failed=1 # nothing unasked
drive ':wait data
:screen 2
:wait models
key p
keys acme/mini
expect asks the hub for this id
key Enter
:wait pull
expect model.safetensors
key Enter
:wait pull
expect ok: acme/mini downloaded
expect Enter uses it
reject Pull acme/mini
:wait models
key Ctrl-L
:wait models
expect Models 2 local
expect acme/mini  bert  218,396 parameters
key Enter
expect acme/mini is in use
:pull acme/mini
:wait pull
expect all files are on this machine
key Enter
:wait pull
expect acme/mini is up to date
'
cmp "$srv/acme/mini/model.safetensors" cache/models--acme--mini/snapshots/*/model.safetensors || failed=1
has_run=$("$fettle" models --json 2>/dev/null | grep -c '"name":"acme/mini"')
[ "$has_run" = 1 ] || { echo "FAILED: fettle models does not list acme/mini"; failed=1; }

# --- slow: progress, another screen, hidden and shown again, cancelled, resumed ---
rm -rf cache
rules 'cdn:GET model.safetensors slow 60000 1'
drive ":wait data
:pull acme/mini
:wait pull
key Enter
:wait pulling
pause 700
key Ctrl-L
expect Pull acme/mini
expect model.safetensors
expect kB/s
expect 2 Model
expect %
:dump load
key 1
expect 1 Data
expect %
key 2
key p
expect Models 1 local
key p
expect Pull acme/mini
key Esc
:wait pull
expect cancelled;
expect are kept
expect Enter resume
key Enter
:wait pull
expect are on this machine
key Enter
:wait pull
expect acme/mini downloaded
" --open "$source/assets/data/library-mail.csv" --model starter
grep -q '^cdn GET .*safetensors.* range=[1-9]' "$srv/log" || {
    echo "FAILED: not resumed"
    cat "$srv/log"
    failed=1
}
# the numbers of a moment apart
sed -E 's#[0-9.]+ (kB|B)( |/|$)#N \1\2#g; s/[0-9]+%/P%/g; s/[0-9]+:[0-9]+/T/g; s/[━╸─]+/─/g; s/ busy: .*/ busy:/' load >load.tame
picture pull-load load.tame

# --- a name that is not here: the offer, then in use at once ---
rm -rf cache
rules ''
drive ':wait data
:model acme/mini
expect ask: acme/mini is not on this machine: p pulls it
key p
expect Pull acme/mini
:wait pull
key Enter
:wait pull
expect acme/mini downloaded
expect ; in use
:wait models
key Ctrl-L
:wait models
expect ✓acme/mini
key u
key Ctrl-L
:wait models
key Ctrl-L
expect ✓starter
' --open "$source/assets/data/library-mail.csv" --model starter
[ -d cache/models--acme--mini ] || failed=1
rm -rf cache
drive ':wait data
:model acme/mini
key Esc
reject ask:
:model bert-base-uncase
expect did you mean bert-base-uncased?
key Esc
:model ./acme
expect error:
key Esc
'
[ -e cache ] && { echo "FAILED: a model was downloaded unasked"; failed=1; }
drive 'expect acme/mini is not on this machine
expect [2 Model
expect p pulls it from the hub
:wait models
key p
:wait pull
key Enter
:wait pull
expect acme/mini downloaded
expect ; in use
:wait models
key Ctrl-L
reject is not on this machine
' --model acme/mini

# --- errors in place, with what to do; the panel goes on from there ---
rm -rf cache
error() { # RULE ID TEXT: the answer to :pull ID under RULE has TEXT
    rules "$1"
    drive ":wait data
:pull $2
:wait pull
key Ctrl-L
expect $3
key Esc
expect Pull a model
expect ${2%%@*}
key Esc
reject Pull a model
" --size 160x30
}
error '' acme/none 'no such model'
error '' acme/mini@nope 'has no revision nope'
error '' 'not an id' 'is not the id of a model'
error '* /api/ status 403' acme/mini 'acme/mini'
error '* /api/ endless 1' acme/mini 'acme/mini'
error '* /api/ file script' acme/mini 'acme/mini'
HF_HUB_OFFLINE=1 error '' acme/mini 'HF_HUB_OFFLINE'
HF_ENDPOINT=http://127.0.0.1:1 error '' acme/mini 'acme/mini'
HF_ENDPOINT=ftp://x error '' acme/mini 'HF_ENDPOINT'

# the download fails in the middle: reported, kept, and the next try resumes
rules '* model.safetensors flip 500000'
drive ':wait data
:pull acme/mini
:wait pull
key Enter
:wait pull
expect error:
expect model.safetensors
key Ctrl-L
' --size 160x30
[ -e cache/models--acme--mini/snapshots/*/model.safetensors ] && { echo "FAILED: a wrong file is in the cache"; failed=1; }
rules ''
drive ':wait data
:pull acme/mini
:wait pull
key Enter
:wait pull
expect acme/mini downloaded
'

# --- quitting while it comes: asked; stays, or ends at once and is resumed next time ---
rm -rf cache
rules 'cdn:GET model.safetensors slow 40000'
begin=$SECONDS
drive ":wait data
:pull acme/mini
:wait pull
key Enter
:wait pulling
pause 400
key q
expect ask: mini is
expect q quit
key Esc
reject ask:
key Ctrl-L
expect Pull acme/mini
key q
key q
" --open "$source/assets/data/library-mail.csv" --model starter
[ $((SECONDS - begin)) -lt 15 ] || { echo "FAILED: quitting waited for the download"; failed=1; }
ls cache/models--acme--mini/blobs/*.incomplete >/dev/null || failed=1
# told to end while the hub does not answer
rules '* /api/ stall 10'
begin=$SECONDS
want=143 drive ":wait data
:pull acme/mini
pause 300
key 1
expect 1 Data
key 2
expect acme/mini
signal TERM
" --open "$source/assets/data/library-mail.csv" --model starter
[ $((SECONDS - begin)) -lt 8 ] || { echo "FAILED: the end waited for the hub"; failed=1; }

# --- Esc while the hub is asked; another pull meanwhile is refused ---
drive ":wait data
:pull acme/mini
pause 200
:pull gpt2
expect acme/mini is being pulled
key Esc
:wait pull
expect cancelled
expect Pull a model
key Esc
" --open "$source/assets/data/library-mail.csv" --model starter

# --- sizes from a line up, in every phase; no panel is drawn outside ---
rules 'cdn:GET model.safetensors slow 40000'
rm -rf cache
drive ":wait data
:screen 2
key p
:size 1 1
:size 10 5
:size 40 10
:size 300 100
keys bert
key Down Down Up PgDn PgUp
:size 41 11
key Ctrl-U
keys acme/mini
key Enter
:wait pull
:size 20 4
:size 50 12
key Down Down Down Up
key Enter
:wait pulling
:size 1 1
:size 45 11
key Ctrl-L
expect %
:size 200 60
key Tab
key Down
key Esc
:wait pull
" --open "$source/assets/data/library-mail.csv" --model starter

# --- an address from a browser ---
rm -rf cache
rules ''
drive ':wait data
:screen 2
key p
paste https://huggingface.co/acme/mini/tree/main
expect id acme/mini_
key Ctrl-U
paste https://huggingface.co/acme/mini/tree/v1.0?x=1
expect id acme/mini@v1.0_
key Enter
:wait pull
key Enter
:wait pull
expect ok: acme/mini@v1.0 downloaded
expect ; in use
'
finish
