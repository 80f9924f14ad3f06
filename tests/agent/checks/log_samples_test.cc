// Lines of the real programs against the built-in patterns. data/log/NAME holds one a line:
//   PATTERN<TAB>LINE        the pattern that names it, "-" where it is no error
// The set is chosen by the file's name, as on a host. To add a case, add a line.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/checks/log_pattern_sets.h"
#include "agent/checks/log_patterns.h"

namespace faultline::checks {
namespace {

namespace fs = std::filesystem;

void CheckSamples(const fs::path& file) {
  const std::string name = file.filename().string();
  const bool is_unit = file.extension() == ".service";
  const std::string target = is_unit ? name : "/var/log/" + name;
  const auto patterns = LogPatterns::Compile({"default"}, {}, target);
  ASSERT_TRUE(patterns.ok()) << patterns.status();
  std::ifstream stream(file);
  std::string line;
  int samples = 0;
  while (std::getline(stream, line)) {
    if (line.empty() || line[0] == '#') continue;
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << name << ": " << line;
    const std::string wanted = line.substr(0, tab) == "-" ? "" : line.substr(0, tab);
    EXPECT_EQ((*patterns)->Match(line.substr(tab + 1), -1), wanted) << name << ": " << line;
    ++samples;
  }
  EXPECT_GT(samples, 0) << name;
}

TEST(LogSamplesTest, EverySampleIsWhatItIsSaidToBe) {
  int files = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(FAULTLINE_SOURCE_DIR) / "tests/agent/checks/data/log")) {
    CheckSamples(entry.path());
    ++files;
  }
  EXPECT_GE(files, 8);
}

TEST(LogPatternSetsTest, ALogsNameChoosesItsSets) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(PatternSetsFor("nginx.service"), (Names{"nginx", "systemd", "generic"}));
  EXPECT_EQ(PatternSetsFor("flask-app.service"), (Names{"python", "systemd", "generic"}));
  EXPECT_EQ(PatternSetsFor("MariaDB.service"), (Names{"mysql", "systemd", "generic"}));
  EXPECT_EQ(PatternSetsFor("/var/log/mysql/error.log"), (Names{"mysql", "generic"}));
  EXPECT_EQ(PatternSetsFor("/var/log/nginx/flask_error.log"),
            (Names{"nginx", "python", "generic"}));
  EXPECT_EQ(PatternSetsFor("/var/log/nginx/flask_access.log"), Names{"access"});
  EXPECT_EQ(PatternSetsFor("/var/log/letsencrypt/letsencrypt.log"), (Names{"certbot", "generic"}));
  EXPECT_EQ(PatternSetsFor("/var/log/own.log"), Names{"generic"});
}

TEST(LogPatternSetsTest, ASetIsTakenByNameAndAnUnknownOneIsRefused) {
  const auto nginx = LogPatterns::Compile({"set:nginx", "boom"}, {}, "/var/log/own.log");
  ASSERT_TRUE(nginx.ok()) << nginx.status();
  EXPECT_EQ((*nginx)->Match("no live upstreams while connecting", -1), "no_live_upstreams");
  EXPECT_EQ((*nginx)->Match("boom", -1), "boom");
  EXPECT_EQ((*nginx)->Match("an ERROR", -1), "");
  const auto unknown = LogPatterns::Compile({"set:ngnix"}, {});
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.status().message().find("\"ngnix\" is no set of patterns; there are generic"),
            std::string::npos)
      << unknown.status();
}

TEST(LogPatternSetsTest, WhatOurProbesLeaveIsNoErrorWhateverThePatterns) {
  const auto all = LogPatterns::Compile({"."}, {});
  ASSERT_TRUE(all.ok());
  for (const char* line :
       {R"(1.2.3.4 - - [x] "GET / HTTP/1.1" 502 1 "-" "faultline-agent/0.1.0")",
        "[Warning] Access denied for user 'faultline'@'10.0.1.5' (using password: YES)",
        "[Warning] Aborted connection 7 to db: 'unconnected' user: 'faultline' host: 'app-1'"}) {
    EXPECT_EQ((*all)->Match(line, 3), "") << line;
  }
  EXPECT_NE((*all)->Match("Access denied for user 'appuser'@'10.0.1.5'", -1), "");
}

}  // namespace
}  // namespace faultline::checks
