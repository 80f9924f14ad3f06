#include "cli/render_parts.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/terminal_text.h"

namespace faultline::cli {

WallTime ToWallTime(const google::protobuf::Timestamp& time) {
  // Within what nanoseconds in 64 bits can hold; it came from outside.
  constexpr int64_t kMostSeconds = std::numeric_limits<int64_t>::max() / 1'000'000'000 - 1;
  const int64_t seconds = std::clamp(time.seconds(), -kMostSeconds, kMostSeconds);
  return {seconds * 1'000'000'000 + std::clamp(time.nanos(), 0, 999'999'999)};
}

std::string Age(const google::protobuf::Timestamp& time, WallTime now) {
  if (time.seconds() == 0) return "";
  constexpr int64_t kSecond = 1'000'000'000;
  constexpr int64_t kMostSeconds = 100 * 365 * int64_t{86400};  // a hundred years say enough
  const int64_t seconds =
      std::clamp<int64_t>(now.ns / kSecond - ToWallTime(time).ns / kSecond, 0, kMostSeconds);
  if (seconds == 0) return "0s";  // not "0ms": nothing so fine is known
  return FormatSpan(Span::Seconds(seconds - (seconds >= 3600 ? seconds % 60 : 0)));
}

std::string Moment(const google::protobuf::Timestamp& time) {
  return time.seconds() == 0 ? "" : FormatForPeople(ToWallTime(time));
}

std::string StackName(const v1::StackRef& stack) {
  return StackId{stack.stack(), stack.env()}.ToString();
}

std::string StateText(v1::State state) {
  if (!v1::State_IsValid(state)) return absl::StrCat("STATE_", static_cast<int>(state));
  return std::string(StateName(static_cast<State>(state)));
}

const char* LinkText(v1::Host::Link link) {
  switch (link) {
    case v1::Host::LINK_CONNECTED:
      return "connected";
    case v1::Host::LINK_SILENT:
      return "silent";
    case v1::Host::LINK_SAID_GOODBYE:
      return "said goodbye";
    default:
      return "unknown";
  }
}

const char* AlertStateText(v1::Alert::State state) {
  switch (state) {
    case v1::Alert::STATE_PENDING:
      return "pending";
    case v1::Alert::STATE_FIRING:
      return "firing";
    case v1::Alert::STATE_RESOLVED:
      return "resolved";
    case v1::Alert::STATE_WITHDRAWN:
      return "withdrawn";
    default:
      return "unknown";
  }
}

const char* IncidentStateText(v1::Incident::State state) {
  switch (state) {
    case v1::Incident::STATE_OPEN:
      return "open";
    case v1::Incident::STATE_RESOLVED:
      return "resolved";
    default:
      return "unknown";
  }
}

std::string ShortTitle(const v1::Incident& incident) {
  const std::string prefix = absl::StrCat(absl::AsciiStrToUpper(incident.severity()), " ",
                                          StackName(incident.stack()), ": ");
  return absl::StartsWith(incident.title(), prefix) ? incident.title().substr(prefix.size())
                                                    : incident.title();
}

std::string Fields(const std::vector<std::pair<std::string, Cell>>& fields, const View& view) {
  size_t width = 0;
  for (const auto& [name, cell] : fields) {
    if (!cell.text.empty()) width = std::max(width, DisplayWidth(name));
  }
  std::string out;
  for (const auto& [name, cell] : fields) {
    if (cell.text.empty()) continue;
    absl::StrAppend(&out, Paint(name, Style::kFaint, view.color),
                    std::string(width - DisplayWidth(name) + 2, ' '),
                    Paint(cell.text, cell.style, view.color), "\n");
  }
  return out;
}

std::string AddAHost() {
  return "To add one, type on the collector's host, with the stack and environment of the new "
         "one:\n"
         "  sudo faultline token create --stack shop --env prod\n"
         "Then, on the new host: install faultline-agent, write the token, alone, into\n"
         "  /etc/faultline/join-token   (chmod 640, chgrp faultline-agent)\n"
         "and type, with this collector's address:\n"
         "  sudo faultline-agent init --collector ADDRESS\n"
         "  sudo systemctl start faultline-agent\n";
}

std::string Heading(std::string_view text, const View& view) {
  return absl::StrCat("\n", Paint(text, Style::kBold, view.color), "\n");
}

}  // namespace faultline::cli
