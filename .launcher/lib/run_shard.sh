# run_shard.sh FOLDER SHARDS BINARY SHARD: one share of a test binary's tests; its output and exit code go to a log.
set -u
log=$1/test-logs/$3.$4.log
export GTEST_TOTAL_SHARDS=$2 GTEST_SHARD_INDEX=$4 GTEST_FILTER
GTEST_FILTER=$(cat "$1/test-logs/$3.filter")
timeout 1800 "$1/bin/$3" --gtest_color=no >"$log" 2>&1 </dev/null
printf '\n[ENDED] %s %s\n' "$3" "$?" >>"$log"
