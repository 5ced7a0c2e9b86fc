#!/usr/bin/env bash
# Make a virtual environment with the pinned versions, and see to a Java for Spark.
#
#   scripts/set_up.sh FOLDER CONSTRAINTS EXTRAS [--own-java]
#
# --own-java: the environment brings its Java along, none of the system's is needed.
set -euo pipefail

folder=$1 constraints=$2 extras=$3 java=${4:-}
here=$(dirname "$0")

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null &&
            "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "Python 3.11 or newer is needed: install the package python3 of your system." >&2
    exit 1
}

# The first of the packages that the system's package manager offers.
first_offered() {
    for package in "$@"; do
        if { command -v apt-cache && apt-cache show "$package" ||
            command -v dnf && dnf -q info "$package"; } >/dev/null 2>&1; then
            echo "$package"
            return
        fi
    done
    echo "$1"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

install_packages() {
    echo "Installing with the system's package manager: $*"
    if command -v apt-get >/dev/null; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@"
    elif command -v dnf >/dev/null; then
        as_root dnf install -y -q "$@"
    elif command -v brew >/dev/null; then
        brew install -q "$@"
    else
        return 1
    fi
}

python=$(find_python)
missing=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=("python3-venv")
if [ "$java" != --own-java ] && ! "$here/find_java.sh" >/dev/null; then
    if command -v apt-get >/dev/null; then
        [ "$(id -u)" -ne 0 ] || apt-get update -q >/dev/null || true
        missing+=("$(first_offered openjdk-17-jre-headless openjdk-21-jre-headless)")
    elif command -v dnf >/dev/null; then
        missing+=("$(first_offered java-17-openjdk-headless java-21-openjdk-headless)")
    else
        missing+=("openjdk@21")
    fi
fi
if [ ${#missing[@]} -gt 0 ] && ! install_packages "${missing[@]}"; then
    echo "Missing, and not to be installed from here: install ${missing[*]} and run this again." >&2
    exit 1
fi

echo "Installing the pinned versions into $folder (some minutes the first time)"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install -q --disable-pip-version-check \
    -c "$constraints" -e "$here/..[$extras]"
touch "$folder/.installed"
