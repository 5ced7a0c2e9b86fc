#!/usr/bin/env bash
# See to a Chromium for the tests in a browser.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
. "$here/system_packages.sh"

if "$here/find_chromium.sh" >/dev/null; then
    exit 0
fi
fetch_package_list
if ! install_packages chromium || ! "$here/find_chromium.sh" >/dev/null; then
    echo "Missing, and not to be installed from here: install Chromium or Chrome and run this again." >&2
    exit 1
fi
