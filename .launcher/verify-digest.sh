# ./matinee verify-digest [FILE...]: one digest for any thread count, compiler and optimisation level.
need_packages build clang
presets=(release clang debug)
declare -A what=([release]="g++ -O3" [clang]="clang++ -O3" [debug]="g++ -O0")
say "builds the program in the presets ${presets[*]} where they are stale"
build_program
for preset in clang debug; do build "$preset" matinee; done

# Each world small enough for -O0, together all that a scenario can have: arguments of `matinee run`.
worlds=()
if [[ $# -gt 0 ]]; then
    worlds=("$@")
else
    mapfile -t worlds < <(sed -e '/^#/d' -e '/^$/d' "$root/.launcher/lib/digest_worlds.txt")
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
printf '%-36s %-12s %s\n' scenario build "digest with 1, 2 and 3 threads"
code=0
for world in "${worlds[@]}"; do
    read -ra words <<<"$world"
    [[ $# -gt 0 ]] && words=("$world")
    [[ -e ${words[0]} ]] || words[0]=$root/${words[0]}
    name=$(basename "${words[0]}" .json)
    for preset in "${presets[@]}"; do
        digests=()
        for threads in 1 2 3; do
            status=0
            "$root/build/$preset/bin/matinee" run "${words[@]}" --threads "$threads" --out "$results" --json \
                >"$results/out.json" 2>"$results/errors" || status=$?
            if [[ $status != 0 && $status != 99 ]]; then  # small worlds may miss their thresholds
                cat "$results/errors" >&2
                refuse "$status" "build $preset cannot run $world"
            fi
            digests+=("$(sed -n 's/^ *"digest": "\([0-9a-f]*\)".*/\1/p' "$results/out.json")")
        done
        [[ $preset != release ]] || first=${digests[0]}
        verdict=""
        for digest in "${digests[@]}"; do
            [[ -n $digest && $digest == "$first" ]] || { verdict="  DIFFERS"; code=4; }
        done
        printf '%-36s %-12s %s%s\n' "$name" "${what[$preset]}" "${digests[*]}" "$verdict"
    done
done
if [[ $code == 0 ]]; then echo "one digest for each scenario"; else echo "nondeterminism found"; fi
exit "$code"
