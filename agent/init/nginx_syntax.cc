#include "agent/init/nginx_syntax.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace faultline::init {
namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kMaxDirectives = 20000;
constexpr size_t kMaxArguments = 64;
constexpr size_t kMaxWord = 4096;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct Token {
  enum class Kind { kWord, kSemicolon, kOpen, kClose, kEnd, kError };
  Kind kind = Kind::kEnd;
  std::string word;
  int line = 0;
};

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  NginxText Read() {
    NginxText out;
    ReadBlock(0, &out.directives);
    out.error = std::move(error_);
    return out;
  }

 private:
  bool Fail(const std::string& why) {
    if (error_.empty()) error_ = absl::StrCat(file_, ":", line_, ": ", why);
    return false;
  }

  void SkipBlanksAndComments() {
    bool comment = false;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        comment = false;
      } else if (!comment && text_[at_] == '#') {
        comment = true;
      } else if (!comment && !IsBlank(text_[at_])) {
        return;
      }
    }
  }

  Token Next() {
    SkipBlanksAndComments();
    Token token{.line = line_};
    if (at_ == text_.size()) return token;
    switch (text_[at_]) {
      case ';':
        token.kind = Token::Kind::kSemicolon;
        break;
      case '{':
        token.kind = Token::Kind::kOpen;
        break;
      case '}':
        token.kind = Token::Kind::kClose;
        break;
      default:
        token.kind = Token::Kind::kWord;
        if (!ReadWord(&token.word)) token.kind = Token::Kind::kError;
        return token;
    }
    ++at_;
    return token;
  }

  // A backslash keeps the character after it; "${name}" opens no block.
  bool ReadWord(std::string* word) {
    const char quote = text_[at_] == '"' || text_[at_] == '\'' ? text_[at_] : '\0';
    if (quote != '\0') ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool variable = c == '{' && !word->empty() && word->back() == '$';
      if (quote != '\0' && c == quote) {
        ++at_;
        return true;
      }
      if (quote == '\0' && (IsBlank(c) || c == ';' || (c == '{' && !variable))) return true;
      if (c == '\n') ++line_;
      if (c == '\\' && at_ + 1 < text_.size()) {
        // As nginx: only quotes, blanks and the backslash lose it.
        const char next = text_[++at_];
        if (next == '\n') ++line_;
        if (next != '"' && next != '\'' && next != '\\' && !IsBlank(next)) word->push_back(c);
        word->push_back(next);
      } else {
        word->push_back(c);
      }
      ++at_;
      if (word->size() > kMaxWord) return Fail("a word is longer than 4096 bytes");
    }
    return quote == '\0' || Fail("a quote does not end");
  }

  // Lua's braces, but for those in its strings and comments.
  bool SkipLuaBlock() {
    int depth = 1;
    char quote = '\0';
    bool comment = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        comment = false;
        quote = '\0';
      } else if (comment) {
        continue;
      } else if (quote != '\0') {
        if (c == '\\') ++at_;
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '-' && text_.substr(at_, 2) == "--") {
        comment = true;
      } else if (c == '{') {
        ++depth;
      } else if (c == '}' && --depth == 0) {
        ++at_;
        return true;
      }
    }
    at_ = text_.size();
    return Fail("a block does not end");
  }

  // Until the brace that ends it, or the text's end at depth 0.
  bool ReadBlock(int depth, std::vector<NginxDirective>* out) {
    if (depth > kMaxDepth) return Fail("blocks stand more than 32 deep");
    NginxDirective directive;
    for (;;) {
      Token token = Next();
      if (token.kind == Token::Kind::kError) return false;
      if (token.kind == Token::Kind::kWord) {
        if (directive.name.empty()) {
          directive.name = std::move(token.word);
          directive.line = token.line;
          if (directive.name.empty()) return Fail("a directive without a name");
        } else if (directive.arguments.size() == kMaxArguments) {
          return Fail("a directive has more than 64 words");
        } else {
          directive.arguments.push_back(std::move(token.word));
        }
        continue;
      }
      const bool starts_block = token.kind == Token::Kind::kOpen;
      if (token.kind == Token::Kind::kEnd || token.kind == Token::Kind::kClose) {
        if (!directive.name.empty()) return Fail("a directive does not end with ;");
        const bool expected = (token.kind == Token::Kind::kEnd) == (depth == 0);
        return expected || Fail(depth == 0 ? "a } too many" : "a block does not end");
      }
      if (directive.name.empty()) return Fail("a ; or { without a directive");
      if (++count_ > kMaxDirectives) return Fail("more than 20000 directives");
      directive.file = file_;
      bool whole = true;
      if (starts_block) {
        whole = absl::EndsWith(directive.name, "_by_lua_block")
                    ? SkipLuaBlock()
                    : ReadBlock(depth + 1, &directive.block);
      }
      out->push_back(std::move(directive));
      if (!whole) return false;
      directive = NginxDirective();
    }
  }

  const std::string_view text_;
  const std::string& file_;
  size_t at_ = 0;
  int line_ = 1;
  size_t count_ = 0;
  std::string error_;
};

}  // namespace

std::string NginxDirective::where() const { return absl::StrCat("nginx: ", file, ":", line); }

NginxText ParseNginx(std::string_view text, const std::string& file) {
  return Reader(text, file).Read();
}

}  // namespace faultline::init
