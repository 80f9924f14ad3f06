#include "agent/host/nftables_message.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

#include "common/text.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxProcessName = 15;  // TASK_COMM_LEN without its end

uint32_t ReadNumber(std::span<const uint8_t> bytes) {
  uint32_t number = 0;
  if (bytes.size() >= sizeof(number)) std::memcpy(&number, bytes.data(), sizeof(number));
  return ntohl(number);
}

}  // namespace

std::optional<RulesetGeneration> ParseGeneration(std::span<const uint8_t> message) {
  nlmsghdr header;
  if (message.size() < sizeof(header) + sizeof(nfgenmsg)) return std::nullopt;
  std::memcpy(&header, message.data(), sizeof(header));
  if (header.nlmsg_type != ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWGEN) ||
      header.nlmsg_len > message.size() || header.nlmsg_len < sizeof(header) + sizeof(nfgenmsg)) {
    return std::nullopt;
  }
  RulesetGeneration generation;
  std::span<const uint8_t> rest =
      message.first(header.nlmsg_len).subspan(sizeof(header) + sizeof(nfgenmsg));
  while (rest.size() >= sizeof(nlattr)) {
    nlattr attribute;
    std::memcpy(&attribute, rest.data(), sizeof(attribute));
    if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > rest.size())
      return std::nullopt;
    const auto value = rest.first(attribute.nla_len).subspan(sizeof(attribute));
    switch (attribute.nla_type & NLA_TYPE_MASK) {
      case NFTA_GEN_ID:
        generation.id = ReadNumber(value);
        break;
      case NFTA_GEN_PROC_PID:
        generation.pid = ReadNumber(value);
        break;
      case NFTA_GEN_PROC_NAME: {
        const auto end = std::find(value.begin(), value.end(), 0);
        generation.process = CleanText(
            {reinterpret_cast<const char*>(value.data()), static_cast<size_t>(end - value.begin())},
            kMaxProcessName);
        break;
      }
      default:
        break;
    }
    rest = rest.subspan(std::min<size_t>(NLA_ALIGN(attribute.nla_len), rest.size()));
  }
  return generation;
}

}  // namespace faultline::host
