#!/usr/bin/env bash
# Tries to break the log: kills, failing disks, power cuts, full disks, damaged files, clocks that jump.
#
#   try-to-break-the-log.sh [--full | --short] [TRIAL…]
#
# Prints a row of a table for each trial. Exits with 0 when every trial passed, 1 when one failed, 77 when none failed and one
# could not be tried for want of a tool; what is missing is said on standard error. `--full` takes some quarters of an hour.
#
# Needs clang (it comes with Swift). libfiu: apt-get install fiu-utils libfiu-dev. Clock: apt-get install faketime. Full disk:
# root, to mount a tmpfs. Another build of the program than a release build of this project: FLPERF_EXERCISER=FILE.
set -uo pipefail
cd "$(dirname "$0")/../.."
export SWIFT_BACKTRACE=enable=no

size=normal
trials=()
for argument in "$@"; do
    case $argument in
        --full) size=full ;;
        --short) size=short ;;
        -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0"; exit 0 ;;
        -*) echo "Unknown option '$argument'. Try --help." >&2; exit 64 ;;
        *) trials+=("$argument") ;;
    esac
done

work=$(mktemp -d)
mounted=
finish() {
    [ -z "$mounted" ] || umount "$mounted" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT

exerciser=${FLPERF_EXERCISER:-}
if [ -z "$exerciser" ]; then
    swift build -c release --product log-exerciser >&2 || exit 1
    exerciser=$(swift build -c release --show-bin-path)/log-exerciser
fi

# --- What trials share

# The first, second or third number: how often a trial is made.
count() { case $size in short) echo "$1" ;; normal) echo "$2" ;; full) echo "$3" ;; esac; }

problem=
fail() { problem=$1; return 1; }
skip() { problem=$1; return 77; }

faulty_io=$work/faulty-io.so
need_faulty_io() {
    [ "$(uname)" = Linux ] || { skip "needs Linux"; return; }
    [ -f "$faulty_io" ] && return
    command -v clang >/dev/null || { skip "needs clang"; return; }
    clang -O2 -shared -fPIC -o "$faulty_io" Tests/Faults/faulty-io.c -ldl -lpthread || fail "faulty-io.c does not build"
}

fresh() { rm -rf "${work:?}/log" "$work"/log.* "$work"/acknowledged* "$work/copy" "$work/errors"; }

# What was acknowledged is there and whole.
check() {
    local answer
    answer=$("$exerciser" check "${1:-$work/log}" "$work"/acknowledged* 2>&1) || fail "${answer//$'\n'/; }"
}

# Killed while the store was being made, before anything was in it: the file is refused, and it is said what to do.
was_never_made() {
    [ -z "$(cat "$work"/acknowledged*)" ] && ! check && [[ $problem == *"if nothing was ever kept there, delete"* ]]
}

# Every line tells what could not be done.
check_errors() {
    local unclear
    unclear=$(grep -v -e '^errors=' -e '^opening: Could not .*\.' -e '^Could not .*\.' -e '^gave up' "$work/errors" | head -n 1)
    [ -z "$unclear" ] || fail "unclear error: $unclear"
}

is_signal() { [ "$1" -ge 128 ]; }

# --- The trials. Each sets `made` to what it did.

trial_kills() { # kill -9 of an appending process
    local kills; kills=$(count 3 50 1000)
    local kill lines=0
    for ((kill = 1; kill <= kills; kill++)); do
        ((kill % 20 == 1)) && fresh
        "$exerciser" append "$work/log" --events 1000000 --batch 20 --appenders 4 \
            >"$work/acknowledged.$kill" 2>>"$work/errors" &
        local process=$!
        sleep "0.0$((RANDOM % 9 + 1))$((RANDOM % 10))"
        kill -9 "$process"; wait "$process" 2>/dev/null
        was_never_made && { fresh; continue; }
        check || { problem="kill $kill: $problem"; return 1; }
        lines=$((lines + $(wc -l <"$work/acknowledged.$kill")))
    done
    made="$kills kills, $lines acknowledged, 0 lost, 0 torn"
}

