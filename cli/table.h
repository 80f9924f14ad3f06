// Aligned columns of text for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/style.h"

namespace faultline::cli {

struct Cell {
  // Cleans `text` for the terminal, at most 512 bytes of it. Implicit: rows read as lists of text.
  Cell(const std::string& text, Style style = Style::kPlain);  // NOLINT
  Cell(const char* text, Style style = Style::kPlain);         // NOLINT

  std::string text;
  Style style;
};

class Table {
 public:
  struct Column {
    std::string title;
    bool shown = true;
    bool right = false;  // numbers
  };

  explicit Table(std::vector<Column> columns);

  // One cell a column, hidden ones included.
  void AddRow(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }

  // One line a row under the titles, two spaces between columns, no spaces at the end. The last
  // shown column is cut so that lines fit `width` columns (0 = as long as they are), but never
  // below 16. `indent` spaces stand before each line.
  std::string Render(bool color, size_t width, size_t indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace faultline::cli
