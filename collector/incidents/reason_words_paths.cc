// The way from host to host: ports, pings, routes, packet filters.
#include "collector/incidents/reason_words.h"

namespace faultline::incidents {
namespace {

constexpr ReasonWords kPaths[] = {
    {"port", "REFUSED", "unreachable", "", "$H could not connect to $T (refused)"},
    {"port", "TIMEOUT", "unreachable", "", "$H could not connect to $T (no answer)"},
    {"port", "HOST_UNREACHABLE", "unreachable", "",
     "$H could not connect to $T (its host could not be reached)"},
    {"port", "NET_UNREACHABLE", "unreachable", "", "$H could not connect to $T (no route)"},
    {"port", "RESET", "unreachable", "", "$H could not connect to $T (reset)"},
    {"port", "ADMIN_PROHIBITED", "unreachable", "",
     "$H could not connect to $T (a firewall or route prohibited it)"},
    {"port", "DNS_FAILED", "unreachable", "", "the name of $T did not resolve on $H"},
    {"port", "PACKET_LOSS", "losing packets", "", "packets between $H and $T went missing"},

    {"exposure", "EXPOSED", "exposed", "", "$H could reach $T, which it must not"},
    {"exposure", "DNS_FAILED", "not watched", "", "$H could not look at exposure $T"},

    {"ping", "PING_TIMEOUT", "unreachable", "", "$T did not answer pings from $H"},
    {"ping", "HOST_UNREACHABLE", "unreachable", "", "$H could not reach $T"},
    {"ping", "NET_UNREACHABLE", "unreachable", "", "$H had no route to $T"},
    {"ping", "ADMIN_PROHIBITED", "unreachable", "", "a firewall or route kept $H from $T"},
    {"ping", "DNS_FAILED", "unreachable", "", "the name of $T did not resolve on $H"},
    {"ping", "PACKET_LOSS", "losing packets", "", "pings between $H and $T went missing"},

    {"route", "NO_ROUTE", "unreachable", "", "$H had no route to $T"},
    {"route", "BLACKHOLE", "unreachable", "", "a route of $H threw away what went to $T"},
    {"route", "LINK_DOWN", "unreachable", "", "$H was off the network that leads to $T"},
    {"route", "DNS_FAILED", "not watched", "", "$H could not look at route $T"},

    {"firewall", "DNS_FAILED", "not watched", "", "$H could not look at $K"},
    {"firewall", "DROP_RULE", "unreachable", "", "the firewall of $H dropped what went to $T"},
    {"firewall", "REJECT_RULE", "unreachable", "", "the firewall of $H rejected what went to $T"},
    {"firewall", "POLICY_DROP", "unreachable", "", "the firewall of $H let nothing through to $T"},
    {"firewall", "PARTIAL_DROP", "losing packets", "",
     "the firewall of $H dropped some of what went to $T"},
};

}  // namespace

std::span<const ReasonWords> PathWords() { return kPaths; }

}  // namespace faultline::incidents
