# The stages of tests/run and how they are timed and counted. Sourced by it; nothing here runs by itself.
# shellcheck shell=bash disable=SC2154

passed=0 failed=0 skipped=0 child=0 watchdog=0

find_cargo() {
    command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    command -v cargo >/dev/null || { echo "tests/run: no cargo on PATH; install Rust 1.95 first" >&2; exit 2; }
    export PATH
}

# absolute PATH FOLDER: the path as it is meant in that folder, for programs that run elsewhere.
absolute() {
    case $1 in
        /*) printf '%s\n' "$1" ;;
        *) printf '%s\n' "$2/$1" ;;
    esac
}

# find_test_data FOLDER: exports $SMILE_SHARED, as it is meant in that folder, or `shared` beside the checkout. A folder
# that was named and is not there stays exported, so that no test takes another one instead.
find_test_data() {
    local beside named=${SMILE_SHARED:-}
    beside=$(dirname "$PWD")/shared
    SMILE_SHARED=$beside
    [ -z "$named" ] || SMILE_SHARED=$(absolute "$named" "$1")
    export SMILE_SHARED
    if [ -d "$SMILE_SHARED" ]; then
        echo "test data: $SMILE_SHARED"
    elif [ -n "$named" ]; then
        echo "test data: none (\$SMILE_SHARED names $SMILE_SHARED, which is no folder): what needs it is skipped"
    else
        echo "test data: none (no \$SMILE_SHARED, and no folder $beside): what needs it is skipped"
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# ---- how a stage runs -------------------------------------------------------------------------------------------

stop_all() {
    [ "$child" = 0 ] || kill -TERM -- "-$child" 2>/dev/null || true
    [ "$watchdog" = 0 ] || kill -TERM -- "-$watchdog" 2>/dev/null || true
}
trap 'echo; echo "interrupted"; stop_all; exit 130' INT TERM

# run_logged NAME COMMAND…: the command's status in $status and its seconds in $seconds. Each command gets a process
# group of its own, so that nothing of it is left running when the time is up.
run_logged() {
    local name=$1 began=$SECONDS left
    shift
    left=$((time_limit_s - SECONDS))
    if [ "${CI:-}" = true ] && [ "$left" -le 0 ]; then
        failed=$((failed + 1))
        echo "$name and what follows did not run: the time limit of $time_limit_s s is reached"
        finish
    fi
    printf '%-12s' "$name"
    set -m
    "$@" >"$work/$name.log" 2>&1 </dev/null &
    child=$!
    if [ "${CI:-}" = true ]; then
        (sleep "$left"; kill -TERM -- "-$child") 2>/dev/null &
        watchdog=$!
    fi
    set +m
    status=0
    wait "$child" || status=$?
    child=0
    if [ "$watchdog" != 0 ]; then
        kill -TERM -- "-$watchdog" 2>/dev/null || true
        wait "$watchdog" 2>/dev/null || true
        watchdog=0
    fi
    seconds=$((SECONDS - began))
}

# report NAME PASSED FAILED SKIPPED [REMARK]: adds to the sums and ends the stage's line.
report() {
    local name=$1 line
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    line="$2 passed, $3 failed"
    [ "$4" = 0 ] || line="$line, $4 skipped"
    [ -z "${5:-}" ] || line="$line   ($5)"
    printf '%5d s   %s\n' "$seconds" "$line"
    [ "$3" = 0 ] || show_failure "$name"
    grep -ahE '^skipped: |\.\.\. (ignored|skipped)' "$work/$name.log" | grep -v 'ignored, started by' | sort | uniq -c |
        sed 's/^/        /' || true
}

# What went wrong, without the passing tests' output: the blocks that libtest prints for failed tests, or compiler
# errors, or else the end of the log. Backtraces stay in the log.
show_failure() {
    local log=$work/$1.log
    echo "    --- from $log:"
    awk '/^failures:$/ { on = !on; next } /^test result:/ { on = 0 } on && NF && !/^ +([0-9]+:|at ) / &&
        !/^(stack backtrace:|note: )/ { if (++shown <= 80) print } END { exit !shown }' "$log" | sed 's/^/    | /' ||
        awk '/^error(\[|:)/ { on = 12 } on-- > 0 { if (++shown <= 80) print } END { exit !shown }' "$log" |
        sed 's/^/    | /' || tail -n 30 "$log" | sed 's/^/    | /'
}

# A preparation counts as nothing unless it fails; what cannot go on without it looks at $status.
prepare() {
    run_logged "$@"
    if [ "$status" = 0 ]; then
        printf '%5d s   %s\n' "$seconds" "$(said "$1")"
    else
        report "$1" 0 1 0
    fi
}

# The lines of a log that are meant for the reader.
said() {
    sed -n 's/^tests\/run: //p' "$work/$1.log" | sed '$!s/$/; /' | tr -d '\n'
}

# A check is one test; the status 77 says that it could not run here.
check() {
    run_logged "$@"
    case $status in
        0) report "$1" 1 0 0 "$(said "$1")" ;;
        77) report_skip "$1" ;;
        *) report "$1" 0 1 0 ;;
    esac
}

report_skip() {
    if [ "${CI:-}" = true ]; then report "$1" 0 1 0; else report "$1" 0 0 1; fi
}

# Sums cargo's `test result:` lines. A test that printed `skipped: …` is counted as skipped, not as passed, and so is
# one with #[ignore], unless it is no test but a part that other tests start as a process (`started by …`).
count_rust_tests() {
    local good bad skips
    run_logged "$@"
    read -r good bad skips < <(awk '
        /^test result:/ { for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) p += $i; if ($(i + 1) ~ /^failed/) f += $i } }
        /^test .* \.\.\. ignored/ && !/ignored, started by/ { s++ }
        # --show-output puts what a passing test printed under `---- NAME stdout ----`.
        /^successes:/ { ok = 1 } /^failures:/ { ok = 0 } /^---- .* stdout ----$/ { fresh = 1 }
        ok && fresh && /^skipped: / { s++; p--; fresh = 0 }
        END { print p + 0, f + 0, s + 0 }' "$work/$1.log")
    # A failure without a count (it did not compile, it crashed) is one; so is a run that tested nothing.
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    [ "$status" != 0 ] || [ "$good" != 0 ] || bad=1
    [ "${CI:-}" != true ] || bad=$((bad + skips)) skips=0
    report "$1" "$good" "$bad" "$skips"
}

# Sums what unittest prints: `Ran N tests`, `FAILED (failures=1, errors=2, skipped=3)`.
count_python_tests() {
    local ran bad ignored
    run_logged "$@"
    if [ "$status" = 77 ]; then report_skip "$1"; return; fi
    read -r ran bad ignored < <(awk '/^Ran [0-9]+ test/ { ran += $2 }
        /^(OK|FAILED) \(/ { gsub(/[(),]/, " "); for (i = 2; i <= NF; i++) { split($i, a, "=");
            if (a[1] == "skipped") s += a[2]; else b += a[2] } }
        END { print ran + 0, b + 0, s + 0 }' "$work/$1.log")
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    [ "$ran" != 0 ] || bad=1
    [ "${CI:-}" != true ] || bad=$((bad + ignored)) ignored=0
    report "$1" "$((ran > bad + ignored ? ran - bad - ignored : 0))" "$bad" "$ignored"
}

# Sums what node's runner prints in TAP: `# pass N`, `# fail N`, `# cancelled N`, `# skipped N`.
count_javascript_tests() {
    local good bad ignored
    run_logged "$@"
    if [ "$status" = 77 ]; then report_skip "$1"; return; fi
    read -r good bad ignored < <(awk '/^# pass / { p += $3 } /^# (fail|cancelled) / { f += $3 } /^# (skipped|todo) / { s += $3 }
        END { print p + 0, f + 0, s + 0 }' "$work/$1.log")
    # A runner that tested nothing has failed.
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    [ "$good" != 0 ] || [ "$bad" != 0 ] || bad=1
    [ "${CI:-}" != true ] || bad=$((bad + ignored)) ignored=0
    report "$1" "$good" "$bad" "$ignored" "$(said "$1")"
}

finish() {
    echo "logs: ${work#"$PWD"/}; $((SECONDS / 60)) min $((SECONDS % 60)) s in all"
    if [ "$skipped" = 0 ]; then
        echo "$passed passed, $failed failed"
    else
        echo "$passed passed, $failed failed, $skipped skipped"
    fi
    [ "$failed" = 0 ] && exit 0
    exit 1
}

# ---- the stages -------------------------------------------------------------------------------------------------

install_packages() {
    if ! cargo fmt --version || ! cargo clippy --version; then
        rustup component add rustfmt clippy || return 1
        echo "tests/run: added rustfmt and clippy to the toolchain"
    fi
    # Debian keeps one version of chromium at a time, that of its security updates: it is printed instead of pinned.
    local missing=()
    python3 -c 'import ensurepip, venv' || missing+=(python3-venv)
    command -v chromium || missing+=(chromium)
    command -v chromedriver || missing+=(chromium-driver)
    command -v curl || missing+=(curl)
    command -v node || missing+=(nodejs)
    # What names are drawn with that are not ASCII: Latin, Greek, Cyrillic, Hebrew, Arabic; Chinese, Japanese, Korean.
    [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing+=(fonts-dejavu-core)
    [ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || missing+=(fonts-wqy-microhei)
    if [ ${#missing[@]} = 0 ]; then
        echo "tests/run: nothing is missing"
        return 0
    fi
    as_root apt-get update -q || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" || return 1
    echo "tests/run: installed ${missing[*]}"
}

# The environment is made once and kept until the requirements or the interpreter change.
make_virtual_environment() {
    local stamp
    stamp=$(python3 --version && sha256sum tests/requirements.txt) || return 1
    if [ -x "$work/venv/bin/python" ] && [ "$(cat "$work/venv/made-from" 2>/dev/null)" = "$stamp" ]; then
        return 0
    fi
    rm -rf "$work/venv"
    python3 -m venv "$work/venv" || return 1
    "$work/venv/bin/python" -m pip install --disable-pip-version-check --require-hashes --only-binary=:all: \
        -r tests/requirements.txt || { rm -rf "$work/venv"; return 1; }
    echo "$stamp" >"$work/venv/made-from"
}

# All packages of the lock are fetched, also those of other platforms: the licence test reads them.
build_everything() {
    cargo fetch --locked && cargo build --release --workspace --all-targets --locked
}

fetch_weights() {
    target/release/smile-test-data
}

run_foreign_tests() {
    if [ -z "${SMILE_PYTHON:-}" ]; then
        echo "skipped: no virtual environment"
        return 77
    fi
    "$SMILE_PYTHON" -m unittest discover -v -s tests/foreign -p 'test_*.py'
}

# A stamp is bought in a real browser, through server, agent and shop as `--serve` leaves them standing. Pictures of every
# screen are left in $SMILE_SCREENSHOTS.
run_browser_tests() {
    if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
        echo "skipped: no chromium with its driver"
        return 77
    fi
    echo "tests/run: $(chromium --version)"
    SMILE_SCREENSHOTS=$(absolute "${SMILE_SCREENSHOTS:-$work/screenshots}" "$PWD") \
        python3 -m unittest discover -v -s tests/browser -p 'test_*.py'
}

# The JavaScript client under node, against the server that was built.
run_javascript_tests() {
    if ! command -v node >/dev/null; then
        echo "skipped: no node"
        return 77
    fi
    echo "tests/run: node $(node --version)"
    node --test --test-reporter=tap tests/javascript/*.test.mjs
}

# The README's command as a stranger gives it, with a home of its own: `fresh` empties that home first, `again` uses
# it without network.
run_quickstart() {
    local home=$work/quickstart-home log=$work/quickstart-output
    if [ "$1" = fresh ]; then
        rm -rf "$home"
        SMILE_HOME=$home cargo run --release --locked | tee "$log" || return 1
    else
        SMILE_HOME=$home tests/offline cargo run --release --locked --offline | tee "$log" || return $?
    fi
    sed -n 's/^Done in \([0-9.]* s\)\..*/tests\/run: the program itself took \1/p' "$log"
    sed -n 's/^offline: /tests\/run: /p' "$log"
}

