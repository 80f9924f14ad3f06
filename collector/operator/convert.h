// From the collector's own values to the operator API's messages. Pure.
//
// Times that are not known ({0}) stay unset. Every string comes out as valid, printable UTF-8.
#pragma once

#include "collector/incidents/incident.h"
#include "collector/model/picture.h"
#include "collector/rules/alert.h"
#include "common/clock.h"
#include "faultline/v1/operator.pb.h"

namespace faultline::operator_api {

void SetTime(WallTime time, google::protobuf::Timestamp* out);

void SetStack(const StackId& stack, v1::StackRef* out);

v1::Host ToProto(const model::HostPicture& host);

// `check` is one of `host`; the host's link decides whether it is stale.
v1::Check ToProto(const model::HostPicture& host, const model::CheckPicture& check);

v1::Alert ToProto(const rules::Alert& alert);

// Without timeline. Evidence names its host in its text ("db-1: nothing listens on 3306").
v1::Incident ToProto(const incidents::Incident& incident);

v1::TimelineEntry ToProto(const incidents::TimelineEntry& entry);

// "<stack>-<env>/<host>/<check id>": how the live feed names a check that is gone.
std::string CheckPath(const HostId& host, const CheckId& check);

// "<stack>-<env>/<host>/<check id>/<rule>": an alert's id for everybody outside. The collector's
// own (rules::Alert::id) keeps stack and environment apart, since "a-b" and "c" read as "a" and
// "b-c" here.
std::string AlertPath(const rules::Alert& alert);

}  // namespace faultline::operator_api
