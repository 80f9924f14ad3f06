// The fleet as Prometheus series: hosts, checks, their gauges, alerts, open incidents.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collector/metrics/exposition.h"
#include "collector/pipeline/picture.h"
#include "common/mutex.h"

namespace faultline::metrics {

// Writes pictures. The label sets of a host are kept from one scrape to the next and made anew only
// when its checks change. Thread-safe, one scrape at a time.
//
//   faultline_host_up{stack,env,host}                       1 = agent connected
//   faultline_check_status{stack,env,host,kind,target,name,subject}
//                                                           0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
//   faultline_<kind>_<gauge>{same labels}                   what checks measured, connected hosts;
//                                                           a gauge's own "<kind>_" is said once;
//                                                           see gauge_family.h
//   faultline_alerts{stack,env,state,severity}              pending and firing
//   faultline_incident_open{stack,env,subject,severity}     1 for each open incident
//
// and the times and host facts beside them. Reasons and causes are no labels: they change what a
// series is; the operator API has them.
class Fleet {
 public:
  void Write(const pipeline::Picture& picture, Exposition* out);

 private:
  struct CheckLabels {
    CheckId id;
    std::string subject;
    std::string labels;
  };
  struct HostLabels {
    std::string host;                 // {stack,env,host}
    std::vector<CheckLabels> checks;  // in the order of the picture's
  };
  // A host of the picture beside its labels.
  struct Row {
    const model::HostPicture* host;
    const HostLabels* labels;
  };

  std::vector<Row> Refresh(const model::Hosts& hosts) FAULTLINE_REQUIRES(mutex_);

  Mutex mutex_;
  std::map<HostId, HostLabels> labels_ FAULTLINE_GUARDED_BY(mutex_);

  static void WriteHosts(const std::vector<Row>& rows, Exposition* out);
  static void WriteChecks(const std::vector<Row>& rows, Exposition* out);
  static void WriteGauges(const std::vector<Row>& rows, Exposition* out);
};

}  // namespace faultline::metrics
