// What the renderers share.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/render.h"
#include "cli/style.h"
#include "cli/table.h"
#include "common/identity.h"
#include "common/state.h"

namespace faultline::cli {

WallTime ToWallTime(const google::protobuf::Timestamp& time);

// How long ago `time` was: "0s", "12s", "3h12m"; empty when it is not set. Never negative: clocks
// of two machines differ.
std::string Age(const google::protobuf::Timestamp& time, WallTime now);

// "2026-11-22 03:14:07.412 UTC", empty when it is not set.
std::string Moment(const google::protobuf::Timestamp& time);

// "shop-prod"
std::string StackName(const v1::StackRef& stack);

// "CRITICAL"; the state's number when this program does not know it.
std::string StateText(v1::State state);

// "connected", "silent", "said goodbye".
const char* LinkText(v1::Host::Link link);
// "pending", "firing", "resolved", "withdrawn".
const char* AlertStateText(v1::Alert::State state);
// "open", "resolved".
const char* IncidentStateText(v1::Incident::State state);

// The title without "CRITICAL shop-prod: ", which other columns say.
std::string ShortTitle(const v1::Incident& incident);

// True when a column for the stack says something: wide, or rows of more than one stack.
template <typename Rows>
bool ShowsStack(const Rows& rows, const View& view) {
  if (view.wide || rows.empty()) return view.wide;
  for (const auto& row : rows) {
    if (StackName(row.stack()) != StackName(rows.begin()->stack())) return true;
  }
  return false;
}

// "Name:    value" lines, aligned; empty values are left out.
std::string Fields(const std::vector<std::pair<std::string, Cell>>& fields, const View& view);

// What to type when no host is there yet.
std::string AddAHost();

// "OPEN INCIDENTS" above a table.
std::string Heading(std::string_view text, const View& view);

Table CheckTable(const google::protobuf::RepeatedPtrField<v1::Check>& checks, const View& view,
                 bool with_host);

}  // namespace faultline::cli
