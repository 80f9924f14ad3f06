import unittest

import engine
from engine import Failed, Workspace

ROOTS = ("collector", "stack")
MODULES = ("modules/host", "modules/network", "modules/private_subnets", "modules/security_groups")


def setUpModule():
    global workspace
    if not engine.TOOLS_ARE_THERE:
        return
    workspace = Workspace()
    unittest.addModuleCleanup(workspace.close)


@engine.needs_tools
class TheFiles(unittest.TestCase):
    def test_are_formatted(self):
        # The examples too, which Terraform does not look at under their own names.
        for root in ROOTS:
            for example in ("terraform.tfvars.example", "backend.tf.example"):
                copy = workspace.path / "formatted" / root / example.removesuffix(".example")
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text((workspace.terraform / root / example).read_text())
        for folder in (".", "../../formatted"):
            workspace.run(folder, "fmt", "-check", "-recursive", "-diff")

    def test_are_all_looked_at(self):
        folders = {file.parent.relative_to(workspace.terraform).as_posix() for file in workspace.terraform.rglob("*.tf")
                   if ".terraform" not in file.parts}
        self.assertEqual({*ROOTS, *MODULES}, folders)

    def test_are_valid_by_the_published_schema(self):
        for folder in ROOTS + MODULES:
            with self.subTest(folder=folder):
                workspace.init(folder)
                self.assertIn("is valid", workspace.run(folder, "validate", "-no-color"))

    def test_the_backend_of_the_example_is_one_that_terraform_takes(self):
        for root in ROOTS:
            with self.subTest(root=root):
                backend = workspace.terraform / root / "backend.tf"
                self.addCleanup(backend.unlink)
                backend.write_text((workspace.terraform / root / "backend.tf.example").read_text())
                workspace.init(root)
                workspace.run(root, "validate", "-no-color")


@engine.needs_tools
class TheStandIn(unittest.TestCase):
    """What passes here would pass the real provider's schema: so it must refuse what that refuses."""

    MISTAKES = (
        ("network", "main.tf", "enable_dns_support ", "enable_dns_sport ", 'argument named "enable_dns_sport" is not expected here'),
        ("network", "main.tf", "enable_dns_hostnames = true", "enable_dns_hostnames = []", "bool required"),
        ("host", "main.tf", "  source_dest_check = true", "  metadata {}", 'Blocks of type "metadata" are not expected here'),
        ("host", "role.tf", "  assume_role_policy =", "  assume_policy =", 'The argument "assume_role_policy" is required'),
        ("private_subnets", "main.tf", 'resource "aws_route" "nat"', 'resource "aws_rote" "nat"', 'does not support resource type "aws_rote"'),
        # What no schema says, but AWS:
        ("security_groups", "main.tf", '"${var.name_prefix}-${trimprefix(each.key, "sg-")}"', '"sg-flask"', "cannot begin with sg-"),
    )

    def test_refuses_what_the_provider_and_aws_refuse(self):
        broken = Workspace()
        self.addCleanup(broken.close)
        for module, where, old, new, _ in self.MISTAKES:
            file = broken.terraform / "modules" / module / where
            self.assertIn(old, file.read_text())
            file.write_text(file.read_text().replace(old, new, 1))
        for module in sorted({mistake[0] for mistake in self.MISTAKES}):
            broken.init(f"modules/{module}")
            with self.assertRaises(Failed) as refused:
                broken.run(f"modules/{module}", "validate", "-no-color")
            said = " ".join(str(refused.exception).split())
            for *_, words in (mistake for mistake in self.MISTAKES if mistake[0] == module):
                self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main()
