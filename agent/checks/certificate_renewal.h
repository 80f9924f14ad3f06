// Whether certbot does what it should: its renewal configuration (readable by everyone, where its
// log and live folder are root's) against the certificate's age.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "agent/checks/observation.h"
#include "common/clock.h"

namespace faultline::checks {

struct RenewalLook {
  std::string path;                    // of the configuration that was looked for
  std::optional<Observation> unknown;  // it could not be read
  bool there = false;
  bool switched_off = false;   // autorenew = False
  std::optional<Span> before;  // renew_before_expiry; absent: a third of the certificate's life
};

struct RenewalVerdict {
  std::optional<Observation> finding;  // WARNING RENEWAL_FAILING, or UNKNOWN
  WallTime next_change;                // when time alone changes it; {0} = never
};

// PURE. Failing: a renewal is overdue by more than the day in which certbot's timer tries twice
// (for short lives a tenth of them), or nothing is going to renew it.
RenewalVerdict JudgeRenewal(const RenewalLook& look, WallTime not_before, WallTime not_after,
                            WallTime now);

// PURE. Of the text of /etc/letsencrypt/renewal/NAME.conf; unknown lines are ignored.
void ParseRenewalConfiguration(absl::string_view text, RenewalLook* look);

// `renewal`: that file, or its folder, in which NAME.conf is looked for. Reads at most 64 KiB.
RenewalLook ReadRenewal(const std::string& renewal, const std::string& name);

// The NAME of /etc/letsencrypt/live/NAME/fullchain.pem: the last folder of a path.
std::string LineageOf(const std::string& certificate_path);

}  // namespace faultline::checks
