"""What the lab can lose without a goodbye: each is a file that holds a LOSS."""

import importlib
import pkgutil


def all_losses():
    """All losses by name."""
    found = (importlib.import_module(f"{__name__}.{module.name}").LOSS
             for module in pkgutil.iter_modules(__path__) if module.name not in ("loss", "gone", "cable"))
    return {loss.name: loss for loss in found}
