#include "agent/host/path_watch.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/host/fd.h"

namespace faultline::host {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel
constexpr int kMaxArms = 5;
constexpr uint32_t kDirectoryEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                      IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr uint32_t kFileEvents = IN_MODIFY | IN_ATTRIB;

std::deque<std::string> Parts(const std::string& path) {
  return absl::StrSplit(path, '/', absl::SkipEmpty());
}

std::string Parent(const std::string& directory) {
  const size_t slash = directory.rfind('/');
  return slash == 0 || slash == std::string::npos ? "" : directory.substr(0, slash);
}

class InotifyWatch : public PathWatch {
 public:
  InotifyWatch(std::string path, PathEvents events, std::function<void()> callback)
      : path_(std::move(path)), events_(events), callback_(std::move(callback)) {}

  absl::Status Attach(Loop& loop) {
    fd_ = Fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!fd_.valid()) return absl::ErrnoToStatus(errno, "cannot watch files (inotify)");
    auto source = loop.WatchFd(fd_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); });
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    Arm();
    return absl::OkStatus();
  }

  bool complete() const override { return complete_; }

 private:
  // A directory made between finding the way and watching it is told by nobody: until the way is
  // the same afterwards.
  void Arm() {
    std::vector<std::string> way = DecidingDirectories(path_);
    for (int i = 0; i < kMaxArms; ++i) {
      ArmFor(way);
      std::vector<std::string> again = DecidingDirectories(path_);
      if (again == way) return;
      way = std::move(again);
    }
    complete_ = false;
  }

  // Watching an inode twice gives the same number: what is new is added, what is no longer on the
  // way is removed.
  void ArmFor(const std::vector<std::string>& way) {
    std::set<int> wanted;
    complete_ = true;
    const uint32_t mask =
        kDirectoryEvents | (events_ == PathEvents::kReplacedOrWritten ? IN_CLOSE_WRITE : 0U);
    for (const std::string& directory : way) {
      const int watch = inotify_add_watch(fd_.get(), directory.c_str(), mask);
      if (watch >= 0) wanted.insert(watch);
      complete_ = complete_ && watch >= 0;
    }
    file_watch_ = -1;
    if (events_ == PathEvents::kReplacedOrGrown) {
      file_watch_ = inotify_add_watch(fd_.get(), path_.c_str(), kFileEvents);
      if (file_watch_ >= 0) wanted.insert(file_watch_);
      complete_ = complete_ && (file_watch_ >= 0 || errno == ENOENT);
    }
    for (const int watch : watches_) {
      if (wanted.count(watch) == 0) inotify_rm_watch(fd_.get(), watch);
    }
    watches_ = std::move(wanted);
  }

  void OnReadable() {
    alignas(inotify_event) std::array<char, 4096> buffer;
    bool way_changed = false;
    bool any = false;
    ssize_t n = 0;
    while ((n = read(fd_.get(), buffer.data(), buffer.size())) > 0) {
      for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= n;) {
        inotify_event event;
        std::memcpy(&event, buffer.data() + at, sizeof(event));
        at += static_cast<ssize_t>(sizeof(event) + event.len);
        // The end of a watch that we removed ourselves is no news.
        if ((event.mask & IN_IGNORED) != 0 && watches_.count(event.wd) == 0) continue;
        any = true;
        way_changed = way_changed || event.wd != file_watch_ || (event.mask & ~IN_MODIFY) != 0;
      }
    }
    if (way_changed) Arm();
    if (!any) return;
    const std::function<void()> callback = callback_;
    callback();
  }

  const std::string path_;
  const PathEvents events_;
  const std::function<void()> callback_;
  Fd fd_;
  std::set<int> watches_;
  int file_watch_ = -1;
  bool complete_ = true;
  std::unique_ptr<LoopSource> source_;
};

}  // namespace

std::vector<std::string> DecidingDirectories(const std::string& path) {
  std::vector<std::string> directories;
  const auto add = [&directories](const std::string& directory) {
    const std::string name = directory.empty() ? "/" : directory;
    if (std::find(directories.begin(), directories.end(), name) == directories.end()) {
      directories.push_back(name);
    }
  };
  std::deque<std::string> rest = Parts(path);
  std::string at;  // without a slash at its end; "" is the root
  int links = 0;
  while (!rest.empty()) {
    const std::string part = rest.front();
    rest.pop_front();
    if (part == ".") continue;
    if (part == "..") {
      at = Parent(at);
      continue;
    }
    const std::string next = absl::StrCat(at, "/", part);
    struct stat info {};
    if (lstat(next.c_str(), &info) != 0) {
      add(at);
      break;
    }
    if (S_ISLNK(info.st_mode)) {
      add(at);
      std::array<char, PATH_MAX> target;
      const ssize_t length = readlink(next.c_str(), target.data(), target.size());
      if (length <= 0 || ++links > kMaxLinks) break;
      const std::string text(target.data(), static_cast<size_t>(length));
      if (text[0] == '/') at.clear();
      const std::deque<std::string> expanded = Parts(text);
      rest.insert(rest.begin(), expanded.begin(), expanded.end());
      continue;
    }
    if (rest.empty()) add(at);
    at = next;
  }
  return directories;
}

absl::StatusOr<std::unique_ptr<PathWatch>> WatchPath(Loop& loop, const std::string& path,
                                                     PathEvents events,
                                                     std::function<void()> callback) {
  auto watch = std::make_unique<InotifyWatch>(path, events, std::move(callback));
  if (absl::Status attached = watch->Attach(loop); !attached.ok()) return attached;
  return watch;
}

}  // namespace faultline::host
