// What tests of checks stand on: a real loop, a sink that remembers, a systemd that says what the
// test wants, and a directory of their own.
#pragma once

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/checks/registry.h"
#include "agent/host/systemd_bus.h"
#include "common/clock.h"
#include "tests/agent/checks/lasting_words.h"
#include "tests/agent/host/run_until.h"

namespace faultline::checks {

class RecordingSink : public CheckSink {
 public:
  void Report(Observation observation) override {
    EXPECT_EQ(RelativeTimeIn(observation.detail), "") << observation.detail;
    for (const Fact& fact : observation.evidence) EXPECT_EQ(RelativeTimeIn(fact.text), "");
    seen.push_back(std::move(observation));
  }
  void ReportLogEvent(LogEventSeen event) override { events.push_back(std::move(event)); }
  void Resolved(const std::string& address, int port) override {
    endpoints.push_back(address + " " + std::to_string(port));
  }
  void ResolvedUnit(const std::string& unit) override { units.push_back(unit); }

  bool Saw(State state, const std::string& reason) const {
    return !seen.empty() && seen.back().state == state && seen.back().reason == reason;
  }

  std::vector<Observation> seen;
  std::vector<LogEventSeen> events;
  std::vector<std::string> endpoints;
  std::vector<std::string> units;
};

// Answers a Watch with the properties that were set for the unit, after a while.
class ScriptedSystemd : public host::SystemdBus {
 public:
  explicit ScriptedSystemd(host::Loop& loop) : loop_(loop) {}

  std::map<std::string, host::UnitProperties> units;
  Span answers_after;

  std::unique_ptr<host::UnitWatch> Watch(const std::string& unit,
                                         host::UnitListener& listener) override {
    class Scripted : public host::UnitWatch {
     public:
      void Refresh(std::function<void()> done) override { done(); }
      std::unique_ptr<host::LoopSource> told;
    };
    auto watch = std::make_unique<Scripted>();
    watch->told = loop_.After(answers_after, [this, unit, &listener] {
      const auto known = units.find(unit);
      if (known == units.end()) {
        listener.OnUnavailable(absl::UnavailableError("no systemd here"));
      } else {
        listener.OnProperties(known->second);
      }
    });
    return watch;
  }
  host::HostStop host_stop() const override { return host::HostStop::kNo; }

 private:
  host::Loop& loop_;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "faultline-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

// This thread without any capability, as a plain user: also root's own files keep their modes.
class WithoutCapabilities {
 public:
  WithoutCapabilities() {
    syscall(SYS_capget, &header_, saved_);
    __user_cap_data_struct none[2] = {saved_[0], saved_[1]};
    none[0].effective = none[1].effective = 0;
    EXPECT_EQ(syscall(SYS_capset, &header_, none), 0);
  }
  ~WithoutCapabilities() { syscall(SYS_capset, &header_, saved_); }
  WithoutCapabilities(const WithoutCapabilities&) = delete;
  WithoutCapabilities& operator=(const WithoutCapabilities&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct saved_[2] = {};
};

inline void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}
inline void AppendFile(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

class CheckTest : public testing::Test {
 protected:
  CheckTest() {
    auto loop = host::Loop::Create();
    EXPECT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
    systemd_ = std::make_unique<ScriptedSystemd>(*loop_);
  }

  CheckContext Context() {
    return CheckContext{*loop_, workers_, *systemd_, clock_, sink_, directory_.path};
  }

  static config::CheckConfig Config(const std::string& kind, const std::string& target) {
    config::CheckConfig config;
    config.id.kind = kind;
    config.id.target = target;
    return config;
  }
  static void SetOption(config::CheckConfig* config, const std::string& name,
                        std::vector<std::string> values) {
    config->options[name] = {.values = std::move(values), .is_list = false, .line = 1};
    config->options[name].is_list = config->options[name].values.size() > 1;
  }

  // Makes the check as the agent does, after validating its configuration.
  void Start(const config::CheckConfig& config) {
    config::AgentConfig agent;
    agent.file = "agent.yaml";
    agent.checks = {config};
    const absl::Status valid = ValidateChecks(agent);
    ASSERT_TRUE(valid.ok()) << valid;
    check_ = FindCheckKind(config.id.kind)->make(config, Context());
    check_->Start();
  }

  bool Until(const std::function<bool()>& done, Span deadline = Span::Seconds(20)) {
    return host::RunUntil(*loop_, done, deadline);
  }
  bool UntilSaw(State state, const std::string& reason) {
    return Until([&] { return sink_.Saw(state, reason); });
  }
  // For failure messages.
  std::string Last() const {
    if (sink_.seen.empty()) return "nothing was reported";
    const Observation& last = sink_.seen.back();
    return std::string(StateName(last.state)) + " " + last.reason + ": " + last.detail;
  }

  SystemClock clock_;
  TemporaryDirectory directory_;
  std::unique_ptr<host::Loop> loop_;
  host::WorkerPool workers_{1, 4};
  std::unique_ptr<ScriptedSystemd> systemd_;
  RecordingSink sink_;
  std::unique_ptr<Check> check_;
};

// Error text of a configuration with this one check; "" when it is valid.
inline std::string ConfigError(const config::CheckConfig& config) {
  config::AgentConfig agent;
  agent.file = "agent.yaml";
  agent.checks = {config};
  return std::string(ValidateChecks(agent).message());
}

}  // namespace faultline::checks
