#!/bin/sh
# Starts the program of the same name with the libraries that came with it. They are in lib/ beside this file, or,
# for the hookspool.fcgi in the web space, in the folder hookspool/ of one of the directories above it.
name=${0##*/}
here=${0%/*}
[ "$here" != "$0" ] || here=.
if [ -L "$0" ]; then
  here=$(dirname "$(readlink -f "$0")")
fi
here=$(cd "$here" && pwd)

bundle=$here
while [ ! -e "$bundle/lib/run/$name" ]; do
  if [ -z "$here" ]; then
    echo "$name: error: the folder hookspool is neither beside $0 nor in a directory above it; upload it there" >&2
    exit 78
  fi
  bundle=$here/hookspool
  here=${here%/*}
  # On a host with many accounts a folder of that name can be somebody else's.
  if [ -O "$0" ] && [ ! -O "$bundle" ]; then
    bundle=/nonexistent
  fi
done

# Where nobody can run `hookspoolctl init` the configuration is uploaded into the folder.
if [ -z "${HOOKSPOOL_CONFIG-}" ] && [ -e "$bundle/hookspool.toml" ]; then
  export HOOKSPOOL_CONFIG="$bundle/hookspool.toml"
fi

# lib/run/ has the dynamic loader under the name of each program, which `ps` and `top` show.
exec "$bundle/lib/run/$name" --argv0 "$name" --library-path "$bundle/lib" "$bundle/lib/$name" "$@"
