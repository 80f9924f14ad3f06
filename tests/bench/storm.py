"""What a storm costs the collector: every check of a fleet fails at once, or one agent after the other, and recovers.

`make bench-storm` runs it on build/release; with BASELINE=FOLDER also on the programs of another build, for the ratio. CPU
seconds are the collector's own, idle cost taken off; bytes are what it had the kernel write; the quiet message is that of one
agent's failure alone. Each collector gets the environment of its own unit file. The fleet (storm_fleet.cc) and
the webhook's receiver are on loopback, and everything ends with this program.
"""

import argparse
import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import records

_CALM = 10   # Seconds: an end is told, and nothing of it waits any more.
_TICKS = os.sysconf("SC_CLK_TCK")


class Receiver:
    """A webhook that counts messages and when the first came."""

    def __init__(self):
        receiver = self
        self.arrived = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                receiver.arrived.append(time.monotonic())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_certificates(folder, agents):
    """An authority, the collector's certificate, and one for each host, all with one key."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    ca, key = str(folder / "ca.crt"), str(folder / "ca.key")
    openssl("req", "-x509", *curve, "-keyout", key, "-out", ca, "-days", "2", "-subj", "/CN=storm")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(folder / "host.key"))
    os.chmod(folder / "host.key", 0o600)
    sign = ["req", "-x509", "-CA", ca, "-CAkey", key, "-key", str(folder / "host.key"), "-days", "2", "-subj", "/CN=host"]
    openssl(*sign, "-out", str(folder / "collector.crt"), "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext", "extendedKeyUsage=serverAuth", "-addext", "basicConstraints=critical,CA:FALSE")
    for i in range(agents):
        openssl(*sign, "-out", str(folder / f"host-{i}.crt"),
                "-addext", f"subjectAltName=URI:faultline://shop/host-{i}?env=prod&role=app",
                "-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=critical,CA:FALSE")


def unit_environment(program):
    """{name: value} that the unit file sets, of the tree in whose build folder the program is."""
    unit = program.parents[2] / "deploy/systemd/faultline-collector.service"
    lines = unit.read_text().splitlines() if unit.exists() else []
    return dict(line.removeprefix("Environment=").split("=", 1) for line in lines if line.startswith("Environment="))


class Collector:
    def __init__(self, program, folder, certificates, hook):
        self.agents, self.http = free_port(), free_port()
        config = folder / "collector.yaml"
        config.write_text(f"""listen: {{agents: "127.0.0.1:{self.agents}", http: "127.0.0.1:{self.http}"}}
