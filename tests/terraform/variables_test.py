"""Bad input is refused before anything is made, by words that name the variable and the way out."""

import re
import unittest

import engine
from engine import HANDED_OVER, Failed, Workspace

# variable: ([bad values], words of the refusal). Every value is tried; all variables of one round in one plan.
BAD = {
    "aws_region": (["us-east-1a", "Virginia", ""], "aws_region must be a region's code"),
    "stack_name": (["Shop", "shop_1", "-shop", "s" * 21, ""], "stack_name must be 1 to 20 lower-case"),
    "environment": (["Prod", "a-very-long-environment"], "environment must be 1 to 12 lower-case"),
    "vpc_cidr": (["10.0.0.0/24", "10.0.0.1/16", "10.0.0.0", "fd00::/16"], "vpc_cidr must be the first address"),
    "availability_zones": ([["us-east-1a", "us-east-1a"], ["us-east-1"], ["us-east-1a", "us-east-1b", "us-east-1c"]], "availability_zones must be at most two different zones"),
    "operating_system": (["debian-11", "ubuntu"], "operating_system must be debian-12 or ubuntu-24.04"),
    "ami_id": (["debian", "ami-xyz"], "ami_id must be an image's id"),
    "key_pair_name": (["my-keypair.pem"], "key_pair_name must be the name of the key pair"),
    "ssh_allowed_cidr": (["0.0.0.0/0", "198.51.100.25/0"], "ssh_allowed_cidr must not be the whole Internet"),
    "db_ssh_allowed_cidr": (["10.8.0.1/24", "10.8.0.0", "x"], "db_ssh_allowed_cidr must be an IPv4 range"),
    "flask_allowed_cidr": (["203.0.113.5", "203.0.113.5/24", "203.0.113.0/33", "::/0", "203.0.113.0/24;0.0.0.0/0"], "flask_allowed_cidr must be an IPv4 range"),
    "ip_allowlist": (["203.0.113.5", "allow all", "203.0.113.5/32 198.51.100.25/32"], "ip_allowlist must be an IPv4 range"),
    "flask_instance_type": (["t3", "big", "T3.micro"], "flask_instance_type must be an EC2 instance type"),
    "mysql_instance_type": (["t3 small", ".small"], "mysql_instance_type must be an EC2 instance type"),
    "flask_volume_gb": ([4, 8.5], "flask_volume_gb must be a whole number"),
    "mysql_volume_gb": ([0, 20000], "mysql_volume_gb must be a whole number"),
    "app_repo_url": (["your-org/app", "http://github.com/a/b.git", "https://user:token@github.com/a/b.git", ""], "app_repo_url must"),
    "domain_name": (["https://app.example.com", "app", "App.example.com", "app.example.com/x"], "domain_name must be a name in lower case"),
    "acme_email": (["admin", "admin@example", "a b@example.com"], "acme_email must be an e-mail address"),
    "acme_server": (["http://acme.example.com/dir", "https://acme example.com"], "acme_server must begin with https://"),
    "timezone": (["Europe/", "$(date)", "Mars/Olympus Mons", "Etc/GMT+2", "posix/UTC", "localtime"], "timezone must be a name of the time zone database"),
    "db_name": (["app-db", "1db", ""], "db_name must be 1 to 32"),
    "db_user": (["app user", "x'; DROP"], "db_user must be 1 to 32"),
    "db_allowed_host_pattern": (["%", "10.0.1.%' OR '1", "10.0.1.% "], "db_allowed_host_pattern must"),
    "db_password": (["short", "two\nlines of it", "x" * 129], "db_password must have 12 to 128 characters"),
    "db_monitor_password": (["short"], "db_monitor_password must have 12 to 128 characters"),
    "db_password_parameter": (["/shop//x", "arn:aws:s3:::x", "two words"], "db_password_parameter must be an SSM parameter's name"),
    "db_monitor_password_parameter": (["$(id)"], "db_monitor_password_parameter must be"),
    "join_token": (["two words", "a'b"], "join_token must be the token as"),
    "join_token_parameter": (["/"], "join_token_parameter must be"),
    "webhook_url": (["http://pager.example/hook", "https://pager example"], "webhook_url must begin with https://"),
    "webhook_url_parameter": (["-x y"], "webhook_url_parameter must be"),
    "secrets_kms_key_arn": (["alias/mine", "arn:aws:kms:us-east-1:123456789012:alias/mine"], "secrets_kms_key_arn must be the ARN of a key"),
    "faultline_package_url": (["s3://bucket/x.deb"], "faultline_package_url must begin with https://"),
    "faultline_package_sha256": (["abc", "A" * 64], "faultline_package_sha256 must be 64 hexadecimal digits"),
    "collector": ([{**HANDED_OVER["collector"], "public_subnets": []}, {**HANDED_OVER["collector"], "vpc_id": "shop"}], "collector must be what the collector's root says"),
}
FREE = {"enable_collector", "colocate_collector", "nat_gateway_per_zone", "enable_cloudwatch_agent"}   # true or false
OF_THE_COLLECTOR = {"enable_prometheus"}   # true or false, there alone
SECRETS = {"db_password", "db_monitor_password", "join_token", "webhook_url"}
VARIABLE = re.compile(r'^variable "(\w+)" {(.*?)^}', re.MULTILINE | re.DOTALL)


