# need_packages GROUP...: sees to it that the Debian packages of these groups of the list (.packages) are installed.

# A stamp newer than the list and than dpkg's own database proves that nothing changed since the last look; it holds the
# host's name, because a folder can be mounted on another machine.
packages_stamp_holds() {
    local stamp=$root/build/.packages/$1 host=""
    [[ $stamp -nt $root/.packages && $stamp -nt /var/lib/dpkg/status ]] && read -r host <"$stamp" && [[ $host == "$HOSTNAME" ]]
}

packages_of() {
    sed -n "s/^$1: *//p" "$root/.packages"
}

shown() {
    printf '  %s\n' "$*" >&2
    "$@" >&2
}

install_packages() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null || refuse 3 "not root, and there is no sudo; run as root: apt-get install $*"
        apt=(sudo "${apt[@]}")
    fi
    local install=("${apt[@]}" install -y --no-install-recommends "$@")
    say "installing Debian packages:"
    if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
        shown "${apt[@]}" update || refuse 3 "apt-get update failed"
        shown "${install[@]}" && return
    else
        shown "${install[@]}" && return
        say "that failed; once more with fresh package lists:"
        shown "${apt[@]}" update && shown "${install[@]}" && return
    fi
    refuse 3 "the packages could not be installed: $*"
}

need_packages() {
    local group wanted=() missing=() state name tool
    for group in "$@"; do
        packages_stamp_holds "$group" || wanted+=($(packages_of "$group"))
    done
    [[ ${#wanted[@]} == 0 ]] && return
    if ! command -v dpkg-query >/dev/null; then
        for tool in cmake ninja c++; do
            command -v "$tool" >/dev/null ||
                refuse 3 "$tool is missing, and this is not Debian: install the equivalents of ${wanted[*]}"
        done
        return
    fi
    state=$(dpkg-query -W -f '|${db:Status-Status} ${Package}|' "${wanted[@]}" 2>/dev/null || true)
    for name in "${wanted[@]}"; do
        [[ $state == *"|installed $name|"* ]] || missing+=("$name")
    done
    [[ ${#missing[@]} == 0 ]] || install_packages "${missing[@]}"
    mkdir -p "$root/build/.packages"
    for group in "$@"; do printf '%s\n' "$HOSTNAME" >"$root/build/.packages/$group"; done
}
