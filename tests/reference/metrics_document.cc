#include "tests/reference/metrics_document.h"

#include <map>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace faultline::reference {
namespace {

constexpr char kHead[] = R"(# Metrics

<!-- Made by `make docs` from the declarations in collector/metrics and agent/checks. -->
The collector answers Prometheus at `http://127.0.0.1:7480/metrics` (text format 0.0.4):

```yaml
scrape_configs:
  - job_name: faultline
    static_configs: [{targets: ["127.0.0.1:7480"]}]
rule_files: [/etc/prometheus/faultline.rules.yaml]
```

`deploy/prometheus/faultline.rules.yaml` (of the package: /usr/share/doc/faultline-collector/examples) has rules for
it: a collector that is down, a store that cannot be written, a reload that was refused, notifications that wait, a
silent host, a check that is stale. Faultline tells of outages by itself; these watch the watcher. In short:

| expression | means |
| --- | --- |
| `up{job="faultline"} == 0` | the collector does not answer: nobody watches the stack |
| `faultline_store_up == 0` | its history cannot be written: what is told now may be told again after a restart |
| `faultline_config_last_reload_successful == 0` | a reload was refused: it runs on as before, and the next start may fail |
| `faultline_notifications_waiting > 0` | a channel does not take what it should tell |
| `faultline_host_up == 0` | nothing is heard of a host: what its checks say is last known |
| `faultline_check_status == 2` | a check is CRITICAL; `3`: it cannot look |
| `faultline_incident_open` | an incident is open |

- Times are seconds since 1970. Reasons and causes are no labels, since they would change what a series is; the API
  has them.
- Counters whose labels are known beforehand are there from the start with 0, so that `increase()` sees the first event.
- Facts of a host are joined by its own labels:
  `faultline_check_status * on (stack, env, host) group_left (role, region) faultline_host_info`. Prometheus' `info()`
  joins by `instance` and `job`, which are the collector's for every host: it gives the facts of another one.
- A bucket's `le` of a whole number is `"1"` here and `"1.0"` in Prometheus 3 and later: match both.

)";

struct Family {
  std::string type;
  std::string help;
  std::string labels;  // "`stack`, `env`"
};

// "`stack`, `env`" of `name{stack="shop",env="prod"} 1`.
std::string LabelNames(const std::string& sample) {
  std::string names;
  const size_t open = sample.find('{');
  if (open == std::string::npos) return names;
  for (size_t at = open + 1; at < sample.size();) {
    const size_t equals = sample.find("=\"", at);
    if (equals == std::string::npos) break;
    const std::string name = sample.substr(at, equals - at);
    if (name != "le") absl::StrAppend(&names, names.empty() ? "`" : ", `", name, "`");
    const size_t end = sample.find('"', equals + 2);
    if (end == std::string::npos || sample[end + 1] != ',') break;
    at = end + 2;
  }
  return names;
}

std::map<std::string, Family> Families(const std::string& exposition) {
  std::map<std::string, Family> families;
  std::string current;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    if (absl::StartsWith(line, "# HELP ") && words.size() == 4) {
      current = words[2];
      families[current].help = words[3];
    } else if (absl::StartsWith(line, "# TYPE ") && words.size() == 4) {
      families[words[2]].type = words[3];
    } else if (std::string& labels = families[current].labels;
               LabelNames(line).size() > labels.size()) {
      labels = LabelNames(line);
    }
  }
  return families;
}

std::string Cell(const std::string& text) { return absl::StrReplaceAll(text, {{"|", "\\|"}}); }

}  // namespace

std::string WriteMetricsDocument(const std::string& exposition,
                                 const std::vector<GaugeReference>& gauges) {
  std::map<std::string, Family> families = Families(exposition);
  std::map<std::string, std::string> by_kind;
  for (const GaugeReference& gauge : gauges) {
    const auto found = families.find(gauge.family);
    if (found == families.end()) continue;
    absl::StrAppend(&by_kind[gauge.kind], "| `", gauge.family, "` | ", found->second.type, " | ",
                    Cell(gauge.help), " |\n");
    families.erase(found);
  }
  std::string out = absl::StrCat(kHead,
                                 "## The fleet and the collector itself\n\n"
                                 "| metric | type | labels | meaning |\n"
                                 "| --- | --- | --- | --- |\n");
  for (const auto& [name, family] : families) {
    absl::StrAppend(&out, "| `", name, "` | ", family.type, " | ", family.labels, " | ",
                    Cell(family.help), " |\n");
  }
  absl::StrAppend(&out,
                  "\n## What checks measure\n\n"
                  "All with the labels `stack`, `env`, `host`, `kind`, `target`, `name` and "
                  "`subject`; absent while their host\nis not connected. Gauges of a newer agent "
                  "are there under `faultline_KIND_GAUGE` without a meaning.\n");
  for (const auto& [kind, rows] : by_kind) {
    absl::StrAppend(&out, "\n### `", kind,
                    "`\n\n| metric | type | meaning |\n| --- | --- | --- |\n", rows);
  }
  return out;
}

}  // namespace faultline::reference
