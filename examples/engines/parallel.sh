#!/usr/bin/env bash
#
# Checks a list with GNU parallel, block by block. A worker that dies loses nothing: its block is done
# again, and only whole blocks count. Called again, it goes on with the blocks that are missing.
#
#     parallel.sh LIST FOLDER [OPTION of xfed check]...
#
# The reports are then in FOLDER/results.jsonl. One domain a line, each once. For other machines:
#
#     PARALLEL='--sshlogin a,b --transferfile {} --return {}.jsonl --cleanup' parallel.sh ...
#
# Exit code: 0 all are checked, whatever came of them · 2 wrong usage · 3 some could not be.

set -euo pipefail
(($# >= 2)) || { sed -n '3,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
list=$1 blocks=$2/blocks results=$2/results.jsonl
shift 2

if [[ ! -d $blocks ]]; then
    mkdir -p "$blocks.new"
    awk '{ sub(/\r$/, "") } NF && $1 !~ /^#/ && !seen[$0]++' "$list" |
        split --lines="${BLOCK:-100}" --suffix-length=6 - "$blocks.new/"
    mv "$blocks.new" "$blocks"
fi

# A report for each line, or it was not the whole block.
check_block() {
    local block=$1 code=0
    shift
    xfed check - --format jsonl "$@" <"$block" >"$block.part" || code=$?
    case $code in
        0 | 1 | 3) ;;
        *) return "$code" ;;
    esac
    (($(wc -l <"$block.part") == $(wc -l <"$block"))) || return 4
    mv "$block.part" "$block.jsonl"
}
export -f check_block

missing() {
    local block
    for block in "$blocks"/*; do
        [[ $block == *.* || -e $block.jsonl ]] || printf '%s\n' "$block"
    done
}

missing | parallel --no-run-if-empty --retries 5 -q check_block {} "$@" || true
if [[ -n $(missing) ]]; then
    printf 'not checked: %s\n' "$(missing | tr '\n' ' ')" >&2
    exit 3
fi
find "$blocks" -name '*.jsonl' -exec cat {} + >"$results.part"
mv "$results.part" "$results"
