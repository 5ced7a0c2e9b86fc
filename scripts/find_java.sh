#!/usr/bin/env bash
# Print the JAVA_HOME of a Java that Spark runs on: that of JAVA_HOME, else of PATH, else of the
# usual places. Exit code 1 where there is none.
set -euo pipefail

oldest=17

version_of() {
    "$1" -version 2>&1 | sed -nE 's/.* version "(1\.)?([0-9]+).*/\2/p' | head -n 1
}

for java in \
    "${JAVA_HOME:-/nonexistent}/bin/java" \
    "$(command -v java || true)" \
    /usr/lib/jvm/*/bin/java \
    /opt/homebrew/opt/openjdk*/bin/java \
    /usr/local/opt/openjdk*/bin/java; do
    [ -x "$java" ] || continue
    version=$(version_of "$java")
    if [ "${version:-0}" -ge "$oldest" ]; then
        dirname "$(dirname "$(readlink -f "$java")")"
        exit 0
    fi
done
exit 1
