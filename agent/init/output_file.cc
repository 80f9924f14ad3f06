#include "agent/init/output_file.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/host/fd.h"
#include "agent/host/small_file.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxOutputFile = 1 << 20;
constexpr int kMaxBeside = 99;
constexpr char kAgentGroup[] = "faultline-agent";

absl::Status Failed(int error, const std::string& what) {
  const char* fix = error == EACCES || error == EPERM || error == EROFS
                        ? "; run as root, or name another file with --output"
                        : "";
  const absl::Status status = absl::ErrnoToStatus(error, what);
  return {status.code(), absl::StrCat(status.message(), fix)};
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The directory where it had to be made, else nothing.
absl::StatusOr<std::string> MakeDirectory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0755) != 0) {
    if (errno == EEXIST) return "";
    return Failed(errno, "cannot make " + directory);
  }
  // Whatever the umask is: the agent has to get in.
  if (chmod(directory.c_str(), 0755) != 0) return Failed(errno, "cannot open up " + directory);
  return directory;
}

absl::Status SetRights(int fd, const std::string& path) {
  const group* agents = geteuid() == 0 ? getgrnam(kAgentGroup) : nullptr;
  if (agents != nullptr && fchown(fd, 0, agents->gr_gid) != 0) {
    return Failed(errno, absl::StrCat("cannot give ", path, " to group ", kAgentGroup));
  }
  if (fchmod(fd, agents != nullptr ? 0640 : 0644) != 0) {
    return Failed(errno, "cannot set the mode of " + path);
  }
  return absl::OkStatus();
}

// A file with the text that has no name that anybody looks for yet.
absl::StatusOr<std::string> MakePartial(const std::string& text, const std::string& directory) {
  std::string path = directory + "/.agent.yaml.XXXXXX";
  const host::Fd fd(mkostemp(path.data(), O_CLOEXEC));
  if (!fd.valid()) return Failed(errno, "cannot write in " + directory);
  absl::Status done = SetRights(fd.get(), path);
  for (size_t at = 0; done.ok() && at < text.size();) {
    const ssize_t n = write(fd.get(), text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) done = Failed(errno, "cannot write " + path);
    if (n > 0) at += static_cast<size_t>(n);
  }
  if (done.ok() && fsync(fd.get()) != 0) done = Failed(errno, "cannot write " + path);
  if (done.ok()) return path;
  unlink(path.c_str());
  return done;
}

// Gives `from` the first free name of BASE, BASE.2, BASE.3, ... as well, and returns it.
absl::StatusOr<std::string> LinkBeside(const std::string& from, const std::string& base) {
  for (int i = 1; i <= kMaxBeside; ++i) {
    std::string path = i == 1 ? base : absl::StrCat(base, ".", i);
    if (link(from.c_str(), path.c_str()) == 0) return path;
    if (errno != EEXIST) return Failed(errno, "cannot make " + path);
  }
  return absl::FailedPreconditionError(
      absl::StrCat(base, " and ", kMaxBeside - 1, " others are there already; remove them"));
}

// The file beside `base` that says this already, from a run before.
std::string SameBeside(const std::string& text, const std::string& base) {
  for (int i = 1; i <= kMaxBeside; ++i) {
    std::string path = i == 1 ? base : absl::StrCat(base, ".", i);
    const auto there = host::ReadSmallFile(path, kMaxOutputFile);
    if (absl::IsNotFound(there.status())) return "";
    if (there.ok() && *there == text) return path;
  }
  return "";
}

absl::StatusOr<Output> Publish(const std::string& partial, const std::string& path, OutputWay way) {
  if (way == OutputWay::kWritten) {
    if (link(partial.c_str(), path.c_str()) == 0) return Output{way, path};
    // Somebody else was quicker: theirs stays.
    if (errno != EEXIST) return Failed(errno, "cannot make " + path);
    way = OutputWay::kBeside;
  }
  if (way == OutputWay::kReplaced) {
    const absl::StatusOr<std::string> kept = LinkBeside(path, path + ".orig");
    if (!kept.ok()) return kept.status();
    if (rename(partial.c_str(), path.c_str()) != 0) return Failed(errno, "cannot replace " + path);
    return Output{way, path, *kept};
  }
  const absl::StatusOr<std::string> beside = LinkBeside(partial, path + ".new");
  if (!beside.ok()) return beside.status();
  return Output{OutputWay::kBeside, *beside};
}

}  // namespace

bool ConfiguresNothing(const std::string& text, const std::string& example) {
  if (!example.empty() && text == example) return true;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty() && !absl::StartsWith(line, "#")) return false;
  }
  return true;
}

absl::StatusOr<Output> WriteOutput(const std::string& text, const std::string& path,
                                   const std::string& example) {
  const auto there = host::ReadSmallFile(path, kMaxOutputFile);
  OutputWay way = OutputWay::kBeside;
  if (absl::IsNotFound(there.status())) {
    way = OutputWay::kWritten;
  } else if (there.ok()) {
    if (*there == text) return Output{OutputWay::kUnchanged, path};
    if (ConfiguresNothing(*there, example)) way = OutputWay::kReplaced;
  } else if (absl::IsFailedPrecondition(there.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(there.status().message(), "; name a file with --output"));
  }
  if (way == OutputWay::kBeside) {
    const std::string same = SameBeside(text, path + ".new");
    if (!same.empty()) return Output{OutputWay::kBesideToo, same};
  }
  const std::string directory = DirectoryOf(path);
  absl::StatusOr<std::string> made = MakeDirectory(directory);
  if (!made.ok()) return made.status();
  const absl::StatusOr<std::string> partial = MakePartial(text, directory);
  if (!partial.ok()) return partial.status();
  absl::StatusOr<Output> output = Publish(*partial, path, way);
  unlink(partial->c_str());
  if (output.ok()) output->made = *std::move(made);
  return output;
}

}  // namespace faultline::init
