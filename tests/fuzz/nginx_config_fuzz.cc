// nginx's configuration, as one file or as `nginx -T` prints several, up to the sites that it
// serves; and what is found there as values of agent.yaml.
// fuzz-sources: agent/init/nginx_syntax.cc agent/init/nginx_files.cc agent/init/nginx_sites.cc
// fuzz-sources: agent/init/agent_yaml.cc agent/host/endpoint.cc
// fuzz-sources: common/host_name.cc
// fuzz-sources: common/yaml/node.cc common/yaml/one_document.cc common/yaml/read_file.cc
// fuzz-sources: common/process_owner.cc common/text.cc
// fuzz-libs: yaml-cpp
#include "agent/init/agent_yaml.h"
#include "agent/init/nginx_files.h"
#include "agent/init/nginx_sites.h"
#include "common/text.h"
#include "common/yaml/node.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace faultline;

void RequireReadBack(const std::string& value) {
  const std::string clean = CleanText(value, 4096);
  const auto node = yaml::Parse("k: {a: " + init::YamlScalar(value) + ", b: 1}   # x", "f");
  fuzz::Require(node.ok(), "any value is YAML");
  const yaml::Node& map = node->fields.at(0).second;
  fuzz::Require(map.fields.size() == 2, "a value stays within its place");
  fuzz::Require(map.fields[0].second.scalar == clean, "a value is read back as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(fuzz::AsText(data, size));
  init::NginxDump dump = init::SplitNginxDump(text);
  if (dump.files.empty()) {
    dump.main_file = "/etc/nginx/nginx.conf";
    dump.files[dump.main_file] = text;
  }
  const auto read = init::ReadNginxConfiguration(init::FilesOf(dump), dump.main_file);
  fuzz::Require(read.problems.size() <= 16, "not more problems than a person reads");
  const auto sites = init::FindNginxSites(read.directives);
  fuzz::Require(sites.size() <= 256, "at most 256 sites");
  init::Plan plan;
  plan.roles = {{"app", "x"}};
  for (const init::NginxSite& site : sites) {
    fuzz::Require(site.upstreams.size() <= 64 && site.names.size() <= 64, "bounded lists");
    for (const auto& listen : site.listens) fuzz::Require(listen.port != 0, "a port is a port");
    for (const init::Seen& each : site.names) RequireReadBack(each.value);
    for (const init::Seen& each : site.upstreams) RequireReadBack(each.value);
    RequireReadBack(site.access_log.value);
    plan.site = {{"access_log", site.access_log.value, site.where}};
    plan.checks.push_back({"log", site.error_log.value, {}, site.error_log.where});
  }
  fuzz::Require(yaml::Parse(init::AgentYaml(plan, text), "f").ok(), "any plan is YAML");
  return 0;
}
