// A real headless Chromium, driven over its debugging pipe: the Chrome DevTools Protocol, one JSON
// text a message, each ended by a NUL byte. It reads descriptor 3 and writes descriptor 4.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::browser {

// Where it is on this machine; empty when it is not.
inline std::string FindChromium() {
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    for (const std::string& folder :
         std::vector<std::string>(absl::StrSplit(path == nullptr ? "" : path, ':'))) {
      const std::string file = folder + "/" + name;
      if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
    }
  }
  return "";
}

// What does not work is a failure of the test, and everything after it answers with nothing.
class Chromium {
 public:
  explicit Chromium(const std::string& program) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
      Broken("no pipe");
      return;
    }
    // Out of the way of 3 and 4, which dup2 would otherwise overwrite.
    const int child_reads = fcntl(to[0], F_DUPFD_CLOEXEC, 10);
    const int child_writes = fcntl(from[1], F_DUPFD_CLOEXEC, 10);
    write_fd_ = fcntl(to[1], F_DUPFD_CLOEXEC, 10);
    read_fd_ = fcntl(from[0], F_DUPFD_CLOEXEC, 10);
    for (const int fd : {to[0], to[1], from[0], from[1]}) close(fd);
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // what it leaves behind comes to us
    Spawn(program, child_reads, child_writes);
    close(child_reads);
    close(child_writes);
    if (child_ < 0) Broken("cannot start " + program);

    const auto target = Call("Target.createTarget", R"({"url":"about:blank"})");
    const auto session =
        Call("Target.attachToTarget",
             absl::StrCat(R"({"flatten":true,"targetId":)", Quote(Text(target, "targetId")), "}"));
    session_id_ = Text(session, "sessionId");
    Call("Runtime.enable", "{}");
    Call("Log.enable", "{}");
    Call("Emulation.setTimezoneOverride", R"({"timezoneId":"Europe/Berlin"})");
  }

  ~Chromium() {
    close(write_fd_);
    close(read_fd_);
    if (child_ <= 0) return;
    // There is nothing to save. Its helpers write into the profile as long as they live, and that
    // is deleted next: so they are waited for as well.
    kill(-child_, SIGKILL);
    while (waitpid(-child_, nullptr, 0) > 0 || errno == EINTR) {
    }
  }
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;

  void Open(const std::string& url) {
    Call("Page.navigate", absl::StrCat("{\"url\":", Quote(url), "}"));
  }

  // The value of a JavaScript expression, which has to be a string; promises are awaited.
  std::string Evaluate(const std::string& expression) {
    const auto answer =
        Call("Runtime.evaluate", absl::StrCat(R"({"awaitPromise":true,"returnByValue":true,)",
                                              R"("expression":)", Quote(expression), "}"));
    const auto result = answer.fields().find("result");
    return result == answer.fields().end() ? "" : Text(result->second.struct_value(), "value");
  }

  // What an element says, as a person reads it: without what is hidden.
  std::string Read(const std::string& selector) {
    return Evaluate(absl::StrCat("(() => { const element = document.querySelector(",
                                 Quote(selector), "); return element?.checkVisibility() ",
                                 "? element.innerText : ''; })()"));
  }

  // Waits until `condition` is true in the page; false after 20 s. Looks from within the page, as
  // often as it paints.
  bool Until(const std::string& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!broken_ && std::chrono::steady_clock::now() < deadline) {
      // While a page is loading it is replaced under our feet: then the answer is neither.
      const std::string seen = Evaluate(absl::StrCat(
          "new Promise((done) => { const end = performance.now() + 5000; const look = () => { ",
          "if (", condition, ") done('yes'); else if (performance.now() > end) done('no'); ",
          "else setTimeout(look, 4); }; look(); })"));
      if (seen == "yes") return true;
    }
    return false;
  }

  void Resize(int width, int height) {
    Call("Emulation.setDeviceMetricsOverride",
         absl::StrCat(R"({"deviceScaleFactor":1,"mobile":true,"width":)", width,
                      ",\"height\":", height, "}"));
  }

  // What the browser found wrong with the page so far: exceptions, refused resources, network.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  using Json = google::protobuf::Struct;

  static std::string Text(const Json& json, const std::string& field) {
    const auto found = json.fields().find(field);
    return found == json.fields().end() ? "" : found->second.string_value();
  }

  static std::string Quote(const std::string& text) {
    google::protobuf::Value value;
    value.set_string_value(text);
    std::string json;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(value, &json).ok());
    return json;
  }

  void Broken(const std::string& why) {
    broken_ = true;
    ADD_FAILURE() << "Chromium: " << why;
  }

  void Spawn(const std::string& program, int reads, int writes) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, reads, 3);
    posix_spawn_file_actions_adddup2(&files, writes, 4);
    // A listening socket of the test's that it kept would never be free again.
    posix_spawn_file_actions_addclosefrom_np(&files, 5);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> words = {program,
                                      "--headless",
                                      "--no-sandbox",  // it may run as root, and shows only ours
                                      "--disable-gpu",
                                      "--disable-dev-shm-usage",
                                      "--disable-quic",
                                      "--disable-breakpad",
                                      "--no-zygote",  // its helpers are its own children
                                      "--disable-background-networking",
                                      "--disable-component-update",
                                      "--disable-sync",
                                      "--no-first-run",
                                      "--window-size=1280,900",
                                      "--remote-debugging-pipe",
                                      "--user-data-dir=" + profile_.path(),
                                      "about:blank"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    // What it leaves in its temporary folder goes with the profile.
    std::string temporary = "TMPDIR=" + profile_.path();
    std::vector<char*> environment = {temporary.data()};
    for (char** entry = environ; *entry != nullptr; ++entry) {
      if (std::string_view(*entry).substr(0, 7) != "TMPDIR=") environment.push_back(*entry);
    }
    environment.push_back(nullptr);
    if (posix_spawn(&child_, program.c_str(), &files, &how, argv.data(), environment.data()) != 0) {
      child_ = -1;
    }
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
  }

  // The result, or nothing when the browser refuses.
  Json Call(const std::string& method, const std::string& parameters) {
    if (broken_) return {};
    const double id = ++calls_;
    std::string message =
        absl::StrCat("{\"id\":", calls_, ",\"method\":", Quote(method), ",\"params\":", parameters);
    if (!session_id_.empty()) absl::StrAppend(&message, ",\"sessionId\":", Quote(session_id_));
    message += "}";
    message += '\0';
    for (size_t sent = 0; sent < message.size();) {
      const ssize_t count = write(write_fd_, message.data() + sent, message.size() - sent);
      if (count <= 0) return Broken("it is gone"), Json();
      sent += static_cast<size_t>(count);
    }
    while (const auto answer = Receive()) {
      const auto& fields = answer->fields();
      if (fields.count("id") == 0 || fields.at("id").number_value() != id) {
        TakeEvent(*answer);
        continue;
      }
      return fields.count("result") == 0 ? Json() : fields.at("result").struct_value();
    }
    return {};
  }

  void TakeEvent(const Json& event) {
    const std::string method = Text(event, "method");
    if (method != "Runtime.exceptionThrown" && method != "Log.entryAdded") return;
    std::string json;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(event, &json).ok());
    complaints_.push_back(json);
  }

  std::optional<Json> Receive() {
    size_t end = 0;
    while ((end = received_.find('\0')) == std::string::npos) {
      pollfd wait{read_fd_, POLLIN, 0};
      char bytes[65536];
      if (poll(&wait, 1, 60'000) <= 0) return Broken("no answer within 60 s"), std::nullopt;
      const ssize_t count = read(read_fd_, bytes, sizeof(bytes));
      if (count <= 0) return Broken("it has ended"), std::nullopt;
      received_.append(bytes, static_cast<size_t>(count));
    }
    Json json;
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(received_.substr(0, end), &json);
    received_.erase(0, end + 1);
    if (!parsed.ok()) return Broken("it does not speak JSON"), std::nullopt;
    return json;
  }

  const fakes::TempDirectory profile_;
  pid_t child_ = -1;
  int write_fd_ = -1;
  int read_fd_ = -1;
  int calls_ = 0;
  bool broken_ = false;
  std::string session_id_;
  std::string received_;
  std::vector<std::string> complaints_;
};

}  // namespace faultline::browser
