#!/usr/bin/env bash
# Make a virtual environment with the pinned versions, and see to a Java for Spark.
#
#   scripts/set_up.sh FOLDER CONSTRAINTS EXTRAS [--own-java]
#
# --own-java: the environment brings its Java along, none of the system's is needed.
set -euo pipefail

folder=$1 constraints=$2 extras=$3 java=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/system_packages.sh"

find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null &&
            "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

java_package() {
    if command -v apt-get >/dev/null; then
        first_known "apt-cache show" openjdk-{17,21,25}-jre-headless
    elif command -v dnf >/dev/null; then
        first_known "dnf -q info" java-{17,21,25}-openjdk-headless
    elif command -v brew >/dev/null; then
        echo openjdk@21
    else
        echo "OpenJDK 17 or newer"
    fi
}

if ! python=$(find_python); then
    echo "Missing: Python 3.11 or newer. Install your system's package for it and run this again." >&2
    exit 1
fi
needs_venv=false needs_java=false
"$python" -c 'import ensurepip, venv' 2>/dev/null || needs_venv=true
[ "$java" = --own-java ] || "$here/find_java.sh" >/dev/null || needs_java=true

if $needs_venv || $needs_java; then
    fetch_package_list
    packages=()
    ! $needs_venv || packages+=("$python-venv")
    ! $needs_java || packages+=("$(java_package)")
    if ! install_packages "${packages[@]}"; then
        echo "Missing, and not to be installed from here: install ${packages[*]} and run this again." >&2
        exit 1
    fi
fi

echo "Installing the pinned versions into $folder (some minutes the first time)"
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install -q --disable-pip-version-check \
    -c "$constraints" -e "$here/..[$extras]"
touch "$folder/.installed"
