#!/usr/bin/env bash
# Runs the long forms of tests, whose number of calls or time is cut down in the default run. With a filter ("Flood") only those.
# Failover needs PostgreSQL's programs; tests/cluster/failover.sh runs it against a newer build.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PERSONALIZATION_LONG_TESTS=1
filter=""
for name in ${1:-MutationFuzz ImportFuzz FloodTests Failover}; do
    filter+="${filter:+|}FullyQualifiedName~$name"
done
exec dotnet test tests --filter "$filter" --logger "console;verbosity=detailed" "${@:2}"
