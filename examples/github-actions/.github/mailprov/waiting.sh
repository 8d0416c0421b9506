#!/usr/bin/env bash
# Keeps one open issue for every product that waits for somebody to enter its
# new secret, with the sheet that says what to enter where. Run as often as you
# like: what is open already is brought up to date, and what no longer waits is
# closed. The secret itself is not in it: whoever holds a key opens it with
# `mailprov secret show`.
#
# needs: GH_TOKEN with issues: write, and what mailprov needs to read its state
set -euo pipefail

repo=repos/$GITHUB_REPOSITORY
label=mailprov-waiting
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The state knows who waits; Entra need not be asked.
mailprov status -json -refresh=false >"$work/status.json"
jq -c '.waiting[] | select(.kind == "confirmation" and .target != null)' "$work/status.json" >"$work/waiting"
gh api --paginate "$repo/issues?state=open&labels=$label&per_page=100" |
  jq -s 'add // [] | map(select(.user.login == "github-actions[bot]" and .pull_request == null)) | sort_by(.number)' >"$work/open.json"

# The first line of an issue says what it is for. Addresses are written as in a
# URL, so that whatever is in one stays within the comment.
marker() { jq -r '"<!-- mailprov-waiting \(.target | @uri) "' <<<"$1"; }

mapfile -t waiting <"$work/waiting"
for one in "${waiting[@]}"; do
  target=$(jq -r .target <<<"$one")
  mailprov emit "$target" -format=markdown >"$work/sheet.md"
  jq -n --argjson one "$one" --arg tag "$label" --arg marker "$(marker "$one")" --rawfile sheet "$work/sheet.md" \
    --arg outro 'テストメールが届いたら、この issue を Close as completed で閉じてください。閉じた人の名前で `mailprov confirm` が実行され、古いシークレットは後日削除されます。製品が受け付けない場合は閉じずに情シスへ (`mailprov confirm -reject`)。' '
    ($one | .title + ": 新しいシークレットの入力 (" + .target + ", 先頭 " + .hint + ")") as $title
    | {title: $title[:250],
       labels: ([$tag] + if $one.contact then ["contact: " + $one.contact | .[:50]] else [] end),
       body: ($marker + "key=" + ($one.hint | @uri) + " -->\n"
         + (if $one.in_use_ends_local_date then "**期限: " + $one.in_use_ends_local_date + "** (現在のシークレットの有効期限)\n\n" else "" end)
         + $sheet + "\n---\n" + $outro + "\n")}' >"$work/issue.json"

  # Of several for the same product, made by hand or by chance, the oldest stays.
  mine=$(jq -c --arg marker "$(marker "$one")" 'map(select(.body // "" | startswith($marker)))' "$work/open.json")
  number=$(jq -r 'first.number // empty' <<<"$mine")
  if [ -z "$number" ]; then
    number=$(gh api --method POST "$repo/issues" --input "$work/issue.json" | jq -r .number)
    echo "#$number opened: $(jq -r .title "$work/issue.json")"
    # Who is assigned stands in contacts.json. GitHub passes over whom it does not know.
    jq --argjson one "$one" '{assignees: (.[$one.contact // ""] // [])}' "$here/contacts.json" >"$work/assignees.json"
    if jq -e '.assignees != []' "$work/assignees.json" >/dev/null; then
      gh api --method POST "$repo/issues/$number/assignees" --input "$work/assignees.json" >/dev/null
    fi
  elif jq -e --slurpfile want "$work/issue.json" 'first | .title != $want[0].title or .body != $want[0].body' <<<"$mine" >/dev/null; then
    jq '{title, body}' "$work/issue.json" >"$work/change.json"
    gh api --method PATCH "$repo/issues/$number" --input "$work/change.json" >/dev/null
    echo "#$number brought up to date"
  fi
  jq --argjson kept "$number" --argjson mine "$mine" '. - ($mine | map(select(.number == $kept)))' "$work/open.json" >"$work/rest.json"
  mv "$work/rest.json" "$work/open.json"
done

# What is left waits no more: it was confirmed or rejected at a terminal.
for number in $(jq -r '.[].number' "$work/open.json"); do
  jq -n '{body: "入力待ちではなくなりました (確認済み、または取り消し済み)。"}' >"$work/comment.json"
  gh api --method POST "$repo/issues/$number/comments" --input "$work/comment.json" >/dev/null
  jq -n '{state: "closed", state_reason: "not_planned"}' >"$work/change.json"
  gh api --method PATCH "$repo/issues/$number" --input "$work/change.json" >/dev/null
  echo "#$number closed: nothing waits there any more"
done
