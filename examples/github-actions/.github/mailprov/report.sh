#!/usr/bin/env bash
# Keeps one issue about what a night has found: opened when there is something,
# brought up to date while there is, closed when there is nothing any more.
#
# usage: report.sh TITLE FILE      an empty file: nothing was found
# needs: GH_TOKEN with issues: write
set -euo pipefail

repo=repos/$GITHUB_REPOSITORY
label=mailprov-drift
title=$1
file=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gh api --paginate "$repo/issues?state=open&labels=$label&per_page=100" |
  jq -s 'add // [] | map(select(.user.login == "github-actions[bot]" and .pull_request == null)) | sort_by(.number) | first // empty' >"$work/open.json"
number=$(jq -r .number "$work/open.json")

if [ ! -s "$file" ]; then
  [ -n "$number" ] || exit 0
  jq -n '{body: "解消しました。"}' >"$work/comment.json"
  gh api --method POST "$repo/issues/$number/comments" --input "$work/comment.json" >/dev/null
  jq -n '{state: "closed", state_reason: "completed"}' >"$work/change.json"
  gh api --method PATCH "$repo/issues/$number" --input "$work/change.json" >/dev/null
  echo "#$number closed"
  exit 0
fi

# Indented, each line is code: nothing in it can become markup or a mention.
head -c 50000 "$file" | sed 's/^/    /' >"$work/body.md"
jq -n --arg title "$title" --arg tag "$label" --rawfile body "$work/body.md" '{$title, $body, labels: [$tag]}' >"$work/issue.json"
if [ -z "$number" ]; then
  gh api --method POST "$repo/issues" --input "$work/issue.json" | jq -r '"#\(.number) opened"'
elif jq -e --slurpfile want "$work/issue.json" '.body != $want[0].body' "$work/open.json" >/dev/null; then
  jq '{body}' "$work/issue.json" >"$work/change.json"
  gh api --method PATCH "$repo/issues/$number" --input "$work/change.json" >/dev/null
  echo "#$number brought up to date"
fi
