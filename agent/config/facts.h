// What a role has to know of the stack: the site's name, where the database is. From agent.yaml,
// else from where the stack itself has it, else a default.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/yaml/reader.h"

namespace faultline::config {

struct FactDeclaration {
  std::string name;           // "site.domain"
  std::string default_value;  // empty: none; may name other facts in braces
  std::string help;           // what it is and where it is found when agent.yaml does not say it
};

// In the order of the sections.
const std::vector<FactDeclaration>& FactDeclarations();

struct Facts {
  std::map<std::string, std::string> values;  // only those that are known
  std::vector<std::string> notes;             // what was found where
};

// Reads the sections `site` and `database` of `root`; errors name line and fix. A fact that is not
// there is looked for under `directory` + "/etc/flask-app.env" (DB_HOST and DB_PORT, no other
// name), "/etc/letsencrypt/live" (when it holds one certificate) and "/var/log/mysql/error.log".
// What may not be read is not known.
Facts ReadFacts(const yaml::Fields& root, const std::string& directory);

// Facts of an imaginary stack, all of them known: for examples and documents.
Facts ExampleFacts();

// `text` with its "{names}" replaced. False, and the first name in `missing`, when one is unknown.
bool FillIn(const std::string& text, const Facts& facts, std::string* filled, std::string* missing);

}  // namespace faultline::config
