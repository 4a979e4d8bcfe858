#!/usr/bin/env bash
#
# Checks a list as an array of Slurm jobs, each a part of it:
#
#     sbatch --array=1-16 slurm.sh LIST FOLDER [OPTION of xfed check]...
#
# LIST and FOLDER are where all nodes see them. A part that is ended, by its time limit or with its
# node, goes on where it was. When all are done: cat FOLDER/*.jsonl > results.jsonl
#
#SBATCH --job-name=xfed
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=512M
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@60

set -euo pipefail
(($# >= 2)) || { sed -n '3,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
list=$1 folder=$2
shift 2
part=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))
mkdir -p "$folder"

xfed check - --format jsonl --shard "$part/$SLURM_ARRAY_TASK_COUNT" \
    --out "$folder/$part.jsonl" --resume "$@" <"$list" &
xfed=$!
ended=
trap 'ended=yes; kill -TERM "$xfed"' TERM

code=0
wait "$xfed" || code=$?
if [[ -n $ended ]]; then
    # It writes what it has; the rest is for the next start.
    wait "$xfed" || true
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
    exit
fi
case $code in
    # All is checked, whatever came of it.
    0 | 1 | 3) ;;
    *) exit "$code" ;;
esac
