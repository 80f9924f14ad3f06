"""What a host is told at its first start arrives unharmed, whatever is in it: the user-data is run in a folder."""

import base64
import gzip
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import engine
from engine import HANDED_OVER, Workspace, World

HOSTILE = [
    "it's", '"quoted"', "$HOME $(touch escaped) `touch escaped`", "back\\slash\\", "two\nlines\n", "'; touch escaped; '", "END\ntouch escaped",
    "END-OF-FAULTLINE-FILE\ntouch escaped", "${HOME} %{ if true }x%{ endif }", "ümläut 🔥", " spaces around ", "", "\t\r\x01", "-n", "!history", "'\\''",
]
# What the scripts of deploy/user-data may rely on; deploy/terraform/README.md says what each one means.
COMMON = {"ROLE", "HOST_NAME", "HOST_ADDRESS", "STACK_NAME", "ENVIRONMENT", "AWS_REGION", "FAULTLINE_PACKAGE_URL", "FAULTLINE_PACKAGE_SHA256",
          "COLLECTOR_ADDRESS", "ENROLMENT_ADDRESS", "JOIN_TOKEN"}
DATABASE = {"DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_MONITOR_PASSWORD"}
SETTINGS = {
    "app": COMMON | DATABASE | {"DB_HOST", "APP_REPO_URL", "APP_DOMAIN_NAME", "APP_ACME_EMAIL", "APP_ACME_SERVER", "APP_IP_ALLOWLIST", "COLLECTOR_COLOCATED", "TIMEZONE", "AGENT_PORT", "ENROLMENT_PORT"},
    "db": COMMON | DATABASE | {"APP_ADDRESS", "DB_ALLOWED_HOST_PATTERN"},
    "collector": COMMON | {"DB_HOST", "DB_PORT", "WEBHOOK_URL", "AGENT_PORT", "ENROLMENT_PORT", "ENABLE_PROMETHEUS", "TIMEZONE"},
}
PLAIN = {"db_password_parameter": None, "db_monitor_password_parameter": None, "join_token_parameter": None, "webhook_url_parameter": None}


def setUpModule():
    global workspace
    if not engine.TOOLS_ARE_THERE:
        return
    workspace = Workspace()
    unittest.addModuleCleanup(workspace.close)


class FirstStart:
    """Runs a host's user-data with its two folders moved into a temporary one, and a role's script of the test's own."""

    def __init__(self, test, user_data, script="exit 0\n"):
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        text = gzip.decompress(base64.b64decode(user_data)).decode()
        assert text.startswith("#!/bin/bash\n"), text[:50]
        self.text = text
        moved = text.replace("/etc/faultline", f"{self.folder}/etc").replace("/var/lib/faultline", f"{self.folder}/var")
        # The real script of the role is of no interest here.
        moved = re.sub(r"^exec bash .*/(\w+\.sh)$", lambda found: f"echo ran {found[1]}; cd '{self.folder}'; {script}", moved, flags=re.MULTILINE)
        self.result = subprocess.run(["bash", "-c", moved], cwd=self.folder, capture_output=True, text=True,
                                     # There is nobody to read secrets from, however long one asks.
                                     env={"PATH": os.environ["PATH"], "FETCH_SECRETS_PATIENCE_S": "0"})
        self.settings_file = self.folder / "etc/user-data.env"

    def settings(self):
        """What a script sees that reads the settings: {name: value}."""
        names = re.findall(r"^([A-Z0-9_]+)='", self.settings_file.read_text(), re.MULTILINE)
        shown = subprocess.run(["sh", "-c", '. "$1"; shift; for name; do eval "printf \'%s\\0\' \\"\\$$name\\""; done', "sh", self.settings_file, *names],
                               cwd=self.folder, capture_output=True, check=True)
        return dict(zip(names, shown.stdout.decode().split("\0")))


@engine.needs_tools
class TheTemplate(unittest.TestCase):
    def test_carries_every_value_unharmed_and_runs_nothing_of_it(self):
        root = workspace.terraform / "fixture"
        root.mkdir()
        (root / "main.tf").write_text('''
variable "settings" { type = map(string) }
module "host" {
  source = "../modules/host"

  name = "db-1"
  role = "db"
  name_prefix = "shop-prod"
  subnet_id = "subnet-1"
  private_ip = "10.0.2.10"
  public = false
  security_group_id = "sg-1"
  operating_system = "debian-12"
  ami_id = ""
  instance_type = "t3.micro"
  root_volume_gb = 20
  key_pair_name = ""
  enable_cloudwatch_agent = false
  settings = var.settings
  secrets = var.settings
  secret_sources = {}
  secrets_kms_key_arn = ""
}
''')
        settings = {f"S_{chr(65 + index)}": value for index, value in enumerate(HOSTILE)}
        plan = World(workspace.plan("fixture", {"settings": settings})["planned_values"])
        start = FirstStart(self, plan.one("aws_instance")["user_data_base64"], script="touch escaped-on-purpose\n")
        self.assertEqual((0, ""), (start.result.returncode, start.result.stderr))
        self.assertEqual(settings, start.settings())
        self.assertEqual([], [file.name for file in start.folder.rglob("escaped")])
        # The net does catch: what the role's script itself does is seen.
        self.assertTrue((start.folder / "escaped-on-purpose").exists())
        self.assertEqual(0o600, start.settings_file.stat().st_mode & 0o777)


