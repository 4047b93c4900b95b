# Turns the JUnit file of cargo-nextest into one line per test that ran: SECONDS BINARY NAME

function attribute(name,   rest) {
  rest = $0
  if (!sub(".*[ \t]" name "=\"", "", rest)) return ""
  sub(/".*/, "", rest)
  return rest
}

/^[ \t]*<testcase / {
  if (attribute("time") != "") printf "%8.1f s  %s %s\n", attribute("time"), attribute("classname"), attribute("name")
}
