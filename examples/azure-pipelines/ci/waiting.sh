#!/usr/bin/env bash
# Shows, for every product that waits for somebody to enter its new secret, the
# sheet that says what to enter where, and lets the run end "with issues", which is
# what a notification can be subscribed to. The secret itself is not in it: whoever
# holds a key opens it with `mailprov secret show`.
set -euo pipefail

status=$AGENT_TEMPDIRECTORY/status.json
sheets=$AGENT_TEMPDIRECTORY/waiting.md

# The state knows who waits; Entra need not be asked.
mailprov status -json -refresh=false >"$status"
jq -r '.waiting[] | select(.kind == "confirmation" and .target != null) | .target' "$status" >"$status.targets"
mapfile -t targets <"$status.targets"
[ "${#targets[@]}" -gt 0 ] || exit 0
for target in "${targets[@]}"; do
  mailprov emit "$target" -format=markdown
  printf '\nAfterwards: run this pipeline by hand with the address and the first three characters of the secret.\n\n'
done >"$sheets"
echo "##vso[task.uploadsummary]$sheets"
echo "##vso[task.logissue type=warning]${#targets[@]} product(s) wait for somebody to enter a new secret: see the Extensions tab"
echo '##vso[task.complete result=SucceededWithIssues;]'
