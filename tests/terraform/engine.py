"""Runs a real Terraform on copies of deploy/terraform, with the stand-in for the AWS provider. Nothing reaches AWS."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import provider_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build/tools"
TERRAFORM = TOOLS / "terraform"
CHECKOV = TOOLS / "checkov"
EXAMPLE = "terraform.tfvars.example"
SOURCE = ROOT / "deploy/terraform"

# What the collector's root hands over, as a stack's test needs it when no collector is there.
HANDED_OVER = {"collector": {
    "vpc_id": "vpc-0a", "vpc_cidr": "10.0.0.0/16", "security_group_id": "sg-0c", "private_ip": "10.0.1.20",
    "public_subnets": [{"zone": "us-east-1a", "id": "subnet-0a", "cidr": "10.0.1.0/24"}]}}


# On a machine where the tools could not be installed, each test that needs them counts as skipped and says why.
TOOLS_ARE_THERE = TERRAFORM.exists() and CHECKOV.exists()
needs_tools = unittest.skipUnless(TOOLS_ARE_THERE, "build/tools/terraform is not there: scripts/terraform-tools makes it")


class Failed(Exception):
    """Terraform refused; the text is all that it said."""


class Workspace:
    """A copy of deploy/terraform and what its user-data is made of in a folder of its own, so that nothing litters the tree."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="faultline-terraform-")
        self.path = pathlib.Path(self._folder.name)
        self.terraform = self.path / "deploy/terraform"
        shutil.copytree(SOURCE, self.terraform, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars", "*.auto.tfvars.json"))
        for also in ("deploy/user-data", "deploy/app/db"):
            shutil.copytree(ROOT / also, self.path / also)
        self._environment = self._make_environment()
        self._initialised = set()
        self._provider = None

    def close(self):
        if self._provider:
            self._provider.terminate()
            self._provider.communicate()
        self._folder.cleanup()

    def _make_environment(self):
        mirror = self.path / "mirror"
        program = (mirror / "registry.terraform.io/hashicorp/aws" / provider_schema.VERSION / "linux_amd64"
                   / f"terraform-provider-aws_v{provider_schema.VERSION}")
        program.parent.mkdir(parents=True)
        python = TOOLS / "terraform-venv/bin/python"
        program.write_text(f"#!/bin/sh\nexec '{python}' '{ROOT}/tests/terraform/aws_stand_in.py' \"$@\"\n")
        program.chmod(0o755)
        self._program = program
        settings = self.path / "terraform.rc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        # A home of its own: the provider's framework keeps a certificate there.
        return {**kept, "TF_CLI_CONFIG_FILE": str(settings), "HOME": str(self.path), "CHECKPOINT_DISABLE": "1",
                "TF_IN_AUTOMATION": "1", "TMPDIR": str(self.path), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}

    def run(self, root, *arguments, environment=None):
        """Terraform in that folder; returns its standard output, raises Failed."""
        result = subprocess.run([TERRAFORM, *arguments], cwd=self.terraform / root, env=environment or self._environment,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        if result.returncode != 0:
            raise Failed(result.stdout + result.stderr)
        return result.stdout

    def init(self, root):
        """Installs the stand-in from the mirror, by the roots' own version constraint."""
        if root not in self._initialised:
            environment = {name: value for name, value in self._environment.items() if name != "TF_REATTACH_PROVIDERS"}
            self.run(root, "init", "-backend=false", "-input=false", "-no-color", environment=environment)
            self._initialised.add(root)
        self._attach()

    def _attach(self):
        """One provider for all commands: Terraform would start it several times in each, at half a second a time."""
        if self._provider:
            return
        self._provider = subprocess.Popen([self._program, "--dev"], env=self._environment, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, text=True)
        for line in self._provider.stdout:
            if "TF_REATTACH_PROVIDERS=" in line:
                self._environment["TF_REATTACH_PROVIDERS"] = line.split("=", 1)[1].strip().strip("'")
                return
        raise Failed("the stand-in for the provider did not start")

    def variables_file(self, root, variables):
        """The example's variables with others over them; a value of None takes the example's away."""
        example = self.terraform / root / EXAMPLE
        files = []
        if example.exists():
            lines = [line for line in example.read_text().splitlines()
                     if line.split("=")[0].strip() not in [name for name, value in variables.items() if value is None]]
            files.append(self.path / "example.tfvars")
            files[-1].write_text("\n".join(lines) + "\n")
        files.append(self.path / "more.tfvars.json")
        files[-1].write_text(json.dumps({name: value for name, value in variables.items() if value is not None}))
        return [f"-var-file={file}" for file in files]

    def plan_text(self, root, variables, *options):
        """(what a person reads, the saved plan's file)."""
        self.init(root)
        saved = self.path / "plan"
        text = self.run(root, "plan", "-input=false", "-no-color", "-lock=false", f"-out={saved}", *options,
                        *self.variables_file(root, variables))
        return text, saved

    def plan(self, root, variables, *options):
        """The plan as data (`terraform show -json`)."""
        _, saved = self.plan_text(root, variables, *options)
        return json.loads(self.run(root, "show", "-json", str(saved)))

    def apply(self, root, variables):
        """Applies to the stand-in's world; returns what is there then, where every id is known."""
        _, saved = self.plan_text(root, variables)
        self.run(root, "apply", "-input=false", "-no-color", str(saved))
        return World(json.loads(self.run(root, "show", "-json"))["values"])

    def forget(self, root):
        """As if nothing had been applied there."""
        (self.terraform / root / "terraform.tfstate").unlink(missing_ok=True)


class World:
    """The values of a state or of a plan: resources by their types, outputs."""

    def __init__(self, values):
        self._resources = list(self._walk(values["root_module"]))
        self.outputs = {name: one.get("value") for name, one in values.get("outputs", {}).items()}

    def _walk(self, module):
        yield from module.get("resources", [])
        for child in module.get("child_modules", []):
            yield from self._walk(child)

    def all(self, kind, **values):
        """The values of all managed resources of that type that have these values."""
        return [one["values"] for one in self._resources if one["mode"] == "managed" and one["type"] == kind
                and all(one["values"].get(name) == value for name, value in values.items())]

    def one(self, kind, **values):
        found = self.all(kind, **values)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} resources of type {kind} with {values}")
        return found[0]

    def named(self, kind, name):
        """The one with that tag Name."""
        found = [one for one in self.all(kind) if (one.get("tags") or {}).get("Name") == name]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} resources of type {kind} named {name}")
        return found[0]

    def data(self, kind):
        return [one["values"] for one in self._resources if one["mode"] == "data" and one["type"] == kind]
