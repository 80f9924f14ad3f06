"""What is told of a host of the stack that answers nobody any more."""

from .loss import Promise


def promises():
    """By host: the site's is looked at by two others, the database's, by its security group, by one."""
    return {
        "db": Promise("host db-1 is gone", 0, 32, before=("database unreachable",)),
        "app": Promise("host app-1 is gone", 0, 4),
    }
