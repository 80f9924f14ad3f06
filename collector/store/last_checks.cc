#include "collector/store/last_checks.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "collector/model/known_to_hold.h"
#include "collector/store/fields.h"

namespace faultline::store {
namespace {

// Behind each entry of a list, and between an entry's two halves. Texts from outside have no
// control characters (common/text.h).
constexpr char kEntry[] = "\x1e";
constexpr char kHalf[] = "\x1f";

void AppendEntry(const std::string& first, const std::string& second, std::string* list) {
  absl::StrAppend(list, first, kHalf, second, kEntry);
}

template <typename Take>
void VisitEntries(const std::string& list, Take take) {
  for (const auto entry : absl::StrSplit(list, kEntry, absl::SkipEmpty())) {
    std::pair<std::string, std::string> halves = absl::StrSplit(entry, absl::MaxSplits(kHalf, 1));
    take(std::move(halves.first), std::move(halves.second));
  }
}

std::string ExpectedText(const model::CheckPicture& check) {
  std::string list;
  for (const auto& [option, value] : check.expected) AppendEntry(option, value, &list);
  return list;
}

std::string EvidenceText(const model::CheckPicture& check) {
  std::string list;
  for (const model::Fact& fact : check.evidence) {
    AppendEntry(absl::StrCat(fact.at.ns), fact.text, &list);
  }
  return list;
}

std::string GaugesText(const model::CheckPicture& check) {
  std::string list;
  for (const model::GaugeValue& gauge : check.gauges) {
    AppendEntry(gauge.name, absl::StrFormat("%.17g", gauge.value), &list);
  }
  return list;
}

void ReadLists(Statement& row, model::CheckPicture* check) {
  VisitEntries(row.Get<std::string>(), [&](std::string option, std::string value) {
    check->expected[std::move(option)] = std::move(value);
  });
  VisitEntries(row.Get<std::string>(), [&](const std::string& at, std::string text) {
    model::Fact fact{.text = std::move(text), .at = {}};
    if (absl::SimpleAtoi(at, &fact.at.ns)) check->evidence.push_back(std::move(fact));
  });
  VisitEntries(row.Get<std::string>(), [&](std::string name, const std::string& value) {
    model::GaugeValue gauge{.name = std::move(name), .value = 0};
    if (absl::SimpleAtod(value, &gauge.value)) check->gauges.push_back(std::move(gauge));
  });
}

absl::Status WriteChecksOf(Statement& insert, const model::HostPicture& host) {
  const HostId& id = host.identity.id;
  for (const auto& [check_id, check] : host.checks) {
    // That one is the collector's own word, and goes on.
    if (!model::IsLastKnown(host, check)) continue;
    insert.Bind(id.stack.stack, id.stack.env, id.host);
    VisitLastCheck(check, Binding(insert));
    insert.Bind(ExpectedText(check), EvidenceText(check), GaugesText(check));
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteLastChecks(Connection& writer, const Commit& commit) {
  if (commit.relinked.empty()) return absl::OkStatus();
  static const std::string sql = InsertSql(
      "INSERT OR REPLACE", "last_checks",
      absl::StrCat("stack, env, host, ", kLastCheckColumns, ", expected, evidence, gauges"));
  Statement remove =
      writer.Prepare("DELETE FROM last_checks WHERE stack = ? AND env = ? AND host = ?");
  Statement insert = writer.Prepare(sql);
  for (const auto& host : commit.relinked) {
    const HostId& id = host->identity.id;
    absl::Status status = remove.Bind(id.stack.stack, id.stack.env, id.host).Run();
    if (status.ok()) status = WriteChecksOf(insert, *host);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ReadLastChecks(Connection& reader, std::vector<model::HostPicture>& hosts) {
  std::map<HostId, model::HostPicture*> known;
  for (model::HostPicture& host : hosts) known[host.identity.id] = &host;
  Statement rows = reader.Prepare(absl::StrCat("SELECT stack, env, host, ", kLastCheckColumns,
                                               ", expected, evidence, gauges FROM last_checks"));
  for (;;) {
    const absl::StatusOr<bool> row = rows.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    HostId id;
    rows.Read(id.stack.stack);
    rows.Read(id.stack.env);
    rows.Read(id.host);
    model::CheckPicture check;
    VisitLastCheck(check, Reading(rows));
    ReadLists(rows, &check);
    const auto host = known.find(id);
    if (host == known.end()) continue;
    const CheckId check_id = check.id;
    host->second->checks[check_id] = std::move(check);
  }
}

}  // namespace faultline::store
