#include "cli/json_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text.h"

namespace faultline::cli {
namespace {

constexpr int kMaxDepth = 100;
// Indentation may blow up a hostile answer a hundredfold.
constexpr size_t kMaxOutputBytes = size_t{256} << 20;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Recursive descent that copies what it reads.
class Layout {
 public:
  Layout(std::string_view json, bool pretty) : in_(json), pretty_(pretty) {}

  absl::StatusOr<std::string> Run() {
    SkipSpace();
    if (!Value(0)) return Error();
    SkipSpace();
    if (at_ != in_.size()) {
      why_ = "something follows the value";
      return Error();
    }
    return std::move(out_);
  }

 private:
  absl::Status Error() const {
    return absl::InvalidArgumentError(absl::StrCat("not valid JSON at byte ", at_, ": ", why_));
  }
  bool Fail(const char* why) {
    why_ = why;
    return false;
  }
  char Peek() const { return at_ < in_.size() ? in_[at_] : '\0'; }
  bool Take(char c) {
    if (Peek() != c || at_ >= in_.size()) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < in_.size() &&
           (in_[at_] == ' ' || in_[at_] == '\t' || in_[at_] == '\n' || in_[at_] == '\r')) {
      ++at_;
    }
  }
  void NewLine(int depth) {
    if (pretty_) out_.append("\n").append(static_cast<size_t>(depth) * 2, ' ');
  }

  bool Value(int depth) {
    if (depth > kMaxDepth) return Fail("nested too deep");
    if (out_.size() > kMaxOutputBytes) return Fail("too large");
    const char c = Peek();
    if (c == '{') return Group('}', depth);
    if (c == '[') return Group(']', depth);
    if (c == '"') return String();
    if (c == '-' || IsDigit(c)) return Number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (in_.substr(at_, word.size()) == word) {
        out_.append(word);
        at_ += word.size();
        return true;
      }
    }
    return Fail(at_ < in_.size() ? "a value was expected" : "it ends too early");
  }

  // An object (with names) or an array.
  bool Group(char end, int depth) {
    out_ += in_[at_++];
    SkipSpace();
    if (Take(end)) {
      out_ += end;
      return true;
    }
    while (true) {
      NewLine(depth + 1);
      SkipSpace();
      if (end == '}') {
        if (Peek() != '"') return Fail("a name in quotes was expected");
        if (!String()) return false;
        SkipSpace();
        if (!Take(':')) return Fail("':' was expected");
        out_ += pretty_ ? ": " : ":";
        SkipSpace();
      }
      if (!Value(depth + 1)) return false;
      SkipSpace();
      if (Take(',')) {
        out_ += ',';
        continue;
      }
      if (!Take(end)) return Fail("',' or the end of a list or object was expected");
      NewLine(depth);
      out_ += end;
      return true;
    }
  }

  bool String() {
    const size_t begin = ++at_;
    while (at_ < in_.size() && in_[at_] != '"') {
      if (static_cast<unsigned char>(in_[at_]) < 0x20) return Fail("a control character in a text");
      if (in_[at_] == '\\') {
        ++at_;
        constexpr std::string_view kEscapes = "\"\\/bfnrtu";
        if (kEscapes.find(Peek()) == kEscapes.npos) return Fail("an unknown escape in a text");
      }
      ++at_;
    }
    if (at_ >= in_.size()) return Fail("a text has no end");
    out_ += '"';
    AppendPrintable(in_.substr(begin, at_ - begin));
    out_ += '"';
    ++at_;
    return true;
  }

  // Escaped text without what a terminal might obey: DEL and the C1 controls; bytes that are no
  // UTF-8 become '?'.
  void AppendPrintable(std::string_view text) {
    size_t plain = 0;
    const auto flush = [&](size_t end) {
      // Cleaned text is never longer, so this bound never cuts.
      out_ += CleanText(text.substr(plain, end - plain), end - plain);
    };
    for (size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
      const bool c1 = c == 0xC2 && next >= 0x80 && next < 0xA0;
      if (c != 0x7F && !c1) continue;
      flush(i);
      absl::StrAppendFormat(&out_, "\\u%04x", c1 ? next : c);
      if (c1) ++i;
      plain = i + 1;
    }
    flush(text.size());
  }

  bool Number() {
    const size_t begin = at_;
    Take('-');
    if (!Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!Digits()) return false;
    }
    out_.append(in_.substr(begin, at_ - begin));
    return true;
  }
  bool Digits() {
    const size_t begin = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ > begin || Fail("a digit was expected");
  }

  std::string_view in_;
  bool pretty_;
  size_t at_ = 0;
  const char* why_ = "";
  std::string out_;
};

}  // namespace

absl::StatusOr<std::string> PrettyJson(std::string_view json) {
  absl::StatusOr<std::string> out = Layout(json, true).Run();
  if (out.ok()) *out += "\n";
  return out;
}

absl::StatusOr<std::string> CompactJson(std::string_view json) { return Layout(json, false).Run(); }

}  // namespace faultline::cli