trial_failpoints() { # the process dies at each failpoint
    local times; times=$(count 1 5 20)
    local name points=0 deaths=0 round
    fresh
    "$exerciser" append "$work/log" --events 20 --batch 10 >"$work/before" 2>/dev/null || return
    mv "$work/log" "$work/template"
    for name in $("$exerciser" failpoints); do
        points=$((points + 1))
        for ((round = 1; round <= times; round++)); do
            fresh
            cp -r "$work/template" "$work/log"
            cp "$work/before" "$work/acknowledged.1"
            case $name in
                sync.* | reopen.* | settle.* | copy.* | compact.*)
                    FLPERF_FAILPOINTS="$name=abort" "$exerciser" maintain "$work/log" "$work/copy" ;;
                *)
                    FLPERF_FAILPOINTS="$name@$round=abort" "$exerciser" append "$work/log" --events 300 --batch 5 \
                        >"$work/acknowledged.2" ;;
            esac >/dev/null 2>"$work/errors"
            is_signal $? || { fail "$name was not passed for the ${round}th time"; return; }
            deaths=$((deaths + 1))
            check || { problem="$name, round $round: $problem"; return 1; }
            local left; left=$(ls "$work/log" | grep -v -x -e data.mdb -e lock.mdb)
            [ -z "$left" ] || { fail "$name: $left was left behind"; return; }
            if [ -f "$work/copy/data.mdb" ]; then
                check "$work/copy" || { problem="$name: the copy: $problem"; return 1; }
            fi
        done
    done 2>/dev/null
    made="$points failpoints, $deaths deaths, 0 lost, 0 torn"
}

trial_kills_in_a_write() { # killed at the nth call to the disk, a write half done
    need_faulty_io || return
    local kills; kills=$(count 3 50 400)
    local kill
    for ((kill = 1; kill <= kills; kill++)); do
        fresh
        LD_PRELOAD=$faulty_io FAULTY_IO_KILL=$((RANDOM % 300 + 1)) "$exerciser" append "$work/log" --events 2000 --batch 20 \
            >"$work/acknowledged" 2>"$work/errors"
        is_signal $? || { fail "was not killed"; return; }
        was_never_made && continue
        check || { problem="kill $kill: $problem"; return 1; }
    done 2>/dev/null
    made="$kills kills, 0 lost, 0 torn"
}

trial_io_faults() { # fsync, fdatasync, pwrite, writev, ftruncate fail, writes are short
    need_faulty_io || return
    local seeds; seeds=$(count 2 40 200)
    local seed errors=0
    for ((seed = 1; seed <= seeds; seed++)); do
        fresh
        LD_PRELOAD=$faulty_io FAULTY_IO_SEED=$seed FAULTY_IO_RATE=$((seed % 5 * 10 + 5)) \
            "$exerciser" append "$work/log" --events "$(count 200 500 500)" --batch 10 \
            >"$work/acknowledged" 2>"$work/errors"
        local status=$?
        is_signal $status && { fail "seed $seed: died of signal $((status - 128))"; return; }
        [ $status = 0 ] || { fail "seed $seed: $(tail -n 1 "$work/errors")"; return; }
        check_errors && check || { problem="seed $seed: $problem"; return 1; }
        errors=$((errors + $(grep -c 'Could not' "$work/errors")))
    done
    made="$seeds seeds, $errors errors told, 0 lost"
}

trial_libfiu() { # the same by libfiu
    command -v fiu-run >/dev/null || { skip "needs libfiu: apt-get install fiu-utils libfiu-dev"; return; }
    local seeds; seeds=$(count 1 20 200)
    local calls=(sync/fdatasync sync/fsync rw/pwrite rw/writev rw/ftruncate rw/pwrite/reduce rw/writev/reduce)
    [ "$size" = short ] && calls=(sync/fdatasync rw/pwrite)
    local seed call errors=0
    for ((seed = 1; seed <= seeds; seed++)); do
        for call in "${calls[@]}"; do
            fresh
            fiu-run -x -c "enable_random name=posix/io/$call,probability=0.05" \
                "$exerciser" append "$work/log" --events "$(count 100 300 300)" --batch 10 \
                >"$work/acknowledged" 2>"$work/errors"
            local status=$?
            is_signal $status && { fail "$call: died of signal $((status - 128))"; return; }
            [ $status = 0 ] || { fail "$call: $(tail -n 1 "$work/errors")"; return; }
            check_errors && check || { problem="$call: $problem"; return 1; }
            errors=$((errors + $(grep -c 'Could not' "$work/errors")))
        done
    done
    made="${#calls[@]} calls, $seeds times each, $errors errors told, 0 lost"
}

# Traces of appending, each replayed up to some hundred cuts; the arguments are settings of faulty-io.c.
replay_power_cuts() {
    local traces; traces=$(count 1 5 20)
    local trace cuts=0 answer
    for ((trace = 1; trace <= traces; trace++)); do
        fresh; rm -f "$work/trace"
        env "$@" LD_PRELOAD="$faulty_io" FAULTY_IO_TRACE="$work/trace" ${1:+FAULTY_IO_SEED=$trace} \
            "$exerciser" append "$work/log" --events "$(count 150 400 600)" --batch 10 \
            >"$work/acknowledged" 2>"$work/errors" || { fail "trace $trace: $(tail -n 1 "$work/errors")"; return; }
        answer=$(timeout -s KILL "$(count 20 100 250)" \
            "$exerciser" replay "$work/trace" "$work/log.cut" --cuts "$(count 40 200 500)" --seed "$trace" \
            2>"$work/errors") || { fail "trace $trace: $(tail -n 1 "$work/errors"); ${answer//$'\n'/; }"; return; }
        cuts=$((cuts + $(sed -n 's/.*cuts=\([0-9]*\) .*/\1/p' <<<"$answer")))
    done
    # The trial of the trial: a disk whose syncs do nothing must be found out.
    timeout -s KILL 10 "$exerciser" replay "$work/trace" "$work/log.cut" --cuts 20 --ignore-syncs >/dev/null 2>"$work/control" \
        && { fail "a disk that ignores syncs was not found out"; return; }
    made="$traces traces, $cuts cuts, 0 lost, 0 torn"
}

