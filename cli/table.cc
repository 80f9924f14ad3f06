#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kSmallestLastColumn = 16;

}  // namespace

Cell::Cell(const std::string& raw, Style cell_style) : text(TerminalText(raw)), style(cell_style) {}
Cell::Cell(const char* raw, Style cell_style) : text(TerminalText(raw)), style(cell_style) {}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<Cell> cells) {
  cells.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(cells));
}

std::string Table::Render(bool color, size_t width, size_t indent) const {
  std::vector<size_t> shown;
  std::vector<size_t> widths(columns_.size(), 0);
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (!columns_[c].shown) continue;
    shown.push_back(c);
    widths[c] = DisplayWidth(columns_[c].title);
    for (const auto& row : rows_) widths[c] = std::max(widths[c], DisplayWidth(row[c].text));
  }
  if (shown.empty()) return "";
  const size_t last = shown.back();
  if (width > 0) {
    size_t before = indent;
    for (const size_t c : shown) before += c == last ? 0 : widths[c] + kGap;
    const size_t left = width > before ? width - before : 0;
    widths[last] = std::min(widths[last], std::max(left, kSmallestLastColumn));
  }

  std::string out;
  const auto add_line = [&](auto&& text_of, auto&& style_of) {
    std::string line(indent, ' ');
    std::string pending;  // spaces that stand only when something follows
    for (const size_t c : shown) {
      const std::string text = FitWidth(text_of(c), widths[c]);
      const std::string padding(widths[c] - DisplayWidth(text), ' ');
      if (columns_[c].right) pending += padding;
      if (!text.empty()) {
        line += pending + Paint(text, style_of(c), color);
        pending.clear();
      }
      if (!columns_[c].right) pending += padding;
      pending.append(kGap, ' ');
    }
    out += line + "\n";
  };
  add_line([&](size_t c) -> const std::string& { return columns_[c].title; },
           [](size_t) { return Style::kFaint; });
  for (const auto& row : rows_) {
    add_line([&](size_t c) -> const std::string& { return row[c].text; },
             [&](size_t c) { return row[c].style; });
  }
  return out;
}

}  // namespace faultline::cli
