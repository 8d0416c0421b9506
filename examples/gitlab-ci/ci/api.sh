#!/usr/bin/env bash
# Speaks to GitLab's API as the bot; other scripts source it.
#
# needs: CI_API_V4_URL, CI_PROJECT_ID, MAILPROV_BOT_TOKEN
set -euo pipefail

project=$CI_API_V4_URL/projects/$CI_PROJECT_ID

# api METHOD PATH [FILE]: the answer, as JSON. The token stays out of the arguments
# that other processes can see.
api() {
  local data=()
  [ -z "${3:-}" ] || data=(--header 'Content-Type: application/json' --data-binary "@$3")
  curl --fail-with-body --silent --show-error --proto '=https' --max-time 60 --request "$1" "${data[@]}" \
    --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' "$MAILPROV_BOT_TOKEN") "$project/$2"
}

# pages PATH: all of a list, whose path has a question mark in it already.
pages() {
  local page=1 got
  while :; do
    got=$(api GET "$1&per_page=100&page=$page")
    printf '%s\n' "$got"
    [ "$(jq length <<<"$got")" = 100 ] || break
    page=$((page + 1))
  done | jq -s add
}

# me: the bot's own id, so that nobody else's text is taken for its own.
me() {
  curl --fail-with-body --silent --show-error --proto '=https' --max-time 60 \
    --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' "$MAILPROV_BOT_TOKEN") "$CI_API_V4_URL/user" | jq .id
}