trial_power_cuts() { # what was not synced is lost, in part, down to a sector
    need_faulty_io && replay_power_cuts
} 2>/dev/null

trial_power_cuts_after_failed_syncs() { # and syncs have failed before, which the system takes for done
    need_faulty_io && replay_power_cuts FAULTY_IO_RATE=120 FAULTY_IO_AFTER=20 FAULTY_IO_KINDS=fdatasync,fsync,pwrite
} 2>/dev/null

trial_full_disk() { # a small tmpfs, 4 KiB larger each time
    [ "$(id -u)" = 0 ] || { skip "needs root, to mount a tmpfs"; return; }
    local steps; steps=$(count 2 24 128)
    local disk=$work/disk step kibibytes events read
    mkdir -p "$disk"
    for ((step = 0; step < steps; step++)); do
        fresh
        kibibytes=$((1024 + 160 + step * 4))
        mount -t tmpfs -o "size=${kibibytes}k" tmpfs "$disk" 2>/dev/null || { skip "can't mount a tmpfs"; return; }
        mounted=$disk
        dd if=/dev/zero of="$disk/ballast" bs=1k count=1024 status=none
        "$exerciser" append "$disk/log" --events 2000 --batch 10 >"$work/acknowledged" 2>"$work/errors" &
        local process=$! waits=0
        until grep -q 'Free some space' "$work/errors"; do
            kill -0 "$process" 2>/dev/null && ((waits++ < 500)) || { fail "$kibibytes KiB: the disk was never full"; return; }
            sleep 0.02
        done
        if [ -s "$work/acknowledged" ]; then
            events=$(wc -l <"$work/acknowledged")
            read=$("$exerciser" read "$disk/log" 2>&1) || { fail "$kibibytes KiB: $read"; return; }
            [ "${read#events=}" -ge "$events" ] || { fail "$kibibytes KiB: $events acknowledged and $read"; return; }
        fi
        rm "$disk/ballast"
        wait "$process" || { fail "$kibibytes KiB: $(tail -n 1 "$work/errors")"; return; }
        check_errors && check "$disk/log" || { problem="$kibibytes KiB: $problem"; return 1; }
        umount "$disk"; mounted=
    done
    # A copy that the disk has no room for leaves nothing behind.
    fresh
    "$exerciser" append "$work/log" --events 500 >"$work/acknowledged" 2>/dev/null || return
    mount -t tmpfs -o size=64k tmpfs "$disk" || return
    mounted=$disk
    "$exerciser" maintain "$work/log" "$disk/copy" >/dev/null 2>"$work/errors" && { fail "a copy needed no room"; return; }
    grep -q 'Free some space' "$work/errors" || { fail "unclear error: $(tail -n 1 "$work/errors")"; return; }
    [ -z "$(ls -A "$disk")" ] || { fail "$(ls -A "$disk") was left of a copy"; return; }
    umount "$disk"; mounted=
    made="$steps sizes, reads went on, appends resumed, 0 lost, a copy that finds no room leaves nothing"
}

trial_truncations() { # the file cut off at every page border, one byte before and behind
    fresh
    "$exerciser" append "$work/log" --events "$(count 60 500 2000)" >/dev/null 2>&1 || return
    made=$("$exerciser" truncate "$work/log" 2>"$work/errors") || fail "$(tail -n 1 "$work/errors"); $made"
}

trial_flips() { # one bit of a stored event
    fresh
    "$exerciser" append "$work/log" --events 100 >/dev/null 2>&1 || return
    made=$("$exerciser" flip "$work/log" --flips "$(count 50 400 2000)" --seed 7) || fail "$made"
}

trial_flips_anywhere() { # one bit of any byte of the file
    fresh
    "$exerciser" append "$work/log" --events 100 >/dev/null 2>&1 || return
    made=$(timeout -s KILL "$(count 20 200 1000)" "$exerciser" flip "$work/log" --anywhere --flips "$(count 50 400 2000)" --seed 7 \
        2>"$work/errors") || fail "$(tail -n 1 "$work/errors"); $made"
} 2>/dev/null

