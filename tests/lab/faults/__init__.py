"""The failures that the lab can inject: each is a file that holds a FAULT."""

import importlib
import pkgutil


def all_faults():
    """All failures by name."""
    found = (importlib.import_module(f"{__name__}.{module.name}").FAULT
             for module in pkgutil.iter_modules(__path__) if module.name != "fault")
    return {fault.name: fault for fault in found}
