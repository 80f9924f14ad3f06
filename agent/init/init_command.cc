#include "agent/init/init_command.h"

#include <unistd.h>

#include <ostream>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/checks/registry.h"
#include "agent/config/collector_reader.h"
#include "agent/config/config.h"
#include "agent/init/agent_yaml.h"
#include "agent/init/derive.h"
#include "agent/init/output_file.h"
#include "common/identity.h"
#include "common/secret_mode.h"
#include "common/text.h"

namespace faultline::init {

const char kInitExitCodes[] =
    "Exit codes: 0 written, printed, or there already word for word; 1 not written; 2 wrong usage; "
    "3 "
    "written or printed, though something could not be looked at; 4 another configuration was "
    "there: it stays, the new one is beside it.";

namespace {

enum ExitCode { kDone = 0, kNotWritten = 1, kUsage = 2, kPartlyBlind = 3, kBeside = 4 };

constexpr char kExample[] = "/usr/share/doc/faultline-agent/examples/agent.yaml";

absl::StatusOr<Wishes> WishesOf(const InitFlags& flags) {
  Wishes wishes{.collector = "", .token_file = flags.token_file, .host = flags.host};
  if (!flags.collector.empty()) {
    std::string host;
    int port = 0;
    if (!config::SplitAddress(flags.collector, &host, &port)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--collector takes HOST or HOST:PORT of the collector, like 10.0.1.20:", kCollectorPort));
    }
    wishes.collector = absl::StrCat(host, ":", port == 0 ? kCollectorPort : port);
  }
  if (!flags.host.empty() && !IsIdentityName(flags.host)) {
    return absl::InvalidArgumentError(
        "--host takes 1 to 63 letters, digits, '.', '-' and '_', beginning with a letter or digit");
  }
  const std::string& token = flags.token_file;
  if (!token.empty() && (token.front() != '/' || CleanText(token, 4096) != token)) {
    return absl::InvalidArgumentError(
        "--token-file takes the absolute path of the file, like /etc/faultline/join-token");
  }
  return wishes;
}

// As --check-config would.
absl::StatusOr<config::AgentConfig> Checked(const std::string& text, const std::string& file,
                                            bool with_collector) {
  return config::ParseAgentConfig(
      text, file, {.needs_collector = with_collector, .judge_checks = &checks::NoteErrors});
}

void PrintList(const std::string& title, const std::vector<std::string>& lines, std::ostream& out) {
  if (lines.empty()) return;
  out << title << "\n";
  for (const std::string& line : lines) out << "  - " << CleanText(line, 500) << "\n";
}

void PrintSummary(const Plan& plan, const HostSeen& seen, const config::AgentConfig& config,
                  std::ostream& out) {
  PrintList("Found:", plan.found, out);
  std::vector<std::string> roles;
  for (const Seen& role : plan.roles) roles.push_back(role.value);
  out << "Role: " << absl::StrJoin(roles, ", ") << "; " << config.checks.size() << " checks\n";
  std::vector<std::string> left_out = plan.left_out;
  for (const Seen& each : plan.disable) {
    left_out.push_back(absl::StrCat(each.value, ": ", each.where));
  }
  left_out.insert(left_out.end(), config.notes.begin(), config.notes.end());
  PrintList("Left out:", left_out, out);
  PrintList("Could not be looked at:", seen.unseen, out);
  if (!seen.unseen.empty() && geteuid() != 0) {
    out << "  Run this as root to see more: sudo faultline-agent init\n";
  }
  PrintList("To do:", plan.to_do, out);
}

std::string WordsOf(const Output& output, const std::string& wanted) {
  switch (output.way) {
    case OutputWay::kWritten:
      return absl::StrCat("Wrote ", output.path, ".");
    case OutputWay::kReplaced:
      return absl::StrCat("Wrote ", output.path,
                          "; what was there configured nothing, and is kept in ", output.kept, ".");
    case OutputWay::kUnchanged:
      return absl::StrCat(output.path, " says exactly this already; nothing was written.");
    case OutputWay::kBesideToo:
      return absl::StrCat(wanted, " is there already and was left as it is. ", output.path,
                          " says exactly what the new one would; nothing was written. Compare "
                          "them:\n  diff ",
                          wanted, " ", output.path);
    case OutputWay::kBeside:
      break;
  }
  return absl::StrCat(wanted, " is there already and was left as it is. The new one is ",
                      output.path, "; compare them:\n  diff ", wanted, " ", output.path);
}

// The agent would refuse it, and who has read it may join as this host.
void WarnOfToken(const std::string& token_file, std::ostream& out) {
  const std::string open = OpenToOthers(token_file);
  if (!open.empty()) out << "Warning: " << open << "\n";
}

void PrintNext(const std::string& file, const std::string& token_file, std::ostream& out) {
  out << "Next";
  if (access(token_file.c_str(), F_OK) != 0) {
    out << ", once the join token is in " << token_file
        << " (`faultline token create` on the collector prints it)";
  }
  if (file == kServiceFile) {
    out << ":\n  sudo faultline-agent join\n";
  } else {
    out << ":\n  sudo faultline-agent join --config " << file << "\n  sudo cp -i " << file << " "
        << kServiceFile << "   # the file that the service reads\n";
  }
  out << "  sudo systemctl start faultline-agent\n";
}

}  // namespace

int Init(const InitFlags& flags, const LookOptions& look, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<Wishes> wishes = WishesOf(flags);
  if (!wishes.ok()) {
    err << "faultline-agent: " << wishes.status().message() << "\n";
    return kUsage;
  }
  const HostSeen seen = LookAtHost(look);
  const Plan plan = DerivePlan(seen, *wishes);
  const bool printed = flags.output == "-";
  const std::string text =
      AgentYaml(plan, "Written by `faultline-agent init`, from what it saw on this host.");
  const bool with_collector = plan.collector.front().known;
  const auto config = Checked(text, printed ? "agent.yaml" : flags.output, with_collector);
  if (!config.ok()) {
    err << "faultline-agent: init made a configuration that the agent does not take, so nothing "
           "was written; this is a fault of init, please report it:\n"
        << config.status().message() << "\n";
    return kNotWritten;
  }
  std::ostream& people = printed ? err : out;
  PrintSummary(plan, seen, *config, people);
  const ExitCode code = seen.unseen.empty() ? kDone : kPartlyBlind;
  if (printed) {
    out << text << std::flush;
    return out.good() ? code : kNotWritten;
  }
  HostFiles files(look.root);
  const absl::StatusOr<Output> output =
      WriteOutput(text, flags.output, files.Read(kExample).value_or(""));
  if (!output.ok()) {
    err << "faultline-agent: " << output.status().message() << "\n";
    return kNotWritten;
  }
  people << WordsOf(*output, flags.output) << "\n";
  if (!output->made.empty()) people << "The directory " << output->made << " was made for it.\n";
  WarnOfToken(files.RealPath(config->join.token_file), people);
  if (output->way == OutputWay::kBeside || output->way == OutputWay::kBesideToo) return kBeside;
  PrintNext(flags.output, config->join.token_file, people);
  people << std::flush;
  return code;
}

}  // namespace faultline::init
