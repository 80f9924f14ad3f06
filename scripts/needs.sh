# shellcheck shell=bash disable=SC2034
# Sourced by scripts/setup: whether this machine has what a need of scripts/needs.txt names. Looks where the build, the scripts
# and the tests will: programs as scripts/debian-first.sh orders them, libraries in Debian's folders alone, as
# cmake/DebianFirst.cmake tells CMake and the compiler.
#
#   need_met NEED    0 where it is met; else 1, and $need_lacks says what is not there
#
# Everything is looked for below FAULTLINE_SETUP_ROOT, which only tests set.

need_root=${FAULTLINE_SETUP_ROOT:-}
need_lacks=''

case $HOSTTYPE in
  i?86) need_multiarch=i386-linux-gnu ;;
  arm*) need_multiarch=arm-linux-gnueabihf ;;
  *) need_multiarch=$HOSTTYPE-linux-gnu ;;
esac

need_met() {
  local alternative each met alternatives=() all=() lacks=()
  IFS='|' read -ra alternatives <<<"$1"
  for alternative in "${alternatives[@]}"; do
    met=1
    IFS=',' read -ra all <<<"$alternative"
    for each in "${all[@]}"; do
      "need_${each%%:*}" "${each#*:}" || { met=0; break; }
    done
    [ $met = 0 ] || return 0
    lacks+=("$need_lacks")
  done
  need_lacks=$(printf '; %s' "${lacks[@]}")
  need_lacks=${need_lacks:2}
  return 1
}

need_command() {
  local name=${1%%>=*} version='' wanted='' folder program says
  case $1 in *'>='*) wanted=${1#*>=} ;; esac
  for folder in /usr/sbin /usr/bin /sbin /bin /usr/local/sbin /usr/local/bin; do
    case $name in /*) program=$need_root$name ;; *) program=$need_root$folder/$name ;; esac
    if [ ! -f "$program" ] || [ ! -x "$program" ]; then continue; fi
    # Debian's own is believed, unless its version matters; another has to run.
    if [ -n "$wanted" ] || [[ $program == "$need_root"/usr/local/* ]]; then
      says=$("$program" --version 2>&1 </dev/null) || { need_lacks="$program does not run"; return 1; }
    fi
    [ -n "$wanted" ] || return 0
    [[ $says =~ [0-9]+\.[0-9.]*[0-9] ]] && version=${BASH_REMATCH[0]}
    if printf '%s\n%s\n' "$wanted" "${version:-0}" | sort --check=quiet --version-sort; then return 0; fi
    need_lacks="$program is ${version:-of no version}, too old: $wanted"
    return 1
  done
  need_lacks="no $name"
  return 1
}

# need_there WORDS PATTERN...: one of the files is there and not empty.
need_there() {
  local words=$1 file
  shift
  for file in "$@"; do
    if [ -s "$file" ]; then return 0; fi
  done
  need_lacks="no $words"
  return 1
}

need_header() { need_there "$1" "$need_root/usr/include/$need_multiarch/$1" "$need_root/usr/include/$1"; }
need_library() { need_there "$1" "$need_root/usr/lib/$need_multiarch/$1" "$need_root/usr/lib/$1"; }
need_pkgconfig() {
  need_there "$1.pc" "$need_root"/usr/{lib/"$need_multiarch",lib,share}/pkgconfig/"$1.pc"
}
# shellcheck disable=SC2086  # a pattern
need_file() { need_there "$1" "$need_root"$1; }

# What CMake itself would refuse: no configuration, or a target's file that is not there.
need_cmake() {
  local config folder file named configs=()
  for config in "$need_root"/usr/{lib/"$need_multiarch",lib,share}/cmake/*/{"$1Config","${1,,}-config"}.cmake; do
    if [ -s "$config" ]; then configs+=("$config"); fi
  done
  [ ${#configs[@]} -gt 0 ] || { need_lacks="no CMake package $1"; return 1; }
  folder=${configs[0]%/*}
  # shellcheck disable=SC2016  # CMake's variable
  named=$(grep -ohE '\$\{_IMPORT_PREFIX\}/[^";$]+' "$folder"/*.cmake | sed 's,^[^/]*/,,' | sort -u)
  while read -r file; do
    if [ ! -e "$need_root/usr/$file" ]; then
      need_lacks="/usr/$file is not there, which ${folder#"$need_root"} names"
      return 1
    fi
  done <<<"$named"
}

# A module that has a source: a folder that only has its name is none.
need_python() {
  env -u PYTHONPATH -u PYTHONHOME "$need_root/usr/bin/python3" -c 'import importlib.util, sys
found = importlib.util.find_spec(sys.argv[1])
sys.exit(not (found and found.origin))' "$1" >/dev/null 2>&1 && return 0
  need_lacks="no module $1 of /usr/bin/python3"
  return 1
}
