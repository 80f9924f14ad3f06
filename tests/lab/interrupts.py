"""Cleans up in every case: at the end, after a failure, Ctrl-C, SIGTERM or a lost terminal."""

import contextlib
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asked for the end; not an Exception, so that nobody swallows it on the way."""

    def __init__(self, number):
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.exit_code = 128 + number


@contextlib.contextmanager
def cleaned_up_by(cleanup):
    """Runs the block, then cleanup() without being disturbed by further signals."""
    def interrupt(number, _frame):
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            cleanup()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
