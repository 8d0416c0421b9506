#!/usr/bin/env bash
# Is everything in Entra as it was applied, and does any secret need attention?
# What is found stands in one issue, until it is gone. Nothing is changed.
#
# 0: nothing, 2: something, anything else: it could not be found out, which fails
# the job and leaves the issue as it is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/api.sh"

label=mailprov-drift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/found"

look() {
  local status=0
  mailprov "$@" -no-color >"$work/said" || status=$?
  cat "$work/said"
  case $status in
    0) ;;
    2) { printf '$ mailprov %s\n\n' "$*"; cat "$work/said"; echo; } >>"$work/found" ;;
    *) exit "$status" ;;
  esac
}
look drift
look status -check

mine=$(pages "issues?state=opened&scope=all&labels=$label" |
  jq -c --argjson me "$(me)" 'map(select(.author.id == $me)) | sort_by(.iid) | first // empty')
if [ ! -s "$work/found" ]; then
  [ -n "$mine" ] || exit 0
  echo '{"state_event": "close"}' >"$work/change.json"
  api PUT "issues/$(jq .iid <<<"$mine")" "$work/change.json" | jq -r '"#\(.iid) closed"'
  exit 0
fi

# Indented, each line is code: nothing in it can become markup or a mention.
head -c 50000 "$work/found" | sed 's/^/    /' >"$work/body.md"
jq -n --arg tag "$label" --rawfile description "$work/body.md" \
  '{title: "Entra とシークレットの要確認事項", $description, labels: $tag}' >"$work/issue.json"
if [ -z "$mine" ]; then
  api POST issues "$work/issue.json" | jq -r '"#\(.iid) opened"'
elif jq -e --slurpfile want "$work/issue.json" '.description != $want[0].description' <<<"$mine" >/dev/null; then
  jq '{description}' "$work/issue.json" >"$work/change.json"
  api PUT "issues/$(jq .iid <<<"$mine")" "$work/change.json" | jq -r '"#\(.iid) brought up to date"'
fi
