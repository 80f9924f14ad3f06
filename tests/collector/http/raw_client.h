// A client that sends exactly the bytes that a test wants, over a real socket.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

namespace faultline::http {

class RawClient {
 public:
  // `receive_buffer` in bytes, 0 = the system's.
  explicit RawClient(int port, int receive_buffer = 0) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawClient() { close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  // False when the other side has gone.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void EndSending() { shutdown(fd_, SHUT_WR); }

  // Everything up to the other side's end, or what came within 10 s.
  std::string ReadToEnd() {
    while (ReadSome()) {
    }
    return received_;
  }
  bool closed() const { return closed_; }

  // Everything so far, once it holds `text` (or 10 s are over).
  const std::string& ReadUntil(std::string_view text) {
    while (received_.find(text) == std::string::npos && ReadSome()) {
    }
    return received_;
  }

  // What came is forgotten.
  void Forget() { received_.clear(); }

  // One answer with Content-Length; its head and body.
  std::string ReadAnswer() {
    ReadUntil("\r\n\r\n");
    const size_t head = received_.find("\r\n\r\n") + 4;
    const size_t field = received_.find("Content-Length: ");
    const size_t bytes =
        field < head ? std::stoul(received_.substr(field + 16, 10)) : std::string::npos;
    while (received_.size() < head + bytes && ReadSome()) {
    }
    std::string answer = received_.substr(0, head + bytes);
    received_.erase(0, answer.size());
    return answer;
  }

 private:
  bool ReadSome() {
    pollfd wait{fd_, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
    char bytes[65536];
    const ssize_t count = recv(fd_, bytes, sizeof(bytes), 0);
    if (count <= 0) {
      closed_ = true;
      return false;
    }
    received_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  const int fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
  const std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + std::chrono::seconds(10);
};

}  // namespace faultline::http
