"""Recomputes every signature a running gateway sends, with the cloud's own SDK, and finds no difference.

A small server plays the cloud: it records each request as it came from the socket and answers with a bare array.
The gateway under test is the real binary with a config of standard and autopilot clusters, with and without project
id and security token; chart ids make it sign queries. Then the SDK's signer
(huaweicloudsdkcore) signs the recorded method, path, query and signed headers again.

Usage: signatures.py GATEWAY_BINARY
"""

import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

KEYS = {
    "AKEXAMPLEPLAIN000001": "obviously-fake-secret-of-the-plain-key",
    "AKEXAMPLETEMPORARY01": "obviously-fake-secret-of-the-temporary-key",
}
SECURITY_TOKEN = "obviously-fake-security-token+/=="
CHART_IDS = ["8d3b0a3f-1111-2222-3333-444455556666", "0123456789abcdef0123456789abcdef", "A-chart-ID"]

recorded = []
recorded_lock = threading.Lock()


class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with recorded_lock:
            recorded.append((self.command, self.path, list(self.headers.items())))
        body = b"[]"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def config(cloud_port, port, admin_port, folder):
    for name, text in {"plain": KEYS["AKEXAMPLEPLAIN000001"], "temporary": KEYS["AKEXAMPLETEMPORARY01"],
                       "token": SECURITY_TOKEN}.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    lines = [
        f'server: {{ listen: "127.0.0.1:{port}", adminListen: "127.0.0.1:{admin_port}", shutdownDelay: 0s }}',
        "inventory: { refreshInterval: 2s, minRefreshInterval: 0s }",
        "credentials:",
        f'  - {{ name: plain, accessKey: {{env: PLAIN_AK}}, secretKey: {{file: "{folder}/plain"}} }}',
        f'  - {{ name: temporary, accessKey: {{env: TEMPORARY_AK}}, secretKey: {{file: "{folder}/temporary"}},'
        f' securityToken: {{file: "{folder}/token"}} }}',
        "regions:",
        f'  - {{ id: here, cceEndpoint: "http://127.0.0.1:{cloud_port}", iamEndpoint: "http://127.0.0.1:{cloud_port}" }}',
        "clusters:",
    ]
    for index in range(40):
        project = "" if index % 4 == 3 else f", projectId: 0f5181caba0024e72f89c0045e707b{index:02d}"
        lines.append(
            f"  - {{ id: a870253f-5dc7-11ee-bf71-0255ac10{index:04d}, name: c{index}, region: here"
            f", credential: {'temporary' if index % 2 else 'plain'}"
            f", kind: {'autopilot' if index % 3 == 0 else 'cce'}{project} }}")
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def get(port, target):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", target)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def differences():
    """Yields a sentence for each recorded request whose Authorization the SDK does not reproduce."""
    with recorded_lock:
        requests = list(recorded)
    for method, target, fields in requests:
        names = [name.lower() for name, _ in fields]
        values = {name.lower(): value for name, value in fields}
        sent = values.get("authorization", "")
        if len(set(names)) != len(names):
            yield f"{target}: a field was sent twice"
            continue
        if not sent.startswith("SDK-HMAC-SHA256 Access="):
            yield f"{target}: not signed"
            continue
        parts = dict(part.split("=", 1) for part in sent[len("SDK-HMAC-SHA256 "):].split(", "))
        signed = parts["SignedHeaders"].split(";")
        path, _, query = target.partition("?")
        multi = {}
        for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
            multi.setdefault(name, []).append(value)
        secret = KEYS.get(parts["Access"])
        if secret is None or "x-sdk-date" not in signed:
            yield f"{target}: unknown key or unsigned date"
            continue
        request = SdkRequest(
            method=method, schema="http", host=values["host"], resource_path=path,
            query_params=list(multi.items()), header_params={name: values[name] for name in signed}, body="")
        credentials = BasicCredentials(parts["Access"], secret)
        expected = Signer(credentials).sign(request).header_params["Authorization"]
        if expected != sent:
            yield f"{target}: signature differs"
        token = values.get("x-security-token")
        if (token == SECURITY_TOKEN) != (parts["Access"] == "AKEXAMPLETEMPORARY01"):
            yield f"{target}: the security token is not the credential's"


def main():
    cloud = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    cloud.request_queue_size = 512
    threading.Thread(target=cloud.serve_forever, daemon=True).start()
    port, admin_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, PLAIN_AK="AKEXAMPLEPLAIN000001", TEMPORARY_AK="AKEXAMPLETEMPORARY01")
        path = config(cloud.server_address[1], port, admin_port, folder)
        gateway = subprocess.Popen([sys.argv[1], "serve", "--config", path], env=environment)
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    if get(admin_port, "/readyz")[0] == 200:
                        break
                except OSError:
                    pass
                if time.monotonic() > deadline:
                    sys.exit("the gateway did not become ready")
                try:
                    sys.exit(f"the gateway ended with {gateway.wait(timeout=0.05)} before it was ready")
                except subprocess.TimeoutExpired:
                    pass  # it runs: asked again
            failures = []
            for chart_id in CHART_IDS:
                target = "/releases?max_age=0&wait=10s&chart_id=" + urllib.parse.quote(
                    "".join("\\" + c if c in ",!*\\" else c for c in chart_id), safe="")
                status, body = get(port, target)
                if status != 200 or not json.loads(body)["complete"]:
                    failures.append(f"chart id {chart_id!r}: {status} {body[:200]!r}")
            for _ in range(3):
                status, body = get(port, "/releases?max_age=0&wait=10s")
                if status != 200 or not json.loads(body)["complete"]:
                    failures.append(f"refresh: {status} {body[:200]!r}")
        finally:
            gateway.send_signal(signal.SIGTERM)
            code = gateway.wait(timeout=30)
        asked = {urllib.parse.parse_qs(target.partition("?")[2]).get("chart_id", [""])[0] for _, target, _ in recorded}
        failures += [f"no call carried the chart id {chart_id!r}" for chart_id in CHART_IDS if chart_id not in asked]
        failures += list(differences())
        if code != 0:
            failures.append(f"the gateway ended with {code}")
    for failure in failures[:20]:
        print("signatures:", failure)
    print(f"signatures: {len(recorded)} requests signed again by huaweicloudsdkcore")
    print(f"{len(recorded) - min(len(failures), len(recorded))} passed, {len(failures)} failed")
    sys.exit(1 if failures or len(recorded) < 200 else 0)


if __name__ == "__main__":
    main()
