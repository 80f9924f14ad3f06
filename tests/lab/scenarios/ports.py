"""From outside only 80 and 443 answer, the database's port from the application alone; the allow-list holds."""

import concurrent.futures
import re
import time

import bootstrap
import names
import netns
import stack
from command import run as run_here
from scenario import expect
from topology import APP, COLLECTOR, DB, MYSQL_PORT, OUTSIDE, SITE_NAME

_TIMEOUT = 0.5
_USUAL = (22, 25, 80, 111, 443, 3306, 5432, 6379, 7443, 7444, 7480, 8000, 8080, 8443, 9090, 9093, 9099, 9100)


def run(lab, say, rng):
    for target in stack.HOSTS:
        listening = re.findall(r":(\d+) ", lab.machine(target.name).run(["ss", "-Htln"]).stdout)
        ports = sorted({*_USUAL, *map(int, listening)})
        found = _answering(lab, OUTSIDE, target, ports)
        say(f"  outside -> {target.hostname}: of {len(ports)} ports {found or 'none'} answer")
        expect(found == ([80, 443] if target == APP else []), f"from outside {found} of {target.hostname} answer")
    for source, wanted in ((APP, [MYSQL_PORT]), (COLLECTOR, []), (OUTSIDE, [])):
        found = _answering(lab, source, DB, [MYSQL_PORT])
        say(f"  {source.name} -> {DB.hostname}:{MYSQL_PORT}: {'answers' if found else 'does not answer'}")
        expect(found == wanted, f"from {source.name} the database's port {'answers' if found else 'is closed'}")
    found = _answering(lab, APP, COLLECTOR, [22, 7443, 7444, 7480, 9099])
    expect(found == [7443, 7444], f"from {APP.hostname} {found} of the collector answer")
    _allow_list(lab, say)


def _answering(lab, source, target, ports):
    def answers(port):
        try:
            netns.connect(names.thing(lab.id, source.name), (target.address, port), _TIMEOUT).close()
            return True
        except OSError:
            return False
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return [port for port, yes in zip(ports, pool.map(answers, ports)) if yes]


def _allow_list(lab, say):
    app = lab.machine("app")
    file = "/etc/faultline/user-data.env"
    before = app.run(["cat", file]).stdout
    for allowed, wanted in ((f"{OUTSIDE.address}/32", 200), ("198.51.100.0/24", 403), ("", 200)):
        app.run(["tee", file], input_text=before + f"APP_IP_ALLOWLIST='{allowed}'\n")
        app.run(["bash", bootstrap.script_of(app)], timeout=120)
        # nginx's old workers may take a request or two more after a reload.
        deadline = time.monotonic() + 5
        while (status := _ask_from_outside(lab)) != wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        say(f"  allow-list '{allowed}': outside gets {status}")
        expect(status == wanted, f"with the allow-list '{allowed}' outside gets {status}, not {wanted}")
    lab.wait_all_well()


def _ask_from_outside(lab):
    done = run_here(["ip", "netns", "exec", names.thing(lab.id, OUTSIDE.name), "curl", "-sk", "--max-time", "5",
                     "--resolve", f"{SITE_NAME}:443:{APP.address}", "-o", "/dev/null", "-w", "%{http_code}",
                     f"https://{SITE_NAME}/"], check=False)
    return int(done.stdout or 0)
