// A real HTTP/1.1 receiver on loopback for tests: takes requests on kept-alive connections, records
// them, answers as scripted, and can hold its answers back.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/mutex.h"

namespace faultline::fakes {

class HttpReceiver {
 public:
  struct Request {
    std::string method;
    std::string path;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    int connection = 0;  // 1, 2, ...: which connection it came on
    std::chrono::steady_clock::time_point at;
  };

  HttpReceiver() {
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

  ~HttpReceiver() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      holding_ = false;
      shutdown(listener_, SHUT_RDWR);
      for (int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    changed_.notify_all();
    acceptor_.join();
    for (std::thread& thread : connections_) thread.join();
    close(listener_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  // "HTTP/1.1 500 Scripted ...". `headers` are whole lines that end in "\r\n".
  static std::string Answer(int status, const std::string& body = "",
                            const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  // The next requests get these raw answers, later ones 200. An empty one closes the connection.
  void Script(std::vector<std::string> answers) {
    MutexLock lock(mutex_);
    script_.assign(answers.begin(), answers.end());
  }
  // From now on requests are taken and recorded but not answered, until Release.
  void Hold() {
    MutexLock lock(mutex_);
    holding_ = true;
  }
  // The same, but only those with this Idempotency-Key.
  void HoldOnly(const std::string& key) {
    MutexLock lock(mutex_);
    held_key_ = key;
  }
  // Answers one request at a time, each after this. For a receiver that is slow.
  void AnswerSlowly(std::chrono::milliseconds each) {
    MutexLock lock(mutex_);
    pause_ = each;
  }
  void Release() {
    {
      MutexLock lock(mutex_);
      holding_ = false;
      held_key_.clear();
    }
    changed_.notify_all();
  }

  std::vector<Request> requests() const {
    MutexLock lock(mutex_);
    return requests_;
  }
  // False when fewer than `count` came in time.
  bool WaitForRequests(size_t count, std::chrono::seconds bound = std::chrono::seconds(20)) const {
    MutexLock lock(mutex_);
    return lock.WaitFor(changed_, bound, [&] { return requests_.size() >= count; });
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
      const int number = static_cast<int>(connections_.size()) + 1;
      connections_.emplace_back([this, fd, number] { Serve(fd, number); });
    }
  }

  void Serve(int fd, int number) {
    std::string received;
    Request request;
    while (ReadRequest(fd, received, request)) {
      request.connection = number;
      const std::string answer = Take(std::move(request));
      request = {};
      if (answer.empty() || send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    MutexLock lock(mutex_);
    open_.erase(fd);
    close(fd);
  }

  std::string Take(Request request) {
    MutexLock lock(mutex_);
    const std::string key = request.headers["idempotency-key"];
    request.at = std::chrono::steady_clock::now();
    requests_.push_back(std::move(request));
    std::string answer = Answer(200);
    if (!script_.empty()) {
      answer = script_.front();
      script_.pop_front();
    }
    changed_.notify_all();
    lock.Wait(changed_,
              [&] { return stopping_ || !(holding_ || (!key.empty() && held_key_ == key)); });
    if (pause_.count() > 0) {
      // The next one's turn comes after this one's.
      const auto now = std::chrono::steady_clock::now();
      next_answer_ = std::max(next_answer_, now) + pause_;
      const auto mine = next_answer_;
      while (!stopping_ && std::chrono::steady_clock::now() < mine) {
        lock.WaitFor(changed_, mine - std::chrono::steady_clock::now(),
                     [this] { return stopping_; });
      }
    }
    return stopping_ ? "" : answer;
  }

  static bool ReadMore(int fd, std::string& received) {
    char buffer[16384];
    const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    if (n <= 0) return false;
    received.append(buffer, static_cast<size_t>(n));
    return true;
  }

  // What is left over in `received` belongs to the next request.
  static bool ReadRequest(int fd, std::string& received, Request& request) {
    size_t end = 0;
    while ((end = received.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore(fd, received)) return false;
    }
    const std::string head = received.substr(0, end + 2);
    received.erase(0, end + 4);
    size_t line_start = head.find("\r\n") + 2;
    const std::string first = head.substr(0, line_start - 2);
    const size_t space = first.find(' ');
    request.method = first.substr(0, space);
    request.path = first.substr(space + 1, first.rfind(' ') - space - 1);
    while (line_start < head.size()) {
      const size_t line_end = head.find("\r\n", line_start);
      const std::string line = head.substr(line_start, line_end - line_start);
      line_start = line_end + 2;
      const size_t colon = line.find(':');
      if (colon == std::string::npos) return false;
      std::string name = line.substr(0, colon);
      for (char& c : name) c = static_cast<char>(tolower(c));
      request.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
    }
    const size_t length = std::strtoul(request.headers["content-length"].c_str(), nullptr, 10);
    while (received.size() < length) {
      if (!ReadMore(fd, received)) return false;
    }
    request.body = received.substr(0, length);
    received.erase(0, length);
    return true;
  }

  int listener_ = -1;
  int port_ = 0;
  mutable Mutex mutex_;
  mutable std::condition_variable changed_;
  bool stopping_ = false;
  bool holding_ = false;
  std::string held_key_;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point next_answer_;
  std::deque<std::string> script_;
  std::vector<Request> requests_;
  std::set<int> open_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace faultline::fakes
