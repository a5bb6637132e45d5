# ./matinee sanitize [FILTER...]: the tests under the address, undefined-behaviour and thread sanitizers.
source "$root/.launcher/lib/tests.sh"
need_packages build test
code=0
for preset in asan tsan; do
    say "tests under preset $preset"
    run_tests "$preset" "$@" || code=$?
done
exit "$code"
