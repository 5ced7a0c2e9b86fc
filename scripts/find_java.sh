#!/usr/bin/env bash
# Print the JAVA_HOME of a Java that Spark runs on: that of JAVA_HOME, else of PATH, else of the
# usual places. Exit code 1 where there is none.
set -euo pipefail

oldest=17

# Two lines, "version 17" and "home /usr/lib/jvm/java-17", as this java tells them; nothing where
# it does not run.
ask() {
    { "$1" -XshowSettings:properties -version 2>&1 || true; } | sed -nE \
        -e 's/^ *java\.specification\.version = (1\.)?([0-9]+).*/version \2/p' \
        -e 's/^ *java\.home = (.*)/home \1/p'
}

for java in \
    "${JAVA_HOME:-/nonexistent}/bin/java" \
    "$(command -v java || true)" \
    /usr/lib/jvm/*/bin/java \
    /opt/homebrew/opt/openjdk*/bin/java \
    /usr/local/opt/openjdk*/bin/java; do
    [ -x "$java" ] || continue
    told=$(ask "$java")
    version=$(sed -n 's/^version //p' <<<"$told")
    if [ "${version:-0}" -ge "$oldest" ]; then
        sed -n 's/^home //p' <<<"$told"
        exit 0
    fi
done
exit 1
