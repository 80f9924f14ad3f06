#include "collector/incidents/commands_by_kind.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collector/incidents/next_command.h"
#include "collector/rules/blind.h"

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

// Security groups have names of their own in each account: which one is for a person to find.
Lines ForExposure(const rules::Alert& lead, const model::CheckPicture* check) {
  const std::string& target = lead.check.target;
  const std::string address = check == nullptr || check->remote_address.empty()
                                  ? target.substr(0, target.rfind(':'))
                                  : check->remote_address;
  return {absl::StrCat("nc -vz -w 3 ", ShellWord(address), " ", ShellWord(PortOf(target))),
          "(who may reach it: its security group, then the packet filter of its host)"};
}

Lines ForCertificate(const rules::Alert& lead) {
  const std::string& path = lead.check.target;
  const bool expires =
      lead.reason == "EXPIRES_SOON" || lead.reason == "EXPIRED" || lead.reason == "RENEWAL_FAILING";
  if (expires && absl::StrContains(path, "/letsencrypt/")) {
    return {"sudo certbot renew", "sudo systemctl reload nginx"};
  }
  if (lead.reason == "SERVED_IS_OLDER") return {"sudo nginx -t && sudo systemctl reload nginx"};
  if (path.empty() || path[0] != '/') {  // a served one
    return {absl::StrCat("openssl s_client -connect ", ShellWord(path),
                         " </dev/null | openssl x509 -noout -subject -issuer -dates")};
  }
  const std::string look = absl::StrCat(
      "sudo openssl x509 -noout -subject -issuer -dates -ext subjectAltName -in ", ShellWord(path));
  if (lead.reason == "NOT_YET_VALID") return {"timedatectl", look};
  return {look};
}

// MySQL's own tools take the server's name for both MySQL and MariaDB on Debian and Ubuntu.
Lines ForMysql(const std::string& reason) {
  if (reason == "HOST_BLOCKED") return {"sudo mysqladmin flush-hosts"};
  if (reason == "TOO_MANY_CONNECTIONS") return {"sudo mysql -e 'SHOW FULL PROCESSLIST'"};
  if (reason == "HOST_NOT_ALLOWED" || reason == "AUTH_DENIED") {
    return {"sudo mysql -e 'SELECT user, host FROM mysql.user'"};
  }
  if (reason == "READ_ONLY") return {"sudo mysql -e \"SHOW VARIABLES LIKE '%read_only'\""};
  if (reason == "NO_GREETING") {
    return {"ps -o pid,stat,wchan:20,etime,cmd -C mysqld,mariadbd", Journal("mysql")};
  }
  return {Status("mysql"), "sudo mysqladmin status"};
}

Lines ForHttp(const rules::Alert& lead) {
  return {absl::StrCat("curl -sSik --max-time 10 ", ShellWord(lead.check.target)), Status("nginx"),
          Journal("flask-app")};
}

Lines ForDisk(const rules::Alert& lead) {
  const std::string path = ShellWord(lead.check.target);
  if (lead.reason == "INODES_FULL") {
    return {absl::StrCat("df -i ", path),
            absl::StrCat("sudo du --inodes -x ", path, " | sort -n | tail -n 15")};
  }
  if (lead.reason == "READ_ONLY_FS") {
    return {absl::StrCat("findmnt ", path), "sudo journalctl -k -n 50 --no-pager"};
  }
  return {absl::StrCat("df -h ", path),
          absl::StrCat("sudo du -x -h -d 3 ", path, " | sort -h | tail -n 15")};
}

// An agent says how to take out just the rule that it blames. It is shown for pasting only when it
// is nothing but that: a deletion, in plain words.
bool IsRuleDeletion(const std::string& command) {
  const bool deletes = absl::StartsWith(command, "sudo nft delete rule ") ||
                       ((absl::StartsWith(command, "sudo iptables ") ||
                         absl::StartsWith(command, "sudo ip6tables ")) &&
                        absl::StrContains(command, " -D "));
  return deletes && command.size() <= 256 &&
         std::all_of(command.begin(), command.end(), [](unsigned char c) {
           return isalnum(c) != 0 || strchr(" -_.,:/!", c) != nullptr;
         });
}

Lines ForFirewall(const model::CheckPicture* check) {
  constexpr char kRemove[] = "to remove it: ";
  if (check != nullptr) {
    for (const model::Fact& fact : check->evidence) {
      const std::string command(absl::StripPrefix(fact.text, kRemove));
      if (command.size() < fact.text.size() && IsRuleDeletion(command)) {
        return {command, "(removes this rule only; iptables -F removes every rule)"};
      }
    }
  }
  return {"sudo nft list ruleset", "sudo iptables -L -n -v --line-numbers"};
}

Lines ForRoute(const rules::Alert& lead, const model::CheckPicture* check) {
  const std::string& target =
      check == nullptr || check->remote_address.empty() ? lead.check.target : check->remote_address;
  if (lead.reason == "DNS_FAILED") return {absl::StrCat("getent hosts ", ShellWord(target))};
  return {absl::StrCat("ip route get ", ShellWord(target)), "ip route", "ip -br link"};
}

// What is wrong lies with the agent: its configuration, a password, a right.
Lines ForBlind() {
  return {"sudo faultline-agent --check-config", Journal("faultline-agent"),
          "sudo systemctl restart faultline-agent",
          "(once what stands above is mended; new groups and rights count from then on)"};
}

}  // namespace

Lines CommandsFor(const rules::Alert& lead, const model::CheckPicture* check, bool there) {
  const std::string& kind = lead.check.kind;
  if (rules::IsBlind(lead)) return ForBlind();
  if (kind == "unit") return ForUnit(lead);
  if (kind == "listener") return ForListener(lead, check);
  if (kind == "port") return there ? ForPortThere(lead) : ForPortHere(lead, check);
  if (kind == "exposure") return ForExposure(lead, check);
  if (kind == "certificate") return ForCertificate(lead);
  if (kind == "agent") return {Status("faultline-agent"), Journal("faultline-agent")};
  if (kind == "mysql") return ForMysql(lead.reason);
  if (kind == "http") return ForHttp(lead);
  if (kind == "disk") return ForDisk(lead);
  if (kind == "route") return ForRoute(lead, check);
  if (kind == "firewall") return ForFirewall(check);
  if (kind == "memory") {
    return {"free -m", "ps -eo pid,rss,comm --sort=-rss | head -n 15",
            "sudo journalctl -k -n 50 --no-pager"};
  }
  if (kind == "clock")
    return {"timedatectl", "systemctl status chrony systemd-timesyncd --no-pager"};
  if (kind == "bootstrap") {
    return {"cloud-init status --long", "sudo tail -n 50 /var/log/cloud-init-output.log"};
  }
  return {};
}

}  // namespace faultline::incidents
