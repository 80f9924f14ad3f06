// Position files of the log check, as they may lie on a damaged disk: what is taken comes back.
// fuzz-sources: agent/host/journal_position.cc agent/host/tailed_file.cc
// fuzz-sources: agent/host/line_splitter.cc
#include "agent/host/journal_position.h"
#include "agent/host/tailed_file.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string text(fuzz::AsText(data, size));
  if (const auto journal = host::ParseJournalPosition(text); journal.has_value()) {
    const auto again = host::ParseJournalPosition(host::FormatJournalPosition(*journal));
    fuzz::Require(again.has_value() && again->cursor == journal->cursor &&
                      again->realtime_usec == journal->realtime_usec,
                  "a journal position comes back");
  }
  if (const auto file = host::ParseSaved(text); file.has_value()) {
    fuzz::Require(file->offset >= 0, "an offset is not negative");
    const std::string written = host::FormatSaved(*file);
    const auto again = host::ParseSaved(written);
    fuzz::Require(again.has_value() && host::FormatSaved(*again) == written,
                  "a file position comes back");
  }
  return 0;
}
