#!/usr/bin/env bash
# Keeps one open issue for every product that waits for somebody to enter its
# new secret, with the sheet that says what to enter where. Run as often as you
# like: what is open already is brought up to date. The secret itself is not in it:
# whoever holds a key opens it with `mailprov secret show`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/api.sh"

label=mailprov-waiting
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The state knows who waits; Entra need not be asked.
mailprov status -json -refresh=false >"$work/status.json"
jq -c '.waiting[] | select(.kind == "confirmation" and .target != null)' "$work/status.json" >"$work/waiting"
pages "issues?state=opened&scope=all&labels=$label" |
  jq --argjson me "$(me)" 'map(select(.author.id == $me)) | sort_by(.iid)' >"$work/open.json"

mapfile -t waiting <"$work/waiting"
for one in "${waiting[@]}"; do
  target=$(jq -r .target <<<"$one")
  mailprov emit "$target" -format=markdown >"$work/sheet.md"
  # The first line says what the issue is for, written as in a URL, so that
  # whatever is in an address stays within the comment.
  marker=$(jq -r '"<!-- mailprov-waiting \(.target | @uri) "' <<<"$one")
  jq -n --argjson one "$one" --arg tag "$label" --arg marker "$marker" --rawfile sheet "$work/sheet.md" \
    --arg outro 'テストメールが届いたら、この issue を閉じてください。夜間に `mailprov confirm` が実行され、古いシークレットは後日削除されます。製品が受け付けない場合は閉じずに情シスへ (`mailprov confirm -reject`)。' '
    {title: ($one | .title + ": 新しいシークレットの入力 (" + .target + ", 先頭 " + .hint + ")")[:250],
     labels: ([$tag] + if $one.contact then ["contact: " + ($one.contact | gsub(","; " "))] else [] end | join(",")),
     description: ($marker + "key=" + ($one.hint | @uri) + " -->\n"
       + (if $one.in_use_ends_local_date then "**期限: " + $one.in_use_ends_local_date + "** (現在のシークレットの有効期限)\n\n" else "" end)
       + $sheet + "\n---\n" + $outro + "\n")}' >"$work/issue.json"
  mine=$(jq -c --arg marker "$marker" 'map(select(.description // "" | startswith($marker))) | first // empty' "$work/open.json")
  if [ -z "$mine" ]; then
    api POST issues "$work/issue.json" | jq -r '"#\(.iid) opened: \(.title)"'
  elif jq -e --slurpfile want "$work/issue.json" '.title != $want[0].title or .description != $want[0].description' <<<"$mine" >/dev/null; then
    jq '{title, description}' "$work/issue.json" >"$work/change.json"
    api PUT "issues/$(jq .iid <<<"$mine")" "$work/change.json" | jq -r '"#\(.iid) brought up to date"'
  fi
done
