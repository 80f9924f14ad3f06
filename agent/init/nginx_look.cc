#include "agent/init/nginx_look.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "agent/host/child_process.h"
#include "agent/host/loop.h"
#include "agent/init/nginx_files.h"
#include "common/text.h"

namespace faultline::init {
namespace {

constexpr char kMainFile[] = "/etc/nginx/nginx.conf";
constexpr size_t kMaxDump = 8 << 20;

absl::StatusOr<host::ChildOutput> RunToItsEnd(const std::vector<std::string>& argv) {
  auto loop = host::Loop::Create();
  if (!loop.ok()) return loop.status();
  absl::StatusOr<host::ChildOutput> result = absl::UnknownError("was not run");
  auto child =
      host::RunChild(**loop, {.argv = argv, .max_output = kMaxDump, .deadline = Span::Seconds(10)},
                     [&](absl::StatusOr<host::ChildOutput> output) {
                       result = std::move(output);
                       (*loop)->Stop();
                     });
  if (!child.ok()) return child.status();
  if (absl::Status ran = (*loop)->Run(); !ran.ok()) return ran;
  return result;
}

// The line that says what is wrong: nginx puts "[emerg]" before it.
std::string ReasonIn(const std::string& err) {
  const std::vector<std::string> lines = absl::StrSplit(err, '\n', absl::SkipWhitespace());
  for (const std::string& line : lines) {
    if (line.find("[emerg]") != std::string::npos) return CleanText(line, 300);
  }
  return lines.empty() ? "it said nothing" : CleanText(lines.back(), 300);
}

}  // namespace

std::vector<std::string> NginxDumpCommand() {
  const std::string program = host::FindProgram({"nginx"});
  return program.empty() ? std::vector<std::string>() : std::vector<std::string>{program, "-T"};
}

NginxSeen LookAtNginx(HostFiles& files, const std::vector<std::string>& dump_command) {
  NginxSeen seen;
  seen.present = !dump_command.empty() || files.Exists(kMainFile);
  if (!seen.present) return seen;
  NginxConfiguration configuration;
  std::string main_file = kMainFile;
  if (!dump_command.empty()) {
    const std::string command = absl::StrJoin(dump_command, " ");
    const auto output = RunToItsEnd(dump_command);
    const NginxDump dump =
        output.ok() && output->exit_code == 0 ? SplitNginxDump(output->out) : NginxDump();
    if (!dump.files.empty()) {
      seen.source = command;
      main_file = dump.main_file;
      configuration = ReadNginxConfiguration(FilesOf(dump), dump.main_file);
    } else {
      seen.problems.push_back(absl::StrCat(
          command, " failed, its files were read instead: ",
          output.ok() ? ReasonIn(output->err) : std::string(output.status().message())));
    }
  }
  if (seen.source.empty()) {
    seen.source = absl::StrCat(kMainFile, " and what it includes");
    const NginxFiles disk{[&](const std::string& path) { return files.Read(path); },
                          [&](const std::string& pattern) { return files.Glob(pattern); }};
    configuration = ReadNginxConfiguration(disk, kMainFile);
  }
  for (std::string& problem : configuration.problems) {
    seen.problems.push_back(absl::StrCat("nginx: ", CleanText(problem, 300)));
  }
  seen.sites = FindNginxSites(configuration.directives, main_file.substr(0, main_file.rfind('/')));
  return seen;
}

}  // namespace faultline::init
