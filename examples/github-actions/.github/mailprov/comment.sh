#!/usr/bin/env bash
# Writes the plan into the one comment that a pull request has for it: made the
# first time, replaced after every push. A plan that failed replaces it too, so
# that nothing is approved by a text that is no longer true.
#
# needs: PR, HEAD_SHA, DIGEST (empty where there is none), GH_TOKEN
#        the files plan.md and plan.err in RUNNER_TEMP
set -euo pipefail

repo=repos/$GITHUB_REPOSITORY
marker='<!-- mailprov-plan -->'

# What reviewed.sh reads again: which commit was planned, and with what result.
about="<!-- mailprov-plan-of head=$HEAD_SHA digest=${DIGEST:-none} -->"
{
  printf '%s\n%s\n' "$marker" "$about"
  if [ -s "$RUNNER_TEMP/plan.md" ]; then
    cat "$RUNNER_TEMP/plan.md" # also where the plan failed: then it says why
  else
    printf '## mailprov plan: failed\n\n'
    # Indented, each line is code: nothing in it can become markup or a mention.
    tail -c 30000 "$RUNNER_TEMP/plan.err" | sed 's/^/    /'
  fi
} >"$RUNNER_TEMP/comment.md"

id=$(gh api --paginate "$repo/issues/$PR/comments?per_page=100" |
  jq -rs --arg marker "$marker" '
    add // [] | map(select(.user.login == "github-actions[bot]" and (.body | startswith($marker)))) | first.id // empty')
jq -n --rawfile body "$RUNNER_TEMP/comment.md" '{$body}' >"$RUNNER_TEMP/comment.json"
if [ -n "$id" ]; then
  gh api --method PATCH "$repo/issues/comments/$id" --input "$RUNNER_TEMP/comment.json" >/dev/null
else
  gh api --method POST "$repo/issues/$PR/comments" --input "$RUNNER_TEMP/comment.json" >/dev/null
fi
