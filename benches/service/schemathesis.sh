#!/bin/sh
# Do the routes keep what their OpenAPI document says, whatever they are sent?
#
#   pip install schemathesis
#   cargo build --release -p griot-cli
#   benches/service/schemathesis.sh target/release/griot
#
# Starts a server of its own; further arguments go to schemathesis. The exit status
# is that of schemathesis: 0 if it found nothing.
set -eu
griot=$(realpath "${1:?usage: schemathesis.sh GRIOT [OPTION...]}")
shift
config=$(realpath "$(dirname "$0")/schemathesis.toml")
# Schemathesis leaves files where it runs.
work=$(mktemp -d)
cd "$work"
log=$work/log
"$griot" serve --addr 127.0.0.1:0 2>"$log" &
server=$!
trap 'kill "$server"; rm -rf "$work"' EXIT
until grep -q 'http://' "$log"; do
    kill -0 "$server" || { cat "$log" >&2; exit 2; }
    sleep 0.1
done
address=$(sed -n 's/.*\(http:\/\/[0-9.:]*\).*/\1/p' "$log" | head -n 1)
schemathesis --config-file "$config" run "$address/openapi.json" "$@"
