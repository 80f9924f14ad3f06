"""The lab's own certificate authority, and the certificates that the stack's hosts have."""

from command import run
from topology import ENV, SITE_NAME, STACK

_DAYS = "90"


class Authority:
    """A throw-away CA in a directory; its keys never leave the lab's own directory."""

    def __init__(self, directory):
        directory.mkdir(mode=0o700)
        self._directory = directory
        self.certificate = directory / "ca.crt"
        self._key = directory / "ca.key"
        run([*_request("/CN=Faultline lab CA", self._key, self.certificate),
             "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign"])

    def agent(self, host):
        """(certificate, key) of a host's agent: its URI SAN says which host it is."""
        identity = f"URI:faultline://{STACK}/{host.hostname}?env={ENV}&role={host.role}"
        return self._issue(f"agent-{host.name}", f"/CN={host.hostname}", identity, "clientAuth")

    def collector(self):
        """(certificate, key) of the collector, under the name that agents ask for."""
        return self._issue("collector", "/CN=faultline-collector", "DNS:faultline-collector",
                           "serverAuth")

    def _issue(self, name, subject, alternative_name, usage):
        certificate, key = self._directory / f"{name}.crt", self._directory / f"{name}.key"
        run([*_request(subject, key, certificate),
             "-CA", str(self.certificate), "-CAkey", str(self._key),
             "-addext", f"subjectAltName={alternative_name}",
             "-addext", "basicConstraints=critical,CA:FALSE",
             "-addext", "keyUsage=critical,digitalSignature",
             "-addext", f"extendedKeyUsage={usage}"])
        return certificate, key


def self_signed_site(certificate, key):
    """Makes the certificate that the site starts with, before an ACME server has issued one."""
    run([*_request(f"/CN={SITE_NAME}", key, certificate),
         "-addext", f"subjectAltName=DNS:{SITE_NAME}",
         "-addext", "extendedKeyUsage=serverAuth"])


def _request(subject, key, certificate):
    # An empty configuration: the distribution's own would add extensions of its choice.
    return ["openssl", "req", "-x509", "-config", "/dev/null", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", _DAYS,
            "-subj", subject, "-keyout", str(key), "-out", str(certificate)]
