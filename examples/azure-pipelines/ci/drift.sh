#!/usr/bin/env bash
# Is everything in Entra as it was applied, and does any secret need attention?
# What is found lets the run end "with issues", which is what a notification can be
# subscribed to. Nothing is changed.
#
# 0: nothing, 2: something, anything else: it could not be found out, which fails
# the job.
set -euo pipefail

found=$AGENT_TEMPDIRECTORY/found.md
: >"$found"

look() {
  local status=0 said=$AGENT_TEMPDIRECTORY/said.txt
  mailprov "$@" -no-color >"$said" 2> >(sed 's/##/# #/g' >&2) || status=$?
  sed -i 's/##/# #/g' "$said" # never a command of the agent
  cat "$said"
  case $status in
    0) ;;
    # Indented, each line is code: nothing in it can become markup.
    2) { printf '    $ mailprov %s\n    \n' "$*"; sed 's/^/    /' "$said"; printf '    \n'; } >>"$found" ;;
    *) exit "$status" ;;
  esac
}
look drift
look status -check

[ -s "$found" ] || exit 0
echo "##vso[task.uploadsummary]$found"
echo '##vso[task.logissue type=warning]Something needs attention: see the Extensions tab'
echo '##vso[task.complete result=SucceededWithIssues;]'
