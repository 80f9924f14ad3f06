// A collector and agents in this process, on ports of their own, for tests of the whole path.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "agent/agent.h"
#include "agent/config/config.h"
#include "collector/collector.h"
#include "collector/config/config.h"
#include "common/clock.h"

namespace faultline {

// Certificates as scripts/make-certificates makes them, for the stack shop-prod with hosts app-1
// and db-1. Aborts the test program when that fails: nothing works without.
void MakeCertificates(const std::string& directory);

config::CollectorConfig TestCollectorConfig(const std::string& directory,
                                            const std::string& webhook_url);

// agent.yaml of app-1 or db-1.
std::string TestAgentYaml(const std::string& directory, const std::string& host, int collector_port,
                          const std::string& checks_yaml);
config::AgentConfig TestAgentConfig(const std::string& directory, const std::string& host,
                                    int collector_port, const std::string& checks_yaml);

// An agent on a thread of its own, from construction to destruction.
class RunningAgent {
 public:
  RunningAgent(const config::AgentConfig& config, const Clock& clock,
               const agent::AgentSeams& seams = {});
  ~RunningAgent();
  void Reload() { agent_->Reload(); }

 private:
  std::thread thread_;
  agent::Agent* agent_ = nullptr;
};

// A TCP port of loopback that can be opened and closed. It answers nothing.
class DemoPort {
 public:
  DemoPort();
  ~DemoPort() { Close(); }
  void Open();
  void Close();
  int port() const { return port_; }

 private:
  int fd_ = -1;
  int port_ = 0;
};

// The body of GET http://127.0.0.1:PORT/PATH, or empty.
std::string HttpGet(int port, const std::string& path);

// Sends a whole request, returns all that comes back.
std::string HttpExchange(int port, const std::string& bytes);

// Sends bytes, reads whatever comes until the other side closes or 2 s are over.
void SendGarbage(int port, const std::string& bytes);

// Polls until `condition()` or the deadline. Says which.
template <typename Condition>
bool Eventually(Condition condition, int deadline_ms = 15'000) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace faultline
