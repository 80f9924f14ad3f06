#include "agent/link/failure_hint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace faultline::link {
namespace {

// Of "DNS resolution failed for db.example:7444: C-ares status is not ARES_SUCCESS qtype=AAAA
// name=db.example is_balancer=0: Timeout while contacting DNS servers"; empty: another text.
absl::string_view NameIn(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "DNS resolution failed for ")) return "";
  const size_t end = text.find(": ");
  if (end == absl::string_view::npos) return "";
  const absl::string_view target = text.substr(0, end);
  return target.substr(0, target.rfind(':'));
}

}  // namespace

std::string FailureText(const std::string& text) {
  const absl::string_view name = NameIn(text);
  if (name.empty()) return text;
  return absl::StrCat("the name ", name, " has no address: the resolver says \"",
                      text.substr(text.rfind(": ") + 2), "\"");
}

std::string FailureHint(const std::string& text, const std::string& address_field,
                        const std::string& tls_hint) {
  if (absl::StrContains(text, "andshake") || absl::StrContains(text, "peer certificate")) {
    return tls_hint;
  }
  if (absl::StrContains(text, "DNS") || absl::StrContains(text, "resol")) {
    const std::string name(NameIn(text));
    return absl::StrCat("; is ", address_field, " right? Try: getent ahosts ",
                        name.empty() ? "NAME" : name, "; look at /etc/hosts and /etc/resolv.conf");
  }
  if (absl::StrContains(text, "Connection refused")) {
    return absl::StrCat("; is the collector running, and ", address_field, " right?");
  }
  return "";
}

}  // namespace faultline::link
