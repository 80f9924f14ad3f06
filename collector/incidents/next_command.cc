#include "collector/incidents/next_command.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "collector/incidents/message_words.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

using Lines = std::vector<std::string>;

// systemctl takes the name without ".service" too; people know it so.
std::string UnitWord(const std::string& unit) {
  return ShellWord(std::string(absl::StripSuffix(unit, ".service")));
}

std::string Status(const std::string& unit) {
  return absl::StrCat("sudo systemctl status ", unit, " --no-pager");
}

std::string Journal(const std::string& unit) {
  return absl::StrCat("sudo journalctl -u ", unit, " -n 50 --no-pager");
}

std::string Start(const std::string& unit) { return absl::StrCat("sudo systemctl start ", unit); }

std::string Sockets(const std::string& port) {
  return absl::StrCat("sudo ss -tlnp | grep ", ShellWord(":" + port));
}

// Digits after the last colon; "" when there are none.
std::string PortOf(const std::string& target) {
  const std::string port = target.substr(target.rfind(':') + 1);
  const bool is_number = !port.empty() && std::all_of(port.begin(), port.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? port : "";
}

Lines ForUnit(const rules::Alert& lead) {
  const std::string unit = UnitWord(lead.check.target);
  const std::string& reason = lead.reason;
  if (reason == "UNIT_STOPPING" || reason == "UNIT_INACTIVE") return {Start(unit)};
  if (reason == "UNIT_OOM_KILLED") {
    return {"sudo journalctl -k -n 50 --no-pager", "free -m", Start(unit)};
  }
  if (reason == "PACKAGE_UPGRADE") return {"sudo tail -n 30 /var/log/dpkg.log", Status(unit)};
  return {Status(unit), Journal(unit)};
}

Lines ForListener(const rules::Alert& lead, const model::CheckPicture* check) {
  const std::string port = PortOf(lead.check.target);
  Lines lines;
  if (!port.empty()) lines.push_back(Sockets(port));
  if (lead.reason == "LOOPBACK_ONLY" && port == "3306") {
    lines.push_back("sudo grep -rn bind-address /etc/mysql/");
  }
  if (check != nullptr && !check->unit.empty()) {
    const std::string unit = UnitWord(check->unit);
    lines.insert(lines.end(), {Status(unit), Journal(unit)});
  }
  return lines;
}

// On the host that cannot be reached.
Lines ForPortThere(const rules::Alert& lead) {
  const std::string port = PortOf(lead.check.target);
  Lines lines;
  if (!port.empty()) lines.push_back(Sockets(port));
  if (lead.reason != "REFUSED") lines.push_back("sudo iptables -L INPUT -n -v --line-numbers");
  return lines;
}

// On the host that cannot reach it.
Lines ForPortHere(const rules::Alert& lead, const model::CheckPicture* check) {
  const std::string& target = lead.check.target;
  const std::string name = target.substr(0, target.rfind(':'));
  const std::string address =
      check == nullptr || check->remote_address.empty() ? name : check->remote_address;
  if (lead.reason == "DNS_FAILED") return {absl::StrCat("getent hosts ", ShellWord(name))};
  Lines lines = {absl::StrCat("ip route get ", ShellWord(address))};
  if (const std::string port = PortOf(target); !port.empty()) {
    lines.push_back(absl::StrCat("nc -vz -w 3 ", ShellWord(address), " ", port));
  }
  return lines;
}

Lines ForCertificate(const rules::Alert& lead) {
  const std::string& path = lead.check.target;
  const bool expires =
      lead.reason == "EXPIRES_SOON" || lead.reason == "EXPIRED" || lead.reason == "RENEWAL_FAILING";
  if (expires && absl::StrContains(path, "/letsencrypt/")) {
    return {"sudo certbot renew", "sudo systemctl reload nginx"};
  }
  const std::string look = absl::StrCat(
      "sudo openssl x509 -noout -subject -issuer -dates -ext subjectAltName -in ", ShellWord(path));
  if (lead.reason == "NOT_YET_VALID") return {"timedatectl", look};
  return {look};
}

// How to get onto a host.
std::string Login(const HostId& id, const model::Hosts& hosts) {
  const auto found = hosts.find(id);
  if (found != hosts.end() && !found->second->instance_id.empty()) {
    std::string session =
        absl::StrCat("aws ssm start-session --target ", ShellWord(found->second->instance_id));
    if (!found->second->region.empty()) {
      absl::StrAppend(&session, " --region ", ShellWord(found->second->region));
    }
    return session;
  }
  return absl::StrCat("ssh ", ShellWord(id.host));
}

}  // namespace

std::string ShellWord(const std::string& text) {
  const std::string clean = CleanText(text, 256);
  const bool is_plain =
      !clean.empty() && clean[0] != '-' && std::all_of(clean.begin(), clean.end(), [](char c) {
        return isalnum(static_cast<unsigned char>(c)) != 0 || strchr("@%+=:,./_-", c) != nullptr;
      });
  if (is_plain) return clean;
  return absl::StrCat("'", absl::StrReplaceAll(clean, {{"'", "'\\''"}}), "'");
}

std::vector<std::string> NextCommands(const rules::Alert& lead, const model::Hosts& hosts) {
  const model::CheckPicture* check = FindCheck(hosts, lead.host, lead.check);
  HostId where = lead.host;
  Lines lines;
  if (lead.check.kind == "unit") {
    lines = ForUnit(lead);
  } else if (lead.check.kind == "listener") {
    lines = ForListener(lead, check);
  } else if (lead.check.kind == "certificate") {
    lines = ForCertificate(lead);
  } else if (lead.check.kind == "agent") {
    lines = {Status("faultline-agent"), Journal("faultline-agent")};
  } else if (lead.check.kind == "port") {
    const bool is_here = lead.reason == "DNS_FAILED" || lead.reason == "NET_UNREACHABLE";
    const model::HostPicture* other =
        check == nullptr || is_here ? nullptr : OtherEnd(hosts, lead.host, *check);
    if (other != nullptr) where = other->identity.id;
    lines = other != nullptr ? ForPortThere(lead) : ForPortHere(lead, check);
  }
  if (!lines.empty()) lines.insert(lines.begin(), Login(where, hosts));
  return lines;
}

}  // namespace faultline::incidents
