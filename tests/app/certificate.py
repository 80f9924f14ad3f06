"""Throw-away certificates."""

import subprocess


def self_signed(certificate, key, *names):
    """names: as DNS:app.example.com, IP:127.0.0.1"""
    subprocess.run(
        ["openssl", "req", "-x509", "-config", "/dev/null", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2", "-subj", "/CN=tests",
         "-addext", f"subjectAltName={','.join(names)}", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True)
