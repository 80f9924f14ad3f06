#include "cli/style.h"

namespace faultline::cli {

std::string Paint(std::string_view text, Style style, bool color) {
  const char* code = "";
  switch (style) {
    case Style::kPlain:
      return std::string(text);
    case Style::kBold:
      code = "1";
      break;
    case Style::kFaint:
      code = "2";
      break;
    case Style::kGood:
      code = "32";
      break;
    case Style::kWarning:
      code = "33";
      break;
    case Style::kBad:
      code = "1;31";
      break;
    case Style::kUnknown:
      code = "35";
      break;
  }
  if (!color || text.empty()) return std::string(text);
  std::string out = "\x1b[";
  out.append(code).append("m").append(text).append("\x1b[0m");
  return out;
}

Style StyleOf(v1::State state) {
  switch (state) {
    case v1::STATE_OK:
      return Style::kGood;
    case v1::STATE_WARNING:
      return Style::kWarning;
    case v1::STATE_CRITICAL:
      return Style::kBad;
    default:
      return Style::kUnknown;
  }
}

Style StyleOf(v1::Host::Link link) {
  switch (link) {
    case v1::Host::LINK_CONNECTED:
      return Style::kGood;
    case v1::Host::LINK_SILENT:
      return Style::kBad;
    case v1::Host::LINK_SAID_GOODBYE:
      return Style::kFaint;
    default:
      return Style::kUnknown;
  }
}

Style StyleOf(v1::Alert::State state) {
  switch (state) {
    case v1::Alert::STATE_FIRING:
      return Style::kBad;
    case v1::Alert::STATE_PENDING:
      return Style::kWarning;
    case v1::Alert::STATE_RESOLVED:
      return Style::kGood;
    default:
      return Style::kFaint;
  }
}

Style StyleOf(v1::Incident::State state) {
  return state == v1::Incident::STATE_OPEN ? Style::kBad : Style::kGood;
}

Style StyleOfSeverity(std::string_view severity) {
  if (severity == "critical") return Style::kBad;
  return severity == "warning" ? Style::kWarning : Style::kPlain;
}

}  // namespace faultline::cli
