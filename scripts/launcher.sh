#!/bin/sh
# Starts the program of the same name with the libraries that came with it, which are in lib/ beside this file. In
# the web space the program is hookspool.fcgi under whatever name the host wants for it (hookspool.cgi), and the folder
# is the one that the file hookspool.folder beside it names, or hookspool/ in one of the directories above or at home.
name=${0##*/}
case $name in
  *.cgi | *.fcgi) name=hookspool.fcgi ;;
esac
here=${0%/*}
[ "$here" != "$0" ] || here=.
if [ -L "$0" ]; then
  here=$(dirname "$(readlink -f "$0")")
fi
here=$(cd "$here" && pwd)

# Whether that is the folder. On a host with many accounts one of that name can be somebody else's.
found() {
  [ -e "$1/lib/run/$name" ] && { [ ! -O "$0" ] || [ -O "$1" ]; } && bundle=$1
}

find_above() {
  above=$here
  while ! found "$above/hookspool"; do
    [ -n "$above" ] || return 1
    above=${above%/*}
  done
}

# suexec leaves no $HOME.
find_at_home() {
  found "${HOME:-$(getent passwd "$(id -u)" | cut -d : -f 6)}/hookspool"
}

if [ -e "$here/lib/run/$name" ]; then
  bundle=$here
elif [ -e "$here/hookspool.folder" ]; then
  read -r folder <"$here/hookspool.folder" || true
  # A line that was written on Windows.
  folder=${folder%"$(printf '\r')"}
  found "$folder" || {
    echo "$name: error: $here/hookspool.folder names $folder, which is not the folder hookspool of your own" >&2
    exit 78
  }
elif ! find_above && ! find_at_home; then
  echo "$name: error: the folder hookspool is neither beside $0, nor in a directory above it, nor at home; upload it" \
    "there, or name it in the file $here/hookspool.folder" >&2
  exit 78
fi

# Where nobody can run `hookspoolctl init` the configuration is uploaded into the folder.
if [ -z "${HOOKSPOOL_CONFIG-}" ] && [ -e "$bundle/hookspool.toml" ]; then
  export HOOKSPOOL_CONFIG="$bundle/hookspool.toml"
fi

# lib/run/ has the dynamic loader under the name of each program, which `ps` and `top` show.
exec "$bundle/lib/run/$name" --argv0 "$name" --library-path "$bundle/lib" "$bundle/lib/$name" "$@"
