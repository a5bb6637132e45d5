# ./matinee build [PRESET]: builds only.
presets=(release debug clang asan tsan)
preset=${1-release}
if [[ $# -gt 1 || " ${presets[*]} " != *" $preset "* ]]; then
    refuse 2 "build takes one preset of: ${presets[*]}; found: $*"
fi
need_packages build
[[ $preset == clang ]] && need_packages clang
if [[ $preset == release ]]; then build_program; else build "$preset" all; fi
say "build/$preset/bin/matinee is up to date"
