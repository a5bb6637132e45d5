# ./matinee fuzz [SECONDS]: lets every fuzzer of tests/fuzz try malformed input for so long.
seconds=${1-60}
[[ $# -le 1 && $seconds =~ ^[1-9][0-9]{0,5}$ ]] || refuse 2 "fuzz takes a number of seconds; found: $*"
need_packages build fuzz
build fuzz fuzzers
dir=$root/build/fuzz
mkdir -p "$dir/crashes"
code=0
for fuzzer in "$dir"/bin/*_fuzzer; do
    name=$(basename "$fuzzer" _fuzzer)
    corpus=$dir/corpus/$name  # grows from run to run
    mkdir -p "$corpus"
    seeds=()
    case $name in
        scenario) seeds=("$root/scenarios" "$root/scenarios/presets") ;;
        set | request_trace | wire | http) seeds=("$root/tests/fuzz/seeds/$name") ;;
        prices) seeds=("$root/scenarios/prices") ;;
        trace | movie) seeds=("$root/scenarios/data") ;;
    esac
    say "$name for $seconds s"
    # A parser that needs more than 2 GB or 10 s for one file of at most 16 kB hangs, as far as its user can tell.
    if ! "$fuzzer" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$dir/crashes/$name-" "$corpus" "${seeds[@]}" >"$dir/$name.log" 2>&1; then
        code=1
        tail -n 40 "$dir/$name.log" >&2
        say "$name found something; the input is the newest file in $dir/crashes; again: $fuzzer FILE"
    fi
    printf '%-12s %s\n' "$name" "$(awk '/stat::number_of_executed_units/ { runs = $2 } / cov: / { for (i = 1; i <= NF; ++i) if ($i == "cov:") cov = $(i + 1) }
        END { print runs + 0 " inputs, " cov + 0 " edges covered" }' "$dir/$name.log")"
done
exit "$code"
