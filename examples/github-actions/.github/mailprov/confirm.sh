#!/usr/bin/env bash
# Tells mailprov that a product has its new secret: the one that a closed issue
# was about, or the one named by hand. An issue that cannot be taken as a
# confirmation is opened again with the reason.
#
# needs: ISSUE and BODY, or ADDRESS and KEY; BY; GH_TOKEN with issues: write
set -euo pipefail

repo=repos/$GITHUB_REPOSITORY
said=$RUNNER_TEMP/confirm.txt

if [ -n "$ISSUE" ]; then
  found=$(sed -n '1s/^<!-- mailprov-waiting \([^ ]*\) key=\([^ ]*\) -->.*$/\1 \2/p' <<<"$BODY")
  decode() { printf '%b' "${1//%/\\x}"; }
  ADDRESS=$(decode "${found% *}")
  KEY=$(decode "${found#* }")
fi

status=0
case $ADDRESS in
  mail_target.* | client_secret.* | module.*)
    mailprov confirm "$ADDRESS" -key="$KEY" -by="$BY" -lock-timeout=10m -no-color >"$said" 2>&1 || status=$? ;;
  *)
    status=1
    echo 'This names neither a mail_target nor a client_secret. In an issue the first line says what it is about; it was changed.' >"$said" ;;
esac
cat "$said"
[ -n "$ISSUE" ] || exit "$status"

# Indented, each line is code: nothing in it can become markup or a mention.
jq -n --arg said "$(tail -c 30000 "$said" | sed 's/^/    /')" '{body: $said}' >"$RUNNER_TEMP/said.json"
gh api --method POST "$repo/issues/$ISSUE/comments" --input "$RUNNER_TEMP/said.json" >/dev/null
if [ "$status" != 0 ]; then
  echo '{"state": "open"}' >"$RUNNER_TEMP/open.json"
  gh api --method PATCH "$repo/issues/$ISSUE" --input "$RUNNER_TEMP/open.json" >/dev/null
fi
exit "$status"
