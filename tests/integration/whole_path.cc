#include "tests/integration/whole_path.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/grpc/prepare.h"

namespace faultline {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 2};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const sockaddr_in address = Loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

std::string Exchange(int port, const std::string& bytes) {
  const int fd = Connect(port);
  if (fd < 0) return "";
  send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::string all;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
    all.append(buffer, static_cast<size_t>(got));
  }
  close(fd);
  return all;
}

}  // namespace

void MakeCertificates(const std::string& directory) {
  PrepareGrpc();
  const std::string command = absl::StrCat(FAULTLINE_SOURCE_DIR, "/scripts/make-certificates ",
                                           directory, " shop prod app-1:app db-1:db >/dev/null");
  if (std::system(command.c_str()) != 0) {
    std::cerr << "cannot make certificates: " << command << "\n";
    std::abort();
  }
}

config::CollectorConfig TestCollectorConfig(const std::string& directory,
                                            const std::string& webhook_url) {
  config::CollectorConfig config;
  config.listen_agents = "127.0.0.1:0";
  config.listen_http = "127.0.0.1:0";
  config.tls_ca = directory + "/tls/ca.crt";
  config.tls_certificate = directory + "/tls/collector.crt";
  config.tls_key = directory + "/tls/collector.key";
  config.store_path = directory + "/store/faultline.db";
  if (!webhook_url.empty()) config.webhooks = {{.name = "pager", .url = webhook_url}};
  config.heartbeat = Span::Millis(200);
  return config;
}

std::string TestAgentYaml(const std::string& directory, const std::string& host, int collector_port,
                          const std::string& checks_yaml) {
  const std::string tls = directory + "/tls/";
  return absl::StrCat("collector:\n  address: 127.0.0.1:", collector_port, "\ntls:\n  ca: ", tls,
                      "ca.crt\n  certificate: ", tls, host, ".crt\n  key: ", tls, host,
                      ".key\nstate_dir: ", directory, "/", host, "\nchecks:\n", checks_yaml);
}

config::AgentConfig TestAgentConfig(const std::string& directory, const std::string& host,
                                    int collector_port, const std::string& checks_yaml) {
  const std::string yaml = TestAgentYaml(directory, host, collector_port, checks_yaml);
  auto config = config::ParseAgentConfig(yaml, "test.yaml");
  if (!config.ok()) {
    std::cerr << config.status() << "\n";
    std::abort();
  }
  return *std::move(config);
}

RunningAgent::RunningAgent(const config::AgentConfig& config, const Clock& clock,
                           const agent::AgentSeams& seams) {
  std::promise<agent::Agent*> made;
  thread_ = std::thread([&made, config, &clock, seams] {
    auto agent = agent::Agent::Create(config, clock, seams);
    if (!agent.ok()) {
      std::cerr << agent.status() << "\n";
      std::abort();
    }
    made.set_value(agent->get());
    const absl::Status status = (*agent)->Run();
    if (!status.ok()) std::cerr << status << "\n";
  });
  agent_ = made.get_future().get();
}

RunningAgent::~RunningAgent() {
  agent_->Stop();
  thread_.join();
}

DemoPort::DemoPort() { Open(); }

void DemoPort::Open() {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address = Loopback(port_);
  socklen_t size = sizeof(address);
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd_, 1024) != 0 ||
      getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
}

void DemoPort::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::string HttpExchange(int port, const std::string& bytes) { return Exchange(port, bytes); }

std::string HttpGet(int port, const std::string& path) {
  const std::string answer =
      Exchange(port, absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: 127.0.0.1:", port,
                                  "\r\nConnection: close\r\n\r\n"));
  const size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

void SendGarbage(int port, const std::string& bytes) { Exchange(port, bytes); }

}  // namespace faultline
