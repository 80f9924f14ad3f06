#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/render_parts.h"

namespace faultline::cli {
namespace {

std::string ClockCell(const v1::Host& host) {
  if (!std::isfinite(host.clock_offset_seconds()) || host.clock_uncertainty_seconds() <= 0) {
    return "";
  }
  return absl::StrFormat("%+.1fms (+-%.1f)", host.clock_offset_seconds() * 1e3,
                         host.clock_uncertainty_seconds() * 1e3);
}

Cell Worst(const v1::Host& host) {
  if (host.checks() == 0) return Cell("no checks", Style::kFaint);
  if (host.link() == v1::Host::LINK_CONNECTED) {
    return Cell(StateText(host.worst()), StyleOf(host.worst()));
  }
  return Cell(absl::StrCat(StateText(host.worst()), " (last known)"),
              host.worst() == v1::STATE_OK ? Style::kUnknown : StyleOf(host.worst()));
}

// Only a collector that is the authority itself knows them.
bool ShowsCertificates(const v1::ListHostsResponse& hosts) {
  for (const v1::Host& host : hosts.hosts()) {
    if (host.has_certificate_not_after()) return true;
  }
  return false;
}

}  // namespace

std::string RenderHosts(const v1::ListHostsResponse& hosts, const View& view) {
  if (hosts.hosts().empty()) {
    return absl::StrCat("No hosts.\n", AddAHost());
  }
  Table table({{"HOST"},
               {"STACK", ShowsStack(hosts.hosts(), view)},
               {"ROLE"},
               {"LINK"},
               {"FOR"},
               {"WORST"},
               {"CHECKS", true, true},
               {"CERTIFICATE ENDS", ShowsCertificates(hosts)},
               {"AGENT", view.wide},
               {"CLOCK", view.wide},
               {"INSTANCE", view.wide},
               {"REGION", view.wide},
               {"LAST HEARD", view.wide},
               {"ADDRESSES"}});
  for (const v1::Host& host : hosts.hosts()) {
    table.AddRow({host.name(), StackName(host.stack()), host.role(),
                  Cell(LinkText(host.link()), StyleOf(host.link())),
                  Age(host.link_since(), view.now), Worst(host), absl::StrCat(host.checks()),
                  Moment(host.certificate_not_after()), host.agent_version(), ClockCell(host),
                  host.instance_id(), host.region(), Moment(host.last_heard_at()),
                  absl::StrJoin(host.addresses(), " ")});
  }
  return table.Render(view.color, view.width);
}

std::string RenderHost(const v1::Host& host, const v1::ListChecksResponse& checks,
                       const View& view) {
  const std::string link_for = Age(host.link_since(), view.now);
  std::string out = Fields(
      {{"Host", Cell(host.name(), Style::kBold)},
       {"Stack", StackName(host.stack())},
       {"Role", host.role()},
       {"Link", Cell(absl::StrCat(LinkText(host.link()), link_for.empty() ? "" : " for ", link_for),
                     StyleOf(host.link()))},
       {"Last heard", Moment(host.last_heard_at())},
       {"Worst", Worst(host)},
       {"Addresses", absl::StrJoin(host.addresses(), " ")},
       {"Agent", host.agent_version()},
       {"Clock", ClockCell(host)},
       {"Certificate ends", Moment(host.certificate_not_after())},
       {"Instance", host.instance_id()},
       {"Region", host.region()}},
      view);
  if (!host.refused().empty()) {
    out += Heading("NOT UNDERSTOOD", view);
    Table table({{"CHECK"}, {"TIMES", true, true}, {"LAST"}, {"WHY"}});
    for (const v1::RefusedEntry& entry : host.refused()) {
      table.AddRow({entry.name(), absl::StrCat(entry.times()), Moment(entry.at()), entry.why()});
    }
    out += table.Render(view.color, view.width);
  }
  if (checks.checks().empty()) return out;
  return out + Heading("CHECKS", view) +
         CheckTable(checks.checks(), view, /*with_host=*/false).Render(view.color, view.width);
}

}  // namespace faultline::cli
