#!/usr/bin/env bash
# Plans a merge request and writes the plan into its one note: made the first time,
# replaced after every push. A plan that failed replaces it too, so that nothing is
# approved by a text that is no longer true.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/api.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
marker='<!-- mailprov-plan -->'

status=0
mailprov plan -format=markdown -rotate=none -consent=skip -input=false -no-color >"$work/plan.md" 2>"$work/plan.err" || status=$?
cat "$work/plan.err" >&2
{
  printf '%s\n' "$marker"
  if [ -s "$work/plan.md" ]; then
    cat "$work/plan.md" # also where the plan failed: then it says why
  else
    printf '## mailprov plan: failed\n\n'
    # Indented, each line is code: nothing in it can become markup or a mention.
    tail -c 30000 "$work/plan.err" | sed 's/^/    /'
  fi
} >"$work/note.md"

notes=merge_requests/$CI_MERGE_REQUEST_IID/notes
id=$(pages "$notes?sort=asc" | jq --arg marker "$marker" --argjson me "$(me)" \
  'map(select(.author.id == $me and (.body | startswith($marker)))) | first.id // empty')
jq -n --rawfile body "$work/note.md" '{$body}' >"$work/note.json"
if [ -n "$id" ]; then
  api PUT "$notes/$id" "$work/note.json" >/dev/null
else
  api POST "$notes" "$work/note.json" >/dev/null
fi
exit "$status"
