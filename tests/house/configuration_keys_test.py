import unittest

import configuration_keys
import source_tree
from configuration_keys import Keys

PAGE = "docs/configuration.md"
AGENT = "agent/config/"
COLLECTOR = "collector/config/"
# Calls whose keys are not spelled out, by their file: they are read another way, or pass their caller's list on.
#   facts.cc: the sections site and database, whose keys are the facts' declarations
#   check_reader.cc: a check, whose fields are the common ones and its kind's options (docs/checks.md)
#   collector_reader.cc: `Required` itself and what it calls
DYNAMIC = {AGENT + "facts.cc": 1, AGENT + "check_reader.cc": 1, AGENT + "collector_reader.cc": 2}
# Of which list an `entry` is; the file has to say so itself.
ENTRIES = {COLLECTOR + "config.cc": ("notify[]", '"notify["'), COLLECTOR + "authority_reader.cc": ("authority.tokens[]", 'PathOf("tokens")')}
# Keys whose default is a text in config.h, by the member.
DEFAULTS = {
    AGENT: {"collector.name": "collector_name"},
    COLLECTOR: {
        "listen.agents": "listen_agents",
        "listen.enrolment": "listen_enrolment",
        "listen.http": "listen_http",
        "authority.directory": "directory",
        "store.path": "store_path",
    },
}


def sources(folder):
    return {name: text for name, text in source_tree.sources().items() if name.startswith(folder) and name.endswith(".cc")}


def read(folder):
    """(leaf keys, {file: calls that were not understood})"""
    keys = {name: Keys(text, ENTRIES.get(name, ("", ""))[0]) for name, text in sources(folder).items()}
    maps = configuration_keys.merged(*keys.values())
    if folder == AGENT:
        for fact in configuration_keys.facts(source_tree.text(AGENT + "facts.cc")):
            section, key = fact.split(".")
            maps.setdefault(section, set()).add(key)
        maps["checks[]"] = configuration_keys.common_fields(source_tree.text(AGENT + "check_reader.cc"))
    return configuration_keys.leaves(maps), {name: each.dynamic for name, each in keys.items() if each.dynamic}


class ThePage(unittest.TestCase):
    def setUp(self):
        page = source_tree.text(PAGE)
        self.rows = {folder: configuration_keys.rows(page, title) for folder, title in
                     ((AGENT, "agent.yaml"), (COLLECTOR, "collector.yaml"))}

    def test_names_every_key_that_is_accepted_and_no_other(self):
        for folder, rows in self.rows.items():
            with self.subTest(folder):
                accepted, _ = read(folder)
                self.assertEqual([], sorted(accepted - set(rows)), f"{PAGE} does not name these")
                self.assertEqual([], sorted(set(rows) - accepted), f"{PAGE} names these, and they do not exist")

    def test_rests_on_sources_that_were_understood_whole(self):
        self.assertEqual(DYNAMIC, {**read(AGENT)[1], **read(COLLECTOR)[1]},
                         "a map of the configuration is opened in a way that configuration_keys.py does not know")
        for name, (_, said) in ENTRIES.items():
            self.assertIn(said, source_tree.text(name))

    def test_has_the_limits_of_every_duration(self):
        for name, text in sources(COLLECTOR).items():
            for key, limits in configuration_keys.durations(text).items():
                found = [meaning for path, (_, meaning) in self.rows[COLLECTOR].items() if path.split(".")[-1] == key]
                self.assertEqual(1, len(found), key)
                self.assertIn(limits, found[0], key)

    def test_has_the_defaults(self):
        for fact, default in configuration_keys.facts(source_tree.text(AGENT + "facts.cc")).items():
            if default:
                self.assertEqual(f"`{default}`", self.rows[AGENT][fact][0], fact)
        for folder, members in DEFAULTS.items():
            texts = configuration_keys.text_defaults(source_tree.text(folder + "config.h"))
            for key, member in members.items():
                self.assertEqual(f"`{texts[member]}`", self.rows[folder][key][0], key)


class TheReader(unittest.TestCase):
    SOURCE = """
    Fields fields(root, "", {"tls", "role",  // a "comment" of {"its", "own"}
                             "notify"}, errors);
    ReadTls(fields.Section("tls", {"ca", "key"}));
    const Fields entry(list->items[i], absl::StrCat("notify[", i, "]"), {"name", "hook"}, errors_);
    const Fields hook = entry.Section("hook", {"url"});
    """

    def test_finds_the_keys_of_each_map(self):
        keys = Keys(self.SOURCE, "notify[]")
        self.assertEqual({"": {"tls", "role", "notify"}, "tls": {"ca", "key"}, "notify[]": {"name", "hook"},
                          "notify[].hook": {"url"}}, keys.maps)
        self.assertEqual(0, keys.dynamic)
        self.assertEqual({"tls.ca", "tls.key", "role", "notify[].name", "notify[].hook.url"},
                         configuration_keys.leaves(keys.maps))

    def test_counts_what_it_does_not_understand(self):
        self.assertEqual(1, Keys("root.Section(name, known);").dynamic)
        self.assertEqual(1, Keys("const yaml::Fields fields(node, path, any, errors);").dynamic)
        self.assertEqual(0, Keys("void Read(const Fields& root); ReadLog(fields, errors);").dynamic)

    def test_reads_a_section_that_stands_within_another_call(self):
        self.assertEqual({"store": {"path"}}, Keys('ReadText(fields.Section("store", {"path"}), "path", x);').maps)

    def test_reads_limits(self):
        source = """constexpr Span kYear = Span::Seconds(365 * 86'400);
        grace.Duration("restart", Span::Millis(100), Span::Seconds(86400), a);
        section.Duration("life", Span{}, kYear, b);"""
        self.assertEqual({"restart": "100ms to 1d", "life": "0s to 365d"}, configuration_keys.durations(source))

    def test_reads_the_page(self):
        page = "# x\n\n## agent.yaml\n\n| key | d | m |\n| --- | --- | --- |\n| `a.b` | `1` | One. |\n\n## other\n\n| `c` | | x |\n"
        self.assertEqual({"a.b": ("`1`", "One.")}, configuration_keys.rows(page, "agent.yaml"))


if __name__ == "__main__":
    unittest.main()
