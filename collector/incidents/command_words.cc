#include "collector/incidents/command_words.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

std::string UnitWord(const std::string& unit) {
  return ShellWord(std::string(absl::StripSuffix(unit, ".service")));
}

}  // namespace

std::string ShellWord(const std::string& text) {
  const std::string clean = CleanText(text, 256);
  const bool is_plain =
      !clean.empty() && clean[0] != '-' && std::all_of(clean.begin(), clean.end(), [](char c) {
        return isalnum(static_cast<unsigned char>(c)) != 0 || strchr("@%+=:,./_-", c) != nullptr;
      });
  if (is_plain) return clean;
  return absl::StrCat("'", absl::StrReplaceAll(clean, {{"'", "'\\''"}}), "'");
}

std::string StatusCommand(const std::string& unit) {
  return absl::StrCat("sudo systemctl status ", UnitWord(unit), " --no-pager");
}

std::string JournalCommand(const std::string& unit) {
  return absl::StrCat("sudo journalctl -u ", UnitWord(unit), " -n 50 --no-pager");
}

std::string StartCommand(const std::string& unit) {
  return absl::StrCat("sudo systemctl start ", UnitWord(unit));
}

std::string ReloadCommand(const std::string& unit) {
  const std::string word = UnitWord(unit);
  const char* test = word == "nginx"     ? "sudo nginx -t && "
                     : word == "apache2" ? "sudo apache2ctl configtest && "
                     : word == "httpd"   ? "sudo httpd -t && "
                                         : "";
  return absl::StrCat(test, "sudo systemctl reload ", word);
}

std::string SocketsCommand(const std::string& port) {
  return absl::StrCat("sudo ss -tlnp | grep ", ShellWord(":" + port));
}

std::string PortOfTarget(const std::string& target) {
  const std::string port = target.substr(target.rfind(':') + 1);
  const bool is_number = !port.empty() && std::all_of(port.begin(), port.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? port : "";
}

}  // namespace faultline::incidents
