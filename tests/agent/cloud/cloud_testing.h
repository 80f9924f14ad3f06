// A machine's files as an EC2 instance has them, and a metadata service on loopback.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/cloud/metadata_service.h"
#include "common/mutex.h"
#include "tests/fakes/raw_peer.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::cloud {

inline constexpr char kInstance[] = "i-0123456789abcdef0";

class MachineFiles {
 public:
  std::string root() const { return root_.path(); }
  void Write(const std::string& path, const std::string& text) const {
    const std::filesystem::path whole = root_.path() + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  void BeEc2() const { Write("/sys/devices/virtual/dmi/id/sys_vendor", "Amazon EC2\n"); }
  void WriteInstanceData() const {
    Write("/run/cloud-init/instance-data.json",
          R"({"v1": {"cloud_name": "aws", "instance_id": "i-0123456789abcdef0",
                     "region": "us-east-1"}})");
  }

 private:
  const fakes::TempDirectory root_;
};

inline std::string HttpAnswer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

// Answers as the service does unless a test says otherwise; refuses a document without the token.
class FakeMetadata {
 public:
  using Answer = std::function<std::string(const std::string& head)>;

  FakeMetadata() : peer_([this](int fd) { Serve(fd); }) {}

  MetadataService service(Span timeout = Span::Seconds(10)) const {
    return {
        .address = *host::ParseIpAddress("127.0.0.1"), .port = peer_.port(), .timeout = timeout};
  }
  // "" = never answers.
  void set_answer(Answer answer) {
    MutexLock lock(mutex_);
    answer_ = std::move(answer);
  }
  std::vector<std::string> heads() const {
    MutexLock lock(mutex_);
    return heads_;
  }

  static std::string AsItShould(const std::string& head) {
    if (head.rfind("PUT /latest/api/token ", 0) == 0) return HttpAnswer("200 OK", "AQAEtoken==");
    if (head.find("\r\nX-aws-ec2-metadata-token: AQAEtoken==\r\n") == std::string::npos) {
      return HttpAnswer("401 Unauthorized", "");
    }
    return HttpAnswer("200 OK", R"({"instanceId": "i-0123456789abcdef0", "region": "us-east-1"})");
  }

 private:
  void Serve(int fd) {
    const std::string head = fakes::RawPeer::ReceiveHead(fd);
    if (head.empty()) return;
    Answer answer;
    {
      MutexLock lock(mutex_);
      heads_.push_back(head);
      answer = answer_;
    }
    const std::string bytes = answer(head);
    if (bytes.empty()) return fakes::RawPeer::WaitForEnd(fd);
    fakes::RawPeer::Send(fd, bytes);
  }

  mutable Mutex mutex_;
  Answer answer_ FAULTLINE_GUARDED_BY(mutex_) = AsItShould;
  std::vector<std::string> heads_ FAULTLINE_GUARDED_BY(mutex_);
  fakes::RawPeer peer_;  // the last: it ends before what it uses
};

}  // namespace faultline::cloud
