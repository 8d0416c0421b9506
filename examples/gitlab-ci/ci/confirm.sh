#!/usr/bin/env bash
# Takes every closed issue about a new secret as somebody's word that the product
# has it, once: then the issue gets another label. One that cannot be taken so is
# opened again with the reason.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/api.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
decode() { printf '%b' "${1//%/\\x}"; }

pages "issues?state=closed&scope=all&labels=mailprov-waiting" |
  jq -c --argjson me "$(me)" '.[] | select(.author.id == $me)' >"$work/closed"
mapfile -t closed <"$work/closed"
failed=0
for one in "${closed[@]}"; do
  iid=$(jq .iid <<<"$one")
  by=$(jq -r '"@" + (.closed_by.username // "unknown")' <<<"$one")
  found=$(jq -r '.description // ""' <<<"$one" | sed -n '1s/^<!-- mailprov-waiting \([^ ]*\) key=\([^ ]*\) -->.*$/\1 \2/p')
  address=$(decode "${found% *}")
  key=$(decode "${found#* }")
  status=0
  case $address in
    mail_target.* | module.*)
      mailprov confirm "$address" -key="$key" -by="$by" -lock-timeout=10m -no-color >"$work/said" 2>&1 || status=$? ;;
    *) status=1; echo 'The first line of the issue was changed: it does not say what it is about.' >"$work/said" ;;
  esac
  cat "$work/said"
  # Indented, each line is code: nothing in it can become markup or a mention.
  jq -n --arg said "$(tail -c 30000 "$work/said" | sed 's/^/    /')" '{body: $said}' >"$work/note.json"
  api POST "issues/$iid/notes" "$work/note.json" >/dev/null
  if [ "$status" = 0 ]; then
    echo '{"add_labels": "mailprov-confirmed", "remove_labels": "mailprov-waiting"}' >"$work/change.json"
  else
    failed=1
    echo '{"state_event": "reopen"}' >"$work/change.json"
  fi
  api PUT "issues/$iid" "$work/change.json" >/dev/null
done
exit "$failed"
