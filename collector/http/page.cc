#include "collector/http/page.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace faultline::http {

std::optional<std::string> Page::Read(std::string_view name) const {
  const auto& files = EmbeddedPage();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const PageFile& each) { return each.name == name; });
  if (file == files.end()) return std::nullopt;
  if (directory_.empty()) return std::string(file->content);
  std::ifstream in(directory_ + "/" + std::string(name), std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string ContentType(std::string_view name) {
  const std::string_view ending = name.substr(std::min(name.rfind('.'), name.size()));
  if (ending == ".html") return "text/html; charset=utf-8";
  if (ending == ".js") return "text/javascript; charset=utf-8";
  if (ending == ".css") return "text/css; charset=utf-8";
  if (ending == ".svg") return "image/svg+xml";
  return "application/octet-stream";
}

}  // namespace faultline::http
