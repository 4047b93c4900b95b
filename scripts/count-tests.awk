# Turns what a test run left behind into one line per test: RESULT BINARY NAME, and of a failed one how its message begins
# Reads the JUnit file of cargo-nextest, or the plain output of `cargo test`.

function attribute(name,   rest) {
  rest = $0
  if (!sub(".*[ \t]" name "=\"", "", rest)) return ""
  sub(/".*/, "", rest)
  return rest
}

function flush() {
  if (test != "") print result, binary, test, message
  test = ""; message = ""
}

# --- JUnit; what a failed test printed is in it too, and looks like `cargo test`
FNR == 1 { junit = /^<\?xml/ }
junit && /^[ \t]*<testcase / {
  flush()
  test = attribute("name"); binary = attribute("classname"); result = "passed"
  gsub(/ /, "_", test)
  next
}
junit && /^[ \t]*<(failure|error)[ >\/]/ { result = "failed"; message = substr(attribute("message"), 1, 300); next }
junit && /^[ \t]*<skipped[ >\/]/ { result = "ignored"; next }
junit && /^[ \t]*<\/testcase>/ { flush() }
junit { next }

# --- cargo test
/^ *Running .* \(.*\)$/ { binary = $NF; sub(/.*\//, "", binary); sub(/-[0-9a-f]+\)$/, "", binary); next }
/^ *Doc-tests / { binary = "doc"; next }
/^test .* \.\.\. (ok|FAILED|ignored)/ {
  result = / \.\.\. ok/ ? "passed" : / \.\.\. FAILED/ ? "failed" : "ignored"
  name = $0
  sub(/^test /, "", name); sub(/ \.\.\. .*/, "", name); sub(/ - should panic$/, "", name); gsub(/ /, "_", name)
  print result, binary, name
}

END { flush() }
