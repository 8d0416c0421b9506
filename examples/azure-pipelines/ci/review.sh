#!/usr/bin/env bash
# Plans a pull request and writes the plan into its one thread: made the first time,
# replaced after every push. A plan that failed replaces it too, so that nothing is
# approved by a text that is no longer true.
#
# needs: SYSTEM_ACCESSTOKEN and what Azure Pipelines sets for a pull request
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
marker='<!-- mailprov-plan -->'
threads=$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECTID/_apis/git/repositories/$BUILD_REPOSITORY_ID/pullRequests/$SYSTEM_PULLREQUEST_PULLREQUESTID/threads
version=api-version=7.1

# api METHOD URL [FILE]: the answer, as JSON. The token stays out of the arguments
# that other processes can see.
api() {
  local data=()
  [ -z "${3:-}" ] || data=(--header 'Content-Type: application/json' --data-binary "@$3")
  curl --fail-with-body --silent --show-error --proto '=https' --max-time 60 --request "$1" "${data[@]}" \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$SYSTEM_ACCESSTOKEN") "$2"
}

status=0
mailprov plan -format=markdown -rotate=none -consent=skip -input=false -no-color >"$work/plan.md" 2>"$work/plan.err" || status=$?
sed 's/##/# #/g' "$work/plan.err" >&2 # never a command of the agent
{
  printf '%s\n' "$marker"
  if [ -s "$work/plan.md" ]; then
    cat "$work/plan.md" # also where the plan failed: then it says why
  else
    printf '## mailprov plan: failed\n\n'
    # Indented, each line is code: nothing in it can become markup or a mention.
    tail -c 30000 "$work/plan.err" | sed 's/^/    /'
  fi
} >"$work/comment.md"

# The thread that begins with the marker, written by whoever this job's token is.
me=$(api GET "${SYSTEM_COLLECTIONURI}_apis/connectionData?$version-preview" | jq -r .authenticatedUser.id)
found=$(api GET "$threads?$version" | jq -r --arg marker "$marker" --arg me "$me" '
  .value | map(.id as $thread | .comments[0] | select(. != null and .author.id == $me and (.content // "" | startswith($marker)))
    | "\($thread) \(.id)") | first // empty')
if [ -n "$found" ]; then
  jq -n --rawfile content "$work/comment.md" '{$content}' >"$work/comment.json"
  api PATCH "$threads/${found% *}/comments/${found#* }?$version" "$work/comment.json" >/dev/null
else
  jq -n --rawfile content "$work/comment.md" '{comments: [{parentCommentId: 0, commentType: "text", $content}], status: "closed"}' >"$work/thread.json"
  api POST "$threads?$version" "$work/thread.json" >/dev/null
fi
exit "$status"
