# Reads the logs of GoogleTest binaries, each ended by "[ENDED] binary exit-code", and prints what a person wants to know:
# the output of each failed test, the skipped tests by reason, and the counts. Exit code 1 when anything failed.

# "name, where GetParam() = ... (12 ms)" -> "name"
function test_name(line) {
    sub(/^\[[^]]*\] /, "", line)
    sub(/,? .*/, "", line)
    return line
}
function fail(name, text) {
    ++failed
    failures[failed] = name
    printf "---- %s\n%s\n", name, text
}
BEGIN { passed = failed = skipped = 0 }

/^\[ RUN      \] / { running = test_name($0); output = ""; next }
running != "" && /^\[       OK \] / { ++passed; running = ""; next }
running != "" && /^\[  FAILED  \] / { fail(running, output); running = ""; next }
running != "" && /^\[  SKIPPED \] / {
    ++skipped
    reason = output
    sub(/^\n*[^\n]*: Skipped\n/, "", reason)  # the line that names the source
    gsub(/\n+$/, "", reason)
    gsub(/\n+/, " ", reason)
    if (reason == "") reason = "no reason given"
    if (!(reason in skips)) order[++reasons] = reason
    ++skips[reason]
    skipped_names[reason] = skipped_names[reason] "    " running "\n"
    running = ""
    next
}
/^\[ENDED\] / {
    code = $3
    if (running != "") fail(running, output "(" $2 " ended here with exit code " code ")")
    else if (code != 0 && failed == failed_before) fail($2, output "(exit code " code " although no test failed)")
    failed_before = failed
    running = output = ""
    next
}
running != "" || !/^\[|^Note:|^$|^Running main|^ *[0-9]+ FAILED TEST|^  YOU HAVE/ { output = output $0 "\n" }

END {
    if (reasons > 0) print "Skipped:"
    for (i = 1; i <= reasons; ++i) printf "  %d: %s\n%s", skips[order[i]], order[i], skipped_names[order[i]]
    if (failed > 0) print "Failed:"
    for (i = 1; i <= failed; ++i) print "  " failures[i]
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0
}