# The receipts that the quickstart's two runs left, judged by foreign code with the public keys beside them. Where the
# second run was skipped there is one.
verify_receipts() {
    local run receipts=0 runs=2
    ! grep -q '^skipped: ' "$work/offline.log" || runs=1
    if [ -z "${SMILE_PYTHON:-}" ]; then
        echo "skipped: no virtual environment"
        return 77
    fi
    for run in "$work"/quickstart-home/quickstart/run-*; do
        "$SMILE_PYTHON" tests/foreign/receipt.py "$run/receipt-keys.cose" "$run/receipt.cose" || return 1
        "$SMILE_PYTHON" tests/foreign/evidence.py "$run/receipt-keys.cose" "$run/receipt.cose" || return 1
        receipts=$((receipts + 1))
    done
    echo "tests/run: $receipts receipts"
    [ "$receipts" = "$runs" ]
}

# The server as it is shipped: built alone, and so without what only tests switch on. It must not know the test API.
# What is left in target/release is the one to ship.
ship_server() {
    local folder=$work/shipped answer
    cargo build --release -p smile-relying-party --locked || return 1
    mkdir -p "$folder"
    sed -e 's/^profile = "production"/profile = "development"/' -e 's/^enabled = false/enabled = true/' \
        relying-party/smile-rp.example.toml >"$folder/smile-rp.toml"
    if answer=$(target/release/smile-rp --config "$folder/smile-rp.toml" --check 2>&1); then
        echo "a shipped server took conformance.enabled: $answer"
        return 1
    fi
    echo "$answer"
    grep -qF 'built without the cargo feature `conformance`' <<<"$answer"
}

# The server to ship, asked for a minute what its own description says that it takes, and what it does not. What was sent
# and answered is left in the stage's folder.
ask_as_described() {
    if [ -z "${SMILE_PYTHON:-}" ]; then
        echo "skipped: no virtual environment"
        return 77
    fi
    "$SMILE_PYTHON" tests/schema/run.py target/release/smile-rp "$work/schema"
}

run_cargo_deny() {
    local tools=$work/tools
    if ! [ "$("$tools/bin/cargo-deny" --version 2>/dev/null)" = "cargo-deny $cargo_deny_version" ]; then
        cargo install --locked --root "$tools" "cargo-deny@$cargo_deny_version" || return 1
    fi
    "$tools/bin/cargo-deny" --locked check licenses bans sources
}

evaluate_all_faces() {
    if [ ! -d "${SMILE_SHARED:-}" ]; then
        echo "skipped: no \$SMILE_SHARED"
        return 77
    fi
    target/release/smile-lab eval verification --images "$SMILE_SHARED/faces" --pairs "$SMILE_SHARED/faces/pairs.txt" \
        --json && python3 tests/foreign/evaluation_gate.py "$work/evaluation.log"
}
