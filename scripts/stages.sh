# Sourced by scripts/test and .ci/run: runs stages one after the other, keeps their seconds and their tests' counts.
#
#   stage NAME COMMAND...   runs it; at the first failure prints the summary and exits 1
#   stages_end              prints the seconds of each stage, then 'N passed, N failed, N skipped'
#
# Counts come from what the commands print: the last line of our own form, or else ctest's and unittest's closing lines.
# A stage that fails without having counted a failure counts as one. A command that exits 77 could not be run on this
# machine and has said why: that counts as one skipped, not as a failure.

stages_passed=0 stages_failed=0 stages_skipped=0
stages_seconds=()
stages_began=$SECONDS
stages_log=$(mktemp)
trap 'rm -f "$stages_log"' EXIT

# stages_count FILE: prints "passed failed skipped" of everything that FILE reports.
stages_count() {
  awk '
    # Our own: "12 passed, 0 failed, 1 skipped", maybe after a word and a colon.
    /^([A-Za-z]+: )?[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
      sub(/^[A-Za-z]+: /, ""); own = 1; op = $1; of = $3; os = (NF > 4 ? $5 : 0)
    }
    # ctest: the total includes what was skipped.
    /^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+/ {
      p += $NF - $4 - ctest_skipped; f += $4; s += ctest_skipped; ctest_skipped = 0
    }
    /^ *[0-9]+\/[0-9]+ Test .*\*\*\*Skipped/ { ctest_skipped++ }
    # unittest: "Ran 5 tests in 0.1s", later "OK (skipped=1)" or "FAILED (failures=1, errors=1, skipped=1)".
    /^Ran [0-9]+ tests? in / { ran = $2 }
    /^(OK|FAILED)( \(.*\))?$/ && ran != "" {
      bad = 0; skipped = 0; line = $0; gsub(/[(),]/, " ", line)
      n = split(line, part, " ")
      for (i = 1; i <= n; i++) {
        split(part[i], kv, "=")
        if (kv[1] == "failures" || kv[1] == "errors") bad += kv[2]
        if (kv[1] == "skipped") skipped += kv[2]
      }
      p += ran - bad - skipped; f += bad; s += skipped; ran = ""
    }
    END { if (own) print op, of, os; else print p + 0, f + 0, s + 0 }
  ' "$1"
}

stages_end() {
  local line
  printf '\n== Seconds\n'
  for line in "${stages_seconds[@]}"; do printf '%s\n' "$line"; done
  printf '%6d  in all\n\n' $((SECONDS - stages_began))
  printf '%d passed, %d failed, %d skipped\n' $stages_passed $stages_failed $stages_skipped
}

stage() {
  local name=$1 began=$SECONDS status=0 passed failed skipped
  shift
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$stages_log" || status=$?
  read -r passed failed skipped < <(stages_count "$stages_log")
  if [ $status = 77 ]; then
    status=0
    ((skipped += 1))
  fi
  [ $status = 0 ] || [ "$failed" -gt 0 ] || failed=1
  ((stages_passed += passed, stages_failed += failed, stages_skipped += skipped)) || true
  stages_seconds+=("$(printf '%6d  %s%s' $((SECONDS - began)) "$name" "$([ $status = 0 ] || printf ' (FAILED)')")")
  if [ $status != 0 ]; then
    stages_end
    exit 1
  fi
}
