import unittest

import document_words
import source_tree

PAGES = tuple(f"docs/{name}.md" for name in ("install-ec2", "install-by-hand", "configuration", "operating", "troubleshooting"))
KNOWING = ("agent/", "collector/", "common/", "cli/", "deploy/")
TERRAFORM = ("deploy/terraform/collector/", "deploy/terraform/stack/")


def texts(folders, ending=""):
    return {name: source_tree.text(name) for name in source_tree.files()
            if name.startswith(folders) and name.endswith(ending) and not name.endswith(".md")}


class ThePages(unittest.TestCase):
    def test_name_only_reasons_and_settings_that_exist(self):
        known = document_words.words("\n".join(texts(KNOWING).values()))
        for page in PAGES:
            self.assertEqual([], sorted(document_words.words(source_tree.text(page)) - known), page)

    def test_set_only_variables_and_ask_only_for_outputs_that_terraform_has(self):
        sources = "\n".join(texts(TERRAFORM, ".tf").values())
        variables, outputs = document_words.VARIABLE.findall(sources), document_words.OUTPUT.findall(sources)
        for page in PAGES:
            text = source_tree.text(page)
            self.assertEqual([], sorted(document_words.assigned(text) - set(variables)), page)
            self.assertEqual([], sorted(document_words.outputs(text) - set(outputs)), page)
        self.assertTrue(document_words.assigned(source_tree.text("docs/install-ec2.md")))


class TheReader(unittest.TestCase):
    def test_finds_words(self):
        self.assertEqual({"UNIT_FAILED", "DB_SSL_CA"},
                         document_words.words("`UNIT_FAILED`, OK, DB_SSL_CA=x, $FAULTLINE_COLLECTOR, a_B, REFUSED"))

    def test_finds_variables_in_hcl_blocks_alone(self):
        text = "x = 1\n```hcl\na = \"b = c\"\nlonger   = 2\n```\n```\nid=$(x)\n```\n"
        self.assertEqual({"a", "longer"}, document_words.assigned(text))

    def test_finds_outputs(self):
        self.assertEqual({"page", "tfvars"},
                         document_words.outputs("`terraform output page`\n$(terraform output -raw page); terraform output -json tfvars > x"))


if __name__ == "__main__":
    unittest.main()
