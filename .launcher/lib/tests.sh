# run_tests PRESET [FILTER...]: builds target `tests` of a preset and runs its binaries in shards, as many at once as the
# machine has processors. Prints the output of failed tests, the skipped ones with their reasons, and last a line of counts.

# The tests of a binary whose names contain one of the filters, whatever their case; joined as GoogleTest wants them.
matching_tests() {
    local binary=$1 filter patterns=()
    shift
    for filter in "$@"; do patterns+=(-e "$filter"); done
    "$binary" --gtest_list_tests 2>/dev/null |
        awk '/^[^ ]/ { sub(/ .*/, ""); suite = $0; next } /^ / { print suite $1 }' | { grep -iF "${patterns[@]}" || true; } |
        paste -sd:
}

run_tests() {
    local preset=$1 dir=$root/build/$1 jobs shard binary names=() tests
    shift
    build "$preset" all tests
    # The thread sanitizer of g++ 12 cannot bear the wide address randomisation of newer kernels.
    local calm=()
    if [[ $preset == tsan ]] && setarch -R true 2>/dev/null; then calm=(setarch -R); fi
    rm -rf "$dir/test-logs"
    mkdir -p "$dir/test-logs"
    jobs=$(nproc)
    for binary in "$dir"/bin/*_tests; do
        tests='*'
        [[ $# == 0 ]] || tests=$(matching_tests "$binary" "$@")
        [[ -n $tests ]] || continue
        printf '%s' "$tests" >"$dir/test-logs/${binary##*/}.filter"
        for ((shard = 0; shard < jobs; ++shard)); do names+=("${binary##*/}" "$shard"); done
    done
    [[ ${#names[@]} != 0 ]] || refuse 2 "no test has a name with: $*"
    printf '%s\0' "${names[@]}" |
        xargs -0 -n 2 -P "$jobs" "${calm[@]}" bash "$root/.launcher/lib/run_shard.sh" "$dir" "$jobs" || true
    cat "$dir"/test-logs/*.log | awk -f "$root/.launcher/lib/summarise_tests.awk"
}
