# ./matinee verify-digest [FILE...]: one digest for any thread count, compiler and optimisation level.
need_packages build clang
presets=(release clang debug)
declare -A what=([release]="g++ -O3" [clang]="clang++ -O3" [debug]="g++ -O0")
say "builds the program in the presets ${presets[*]} where they are stale"
build_program
for preset in clang debug; do build "$preset" matinee; done

# Each world small enough for -O0, together all that a scenario can have: arguments of `matinee run`. Likewise the labs.
worlds=("$@")
labs=()
if [[ $# -eq 0 ]]; then
    mapfile -t worlds < <(sed -e '/^#/d' -e '/^$/d' "$root/.launcher/lib/digest_worlds.txt")
    mapfile -t labs < <(sed -e '/^#/d' -e '/^$/d' "$root/.launcher/lib/digest_labs.txt")
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
code=0

# `program PRESET THREADS FOLDER WORD...` runs it there; what it prints is in $results/out.json. Some codes are expected.
program() {
    local preset=$1 threads=$2 folder=$3 status=0
    shift 3
    (cd "$folder" && "$root/build/$preset/bin/matinee" "$@" --threads "$threads") \
        >"$results/out.json" 2>"$results/errors" || status=$?
    if [[ $status != 0 && $status != 99 ]]; then  # small worlds may miss their thresholds
        cat "$results/errors" >&2
        refuse "$status" "build $preset cannot run $*"
    fi
}

# A line of the table. The digests of a name's first line are what all its other lines have to be.
judge() {
    local name=$1 preset=$2 digest verdict=""
    shift 2
    [[ $preset != "${presets[0]}" ]] || first=$1
    for digest in "$@"; do
        [[ -n $digest && $digest == "$first" ]] || { verdict="  DIFFERS"; code=4; }
    done
    printf '%-36s %-12s %s%s\n' "$name" "${what[$preset]}" "$*" "$verdict"
}

printf '%-36s %-12s %s\n' "scenario or lab" build "digest with 1, 2 and 3 threads"
for world in "${worlds[@]}"; do
    read -ra words <<<"$world"
    [[ $# -gt 0 ]] && words=("$world")
    [[ -e ${words[0]} ]] || words[0]=$root/${words[0]}
    for preset in "${presets[@]}"; do
        digests=()
        for threads in 1 2 3; do
            program "$preset" "$threads" . run "${words[@]}" --oversubscribe --out "$results" --json
            digests+=("$(sed -n 's/^ *"digest": "\([0-9a-f]*\)".*/\1/p' "$results/out.json")")
        done
        judge "$(basename "${words[0]}" .json)" "$preset" "${digests[@]}"
    done
done

# 40 000 requests for 4000 objects, popular ones more often, whose sizes now and then change (Park and Miller, CACM 1988).
if [[ ${#labs[@]} -gt 0 ]]; then
    awk 'function draw() { x = x * 16807 % 2147483647; return x / 2147483647 }
         BEGIN { x = 7; for (i = 0; i < 40000; ++i) {
             o = int(4000 * draw() * draw() * draw())
             printf "%d,o%d,%d\n", i / 20, o, (o * 7919 + (draw() < 0.01 ? i : 0)) % 100000 } }' >"$results/requests.csv"
fi
for lab in "${labs[@]}"; do
    lab=${lab//REQUESTS/$results/requests.csv}
    read -ra words <<<"${lab//CURVES/$results/curves.html}"
    for preset in "${presets[@]}"; do
        digests=()
        for threads in 1 2 3; do
            program "$preset" "$threads" "$root" lab "${words[@]:1}"
            # Everything that is printed, but for the speed.
            digests+=("$(sed 's/"requests_per_second": [^,}]*//' "$results/out.json" | sha256sum | cut -c -16)")
        done
        judge "lab ${words[0]}" "$preset" "${digests[@]}"
    done
done
if [[ $code == 0 ]]; then echo "one digest for each"; else echo "nondeterminism found"; fi
exit "$code"