tls: {{ca: {certificates}/ca.crt, certificate: {certificates}/collector.crt, key: {certificates}/host.key}}
operator: {{key_file: {folder}/operator.key}}
store: {{path: {folder}/faultline.db}}
notify: [{{name: pager, webhook: {{url: "{hook}"}}}}]
""")
        self._log = open(folder / "collector.log", "wb")
        self.process = subprocess.Popen([program, "--config", config], stdout=self._log, stderr=self._log,
                                        env=os.environ | unit_environment(program))
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.http}/readyz", timeout=2).read()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit("the collector did not start: " + (folder / "collector.log").read_text())

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def written(self):
        lines = Path(f"/proc/{self.process.pid}/io").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))

    def rss_mb(self):
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


class Fleet:
    def __init__(self, program, port, certificates, agents, checks):
        self._process = subprocess.Popen([program, f"127.0.0.1:{port}", certificates, str(agents), str(checks)],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._expect("connected")

    def _expect(self, word):
        line = self._process.stdout.readline().split()
        if not line or line[0] != word:
            raise SystemExit(f"the fleet broke off: {line}")
        return line

    def do(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return float(self._expect("acked")[1])

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def settled(collector, idle):
    """Waits until the collector costs no more than when idle, at most two minutes."""
    for _ in range(60):
        before = collector.cpu()
        time.sleep(2)
        if collector.cpu() - before <= 2 * idle + 0.04:
            return


def measure(programs, fleet_program, certificates, agents, checks, in_turn_ms, rest):
    transitions = agents * checks
    folder = Path(tempfile.mkdtemp(prefix="faultline-storm-"))
    receiver = Receiver()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.callback(receiver.close)
        collector = Collector(programs / "faultline-collector", folder, certificates, receiver.url)
        stack.callback(collector.close)
        fleet = Fleet(fleet_program, collector.agents, certificates, agents, checks)
        stack.callback(fleet.close)
        time.sleep(3)
        cpu, began = collector.cpu(), time.monotonic()
        time.sleep(5)
        idle = (collector.cpu() - cpu) / (time.monotonic() - began)
        began = time.monotonic()
        fleet.do("fail-one")
        settled(collector, idle)
        quiet = receiver.arrived[0] - began
        fleet.do("recover-one")
        time.sleep(_CALM)
        row = {"agents": agents, "quiet_message_s": round(quiet, 3), "idle_cpu_percent": round(100 * idle, 2), "rss_before_mb": round(collector.rss_mb(), 1)}
        steps = [("fail", "fail"), ("recover", "recover")]
        if in_turn_ms:
            steps += [("in_turn", f"fail {in_turn_ms}"), ("in_turn_recover", "recover")]
        for name, command in steps:
            receiver.arrived.clear()
            cpu, written, began = collector.cpu(), collector.written(), time.monotonic()
            acked = fleet.do(command)
            settled(collector, idle)
            spent = collector.cpu() - cpu - idle * (time.monotonic() - began)
            row[name] = {"cpu_s": round(spent, 2), "ms_a_transition": round(1000 * spent / transitions, 4),
                         "last_ack_s": round(acked, 2), "messages": len(receiver.arrived),
                         "first_message_s": round(receiver.arrived[0] - began, 3) if receiver.arrived else None,
                         "kb_written_a_transition": round((collector.written() - written) / 1024 / transitions, 2)}
        time.sleep(rest)
        row["rss_after_mb"] = round(collector.rss_mb(), 1)
        row["rss_ratio"] = round(row["rss_after_mb"] / row["rss_before_mb"], 2)
        row["message_ratio"] = round(row["fail"]["first_message_s"] / row["quiet_message_s"], 2)
        return row


def figures(agents, this, baseline):
    """The storms' costs as records beside those of the other build (pure)."""
    found = []
    for part in ("fail", "recover", "in_turn"):
        for what, unit in (("cpu_s", "s"), ("kb_written_a_transition", "KB")):
            if part in this and baseline[part][what]:
                found.append(records.record(f"storm_{agents}_{part}_{what}", this[part][what], unit,
                                            "another build", baseline[part][what]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, default=Path("build/release"))
    parser.add_argument("--fleet", type=Path, default=Path("build/test/storm_fleet"))
    parser.add_argument("--baseline", type=Path, help="programs of another build, measured in the same run")
    parser.add_argument("--agents", type=int, nargs="+", default=[160, 320])
    parser.add_argument("--checks", type=int, default=30)
    parser.add_argument("--in-turn", type=int, default=190, metavar="MS", help="also one agent after the other; 0: not")
    parser.add_argument("--rest", type=int, default=60, metavar="S", help="before memory is looked at again")
    options = parser.parse_args()
    certificates = Path(tempfile.mkdtemp(prefix="faultline-storm-"))
    try:
        make_certificates(certificates, max(options.agents))
        for agents in options.agents:
            rows = {}
            for name, programs in (("baseline", options.baseline), ("this", options.programs)):
                if programs is None:
                    continue
                rows[name] = measure(programs.resolve(), options.fleet.resolve(), certificates, agents, options.checks,
                                     options.in_turn, options.rest)
                print(json.dumps({"build": name, **rows[name]}), flush=True)
            if "baseline" in rows:
                compared = figures(agents, rows["this"], rows["baseline"])
                print(json.dumps({one["name"]: one["ratio"] for one in compared}), flush=True)
                records.save(compared)
    finally:
        shutil.rmtree(certificates)
    return 0


if __name__ == "__main__":
    sys.exit(main())
