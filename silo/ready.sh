#!/usr/bin/env bash
# Whether the silo in this container can serve: exit code 0 when GET /health/ready answers 200. The image has no curl.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${1:-5080}"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
