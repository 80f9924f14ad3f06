// An application's environment as a file has it (systemd.exec(5), EnvironmentFile=; a .env). PURE.
// Its values may be secrets: whoever reads them keeps what it needs and quotes nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace faultline::config {

// "KEY=VALUE" lines, with or without "export " and quotes; comments are left out. At most 256.
std::map<std::string, std::string> ParseEnvironment(const std::string& text);

// Without the blanks around it, and then without the quotes.
std::string Unquoted(std::string_view text);

}  // namespace faultline::config
