// nginx's configuration language: directives, blocks, quotes, comments
// (nginx.org, "Configuration File's Structure"). PURE, total for any bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline::init {

struct NginxDirective {
  std::string name;
  std::vector<std::string> arguments;
  std::string file;
  int line = 0;                       // where its name stands, from 1
  std::vector<NginxDirective> block;  // what stands in its braces

  // "nginx: FILE:LINE"
  std::string where() const;
};

struct NginxText {
  std::vector<NginxDirective> directives;
  std::string error;  // what is wrong, with file and line; `directives` has what came before
};

// At most 32 blocks deep, 20,000 directives, 64 arguments each, 4096 bytes a word: more is an
// error. What stands in a ..._by_lua_block is skipped.
NginxText ParseNginx(std::string_view text, const std::string& file);

}  // namespace faultline::init
