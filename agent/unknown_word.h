// What to say of a word on the command line that nobody knows.
#pragma once

#include <string>

#include "CLI/CLI.hpp"

namespace faultline::agent {

// Of the first such word, by name, with the nearest option or command; after app.parse() has thrown
// CLI::ExtrasError.
std::string UnknownWord(const CLI::App& app);

}  // namespace faultline::agent
