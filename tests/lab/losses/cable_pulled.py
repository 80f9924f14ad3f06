"""A host's cable is pulled: it lives, and sees that it is alone."""

from . import cable
from .gone import promises
from .loss import Loss

LOSS = Loss(
    name="cable-pulled",
    words="A host's cable is pulled",
    what="The host's link goes down and comes up again; the host itself goes on.",
    reason="HOST_GONE",
    severity="critical",
    promises=promises(),
    break_it=cable.pull,
    mend=cable.plug,
)