@engine.needs_tools
class TheHosts(unittest.TestCase):
    def starts(self, root, variables):
        plan = World(workspace.plan(root, variables)["planned_values"])
        return {one["tags"]["Role"]: FirstStart(self, one["user_data_base64"]) for one in plan.all("aws_instance")}

    def test_are_told_what_their_scripts_rely_on(self):
        told = self.starts("collector", {**PLAIN, "join_token": "flt_1", "webhook_url": "https://pager.example/hook"})
        told |= self.starts("stack", {**HANDED_OVER, **PLAIN, "db_password": "it's $ecret \\ \"here\"", "join_token": "flt_1", "db_allowed_host_pattern": None})
        for role, start in told.items():
            self.assertEqual((0, f"ran {role}.sh\n", ""), (start.result.returncode, start.result.stdout, start.result.stderr))
            self.assertEqual(SETTINGS[role], set(start.settings()), role)
        app, db = told["app"].settings(), told["db"].settings()
        self.assertEqual(["it's $ecret \\ \"here\""] * 2, [app["DB_PASSWORD"], db["DB_PASSWORD"]])
        self.assertEqual(("10.0.2.10", "3306"), (app["DB_HOST"], app["DB_PORT"]))
        self.assertEqual("10.0.1.%", db["DB_ALLOWED_HOST_PATTERN"])
        self.assertEqual("203.0.113.5/32,198.51.100.25/32", app["APP_IP_ALLOWLIST"])
        for role in told:
            self.assertEqual(("10.0.1.20:7443", "10.0.1.20:7444"), tuple(told[role].settings()[f"{what}_ADDRESS"] for what in ("COLLECTOR", "ENROLMENT")))

    def test_carry_their_scripts_as_they_are_in_the_tree(self):
        for role, start in self.starts("stack", {**HANDED_OVER, **PLAIN, "db_password": "SuperS3cret!"}).items():
            for name in ("common.sh", f"{role}.sh"):
                script = (engine.ROOT / "deploy/user-data" / name).read_text()
                self.assertIn(f"/{name} <<'END-OF-FAULTLINE-FILE'\n{script}END-OF-FAULTLINE-FILE\n", start.text)
                self.assertTrue((start.folder / "var/user-data" / name).exists())

    def test_of_the_lab_are_told_in_the_same_words(self):
        sys.path.insert(0, str(engine.ROOT / "tests/lab"))
        self.addCleanup(sys.path.pop, 0)
        import user_data
        for role, start in self.starts("stack", {**HANDED_OVER, **PLAIN, "db_password": "it's $ecret \\ \"here\""}).items():
            self.assertEqual(start.text, user_data.render(role, start.settings()))

    def test_get_a_script_that_shellcheck_accepts(self):
        start = self.starts("collector", {})["collector"]
        result = subprocess.run(["shellcheck", "--severity=warning", "-"], input=start.text, capture_output=True, text=True)
        self.assertEqual((0, ""), (result.returncode, result.stdout))

    def test_are_told_of_no_collector_where_there_is_none(self):
        for start in self.starts("stack", {**PLAIN, "enable_collector": False, "db_password": "SuperS3cret!"}).values():
            self.assertEqual(("", ""), (start.settings()["COLLECTOR_ADDRESS"], start.settings()["ENROLMENT_ADDRESS"]))

    def test_are_told_of_a_collector_on_the_application_host(self):
        told = self.starts("stack", {**PLAIN, "enable_collector": False, "colocate_collector": True, "db_password": "SuperS3cret!",
                                     "webhook_url": "https://pager.example/hook"})
        self.assertEqual(("true", "https://pager.example/hook"), tuple(told["app"].settings()[name] for name in ("COLLECTOR_COLOCATED", "WEBHOOK_URL")))
        self.assertEqual("10.0.1.10:7443", told["db"].settings()["COLLECTOR_ADDRESS"])
        self.assertNotIn("WEBHOOK_URL", told["db"].settings())

    def test_have_room_for_scripts_within_what_ec2_takes(self):
        common = workspace.path / "deploy/user-data/common.sh"
        self.addCleanup(common.write_text, common.read_text())
        # Noise does not compress: hexadecimal digits need half a byte each.
        common.write_text("#" + os.urandom(20000).hex() + "\n")
        with self.assertRaises(engine.Failed) as refused:
            workspace.plan("stack", {**HANDED_OVER, **PLAIN, "db_password": "SuperS3cret!"})
        self.assertIn("larger than EC2's 16 KiB", " ".join(str(refused.exception).split()))


if __name__ == "__main__":
    unittest.main()
