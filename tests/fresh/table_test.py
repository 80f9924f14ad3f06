"""The page of `make test-fresh`: the row that was run is new, the others are not touched."""

import unittest

import table

PAGE = f"# Fresh\n\nWords.\n\n{table.HEAD}| `plain` | a | live (9 s) | all (8 s) | 17 | 2026-01-01, aaa |\n\nMore.\n"


class TheTable(unittest.TestCase):
    def test_gets_a_row_in_its_place_and_keeps_the_others(self):
        new = table.row("lang-c", "b", [("run", "live", 3)], 4, False, "2026-01-02, bbb")
        page = table.with_row(PAGE, ["lang-c", "plain"], new)
        self.assertEqual(PAGE.replace("| `plain`", "| `lang-c` | b | live (3 s) | not run | 4 | 2026-01-02, bbb |\n| `plain`"), page)

    def test_replaces_the_row_of_the_same_variant(self):
        new = table.row("plain", "a", [("run", "live", 1), ("test", "x", 2)], 3, False, "2026-01-02, bbb")
        page = table.with_row(PAGE, ["plain"], new)
        self.assertIn("| `plain` | a | live (1 s) | x (2 s) | 3 | 2026-01-02, bbb |\n\nMore.\n", page)
        self.assertNotIn("aaa", page)

    def test_forgets_a_variant_that_is_no_more(self):
        new = table.row("lang-c", "b", [], 4, False, "2026-01-02, bbb")
        self.assertNotIn("`plain`", table.with_row(PAGE, ["lang-c"], new))

    def test_says_where_a_run_failed(self):
        self.assertIn("| FAILED | not run |", table.row("plain", "a", [], 1, True, "r"))
        self.assertIn("| live (1 s) | FAILED |", table.row("plain", "a", [("run", "live", 1)], 1, True, "r"))
        self.assertIn("| live (1 s) | set-up (2 s), then FAILED |",
                      table.row("plain", "a", [("run", "live", 1), ("test", "set-up", 2)], 1, True, "r"))


if __name__ == "__main__":
    unittest.main()
