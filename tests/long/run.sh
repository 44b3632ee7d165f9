#!/usr/bin/env bash
# Runs the long forms of tests: those whose number of calls or time is cut down in the default run.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PERSONALIZATION_LONG_TESTS=1
exec dotnet test tests --filter "FullyQualifiedName~MutationFuzz" --logger "console;verbosity=detailed" "$@"
