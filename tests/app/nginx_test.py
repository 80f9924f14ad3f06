"""A real nginx with the site as it is shipped: only ports and directories are others."""

import http.client
import re
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler

import certificate
import child
import ip_allowlist
import private_mariadb
import pytest
from conftest import APP
from waiting import until

NGINX = "/usr/sbin/nginx"

pytestmark = pytest.mark.skipif(shutil.which(NGINX) is None, reason="nginx is not here")


class _Echo(BaseHTTPRequestHandler):
    """Stands in for gunicorn: answers with the headers that nginx has sent."""

    def do_GET(self):
        body = "".join(f"{name}: {value}\n" for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass


class Site:
    def __init__(self, directory):
        self.directory = directory
        self.http, self.https = private_mariadb.free_port(), private_mariadb.free_port()
        for name in ("log", "acme/.well-known/acme-challenge"):
            (directory / name).mkdir(parents=True)
        (directory / "acme/.well-known/acme-challenge/token").write_text("token.key")
        certificate.self_signed(directory / "fullchain.pem", directory / "privkey.pem",
                                "DNS:app.example.com")
        text = (APP / "nginx/flask-app.conf").read_text()
        for shipped, here in (("listen 80 ", f"listen {self.http} "),
                              ("listen 443 ", f"listen {self.https} "),
                              ("/etc/letsencrypt/live/app", directory),
                              ("/etc/nginx/ip-allowlist.conf", directory / "allow.conf"),
                              ("/run/flask-app/gunicorn.sock", directory / "app.sock"),
                              ("/var/log/nginx", directory / "log"),
                              ("/var/www/html", directory / "acme")):
            assert shipped in text, shipped
            text = text.replace(shipped, str(here))
        (directory / "site.conf").write_text(text)
        # As Debian's nginx.conf, whose TLS settings the site has to overrule.
        temporary = "\n".join(f"{kind}_temp_path {directory}/{kind};" for kind in
                              ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (directory / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {directory}/pid; user root;\n"
            f"error_log {directory}/log/error.log;\nevents {{}}\nhttp {{\n{temporary}\n"
            "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;\n"
            f"access_log {directory}/log/access.log;\ninclude {directory}/site.conf;\n}}\n")
        self._process = None

    def allow(self, text):
        ip_allowlist.write(text, str(self.directory / "allow.conf"))

    def command(self, *more):
        return [NGINX, "-c", self.directory / "nginx.conf", "-p", self.directory, *more]

    def start(self):
        self._process = child.start(self.command(), stderr=subprocess.DEVNULL)
        until(self._listens, lambda: (self.directory / "log/error.log").read_text())

    def _listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.https), 1).close()
            return True
        except OSError:
            return False

    def end(self):
        if self._process is not None:
            child.end(self._process, signal.SIGTERM)

    def get(self, page, https=True, address="127.0.0.1", context=None, headers=None):
        if https:
            context = context or ssl.create_default_context(cafile=self.directory / "fullchain.pem")
            raw = socket.create_connection((address, self.https), 5)
            connection = http.client.HTTPSConnection("app.example.com", timeout=5)
            connection.sock = context.wrap_socket(raw, server_hostname="app.example.com")
        else:
            connection = http.client.HTTPConnection("app.example.com", timeout=5)
            connection.sock = socket.create_connection((address, self.http), 5)
        try:
            connection.request("GET", page, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode(), response.headers
        finally:
            connection.close()

    def access_log(self):
        return (self.directory / "log/flask_access.log").read_text()


@pytest.fixture
def site(tmp_path):
    tmp_path.chmod(0o755)
    made = Site(tmp_path)
    with socketserver.ThreadingUnixStreamServer(str(tmp_path / "app.sock"), _Echo) as application:
        threading.Thread(target=application.serve_forever, args=(0.05,), daemon=True).start()
        yield made
        made.end()
        application.shutdown()


def other_address():
    """An address of this machine that is not loopback: from there, a client is a stranger."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))   # Sends nothing.
            address = probe.getsockname()[0]
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    return address


def test_http_is_sent_to_https_and_https_reaches_the_application(site):
    site.allow("")
    site.start()
    status, _, headers = site.get("/db-check?a=b", https=False)
    assert (status, headers["Location"]) == (301, "https://app.example.com/db-check?a=b")
    status, seen, headers = site.get("/db-check", headers={
        "X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6", "X-Request-ID": "mine"})
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Server"] == "BaseHTTP" or "/" not in headers["Server"]
    # What a client claims of itself is replaced.
    assert "6.6.6.6" not in seen and "mine" not in seen
    assert "X-Real-IP: 127.0.0.1\n" in seen and "X-Forwarded-Proto: https\n" in seen
    number = re.search(r"^X-Request-ID: ([0-9a-f]{32})$", seen, re.MULTILINE)[1]
    # The form that Faultline's log check and others know, and the same id.
    line = until(lambda: next((each for each in site.access_log().splitlines()
                               if number in each), None), site.access_log)
    assert re.match(r'127\.0\.0\.1 - - \[[^]]+\] "GET /db-check HTTP/1\.1" 200 \d+ "-" "-" ', line), line


def test_the_list_keeps_strangers_out_and_lets_the_host_and_the_authority_in(site):
    address = other_address()
    site.allow("198.51.100.7")
    site.start()
    assert site.get("/", address=address)[0] == 403
    # Faultline's agent on this host, whatever the list says.
    assert site.get("/")[0] == 200
    challenge = "/.well-known/acme-challenge/token"
    assert site.get(challenge, https=False, address=address)[:2] == (200, "token.key")
    assert site.get("/", https=False, address=address)[0] == 301


def test_who_is_on_the_list_comes_in(site):
    address = other_address()
    site.allow(f"198.51.100.7,{address}/32")
    site.start()
    assert site.get("/", address=address)[0] == 200


def test_a_list_that_is_missing_opens_nothing(site):
    done = subprocess.run(site.command("-t"), capture_output=True, text=True)
    assert done.returncode != 0
    assert "allow.conf" in done.stderr


@pytest.mark.filterwarnings("ignore::DeprecationWarning")   # Python says that they are old, too.
def test_old_protocols_are_refused_and_new_ones_are_not(site):
    site.allow("")
    site.start()
    for newest, works in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                          (ssl.TLSVersion.TLSv1_3, True)):
        context = ssl.create_default_context(cafile=site.directory / "fullchain.pem")
        context.set_ciphers("DEFAULT:@SECLEVEL=0")   # Else this side would refuse by itself.
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
        if works:
            assert site.get("/", context=context)[0] == 200
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                site.get("/", context=context)
