// Rules: which states of which checks are an alert, how grave, and how patient to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::rules {

// How long is waited, and for what.
struct Patience {
  Span restart = Span::Seconds(30);   // a restart or an automatic restart
  Span upgrade = Span::Seconds(600);  // a package upgrade
  Span reboot = Span::Seconds(300);   // reboot or power-off of a host
  Span boot = Span::Seconds(60);      // a host that has just come up
  // A host that nobody hears and nobody can look at; {0} = for ever.
  Span silent_host = Span::Seconds(30);
  // A symptom waits this long for the host itself to speak: with an agent at the other end, and
  // without one (nobody will answer).
  Span other_end = Span::Millis(150);
  Span no_other_end = Span::Millis(40);
  // After a grace has ended well, symptoms get this long to be looked at again.
  Span settle = Span::Seconds(2);
  // A host that was not heard and is again: what it saw meanwhile, and what others see of it, is
  // looked at again for so long.
  Span comeback = Span::Seconds(5);
};

struct Rule {
  std::string name;  // CamelCase, as Prometheus' alert names
  std::string kind;  // of the check; empty = every kind that no other rule names
  std::optional<Severity> on_warning;
  std::optional<Severity> on_critical;
  // Seen from elsewhere, or a consequence of a unit's state on the same host: the unit's own word
  // comes first.
  bool symptom = false;
  Span delay;                   // the condition must last this long
  bool delays_critical = true;  // ... also one that is CRITICAL
  std::string help;
};

// The rules that are always there, in order of precedence.
const std::vector<Rule>& DefaultRules();

// The rule for a check of `kind`.
const Rule& RuleFor(std::string_view kind);

// The grace of a reason that announces its own end (UNIT_RESTARTING, ...); nullopt for others.
std::optional<Span> GraceFor(std::string_view reason, const Patience& patience);

// The subject of a check: as declared, else by what it watches: "database" or "site" where that is
// certain, else the thing itself, so that nothing merges what is unrelated: "cron.service on db-1",
// "port 9000 on db-1", "port 10.0.2.10:9000", "certificate app.example", "disk /srv on db-1",
// "capacity db-1", "network db-1", "agent db-1", "host db-1".
std::string SubjectFor(const model::CheckPicture& check, const std::string& host);

// Whether that is the name of a thing, not of a service of the whole stack or a declared one.
bool IsOwnSubject(std::string_view subject);

}  // namespace faultline::rules
