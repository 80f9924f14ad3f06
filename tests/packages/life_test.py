"""The life of the packages on a host: installed, joined, upgraded, removed, installed again, purged.

One host a Debian; the tests of a class are its steps, in the order of their names.
"""

import hashlib
import unittest

import agent_yaml
import images
import workbench
from command import CommandFailed
from host import wait_for

AGENT, COLLECTOR, CLI = "faultline-agent", "faultline-collector", "faultline-cli"
IDENTITY = "/var/lib/faultline/agent/identity/identity.pem"
AUTHORITY = "/var/lib/faultline/collector/authority/ca.crt"
CONFIGURATION = "/etc/faultline/collector.yaml"
TOKEN = "/etc/faultline/join-token"
ADMINS_LINE = "# The administrator was here.\n"


class Life:
    """The steps; a class below says on which Debian."""

    suite = None

    @classmethod
    def setUpClass(cls):
        cls.host = workbench.boot(f"life-{cls.suite}", cls.suite)
        cls.now = cls.host.put(*workbench.packages())
        cls.next = cls.host.put(*workbench.next_packages())

    def digest(self, inside):
        return hashlib.sha256(self.host.path(inside).read_bytes()).hexdigest()

    def connected(self):
        hosts = self.host.ask("host", "list").get("hosts", [])
        return hosts and hosts[0].get("link") == "LINK_CONNECTED"

    def incident(self):
        """The one incident of the watched service: number, state and beginning."""
        found = [each for each in self.host.ask("incident", "list").get("incidents", [])
                 if each["reason"] == "UNIT_INACTIVE"]
        self.assertEqual(1, len(found), found)
        return [found[0].get(key) for key in ("id", "state", "opened_at")]

    def test_1_install_brings_users_directories_and_services(self):
        self.host.apt("install", *self.now)  # With all that they depend on.
        for package in (AGENT, COLLECTOR, CLI):
            self.assertEqual("installed", self.host.package_state(package))
        for program in (AGENT, COLLECTOR, "faultline"):
            self.assertIn(workbench.packages()[0].version, self.host.says(program, "--version"))
        for user in (AGENT, COLLECTOR):
            name, _, number, _, _, home, shell = self.host.says("getent", "passwd", user).split(":")
            self.assertEqual((user, "/var/lib/faultline", True), (name, home, shell.endswith("nologin")))
            self.assertLess(int(number), 1000)
        self.assertEqual(f"700 {AGENT} {AGENT}", self.host.stat("/var/lib/faultline/agent"))
        self.assertEqual(f"710 {COLLECTOR} {COLLECTOR}", self.host.stat("/var/lib/faultline/collector"))
        self.assertEqual("644 root root", self.host.stat(CONFIGURATION))
        # The collector runs. The agent waits for its configuration, and has not failed.
        self.assertEqual("enabled active", self.state(COLLECTOR))
        self.assertEqual("enabled inactive", self.state(AGENT))
        self.assertEqual("no", self.host.unit(AGENT, "ConditionResult"))
        wait_for("200 from /healthz", lambda: self.host.http_status("/healthz") == 200)

    def test_2_the_agent_joins_and_every_check_has_its_rights(self):
        host = self.host
        host.write(f"/etc/systemd/system/{agent_yaml.DEMO}", agent_yaml.DEMO_UNIT)
        host.write("/var/log/of-adm.log", "", 0o640, "root:adm")
        host.run("systemctl", "enable", "--quiet", "--now", agent_yaml.DEMO)
        token = host.ask("token", "create", "--role", "app", "--stack", "shop", "--env", "prod")["token"]
        host.write(TOKEN, token + "\n", 0o640, f"root:{AGENT}")
        host.write("/etc/faultline/agent.yaml", agent_yaml.text())
        host.run("systemctl", "start", AGENT)  # It comes back when the agent has said READY.
        self.assertEqual("enabled active", self.state(AGENT))
        wait_for("the agent's stream", self.connected)
        states = wait_for("a state of every check", self.check_states)
        # What is closed or not kept here is seen to be so; what could not look would be UNKNOWN.
        self.assertEqual([], [each for each in states.items() if each[1] == "STATE_UNKNOWN"])
        self.assertEqual("STATE_CRITICAL", states.pop("port:127.0.0.1:3306"))
        self.assertLessEqual(set(states.values()) - {"STATE_OK"}, {"STATE_WARNING"})
        for check in states.keys() - {"clock:system", "load:system"}:
            self.assertEqual("STATE_OK", states[check], check)

    def test_3_the_sandboxes_are_tight_and_what_is_open_is_explained(self):
        for service in (AGENT, COLLECTOR):
            said = self.host.run("systemd-analyze", "security", "--no-pager", "--threshold=24", f"{service}.service")
            workbench.say(f"{self.suite}: {said.strip().splitlines()[-1]}")
            text = self.host.run("systemctl", "cat", f"{service}.service")
            for line in said.splitlines():
                if line.startswith("✗"):
                    setting = line.split()[1].partition("=")[0]
                    self.assertIn(f"{setting}=", text, line)

    def test_3_wrong_configuration_fails_the_command_and_restarts_nothing(self):
        host, file = self.host, "/etc/faultline/agent.yaml"
        good = agent_yaml.text()
        pid = host.unit(AGENT, "MainPID")
        host.write(file, good + "chekcs: []\n")
        with self.assertRaises(CommandFailed):
            host.run("systemctl", "reload", AGENT)
        self.assertEqual(["enabled active", pid], [self.state(AGENT), host.unit(AGENT, "MainPID")])
        self.assertIn('did you mean "checks"?', host.run("journalctl", "--quiet", "--output=cat", f"--unit={AGENT}"))
        with self.assertRaises(CommandFailed):
            host.run("systemctl", "restart", AGENT)
        self.assertEqual("enabled failed", self.state(AGENT))
        self.assertEqual("0", host.unit(AGENT, "NRestarts"))
        host.write(file, good)
        host.run("systemctl", "start", AGENT)
        host.run("systemctl", "reload", AGENT)
        wait_for("the agent's stream", self.connected)
        # The collector has no reload, and no stray signal ends it.
        self.assertEqual("no", host.unit(COLLECTOR, "CanReload"))
        pid = host.unit(COLLECTOR, "MainPID")
        for signal in ("HUP", "USR1", "USR2"):
            host.run("systemctl", "kill", "--signal", signal, COLLECTOR)
        wait_for("a word on SIGHUP", lambda: "SIGHUP" in host.run("journalctl", "--quiet", "--output=cat", f"--unit={COLLECTOR}"))
        self.assertEqual(["enabled active", pid], [self.state(COLLECTOR), host.unit(COLLECTOR, "MainPID")])

    def test_4_an_upgrade_restarts_each_service_once_and_loses_nothing(self):
        host = self.host
        host.run("systemctl", "stop", agent_yaml.DEMO)
        wait_for("the incident", lambda: "UNIT_INACTIVE" in host.run("faultline", "incident", "list", "--output", "json"))
        with open(host.path(CONFIGURATION), "a", encoding="utf-8") as file:
            file.write(ADMINS_LINE)
        kept = [self.digest(path) for path in (IDENTITY, AUTHORITY, CONFIGURATION)]
        incident, tokens = self.incident(), host.ask("token", "list")
        starts = {name: host.starts(name) for name in (AGENT, COLLECTOR)}

        agent, collector, cli = self.next
        host.apt("install", collector, cli)  # In the order that docs/packages.md gives.
        self.assertEqual(starts[AGENT], host.starts(AGENT))
        wait_for("the agent's stream after the collector's upgrade", self.connected)
        host.apt("install", agent)

        for name in (AGENT, COLLECTOR):
            self.assertEqual("enabled active", self.state(name))
            self.assertEqual(starts[name] + 1, host.starts(name), name)
            self.assertEqual("0", host.unit(name, "NRestarts"), name)
            self.assertTrue(host.says("dpkg-query", "-W", "-f", "${Version}", name).endswith("+next"))
        wait_for("the agent's stream after its own upgrade", self.connected)
        self.assertEqual(kept, [self.digest(path) for path in (IDENTITY, AUTHORITY, CONFIGURATION)])
        self.assertIn("next version", host.path(f"{CONFIGURATION}.dpkg-dist").read_text(encoding="utf-8"))
        self.assertEqual(incident, self.incident())
        self.assertEqual(tokens, host.ask("token", "list"))

    def test_5_removing_keeps_state_and_configuration(self):
        host, incident = self.host, self.incident()
        kept = [self.digest(path) for path in (IDENTITY, AUTHORITY, CONFIGURATION)]
        host.apt("remove", AGENT, COLLECTOR, CLI)
        for name in (AGENT, COLLECTOR):
            self.assertEqual("config-files", host.package_state(name))
            self.assertEqual("inactive", host.says("systemctl", "is-active", f"{name}.service"))
            self.assertEqual("", host.says("pgrep", "-x", name[:15]))
        self.assertEqual("", host.stat(f"/usr/bin/{AGENT}"))
        self.assertEqual(kept, [self.digest(path) for path in (IDENTITY, AUTHORITY, CONFIGURATION)])
        # Installed again it is the host that it was, without a token.
        host.run("rm", TOKEN)
        host.apt("install", *self.next)
        wait_for("the agent's stream after coming back", self.connected)
        self.assertEqual(kept, [self.digest(path) for path in (IDENTITY, AUTHORITY, CONFIGURATION)])
        self.assertEqual(incident, self.incident())

    def test_6_purging_leaves_the_users_and_what_others_put_there(self):
        host = self.host
        host.write(TOKEN, "spent\n", 0o640, f"root:{AGENT}")
        host.write("/etc/faultline/mysql.password", "ours\n", 0o640, f"root:{AGENT}")
        host.write("/etc/faultline/site.pem", "not ours\n", 0o640, f"root:{AGENT}")
        host.apt("purge", AGENT)
        self.assertEqual("", host.stat("/var/lib/faultline/agent"))
        self.assertEqual("enabled active", self.state(COLLECTOR))
        host.apt("purge", COLLECTOR, CLI)
        for name in (AGENT, COLLECTOR, CLI):
            self.assertEqual("", host.package_state(name))
        self.assertEqual("", host.stat("/var/lib/faultline"))
        self.assertEqual("site.pem", host.run("ls", "/etc/faultline").strip())
        self.assertEqual("", host.run("sh", "-c", "ls /etc/systemd/system/*.wants | grep faultline || true"))
        for user in (AGENT, COLLECTOR):
            self.assertTrue(host.says("getent", "passwd", user))
        self.assertEqual("", host.run("systemctl", "--failed", "--no-legend", "--plain"))

    def state(self, name):
        return " ".join(self.host.says("systemctl", word, f"{name}.service") for word in ("is-enabled", "is-active"))

    def check_states(self):
        """States by check when every one has said something; nothing before."""
        states = {each["id"]: each.get("state") for each in self.host.ask("check", "list").get("checks", [])}
        states = {check: states[check] for check in agent_yaml.NEEDS if check in states}
        ready = len(states) == len(agent_yaml.NEEDS) and "STATE_UNSPECIFIED" not in states.values()
        return states if ready else None


class OnDebian12(Life, unittest.TestCase):
    suite = images.DEBIAN_12


class OnDebian13(Life, unittest.TestCase):
    suite = images.DEBIAN_13


if __name__ == "__main__":
    unittest.main()
