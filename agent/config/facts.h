// What a role has to know of the stack: the site's name, where the database is. From agent.yaml,
// else from where the stack itself has it, else a default.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "common/yaml/reader.h"

namespace faultline::config {

struct FactDeclaration {
  std::string name;           // "site.domain"
  std::string default_value;  // empty: none; may name other facts in braces
  std::string help;           // what it is and where it is found when agent.yaml does not say it
  // Where it is not known nothing is missing: what a check of it would look at may not be there.
  // Says so: "this application is not known to have such a page".
  std::string absent = {};
};

// In the order of the sections.
const std::vector<FactDeclaration>& FactDeclarations();

struct Facts {
  std::map<std::string, std::string> values;  // only those that are known
  std::map<std::string, FactSource> sources;  // by the same names; a plain default has none
  std::vector<std::string> notes;             // what was found where; begin with the fact
};

// Reads the sections `site` and `database` of `root`; errors name line and fix. A fact that is not
// there is looked for on the host (fact_finders.h). What may not be read is not known. The value
// "host.cloud_init", which no file says, is known where cloud-init is at work.
Facts ReadFacts(const yaml::Fields& root, const std::string& directory);

// Facts of an imaginary stack, all of them known: for examples and documents.
Facts ExampleFacts();

// Empty when `value` can be the fact `name`, else what it is not and what to write.
std::string FormError(const std::string& name, const std::string& value);

// `text` with its "{names}" replaced. False, and the first name in `missing`, when one is unknown.
bool FillIn(const std::string& text, const Facts& facts, std::string* filled, std::string* missing);

// The source of what FillIn makes of `text`: the first of its facts that agent.yaml says, else the
// first that was found somewhere; one without a fact when it is all defaults.
FactSource SourceOf(const std::string& text, const Facts& facts);

}  // namespace faultline::config
