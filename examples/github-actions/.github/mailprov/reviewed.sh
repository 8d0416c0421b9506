#!/usr/bin/env bash
# Finds the digest that was reviewed: in the comment of the pull request whose
# merge made this commit. The comment must be the pipeline's own, and about the
# very commit that was merged: a push whose plan nobody saw has none.
#
# needs: GH_TOKEN, GITHUB_SHA; GIVEN is a digest that a person gave instead
set -euo pipefail

if [ -n "$GIVEN" ]; then
  [[ $GIVEN =~ ^[A-Za-z0-9:_-]+$ ]] || { echo '::error::This is no digest.'; exit 1; }
  echo "digest=$GIVEN" >>"$GITHUB_OUTPUT"
  echo "The digest was given by $GITHUB_ACTOR." | tee -a "$GITHUB_STEP_SUMMARY"
  exit
fi

stop() {
  echo "::error title=Nothing was applied::$1"
  printf '%s\n\nThe plan of this commit is in this run. Read it, then run the workflow by hand with its digest.\n' "$1" >>"$GITHUB_STEP_SUMMARY"
  exit 1
}

repo=repos/$GITHUB_REPOSITORY
for pause in 5 5 0; do # GitHub may know of the merge a little later than of the push
  pull=$(gh api --paginate "$repo/commits/$GITHUB_SHA/pulls?per_page=100" |
    jq -cs --arg sha "$GITHUB_SHA" 'add // [] | map(select(.merged_at != null and .merge_commit_sha == $sha)) | first // empty')
  [ -z "$pull" ] || break
  sleep "$pause"
done
[ -n "$pull" ] || stop 'No pull request was merged as this commit, so nobody has reviewed its plan.'
number=$(jq -r .number <<<"$pull")
head=$(jq -r .head.sha <<<"$pull")

found=$(gh api --paginate "$repo/issues/$number/comments?per_page=100" |
  jq -rs 'add // [] | map(select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- mailprov-plan -->")))) | first.body // empty' |
  sed -n '2s/^<!-- mailprov-plan-of head=\([0-9a-f]\{40,64\}\) digest=\([A-Za-z0-9:_-]*\) -->.*$/\1 \2/p')
[ -n "$found" ] || stop "Pull request #$number has no plan of this pipeline's own."
[ "${found% *}" = "$head" ] || stop "The plan on pull request #$number is not of the commit that was merged."
digest=${found#* }
[ "$digest" != none ] || stop "The plan on pull request #$number failed, or did not see everything: it has no digest."

echo "digest=$digest" >>"$GITHUB_OUTPUT"
echo "Reviewed in #$number: $digest" | tee -a "$GITHUB_STEP_SUMMARY"
