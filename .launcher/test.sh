# ./matinee test [FILTER...]: builds and runs the tests, in the preset release.
source "$root/.launcher/lib/tests.sh"
need_packages build test
run_tests release "$@"
