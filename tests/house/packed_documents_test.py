"""What deploy/debian/pack-docs lays into the packages can be read there: every link leads somewhere."""

import importlib.machinery
import importlib.util
import pathlib
import tempfile
import unittest

import document_paths
import source_tree

ROOT = pathlib.Path(source_tree.__file__).resolve().parents[2]


def _pack_docs():
    loader = importlib.machinery.SourceFileLoader("pack_docs", str(ROOT / "deploy/debian/pack-docs"))
    loader.path_is_script = True
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class ThePackedDocuments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.pack_docs = _pack_docs()
        cls.pack_docs.main(ROOT, folder.name)
        cls.trees = {package: pathlib.Path(folder.name) / package / "usr/share/doc" / package
                     for package in cls.pack_docs.PAGES}

    def test_have_only_links_that_lead_to_a_document_of_the_same_package(self):
        for package, tree in self.trees.items():
            pages = {str(path.relative_to(tree)): path.read_text(encoding="utf-8") for path in tree.rglob("*.md")}
            self.assertGreater(len(pages), 3)
            for name, text in pages.items():
                with self.subTest(package=package, page=name):
                    self.assertEqual([], document_paths.missing_headings(text, name, lambda path: pages.get(path, "")))
                    for _, target in self.pack_docs.LINK.findall(text):
                        path = target.partition("#")[0]
                        if path and "://" not in target:
                            self.assertTrue((tree / name).parent.joinpath(path).resolve().is_file(), target)

    def test_are_all_brought_by_one_package_at_least(self):
        there = {path.name for path in (ROOT / "docs").glob("*.md")}
        brought = {path.name for tree in self.trees.values() for path in (tree / "docs").glob("*.md")}
        self.assertEqual(there, brought)

    def test_say_where_a_thing_is_that_is_not_in_the_package(self):
        packed = lambda text: self.pack_docs.packed(text, "docs/a.md", {"docs/b.md"})
        self.assertEqual("[b](b.md#x) c.md (in the package faultline-collector)", packed("[b](b.md#x) [c.md](c.md)"))
        self.assertEqual("the lab (tests/lab/README.md, in the sources)", packed("[the lab](../tests/lab/README.md)"))
        self.assertEqual("[site](https://example.com/a)", packed("[site](https://example.com/a)"))
        self.assertEqual("text\n", packed("![a picture](images/a.png)\n\ntext\n"))

    def test_name_what_the_configuration_files_point_to(self):
        for name in ("agent", "collector"):
            text = source_tree.text(f"deploy/debian/{name}.yaml")
            tree = self.trees[f"faultline-{name}"]
            named = [word.rstrip(".,;") for word in text.split() if word.startswith("/usr/share/doc/")]
            self.assertTrue(named, name)
            for path in named:
                self.assertTrue((tree / path.removeprefix(f"/usr/share/doc/faultline-{name}/")).exists(), path)


if __name__ == "__main__":
    unittest.main()
