#include "collector/metrics/exposition.h"

#include <charconv>
#include <cmath>

#include "common/text.h"

namespace faultline::metrics {
namespace {

constexpr size_t kChunkBytes = 64 * 1024;
constexpr size_t kMaxLabelBytes = 512;

void AppendEscaped(std::string_view value, std::string* out) {
  for (const char c : CleanText(value, kMaxLabelBytes)) {
    if (c == '\\' || c == '"') *out += '\\';
    *out += c;  // CleanText has left no newline
  }
}

}  // namespace

std::string Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (value.empty()) continue;
    out += out.empty() ? '{' : ',';
    out += name;
    out += "=\"";
    AppendEscaped(value, &out);
    out += '"';
  }
  if (!out.empty()) out += '}';
  return out;
}

std::string NamePart(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fits) c = '_';
  }
  return out;
}

void AppendNumber(double value, std::string* out) {
  if (std::isnan(value)) {
    *out += "NaN";
  } else if (std::isinf(value)) {
    *out += value > 0 ? "+Inf" : "-Inf";
  } else {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    out->append(digits, end);
  }
}

void Exposition::Family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  chunk_.append("# HELP ").append(name).append(" ").append(help);
  chunk_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Exposition::Sample(std::string_view labels, double value) {
  chunk_.append(name_).append(labels).append(" ");
  AppendNumber(value, &chunk_);
  chunk_ += '\n';
  if (chunk_.size() >= kChunkBytes) Flush();
}

void Exposition::Append(std::string_view text) {
  chunk_.append(text);
  if (chunk_.size() >= kChunkBytes) Flush();
}

void Exposition::Flush() {
  if (chunk_.empty()) return;
  sink_(chunk_);
  chunk_.clear();
}

}  // namespace faultline::metrics
