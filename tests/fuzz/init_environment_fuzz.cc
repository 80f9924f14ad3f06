// An application's environment, in which init looks for its database: of the secrets around it
// nothing may come out.
// fuzz-sources: agent/init/unit_file.cc agent/init/host_files.cc agent/init/database_client.cc
// fuzz-sources: agent/host/endpoint.cc agent/host/small_file.cc common/text.cc
// fuzz-sources: common/host_name.cc common/unit_name.cc agent/config/environment_file.cc
#include "agent/config/environment_file.h"
#include "agent/host/endpoint.h"
#include "agent/init/database_client.h"
#include "common/unit_name.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  const std::string text(fuzz::AsText(data, size));
  for (const std::string& address : {init::DatabaseAddressIn(config::ParseEnvironment(text)),
                                     init::DatabaseAddressOfUrl("mysql://" + text)}) {
    if (address.empty()) continue;
    fuzz::Require(host::ParseHostPort(address).ok(), "an address is host:port and no more");
  }
  init::DatabaseHintIn(config::ParseEnvironment(text));
  // Whatever the password is: it is never taken for the host.
  std::string url = "mysql://u:" + text + "@the-host:3306/d";
  const std::string found = init::DatabaseAddressOfUrl(url);
  fuzz::Require(found.empty() || found == "the-host:3306", "no part of a password comes out");
  init::IsLoopbackAddress(text);
  IsUnitName(text);
  return 0;
}
