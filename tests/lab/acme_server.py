"""Debian's ACME server in the world outside: it looks at the site over port 80 as a public authority does."""

import json
import ssl
import subprocess
import time

import cgroups
import layers
import names
import netns
from command import CommandFailed, run
from topology import ACME_NAME, OUTSIDE, hosts_file

_PORT, _MANAGEMENT = 14000, 15000
DIRECTORY = f"https://{ACME_NAME}:{_PORT}/dir"
_DAYS = 90


class AcmeServer:
    """The ACME server of one lab. Its clients have to trust two: `certificate`, which it shows itself, and `root`,
    the authority of those that it gives (PEM)."""

    def __init__(self, lab_id):
        self._lab_id = lab_id
        self._folder = names.lab_dir(lab_id) / "acme"
        self._folder.mkdir()
        self.certificate = self.root = ""

    def start(self, say):
        """Starts it and waits until it answers; raises CommandFailed."""
        certificate, key = self._own_certificate()
        settings = {"pebble": {
            "listenAddress": f"{OUTSIDE.address}:{_PORT}",
            "managementListenAddress": f"{OUTSIDE.address}:{_MANAGEMENT}",
            "certificate": str(certificate), "privateKey": str(key), "httpPort": 80, "tlsPort": 443,
            "ocspResponderURL": "", "externalAccountBindingRequired": False,
            "certificateValidityPeriod": _DAYS * 24 * 3600}}
        file = self._folder / "pebble.json"
        file.write_text(json.dumps(settings), encoding="ascii")
        (self._folder / "hosts").write_text(hosts_file(), encoding="ascii")
        program = layers.lower_dirs(say)[-1] / "usr/bin/pebble"
        directories = cgroups.create(names.thing(self._lab_id, "acme"))
        # `ip netns exec` has a mount namespace of its own: the names are the lab's in there alone.
        inside = f'mount --bind "{self._folder}/hosts" /etc/hosts && exec "{program}" -config "{file}"'
        with open(self._folder / "log", "wb") as log:
            subprocess.Popen(["ip", "netns", "exec", names.thing(self._lab_id, OUTSIDE.name), "sh", "-c", inside],
                             stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                             env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PEBBLE_VA_NOSLEEP": "1",
                                  "PEBBLE_WFE_NONCEREJECT": "0"},
                             preexec_fn=lambda: cgroups.enter(directories))
        self.certificate, self.root = certificate.read_text("ascii"), self._wait_root()

    def log(self):
        return (self._folder / "log").read_text("utf-8", "replace")

    def _own_certificate(self):
        certificate, key = self._folder / "server.crt", self._folder / "server.key"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
             "-days", "2", "-subj", f"/CN={ACME_NAME}", "-addext", f"subjectAltName=DNS:{ACME_NAME}",
             "-keyout", str(key), "-out", str(certificate)])
        return certificate, key

    def _wait_root(self, timeout=15):
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self._get("/roots/0")
            except OSError as error:
                if time.monotonic() > deadline:
                    raise CommandFailed(f"the ACME server does not answer: {error}\n{self.log()}") from error
                time.sleep(0.05)

    def _get(self, path):
        """Its management interface speaks HTTPS with the same certificate."""
        context = ssl.create_default_context(cafile=str(self._folder / "server.crt"))
        plain = netns.connect(names.thing(self._lab_id, OUTSIDE.name), (OUTSIDE.address, _MANAGEMENT))
        with context.wrap_socket(plain, server_hostname=ACME_NAME) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {ACME_NAME}\r\n\r\n".encode())
            answer = b""
            while more := connection.recv(65536):
                answer += more
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.splitlines()[0]:
            raise OSError(head.splitlines()[0].decode())
        return body.decode()