def declared(root):
    text = "".join(file.read_text() for file in sorted((engine.SOURCE / root).glob("variables*.tf")))
    return dict(VARIABLE.findall(text))


def setUpModule():
    global workspace
    if not engine.TOOLS_ARE_THERE:
        return
    workspace = Workspace()
    unittest.addModuleCleanup(workspace.close)


def refusal(root, variables):
    try:
        workspace.plan_text(root, variables)
    except Failed as refused:
        return " ".join(re.sub(r"[│╷╵]", " ", str(refused)).split())
    return ""


@engine.needs_tools
class Variables(unittest.TestCase):
    def test_have_all_the_names_of_the_runbook(self):
        runbook = {"aws_region", "key_pair_name", "db_password", "app_repo_url", "domain_name", "acme_email", "flask_allowed_cidr",
                   "ssh_allowed_cidr", "ip_allowlist", "db_allowed_host_pattern", "flask_instance_type", "mysql_instance_type"}
        self.assertEqual(set(), runbook - set(declared("stack")))

    def test_are_described_and_typed_and_refuse_something(self):
        self.assertEqual(set(BAD) | FREE, set(declared("stack")))
        for root in ("stack", "collector"):
            for name, body in declared(root).items():
                for word in ("description", "type ", *(() if name in FREE | OF_THE_COLLECTOR else ("validation",))):
                    self.assertIn(word, body, f"{root}: {name}")

    def test_of_both_roots_say_the_same(self):
        stack, collector = declared("stack"), declared("collector")
        for name in set(stack) & set(collector):
            self.assertEqual(*(re.findall(r"validation {.*", body, re.DOTALL) for body in (stack[name], collector[name])), name)

    def test_refuse_bad_input_by_words_that_name_the_way_out(self):
        for round_ in range(max(len(values) for values, _ in BAD.values())):
            bad = {name: values[round_] for name, (values, _) in BAD.items() if round_ < len(values)}
            said = refusal("stack", bad)
            for name, value in bad.items():
                with self.subTest(variable=name, value=value):
                    self.assertIn(BAD[name][1], said)

    def test_refuse_bad_input_in_the_collector_root_too(self):
        names = set(declared("collector")) & set(BAD)
        said = refusal("collector", {name: BAD[name][0][0] for name in names})
        for name in names:
            self.assertIn(BAD[name][1], said)

    def test_take_the_runbook_s_own_example(self):
        self.assertEqual("", refusal("stack", {
            "enable_collector": False, "db_password_parameter": None, "db_password": "SuperS3cret!",
            "flask_allowed_cidr": "203.0.113.0/24", "ip_allowlist": "203.0.113.5/32, 198.51.100.25/32"}))


@engine.needs_tools
class Secrets(unittest.TestCase):
    VALUES = {"db_password": "Hush-1-hush-hush", "db_monitor_password": "Hush-2-hush-hush", "join_token": "Hush-3", "webhook_url": "https://pager.example/Hush-4"}

    def test_are_marked_and_hidden_in_what_a_person_reads(self):
        for name in SECRETS:
            self.assertRegex(declared("stack")[name], r"sensitive\s+= true")
        given = {**self.VALUES, **{f"{name}_parameter": None for name in SECRETS}, "enable_collector": False, "colocate_collector": True}
        text, saved = workspace.plan_text("stack", given)
        self.assertNotIn("Hush", text)
        self.assertIn("user_data_base64                     = (sensitive value)", text)
        self.assertNotIn("Hush", workspace.run("stack", "show", "-no-color", str(saved)))

    def test_in_a_parameter_are_in_no_plan_at_all_and_open_to_the_role_alone(self):
        sources = {"db_password_parameter": "/shop/prod/db", "db_monitor_password_parameter": None, "join_token_parameter":
                   "arn:aws:secretsmanager:us-east-1:123456789012:secret:join-AbCdEf",
                   "secrets_kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/11111111-2222"}
        plan = workspace.plan("stack", {**HANDED_OVER, **sources})
        policies = [change["change"]["after"] for change in plan["resource_changes"] if change["type"] == "aws_iam_role_policy"]
        self.assertEqual(2, len(policies))
        for policy in policies:
            self.assertEqual([
                {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": ["arn:aws:ssm:us-east-1:123456789012:parameter/shop/prod/db"]},
                {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": [sources["join_token_parameter"]]},
                {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": [sources["secrets_kms_key_arn"]]},
            ], engine.json.loads(policy["policy"])["Statement"])


if __name__ == "__main__":
    unittest.main()