trial_clock_jumps() { # by an hour and by ten years, both ways
    local library=
    for library in /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib/faketime/libfaketimeMT.so.1 ""; do
        [ -f "$library" ] && break
    done
    [ -n "$library" ] || { skip "needs libfaketime: apt-get install faketime"; return; }
    local rounds; rounds=$(count 1 5 20)
    local round jump began measured told
    for ((round = 1; round <= rounds; round++)); do
        fresh
        echo "+0" >"$work/clock"
        began=$(date +%s%N)
        LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$work/clock FAKETIME_NO_CACHE=1 \
            FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 \
            "$exerciser" append "$work/log" --events "$(count 300 1000 1000)" --batch 4 --pause 4 \
            >"$work/acknowledged" 2>"$work/errors" &
        local process=$!
        for jump in +1h -1h +10y -10y +0; do
            # Until some more were appended at the time that it is.
            local enough=$(($(wc -l <"$work/acknowledged") + 30))
            while (($(wc -l <"$work/acknowledged") < enough)) && kill -0 "$process" 2>/dev/null; do sleep 0.01; done
            echo "$jump" >"$work/clock.new" && mv "$work/clock.new" "$work/clock"
        done
        wait "$process" || { fail "$(tail -n 1 "$work/errors")"; return; }
        measured=$((($(date +%s%N) - began) / 1000000))
        told=$(sed -n 's/.*milliseconds=\([0-9]*\).*/\1/p' "$work/errors")
        ((told <= measured && told + 1500 >= measured)) || { fail "took $measured ms and told $told ms"; return; }
        check || return
        # The trial of the trial: the events were recorded up to 20 years apart.
        local hours; hours=$("$exerciser" check "$work/log" | sed -n 's/.*hours=//p')
        ((hours > 170000)) || { fail "the clock did not jump: $hours hours"; return; }
    done
    made="$rounds times 5 jumps, positions in order, durations right"
} 2>/dev/null

trial_killed_readers() { # processes killed while they hold a snapshot
    local readers; readers=$(count 5 50 50)
    local grown=() round reader processes
    fresh
    "$exerciser" append "$work/log" --events 200 >"$work/acknowledged.0" 2>/dev/null || return
    for round in 1 2 3; do
        # The second time, with snapshots open, the file grows by more: that shows that they were held.
        processes=()
        if [ "$round" = 2 ]; then
            for ((reader = 0; reader < readers; reader++)); do
                "$exerciser" hold-reader "$work/log" >"$work/held.$reader" &
                processes+=($!)
            done
            for ((reader = 0; reader < readers; reader++)); do
                until grep -q holding "$work/held.$reader"; do
                    kill -0 "${processes[reader]}" || { fail "a reader ended by itself"; return; }
                    sleep 0.01
                done
            done
        fi
        local before after
        before=$(stat -c %s "$work/log/data.mdb")
        "$exerciser" append "$work/log" --events "$(count 40 150 150)" --batch 1 --appenders 1 >"$work/acknowledged.$round" 2>/dev/null || return
        after=$(stat -c %s "$work/log/data.mdb")
        grown+=($((after - before)))
        if [ "$round" = 2 ]; then
            kill -9 "${processes[@]}"
            wait "${processes[@]}" 2>/dev/null
        fi
    done
    check || return
    ((grown[1] > 3 * grown[0])) || { fail "the snapshots were not held: grew by ${grown[*]} bytes"; return; }
    ((grown[2] <= grown[0] + 65536)) || { fail "grew by ${grown[*]} bytes before, during and after"; return; }
    made="$readers readers killed, the file grew by ${grown[0]} bytes before, ${grown[1]} while they read, ${grown[2]} after"
} 2>/dev/null

# --- The table

[ ${#trials[@]} -gt 0 ] || mapfile -t trials < <(sed -n 's/^trial_\([a-z_]*\)() .*/\1/p' "$0")
echo "| trial ($(date -u +%Y-%m-%d)) | result |"
echo "|---|---|"
worst=0
for trial in "${trials[@]}"; do
    trial=${trial//-/_}
    declare -F "trial_$trial" >/dev/null || { echo "There is no trial '$trial'." >&2; exit 64; }
    what=$(sed -n "s/^trial_$trial() { # //p" "$0")
    made= problem= began=$SECONDS
    "trial_$trial"
    case $? in
        0) result=${made##*$'\n'} ;;
        77) result="not tried: $problem"; [ $worst = 1 ] || worst=77; echo "$trial: $problem" >&2 ;;
        *) result="FAILED: ${problem//$'\n'/; }"; worst=1 ;;
    esac
    echo "| ${trial//_/ }${what:+: $what} | $result, $((SECONDS - began)) s |"
done
exit $worst
