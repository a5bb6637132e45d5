# Building: `build PRESET TARGET...` configures where needed and runs ninja, quietly; `build_program` is what every command
# of the program calls first, and `program_is_fresh` lets it skip even that.

# Everything the program is made from is older than its last build. Change times, because nobody can set them back; a new
# or deleted file shows in its folder; a commit shows in git's log of HEAD, for the commit is part of the program.
program_is_fresh() {
    local stamp=$root/build/release/.built parts=(CMakeLists.txt CMakePresets.json .cmake system simulator clients reports)
    [[ -f $stamp && -x $root/build/release/bin/matinee ]] || return 1
    [[ -f $root/.git/logs/HEAD ]] && parts+=(.git/logs/HEAD)
    [[ -z $(find "${parts[@]/#/$root/}" -cnewer "$stamp" -print -quit) ]]
}

build_program() {
    mkdir -p "$root/build/release"
    touch "$root/build/release/.building"  # what is edited while the build runs counts as newer
    build release all
    mv "$root/build/release/.building" "$root/build/release/.built"
}

# Writes ninja's output to a log and, for a person who waits, the edge it is at.
watch_build() {
    local line preset=$1 shown=no
    while IFS= read -r line; do
        printf '%s\n' "$line"
        [[ $line == \[* ]] || continue
        if [[ -t 2 && ${TERM-} != dumb ]]; then
            line="matinee: building $preset ${line%%]*}] ${line##*.dir/}"
            printf '\r\033[K%s' "${line:0:79}" >&2
        elif [[ $shown == no ]]; then
            say "building $preset (the first time takes some minutes)"
        fi
        shown=yes
    done
    if [[ $shown == yes && -t 2 && ${TERM-} != dumb ]]; then printf '\r\033[K' >&2; fi
}

# What a preset was configured with still holds: the presets, the installed packages, and the folder's own place.
is_configured() {
    local dir=$1 stamp
    [[ -f $dir/build.ninja && ! $root/CMakePresets.json -nt $dir/build.ninja ]] || return 1
    for stamp in "$root"/build/.packages/*; do
        [[ ! $stamp -nt $dir/build.ninja ]] || return 1
    done
}

configure() {
    local preset=$1 dir=$root/build/$1 fresh=() home=""
    if [[ -f $dir/CMakeCache.txt ]]; then
        home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$dir/CMakeCache.txt")
        [[ $home == "$root" ]] || fresh=(--fresh)
    fi
    if [[ ${#fresh[@]} == 0 ]] && is_configured "$dir"; then return; fi
    if ! (cd "$root" && cmake "${fresh[@]}" --preset "$preset") >"$dir/configure.log" 2>&1; then
        cat "$dir/configure.log" >&2
        refuse 1 "cmake could not configure preset $preset (log: $dir/configure.log)"
    fi
    touch "$dir/build.ninja"
}

build() {
    local preset=$1 dir=$root/build/$1 started=$SECONDS
    shift
    mkdir -p "$dir"
    exec 9>"$dir/.lock"
    flock 9  # two commands at once must not both run ninja
    configure "$preset"
    if ! NINJA_STATUS='[%f/%t] ' ninja -C "$dir" "$@" 9>&- 2>&1 | watch_build "$preset" >"$dir/build.log"; then
        sed -n '/^FAILED/,$ { /^\[[0-9]*\/[0-9]*\] /d; p }' "$dir/build.log" >&2
        grep -q '^FAILED' "$dir/build.log" || cat "$dir/build.log" >&2
        refuse 1 "the build of preset $preset failed (log: $dir/build.log)"
    fi
    exec 9>&-
    if (( SECONDS - started >= 10 )); then say "built $preset in $((SECONDS - started)) s"; fi
}
