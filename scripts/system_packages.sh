# Installing with the system's package manager; the other scripts source this.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

# What is to be asked before the names of packages are looked up.
fetch_package_list() {
    if command -v apt-get >/dev/null; then
        echo "Fetching the list of packages (apt-get update)"
        as_root apt-get update -q >/dev/null || true
    fi
}

# The first of the packages that "COMMAND... PACKAGE" knows, else the first.
first_known() {
    local ask=$1
    shift
    for package in "$@"; do
        if $ask "$package" >/dev/null 2>&1; then
            echo "$package"
            return
        fi
    done
    echo "$1"
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
