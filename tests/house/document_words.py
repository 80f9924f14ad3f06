"""Words of the documents that a program, a script or Terraform has to know as well."""

import re

FENCE = re.compile(r"^```(\w*)$")
# What a check, an agent or a script is called by: UNIT_FAILED, DB_PASSWORD, not WHERE or OK.
WORD = re.compile(r"(?<![$\w])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
ASSIGNMENT = re.compile(r"^\s*(\w+)\s*=", re.MULTILINE)
VARIABLE = re.compile(r'^variable "(\w+)"', re.MULTILINE)
TERRAFORM_OUTPUT = re.compile(r"\bterraform output (?:-\w+ )*(\w+)")
OUTPUT = re.compile(r'^output "(\w+)"', re.MULTILINE)


def words(document):
    """UNIT_FAILED and its like, wherever they stand."""
    return set(WORD.findall(document))


def fenced(document, language):
    """The texts of the document's ```language blocks."""
    found, block, kind = [], None, ""
    for line in document.splitlines():
        fence = FENCE.match(line)
        if fence and block is None:
            block, kind = [], fence.group(1)
        elif fence:
            if kind == language:
                found.append("\n".join(block))
            block = None
        elif block is not None:
            block.append(line)
    return found


def assigned(document):
    """The variables that the document's hcl blocks set."""
    return set(ASSIGNMENT.findall("\n".join(fenced(document, "hcl"))))


def outputs(document):
    """NAME of each `terraform output NAME`."""
    return set(TERRAFORM_OUTPUT.findall(document))
