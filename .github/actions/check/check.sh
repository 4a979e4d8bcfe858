#!/usr/bin/env bash
#
# The check behind action.yml: annotations on stdout, the job summary, and the outputs verdict,
# exit-code and report. Ends with the exit code of xfed, or 0 where fail-on is never.

set -euo pipefail

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/xfed.XXXXXX")
report=$folder/report.json

arguments=(check --format github --report "json=$report" --report "markdown=$folder/summary.md")
case $INPUT_FAIL_ON in
fail | warn) arguments+=(--fail-on "$INPUT_FAIL_ON") ;;
never) ;;
*)
    printf '::error title=xfed::fail-on is "%s", expected fail, warn or never\n' "${INPUT_FAIL_ON//[^a-z]/?}"
    exit 2
    ;;
esac
[[ -z $INPUT_CONFIG ]] || arguments+=(--config "$INPUT_CONFIG")
[[ -z $INPUT_WAIT ]] || arguments+=(--wait "$INPUT_WAIT")
[[ -z $INPUT_LANG ]] || arguments+=(--lang "$INPUT_LANG")
# A list rather than words: a line that is no domain is named by its number.
if [[ -n ${INPUT_DOMAIN//[[:space:]]/} ]]; then
    printf '%s\n' "$INPUT_DOMAIN" >"$folder/domains.txt"
    arguments+=(--targets "$folder/domains.txt")
fi

code=0
xfed "${arguments[@]}" || code=$?

verdict=
if [[ -s $report ]]; then
    cat "$folder/summary.md" >>"$GITHUB_STEP_SUMMARY"
    verdict=$(jq -j '
        [.reports[].verdict] as $verdicts
        | first(("not-ready", "inconclusive", "ready-with-warnings", "ready") | select(IN($verdicts[])))
    ' "$report")
else
    report=
    # What is wrong stands on stderr above; without this line nobody would see that it failed.
    printf '::error title=xfed::nothing was checked, see the log of this step\n'
fi
{
    printf 'verdict=%s\n' "$verdict"
    printf 'exit-code=%s\n' "$code"
    printf 'report=%s\n' "$report"
} >>"$GITHUB_OUTPUT"

# Only what a verdict says can be overlooked: a run that could not begin, or was killed, is never fine.
case $INPUT_FAIL_ON-$code in
never-[013]) exit 0 ;;
*) exit "$code" ;;
esac
