"""What is written down about a lab, so that any later lab.py can find, use and end it."""

import dataclasses
import json
import os

import names
from processes import Process, identify

_FILE = "state.json"


@dataclasses.dataclass(frozen=True)
class State:
    """Whose lab it is. `kept`: its owner went away on purpose, a person plays with it."""
    owner: Process
    kept: bool = False

    @classmethod
    def start(cls):
        """Takes an id for a lab that this process owns; gives the id."""
        return names.take_id({_FILE: cls(identify(os.getpid()))._text()})

    @classmethod
    def read(cls, lab_id):
        """Raises OSError or ValueError when the file is not there or not what we wrote."""
        values = json.loads((names.lab_dir(lab_id) / _FILE).read_text(encoding="utf-8"))
        return cls(Process(values["owner_pid"], values["owner_started"]), values["kept"])

    def keep(self, lab_id):
        """Writes down that the lab shall live on after this process."""
        path = names.lab_dir(lab_id) / _FILE
        new = path.with_suffix(".new")
        new.write_text(dataclasses.replace(self, kept=True)._text(), encoding="utf-8")
        new.rename(path)

    def _text(self):
        return json.dumps({"owner_pid": self.owner.pid, "owner_started": self.owner.started,
                           "kept": self.kept}, indent=2) + "\n"
