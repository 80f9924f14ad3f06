import unittest

import source_tree
import unity_names


def _anonymous(code):
    return f"namespace faultline {{\nnamespace {{\n\n{code}\n\n}}  // namespace\n}}  // namespace faultline\n"


class TheTree(unittest.TestCase):
    def test_has_no_names_that_collide_in_a_batch(self):
        self.assertEqual([], unity_names.collisions(source_tree.sources()))


class TheChecker(unittest.TestCase):
    def collisions(self, one, other, header="", folder="agent/checks"):
        return len(unity_names.collisions({
            f"{folder}/a.cc": _anonymous(one),
            f"{folder}/b.cc": _anonymous(other),
            f"{folder}/b.h": header,
        }))

    def test_finds_a_name_that_two_sources_declare(self):
        for code in ("bool Same(int a) {", "constexpr size_t kSame = 1;", "struct Same {", "class Same : public Base {",
                     "std::map<std::string, std::set<int>> Same(", "using Same = int;", "const char kSame[] =",
                     "const std::array<int, kRules.size()>& Same() {", "void Same(Mutex& mutex) FAULTLINE_REQUIRES(mutex) {"):
            self.assertEqual(1, self.collisions(code, code.replace("int", "long") + " // or so"), code)

    def test_finds_a_name_that_hides_one_of_a_header(self):
        self.assertEqual(1, self.collisions("bool Same() {", "", "namespace faultline {\nbool Same(const Word& word);\n}"))
        self.assertEqual(1, self.collisions("bool Same() {", "", "inline constexpr int Same = 1;"))

    def test_lets_be_what_cannot_collide(self):
        self.assertEqual(0, self.collisions("using Bytes = std::vector<int>;", "using Bytes = std::vector<int>;"))
        self.assertEqual(0, self.collisions("using host::Loop;", "using host::Loop;"))
        self.assertEqual(0, self.collisions("bool operator<(A a, A b) {", "bool operator<(B a, B b) {"))
        self.assertEqual(0, self.collisions("TEST(One, Works) {", "TEST(Other, Works) {"))
        self.assertEqual(0, self.collisions("  int same = 1;", "  int same = 1;"))
        self.assertEqual(0, self.collisions("int Same() {", "int Same() {", folder="tests/fuzz"))
        # Two folders are two libraries.
        self.assertEqual([], unity_names.collisions({"cli/a.cc": _anonymous("int Same() {"), "agent/a.cc": _anonymous("int Same() {")}))

    def test_says_where_and_what_to_do(self):
        sources = {"cli/a.cc": _anonymous("int Same() {"), "cli/b.cc": _anonymous("int Same() {")}
        self.assertEqual(["cli/b.cc:4: Same is in cli/a.cc too: share it in a header, or give it a more exact name"],
                         unity_names.collisions(sources))


if __name__ == "__main__":
    unittest.main()
