// A real HTTP server on loopback that answers paths with canned texts and holds event streams open.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace faultline::cli {

class CannedCollector {
 public:
  CannedCollector() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { AcceptAll(); });
  }
  ~CannedCollector() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      shutdown(listener_, SHUT_RDWR);
      for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    changed_.notify_all();
    acceptor_.join();
    for (std::thread& thread : connections_) thread.join();
    close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  static std::string Http(int status, const std::string& body,
                          const std::string& type = "application/json") {
    return "HTTP/1.1 " + std::to_string(status) + " Canned\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
           body;
  }

  // From now on `path` (with its query, if any) gets this JSON.
  void Serve(const std::string& path, const std::string& json) { ServeRaw(path, Http(200, json)); }
  // The bytes as they are; an empty text closes the connection without an answer.
  void ServeRaw(const std::string& path, const std::string& bytes) {
    MutexLock lock(mutex_);
    answers_[path] = bytes;
  }
  // Every answer of an empty collector: one with nothing connected.
  void ServeEmpty() {
    Serve("/api/v1/status", R"({"version": "0.1.0"})");
    Serve("/api/v1/hosts", "{}");
    Serve("/api/v1/checks", "{}");
    Serve("/api/v1/alerts?state=pending,firing", "{}");
  }

  // Sends bytes to every open event stream.
  void Send(const std::string& bytes) {
    MutexLock lock(mutex_);
    for (const int fd : streams_) send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void SendChange(int id, const std::string& json) {
    Send("id: " + std::to_string(id) + "\nevent: change\ndata: " + json + "\n\n");
  }
  void EndStreams() {
    MutexLock lock(mutex_);
    for (const int fd : streams_) shutdown(fd, SHUT_RDWR);
    streams_.clear();
  }

  // False when it did not come to that in time. Counts from the start.
  bool WaitForStreams(size_t count) {
    MutexLock lock(mutex_);
    return lock.WaitFor(changed_, std::chrono::seconds(20),
                        [&] { return stream_heads_.size() >= count; });
  }
  bool WaitForRequests(const std::string& path, size_t count) {
    MutexLock lock(mutex_);
    return lock.WaitFor(changed_, std::chrono::seconds(20),
                        [&] { return requests_[path] >= count; });
  }
  size_t requests(const std::string& path) {
    MutexLock lock(mutex_);
    return requests_[path];
  }
  // The newest request for `path`, head and body.
  std::string last_request(const std::string& path) {
    MutexLock lock(mutex_);
    return last_requests_[path];
  }
  // The request heads of event streams, in the order they came.
  std::vector<std::string> stream_heads() {
    MutexLock lock(mutex_);
    return stream_heads_;
  }

 private:
  void AcceptAll() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      MutexLock lock(mutex_);
      if (stopping_ || fd < 0) {
        if (fd >= 0) close(fd);
        return;
      }
      open_.insert(fd);
      connections_.emplace_back([this, fd] { Answer(fd); });
    }
  }

  void Answer(int fd) {
    std::string head;
    char buffer[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
      if (got <= 0) return Close(fd);
      head.append(buffer, static_cast<size_t>(got));
    }
    const size_t length_at = head.find("Content-Length: ");
    const size_t body = length_at == std::string::npos
                            ? 0
                            : std::strtoul(head.c_str() + length_at + 16, nullptr, 10);
    while (head.size() < head.find("\r\n\r\n") + 4 + body) {
      const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
      if (got <= 0) return Close(fd);
      head.append(buffer, static_cast<size_t>(got));
    }
    const size_t target_at = head.find(' ') + 1;
    const std::string target = head.substr(target_at, head.find(' ', target_at) - target_at);
    std::string answer;
    bool stream = false;
    {
      MutexLock lock(mutex_);
      const auto found = answers_.find(target);
      stream = found == answers_.end() && target == "/api/v1/events";
      answer = stream ? "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n"
               : found == answers_.end() ? Http(404, R"({"error": {"message": "no such path"}})")
                                         : found->second;
      // Before the answer: who has it may ask at once what was requested.
      ++requests_[target];
      last_requests_[target] = head;
    }
    for (size_t sent = 0; sent < answer.size();) {
      const ssize_t n = send(fd, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<size_t>(n);
    }
    if (stream) {
      MutexLock lock(mutex_);
      streams_.insert(fd);
      stream_heads_.push_back(head);
    }
    changed_.notify_all();
    // An event stream lasts until either side ends it.
    while (stream && recv(fd, buffer, sizeof(buffer), 0) > 0) {
    }
    Close(fd);
  }

  void Close(int fd) {
    MutexLock lock(mutex_);
    open_.erase(fd);
    streams_.erase(fd);
    close(fd);
  }

  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  Mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::set<int> open_;
  std::set<int> streams_;
  std::vector<std::thread> connections_;
  std::map<std::string, std::string> answers_;
  std::map<std::string, size_t> requests_;
  std::map<std::string, std::string> last_requests_;
  std::vector<std::string> stream_heads_;
};

}  // namespace faultline::cli
