#include "collector/operator/channels.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "collector/operator/api.h"
#include "collector/operator/convert.h"
#include "common/log.h"
#include "common/text.h"

namespace faultline::operator_api {
namespace {

v1::ChannelTest ToTestProto(const ChannelTestState& state) {
  v1::ChannelTest test;
  test.set_number(state.number);
  test.set_finished(state.finished);
  test.set_delivered(state.delivered);
  test.set_answer(state.answer);
  return test;
}

v1::ChannelStatus ToChannelProto(const ChannelState& state) {
  v1::ChannelStatus channel;
  channel.set_name(state.name);
  channel.set_error(state.error);
  channel.set_waiting(static_cast<uint32_t>(std::min<uint64_t>(state.waiting, UINT32_MAX)));
  if (state.failing_since.ns != 0) SetTime(state.failing_since, channel.mutable_failing_since());
  if (state.oldest.ns != 0) SetTime(state.oldest, channel.mutable_oldest_waiting_at());
  if (state.test.number != 0) *channel.mutable_last_test() = ToTestProto(state.test);
  return channel;
}

}  // namespace

void AddChannels(const Context& context,
                 google::protobuf::RepeatedPtrField<v1::ChannelStatus>* channels) {
  if (context.channels == nullptr) return;
  for (const ChannelState& state : context.channels->States()) {
    *channels->Add() = ToChannelProto(state);
  }
}

absl::StatusOr<v1::ListChannelsResponse> ListChannels(const Context& context,
                                                      const Params& params) {
  if (auto filters = Filters::Parse(params, {}); !filters.ok()) return filters.status();
  v1::ListChannelsResponse response;
  AddChannels(context, response.mutable_channels());
  return response;
}

absl::StatusOr<v1::ChannelTest> TestChannel(const Context& context,
                                            const v1::TestChannelRequest& request,
                                            const std::string& who) {
  if (context.channels == nullptr) return absl::NotFoundError("there are no channels");
  const absl::StatusOr<ChannelTestState> begun = context.channels->Test(request.channel());
  if (!begun.ok()) return begun.status();
  LogInfo(absl::StrCat(who, " tests the channel ", CleanText(request.channel(), 64)));
  return ToTestProto(*begun);
}

}  // namespace faultline::operator_api
