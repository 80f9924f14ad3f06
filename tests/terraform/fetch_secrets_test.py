"""fetch-secrets.py against a metadata service and an AWS endpoint of the test's own, on loopback."""

import hashlib
import hmac
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "deploy/terraform/modules/host/fetch-secrets.py"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:join-AbCdEf"
VALUES = {"/shop/prod/db": "it's $(id) \"x\"\nnext", ARN: "flt_token"}


class Aws(http.server.BaseHTTPRequestHandler):
    refuse = 0        # this many requests for secrets are refused first
    seen = []

    def log_message(self, *_):
        pass

    def answer(self, text, code=200):
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        self.answer("imds-token" if self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"] else "", 200)

    def do_GET(self):
        if self.headers["X-aws-ec2-metadata-token"] != "imds-token":
            return self.answer("version 2 only", 401)
        keys = {"AccessKeyId": "AKID", "SecretAccessKey": "SECRET", "Token": "SESSION"}
        role = "/latest/meta-data/iam/security-credentials/"
        self.answer({"/latest/meta-data/placement/region": "us-east-1", role: "shop-prod-db-1", f"{role}shop-prod-db-1": json.dumps(keys)}[self.path])

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Aws.seen.append((self.headers, body))
        if Aws.refuse > 0:
            Aws.refuse -= 1
            return self.answer('{"__type":"AccessDeniedException"}', 400)
        request = json.loads(body)
        if self.headers["x-amz-target"] == "AmazonSSM.GetParameter" and request["WithDecryption"]:
            return self.answer(json.dumps({"Parameter": {"Value": VALUES[request["Name"]]}}))
        if self.headers["x-amz-target"] == "secretsmanager.GetSecretValue":
            return self.answer(json.dumps({"SecretString": VALUES[request["SecretId"]]}))
        self.answer("{}", 400)


class FetchSecrets(unittest.TestCase):
    def setUp(self):
        Aws.refuse, Aws.seen = 0, []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Aws)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.settings = pathlib.Path(folder.name) / "user-data.env"
        self.settings.write_text("ROLE='db'\n")

    def fetch(self, sources, patience="2"):
        return subprocess.run([sys.executable, PROGRAM, self.settings], input=json.dumps(sources), capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "FETCH_SECRETS_METADATA": self.url, "FETCH_SECRETS_ENDPOINT": self.url,
                                   "FETCH_SECRETS_PATIENCE_S": patience, "http_proxy": "http://127.0.0.1:1"})

    def shell(self, name):
        return subprocess.run(["sh", "-c", f'. "$1"; printf %s "${name}"', "sh", self.settings], capture_output=True, text=True).stdout

    def test_adds_parameters_and_secrets_to_the_settings_as_they_are(self):
        result = self.fetch({"DB_PASSWORD": "/shop/prod/db", "JOIN_TOKEN": ARN})
        self.assertEqual((0, "", ""), (result.returncode, result.stdout, result.stderr))
        self.assertEqual(("db", VALUES["/shop/prod/db"], "flt_token"), tuple(map(self.shell, ("ROLE", "DB_PASSWORD", "JOIN_TOKEN"))))

    def test_leaves_out_the_line_end_of_the_file_that_a_value_came_from(self):
        with unittest.mock.patch.dict(VALUES, {"/shop/prod/db": "from a file\r\n"}):
            self.assertEqual(0, self.fetch({"DB_PASSWORD": "/shop/prod/db"}).returncode)
        self.assertEqual("from a file", self.shell("DB_PASSWORD"))

    def test_signs_with_the_role_s_keys_for_the_region_of_the_secret(self):
        self.fetch({"JOIN_TOKEN": ARN})
        headers, body = Aws.seen[0]
        signed, given = headers["authorization"].split("SignedHeaders=")[1].split(", Signature=")
        date = headers["x-amz-date"]
        scope = f"{date[:8]}/eu-central-1/secretsmanager/aws4_request"
        self.assertIn(f"Credential=AKID/{scope},", headers["authorization"])
        # The host that was signed is AWS's own, though the test's endpoint got the request.
        self.assertEqual("secretsmanager.eu-central-1.amazonaws.com", headers["host"])
        request = "\n".join(["POST", "/", "", *(f"{name}:{headers[name]}" for name in signed.split(";")), "", signed, hashlib.sha256(body).hexdigest()])
        text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = b"AWS4SECRET"
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        self.assertEqual(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), given)

    def test_waits_for_a_role_that_may_not_read_yet(self):
        Aws.refuse = 2
        self.assertEqual(0, self.fetch({"DB_PASSWORD": "/shop/prod/db"}, patience="20").returncode)
        self.assertEqual(3, len(Aws.seen))

    def test_gives_up_with_the_service_s_word_and_leaves_the_settings_alone(self):
        Aws.refuse = 1000
        result = self.fetch({"DB_PASSWORD": "/shop/prod/db"}, patience="0.2")
        self.assertEqual(1, result.returncode)
        self.assertIn("fetch-secrets: /shop/prod/db could not be read: HTTP 400", result.stderr)
        self.assertIn("AccessDeniedException", result.stderr)
        self.assertEqual("ROLE='db'\n", self.settings.read_text())


if __name__ == "__main__":
    unittest.main()
