#!/usr/bin/env python3
"""Adds secrets to the settings file: read from SSM Parameter Store or Secrets Manager with the instance's own role.

Usage: fetch-secrets.py SETTINGS_FILE  <  {"NAME": "/parameter/name" or "arn:...:secretsmanager:...", ...} as JSON

Python because every cloud image has it (cloud-init needs it), while the AWS command is missing from some.
A role, its rights and the way out of the subnet may need a while after the first start: it tries for five minutes.
"""

import datetime
import hashlib
import hmac
import json
import os
import shlex
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S = float(os.environ.get("FETCH_SECRETS_PATIENCE_S", "300"))
METADATA = os.environ.get("FETCH_SECRETS_METADATA", "http://169.254.169.254")
# Both services take the same kind of request: (target, field of the request, way to the value).
PARAMETER = ("ssm", "AmazonSSM.GetParameter", lambda name: {"Name": name, "WithDecryption": True},
             lambda answer: answer["Parameter"]["Value"])
SECRET = ("secretsmanager", "secretsmanager.GetSecretValue", lambda name: {"SecretId": name},
          lambda answer: answer["SecretString"])


def http(url, method="GET", headers=None, body=None):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    # Never through a proxy: the metadata service is on the link, and a secret is nobody else's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        return answer.read().decode()


def metadata(path, token):
    return http(f"{METADATA}/latest/{path}", headers={"X-aws-ec2-metadata-token": token})


def identity():
    """(region, access key, secret key, session token) of the instance's role, by IMDSv2."""
    token = http(f"{METADATA}/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "300"})
    region = metadata("meta-data/placement/region", token)
    role = metadata("meta-data/iam/security-credentials/", token).split()[0]
    keys = json.loads(metadata(f"meta-data/iam/security-credentials/{role}", token))
    return region, keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"]


def signed_headers(service, host, target, body, who, now):
    """AWS Signature Version 4 of a POST to /."""
    region, access_key, secret_key, session_token = who
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/x-amz-json-1.1", "host": host, "x-amz-date": stamp,
               "x-amz-security-token": session_token, "x-amz-target": target}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = b"AWS4" + secret_key.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers


def fetch(source, who):
    service, target, request, value = SECRET if source.startswith("arn:") else PARAMETER
    # A secret may live in another region than its reader: its ARN says where.
    region = source.split(":")[3] if source.startswith("arn:") else who[0]
    host = f"{service}.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
    url = os.environ.get("FETCH_SECRETS_ENDPOINT", f"https://{host}")
    body = json.dumps(request(source)).encode()
    now = datetime.datetime.now(datetime.timezone.utc)
    headers = signed_headers(service, host, target, body, (region, *who[1:]), now)
    text = value(json.loads(http(url + "/", "POST", headers, body)))
    # Written from a file, a value has that file's last line end; no secret ends so on purpose.
    return text.removesuffix("\n").removesuffix("\r")


def why(error):
    """The service's own word where there is one; never a value."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.read(300).decode(errors='replace')}"
    return f"{type(error).__name__}: {error}"


def patiently(source):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return fetch(source, identity())
        except (OSError, KeyError, IndexError, ValueError) as error:
            if time.monotonic() > deadline:
                sys.exit(f"fetch-secrets: {source} could not be read: {why(error)}")
            time.sleep(min(5, PATIENCE_S / 10))


def main():
    sources = json.load(sys.stdin)
    lines = "".join(f"{name}={shlex.quote(patiently(source))}\n" for name, source in sorted(sources.items()))
    descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as settings:
        settings.write(lines)


if __name__ == "__main__":
    main()
