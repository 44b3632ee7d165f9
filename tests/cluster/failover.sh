#!/usr/bin/env bash
# Starts three silos and PostgreSQL on loopback, drives load through all three, kills one, adds one, and restarts one as a
# newer build. Prints what callers noticed. Needs PostgreSQL's programs.
set -euo pipefail
cd "$(dirname "$0")/../.."
newer=$(mktemp -d)
trap 'rm -rf "$newer"' EXIT
dotnet publish silo -c Debug -p:Version=99.0.0 -o "$newer" --nologo -v q
PERSONALIZATION_LONG_TESTS=1 PERSONALIZATION_NEWER_SILO=$newer dotnet test tests --filter FullyQualifiedName~Failover --logger "console;verbosity=detailed"
