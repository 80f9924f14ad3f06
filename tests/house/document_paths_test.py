import posixpath
import unittest

import document_paths
import source_tree

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")


class TheDocuments(unittest.TestCase):
    def test_name_only_paths_that_exist(self):
        files = source_tree.files()
        for name in DOCUMENTS + tuple(f for f in files if f.startswith("docs/") and f.endswith(".md")):
            with self.subTest(document=name):
                self.assertTrue(name in files, f"{name} is not there")
                text = source_tree.text(name)
                self.assertEqual([], document_paths.missing(text, files, posixpath.dirname(name)))
                there = lambda path: source_tree.text(path) if path in files else ""
                self.assertEqual([], document_paths.missing_headings(text, name, there))
                self.assertEqual([], document_paths.missing_targets(text, source_tree.text("Makefile")))


class TheChecker(unittest.TestCase):
    FILES = ("README.md", "agent/main.cc", "agent/host/bus.h", "collector/rules/unit_rule.cc", "cli/main.cc", ".ci/run")

    def missing(self, text):
        return document_paths.missing(text, self.FILES)

    def test_finds_a_path_in_backticks_that_is_not_there(self):
        for text in ("see `agnt/main.cc`", "see `agent/main.cpp`", "see `rules/gone_rule.cc`", "see `GONE.md`",
                     "run `python3 agent/gone.py --now`", "the folder `gone/`", "`agent/{main,gone}.cc`"):
            self.assertEqual(1, len(self.missing(text)), text)

    def test_accepts_paths_that_are_there_and_words_that_are_none(self):
        for text in ("`agent/main.cc` and `agent/host/`, `rules/`, `bus.h`, `.ci/run`, `README.md`",
                     "`make run`, `/etc/faultline/agent.conf`, `text/plain`, `OK/WARNING`, `build/dev/agent`",
                     "`systemctl stop mysql`, `--output json`, `http://127.0.0.1:7480`, `stop_to_webhook_p50_ms`",
                     "`agent.yaml`, `agent/host/bus`",
                     "<!-- not in the tree: agent/new.cc new.h -->\nwrite `agent/new.cc` and `new.h`"):
            self.assertEqual([], self.missing(text), text)

    def test_finds_a_broken_link(self):
        self.assertEqual(1, len(self.missing("[here](docs/gone.md#part)")))
        self.assertEqual([], self.missing("[here](README.md#part) and [there](https://example.com/x)"))

    def test_takes_a_link_from_where_the_document_stands(self):
        for text in ("[up](../../README.md)", "[beside](bus.h)", "[part](#part)", "[up](../main.cc#part)"):
            self.assertEqual([], document_paths.missing(text, self.FILES, "agent/host"), text)
        for text in ("[root](README.md)", "[up](../bus.h)"):
            self.assertEqual(1, len(document_paths.missing(text, self.FILES, "agent/host")), text)

    def test_finds_a_heading_that_is_not_there(self):
        texts = {"docs/a.md": "# A page\n## What it `costs`, and when\n```\n# no heading\n```\n", "docs/b.md": "## Two\n"}
        found = lambda text: document_paths.missing_headings(text, "docs/b.md", lambda path: texts.get(path, ""))
        for text in ("[x](a.md#a-page)", "[x](a.md#what-it-costs-and-when)", "[x](../docs/a.md)", "[x](https://example.com/a.md#y)"):
            self.assertEqual([], found(text), text)
        self.assertEqual(["line 1: docs/a.md has no heading #no-heading"], found("[x](a.md#no-heading)"))
        self.assertEqual(["line 2: docs/b.md has no heading #three"], document_paths.missing_headings(
            "## Two\n[x](#three) [y](#two)\n", "docs/b.md", lambda path: texts[path] if path != "docs/b.md" else "## Two\n"))

    def test_walks_the_folder_block(self):
        good = "```\nREADME.md\nagent/\n  main.cc        flags\n  host/          the seam\ncollector/  x\n  rules/  y\ncli/\n```\n"
        self.assertEqual([], self.missing(good))
        self.assertEqual(1, len(self.missing(good.replace("main.cc ", "main.{cc,h} "))))
        self.assertEqual(1, len(self.missing(good.replace("host/", "hots/"))))
        self.assertEqual(1, len(self.missing(good.replace("cli/", "clo/"))))

    def test_finds_a_target_that_the_makefile_lacks(self):
        makefile = "run: ## x\n\t@true\nlab-shell:\n"
        good = "`make run`, we make things, `make lab-shell HOST=db`\n```\nsudo make run\nmake a difference\n```\n"
        self.assertEqual(["line 4: the Makefile has no target a"], document_paths.missing_targets(good, makefile))
        self.assertEqual(1, len(document_paths.missing_targets("`make rum`", makefile)))
        self.assertEqual(1, len(document_paths.missing_targets("```sh\nmake labshell\n```", makefile)))

    def test_leaves_other_fenced_blocks_alone(self):
        self.assertEqual([], self.missing("```sh\nmake run\ncat build/run/agent.yaml\n```\n"))


if __name__ == "__main__":
    unittest.main()
