// Prints docs/webhook.md, for `make docs`.
#include <cstdio>

#include "tests/docs/webhook_page.h"

int main() {
  const auto page = faultline::docs::WebhookPage(FAULTLINE_WEBHOOK_DESCRIPTORS);
  if (!page.ok()) {
    std::fprintf(stderr, "webhook_page: %s\n", std::string(page.status().message()).c_str());
    return 1;
  }
  std::fputs(page->c_str(), stdout);
}
