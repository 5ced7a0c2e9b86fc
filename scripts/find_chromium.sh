#!/usr/bin/env bash
# Print the path of a Chromium or Chrome. Exit code 1 where there is none.
set -euo pipefail

for browser in chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    /Applications/Chromium.app/Contents/MacOS/Chromium; do
    if command -v "$browser"; then
        exit 0
    fi
done
exit 1
