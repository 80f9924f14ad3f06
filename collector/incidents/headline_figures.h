// Headlines that are made from what a check measured instead of from its words. Pure.
#pragma once

#include <string>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// "disk full on web: /srv/data, 0 B of 51 MiB left"; empty where the check has no figures, or for
// another reason than a lack of space.
std::string DiskFigures(const rules::Alert& lead, const model::CheckPicture* check);

struct PageFigures {
  std::string now;    // after the subject: "answers 500", "shut to browsers"
  std::string past;   // "https://app.example/ answered 500", "its certificate had expired"
  std::string cause;  // "its certificate expired on 2026-11-30 00:00 UTC"; may be empty
};

// Of a page that fails. `check`: what the picture says of it, or null.
PageFigures FiguresOfPage(const rules::Alert& lead, const model::CheckPicture* check);

}  // namespace faultline::incidents
