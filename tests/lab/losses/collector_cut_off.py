"""The collector's own cable is pulled: it hears nobody, and says so instead of many hosts' deaths."""

from . import cable
from .loss import Loss, Promise

LOSS = Loss(
    name="collector-cut-off",
    words="The collector is cut off",
    what="The link of the collector's host goes down and comes up again. The pager stands on that host here: one that "
         "is reached over the same link would hear nothing until it is mended.",
    reason="COLLECTOR_CUT_OFF",
    severity="critical",
    promises={"collector": Promise("the collector is cut off from 2 hosts (app-1, db-1)", 0, 7)},
    break_it=cable.pull,
    mend=cable.plug,
)
