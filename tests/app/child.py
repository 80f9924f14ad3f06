"""Child processes that end with the tests, however those end."""

import ctypes
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def start(command, **options):
    return subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL,
        preexec_fn=lambda: _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL), **options)


def end(process, with_signal=signal.SIGTERM, seconds=60):
    """Ends a process that was started here; gives its exit code."""
    if process.poll() is None:
        process.send_signal(with_signal)
        process.send_signal(signal.SIGCONT)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
