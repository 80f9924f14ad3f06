"""Runs a command by its argument list, and says what went wrong in one message."""

import subprocess


class CommandFailed(Exception):
    """A command ended with an error; the text holds the command, its exit code and last words."""


def run(argv, *, timeout=120, check=True, input_text=None, **popen_options):
    """Runs argv to its end; gives a CompletedProcess with stdout and stderr as text.

    Raises CommandFailed when check is set and the exit code is not 0, and also when the command
    does not end within `timeout` seconds or is not installed. The command is in a session of its
    own: a Ctrl-C is for the lab, which then cleans up by such commands.
    """
    try:
        done = subprocess.run(argv, timeout=timeout, input=input_text, text=True,
                              stdin=None if input_text is not None else subprocess.DEVNULL,
                              capture_output=True, check=False, start_new_session=True,
                              **popen_options)
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{_shown(argv)} did not end within {timeout} s") from error
    except OSError as error:
        raise CommandFailed(f"{_shown(argv)} could not be started: {error}") from error
    if check and done.returncode != 0:
        raise CommandFailed(f"{_shown(argv)} ended with {done.returncode}:\n"
                            f"{_tail(done.stderr or done.stdout)}")
    return done


def run_logged(argv, log_path, *, timeout, **popen_options):
    """Runs a long command with its output appended to a file; raises CommandFailed on an error."""
    with open(log_path, "ab") as log:
        try:
            code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  timeout=timeout, check=False, start_new_session=True,
                                  **popen_options).returncode
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{_shown(argv)} did not end within {timeout} s; "
                                f"see {log_path}") from error
    if code != 0:
        with open(log_path, encoding="utf-8", errors="replace") as log:
            raise CommandFailed(f"{_shown(argv)} ended with {code}; the end of {log_path}:\n"
                                f"{_tail(log.read())}")


def _shown(argv):
    return " ".join(str(part) for part in argv)


def _tail(text, lines=15):
    return "\n".join(text.strip().splitlines()[-lines:])
