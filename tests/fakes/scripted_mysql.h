// A server on loopback that speaks as much of MySQL's protocol as a test writes down: greetings,
// plugins and rows of servers that are not at hand, and what a hostile one might send. After
// "MySQL Internals Manual", client/server protocol.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/host/endpoint.h"
#include "agent/host/fd.h"
#include "common/mutex.h"

namespace faultline::fakes {

class ScriptedMySql {
 public:
  using Rows = std::vector<std::vector<std::pair<std::string, std::string>>>;  // column, value

  // One client's connection, in the server's eyes. Reading ends at the end of the connection.
  class Client {
   public:
    Client(ScriptedMySql& server, int fd) : server_(server), fd_(fd) {}

    void Raw(const std::string& bytes) {
      [[maybe_unused]] const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void Packet(const std::string& body) {
      std::string header = Number(body.size(), 3);
      header.push_back(static_cast<char>(sequence_++));
      Raw(header + body);
    }
    std::optional<std::string> Read() {
      std::string header;
      if (!ReadExactly(4, &header)) return std::nullopt;
      const auto byte = [&](size_t i) { return static_cast<unsigned char>(header[i]); };
      std::string body;
      if (!ReadExactly(byte(0) | byte(1) << 8 | byte(2) << 16, &body)) return std::nullopt;
      sequence_ = static_cast<uint8_t>(byte(3) + 1);
      server_.Record(body);
      return body;
    }
    // Until the client closes, or the test ends.
    void Wait() {
      std::string rest;
      while (ReadExactly(1, &rest)) rest.clear();
    }

    void Greet(const std::string& version, const std::string& plugin) {
      // Protocol 4.1, secure connection, plugin authentication, databases.
      const uint32_t capabilities = 0x1 | 0x2 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000;
      sequence_ = 0;
      Packet("\x0a" + version + std::string(1, '\0') + Number(7, 4) + "12345678" +
             std::string(1, '\0') + Number(capabilities & 0xffff, 2) + "\xff" + Number(2, 2) +
             Number(capabilities >> 16, 2) + Number(21, 1) + std::string(10, '\0') +
             "123456789012" + std::string(1, '\0') + plugin + std::string(1, '\0'));
    }
    void Ok() { Packet(std::string("\0\0\0\2\0\0\0", 7)); }
    void Error(int number, const std::string& text) {
      Packet("\xff" + Number(static_cast<uint64_t>(number), 2) + "#HY000" + text);
    }
    void Answer(const Rows& rows, const std::vector<std::string>& columns) {
      Packet(Number(columns.size(), 1));
      for (const std::string& name : columns) {
        Packet(Text("def") + Text("") + Text("") + Text("") + Text(name) + Text(name) + "\x0c" +
               Number(33, 2) + Number(1024, 4) + Number(0xfd, 1) + Number(0, 2) + Number(0, 1) +
               Number(0, 2));
      }
      End();
      for (const auto& row : rows) {
        std::string body;
        for (const auto& [name, value] : row) body += Text(value);
        Packet(body);
      }
      End();
    }
    // What Connector/C++ asks when it has logged in: SET NAMES, and the session's sql_mode.
    // Answers questions whose text has one of the keys; SET and its like with OK, others as
    // unknown.
    void Serve(std::map<std::string, Rows> answers) {
      answers["SHOW SESSION VARIABLES"] = {{{"Variable_name", "sql_mode"}, {"Value", ""}}};
      while (std::optional<std::string> command = Read()) {
        if (command->empty() || (*command)[0] == '\1') return;  // COM_QUIT
        if (command->find("a file, please") != std::string::npos) return;
        const Rows* rows = nullptr;
        for (const auto& [key, value] : answers) {
          if (command->find(key) != std::string::npos) rows = &value;
        }
        if (rows == nullptr) {
          command->find("SHOW ") == std::string::npos ? Ok() : Error(1064, "You have an error");
          continue;
        }
        std::vector<std::string> columns;
        for (const auto& [name, value] : rows->at(0)) columns.push_back(name);
        Answer(*rows, columns);
      }
    }

   private:
    static std::string Number(uint64_t value, int bytes) {
      std::string out;
      for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
      return out;
    }
    static std::string Text(const std::string& text) { return Number(text.size(), 1) + text; }
    void End() { Packet(std::string("\xfe\0\0\2\0", 5)); }
    bool ReadExactly(size_t size, std::string* out) {
      while (out->size() < size) {
        pollfd ready{fd_, POLLIN, 0};
        if (server_.stopping_) return false;
        if (poll(&ready, 1, 20) <= 0) continue;
        char byte = 0;
        if (recv(fd_, &byte, 1, 0) != 1) return false;
        out->push_back(byte);
      }
      return true;
    }

    ScriptedMySql& server_;
    const int fd_;
    uint8_t sequence_ = 0;
  };

  // `script` plays for each connection in turn, on a thread of the server's own.
  explicit ScriptedMySql(std::function<void(Client&)> script) : script_(std::move(script)) {
    listener_ = host::Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address;
    socklen_t size = host::FillSockaddr(*host::ParseIpAddress("127.0.0.1"), 0, &address);
    if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_.get(), 16) != 0 ||
        getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~ScriptedMySql() {
    stopping_ = true;
    thread_.join();
  }
  ScriptedMySql(const ScriptedMySql&) = delete;
  ScriptedMySql& operator=(const ScriptedMySql&) = delete;

  int port() const { return port_; }
  // Bodies of all packets that clients sent.
  std::vector<std::string> received() const {
    MutexLock lock(mutex_);
    return received_;
  }

 private:
  void Run() {
    while (!stopping_) {
      pollfd ready{listener_.get(), POLLIN, 0};
      if (poll(&ready, 1, 20) <= 0) continue;
      const host::Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd.valid()) continue;
      Client client(*this, fd.get());
      script_(client);
    }
  }
  void Record(const std::string& body) {
    MutexLock lock(mutex_);
    received_.push_back(body);
  }

  const std::function<void(Client&)> script_;
  host::Fd listener_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable Mutex mutex_;
  std::vector<std::string> received_;
  std::thread thread_;
};

}  // namespace faultline::fakes
