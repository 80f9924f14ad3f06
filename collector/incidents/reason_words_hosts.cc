// The host itself, its logs and its agent.
#include "collector/incidents/reason_words.h"

namespace faultline::incidents {
namespace {

constexpr ReasonWords kHosts[] = {
    {"log", "ERROR_SEEN", "logs errors", "logged errors", "$T on $H logged errors"},
    {"log", "ERROR_BURST", "logs many errors", "logged many errors", "$T on $H logged many errors"},
    {"log", "LOG_GAP", "lost lines of its log", "", "lines of the log $T on $H may be missing"},

    {"disk", "DISK_FULL", "running out", "", "$T on $H was running out of space"},
    {"disk", "INODES_FULL", "running out", "", "$T on $H was running out of inodes"},
    {"disk", "READ_ONLY_FS", "read-only", "", "$T on $H was read-only"},
    {"disk", "NOT_MOUNTED", "not mounted", "", "$T on $H was not mounted"},
    {"disk", "IO_ERROR", "broken", "", "$T on $H gave input/output errors"},

    {"memory", "MEMORY_PRESSURE", "running out", "", "$H was short of memory"},
    {"memory", "OOM_KILL", "ran out", "ran out", "the kernel of $H killed processes for memory"},
    {"load", "LOAD_HIGH", "high", "", "the load of $H was high"},
    {"load", "CPU_PRESSURE", "high: tasks wait for a CPU", "was high",
     "tasks on $H waited for a CPU"},
    {"load", "IO_PRESSURE", "high: tasks wait for storage", "was high",
     "tasks on $H waited for storage"},
    {"clock", "CLOCK_SKEW", "wrong", "", "the clock of $H was wrong"},
    {"clock", "CLOCK_UNSYNCHRONISED", "kept by nothing", "", "nothing kept the clock of $H"},

    {"bootstrap", "USER_DATA_FAILED", "failed", "failed", "the user data of $H failed"},
    {"bootstrap", "BOOTSTRAP_DEGRADED", "ended with warnings", "ended with warnings",
     "the user data of $H ended with warnings"},
    {"bootstrap", "BOOTSTRAP_RUNNING", "does not end", "did not end",
     "the user data of $H took too long"},

    {"agent", "AGENT_SILENT", "silent", "", "the agent on $H was silent"},
    {"agent", "HOST_GONE", "gone with its host", "", "$H was gone"},
    {"agent", "COLLECTOR_CUT_OFF", "cut off from the collector", "",
     "the collector was cut off from $H and most other hosts"},
    {"agent", "AGENT_STOPPED", "stopped", "", "the agent on $H was stopped"},
    {"agent", "HOST_STOPPING", "gone with its host", "", "$H was shut down or rebooted"},
    {"identity", "JOIN_UNREACHABLE", "not joined", "", "the agent on $H could not join"},
    {"identity", "JOIN_NO_TOKEN", "not joined", "", "the agent on $H had no token to join with"},
    {"identity", "JOIN_REFUSED", "not joined", "", "the agent on $H was refused"},
    {"identity", "IDENTITY_UNWRITABLE", "cannot keep its certificate",
     "could not keep its certificate", "the agent on $H could not keep its certificate"},
    {"identity", "CLOCK_WRONG", "in doubt of its host's clock", "",
     "the clock of $H did not fit its certificate"},
    {"identity", "RENEWAL_LATE", "about to lose its certificate", "",
     "the certificate of the agent on $H was not renewed in time"},
    {"identity", "RENEWAL_REFUSED", "about to lose its certificate", "",
     "the certificate of the agent on $H was not renewed"},
    {"spool", "SPOOL_DISK_FULL", "cannot keep what it sees", "could not keep what it saw",
     "the disk under the agent on $H was full"},
    {"spool", "SPOOL_READ_ONLY", "cannot keep what it sees", "could not keep what it saw",
     "the disk under the agent on $H was read-only"},
    {"spool", "SPOOL_DISK_FAILING", "cannot keep what it sees", "could not keep what it saw",
     "the disk under the agent on $H was failing"},
    {"spool", "SPOOL_UNWRITABLE", "cannot keep what it sees", "could not keep what it saw",
     "the agent on $H could not keep what it saw"},

    // The collector's own history; host and target are the collector.
    {"store", "STORE_FULL", "cannot be written: its disk is full", "could not be written",
     "the collector's disk was full"},
    {"store", "STORE_READ_ONLY", "cannot be written: its place is closed to it",
     "could not be written", "the collector's history was closed to it"},
    {"store", "STORE_IO_ERROR", "cannot be written: its disk fails", "could not be written",
     "the collector's disk failed"},
    {"store", "STORE_DAMAGED", "is damaged", "was damaged", "the collector's history was damaged"},
    {"store", "STORE_HUNG", "cannot be written: its disk does not answer", "could not be written",
     "the collector's disk did not answer"},
    {"store", "STORE_FAILING", "cannot be written", "could not be written",
     "the collector's history could not be written"},
    {"store", "HISTORY_SET_ASIDE", "was damaged and begun anew", "was damaged",
     "the collector's history was damaged and begun anew"},
};

}  // namespace

std::span<const ReasonWords> HostWords() { return kHosts; }

}  // namespace faultline::incidents
