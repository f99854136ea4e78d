"""Asks a running gateway with requests signed by the cloud's own SDK and a key that the gateway gave out.

The gateway under test is the real binary in front of the simulator. Right signatures of many forms of question are let
in; wrong keys, skewed clocks, replayed and altered requests are refused, and a key exchanged in its files counts without
a request refused in between. Then tokens that PyJWT makes, good ones and attacks.

Usage: callers.py FOLDER_OF_BINARIES
"""

import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

ACCESS, SECRET = "GWKEYEXAMPLE00000001", "obviously-fake-secret-of-a-gateway-caller-1"
NEXT_ACCESS, NEXT_SECRET = "GWKEYEXAMPLE00000002", "obviously-fake-secret-of-a-gateway-caller-2"
QUESTIONS = [
    [], [("page_size", "3")], [("namespace", "a b"), ("q", "redis prod")], [("filter", "status=FAILED OR name=\"ä/+~\"")],
    [("order_by", "update_at desc"), ("fields", "name,status")], [("status", "PENDING_*"), ("status", "!DELETED")],
]
PATHS = ["/releases", "/v1/releases", "/v1/clusters", "/v1/access", "/v1/fields", "/v1/fields/namespace/values"]
ISSUER, AUDIENCE = "https://issuer.example", "release-gateway"
SIGNERS = {
    "RS256": (rsa.generate_private_key(public_exponent=65537, key_size=2048), jwt.algorithms.RSAAlgorithm),
    "ES256": (ec.generate_private_key(ec.SECP256R1()), jwt.algorithms.ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), jwt.algorithms.OKPAlgorithm),
}
results = []


def check(name, holds, seen=""):
    results.append(bool(holds))
    if not holds:
        print(f"FAIL callers: {name} {seen}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signed(port, path, query, access=ACCESS, secret=SECRET, offset=0, method="GET"):
    """Method, target and fields as the SDK would send them."""
    many = {}
    for name, value in query:
        many.setdefault(name, []).append(value)
    fields = {}
    if offset:
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset)
        fields["X-Sdk-Date"] = moment.strftime("%Y%m%dT%H%M%SZ")
    request = SdkRequest(
        method=method, schema="http", host=f"127.0.0.1:{port}", resource_path=path, query_params=list(many.items()),
        header_params=fields, body="")
    request = Signer(BasicCredentials(access, secret)).sign(request)
    text = urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="~")
    return method, path + (f"?{text}" if text else ""), request.header_params


def send(port, request):
    method, target, fields = request
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    fields = {**{"Host": f"127.0.0.1:{port}"}, **fields}
    for name, value in fields.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)
    return path


def key_set(*left_out):
    keys = [
        {**kind.to_jwk(key.public_key(), as_dict=True), "kid": name, "use": "sig", "alg": name}
        for name, (key, kind) in SIGNERS.items() if name not in left_out]
    return json.dumps({"keys": keys})


def token(algorithm, headers=None, key=None, **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "system:serviceaccount:shop:web", "iat": now, "exp": now + 600}
    claims.update(changes)
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key or SIGNERS[algorithm][0], algorithm, headers={"kid": algorithm, **(headers or {})})


def forged(algorithm, secret=None):
    """A token of PyJWT's with another header, unsigned or signed with HMAC as some libraries let themselves be talked into."""
    _, claims, _ = token("RS256").split(".")
    header = jwt.utils.base64url_encode(json.dumps({"alg": algorithm, "kid": "RS256"}).encode()).decode()
    signed = f"{header}.{claims}"
    code = hmac.new(secret, signed.encode(), hashlib.sha256).digest() if secret else b""
    return f"{signed}.{jwt.utils.base64url_encode(code).decode()}"


def tokens(port, folder):
    def asked(text, path="/v1/access"):
        return send(port, ("GET", path, {"Authorization": f"Bearer {text}"}))

    for name in SIGNERS:
        status, body = asked(token(name))
        check(f"a token of {name} is let in", status == 200 and json.loads(body)["caller"] == "pods", (status, body[:200]))
        check(f"a token of {name} reads releases", asked(token(name), "/releases")[0] == 200)
    public = SIGNERS["RS256"][0].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    now = int(time.time())
    for name, text in {
        "alg none": forged("none"), "alg nOnE": forged("nOnE"), "HS256 with the public key": forged("HS256", pem),
        "RS256 in name, HMAC in truth": forged("RS256", pem),
        "another's key": token("RS256", key=rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "an unknown kid": token("RS256", {"kid": "other"}), "a kid of a file": token("RS256", {"kid": "../../jwks"}),
        "a kid of another algorithm": token("RS256", {"kid": "ES256"}),
        "PS256": token("PS256", {"kid": "RS256"}, SIGNERS["RS256"][0]),
        "expired": token("RS256", exp=now - 61), "not yet valid": token("RS256", nbf=now + 120),
        "made in the future": token("RS256", iat=now + 120), "without an end": token("RS256", exp=None),
        "another audience": token("RS256", aud="someone"), "without an audience": token("RS256", aud=None),
        "another issuer": token("RS256", iss="https://other.example"), "without an issuer": token("RS256", iss=None),
        "another subject": token("RS256", sub="system:serviceaccount:shops:web"),
        "a critical extension": token("RS256", {"crit": ["b64"], "b64": True}), "huge": token("RS256", x="a" * 9000),
    }.items():
        status, body = asked(text)
        check(f"a token {name} is refused", status == 401 and code(body) == "unauthenticated", (status, body[:200]))
    write(folder, "jwks.json", key_set("RS256"))
    wait(lambda: asked(token("RS256"))[0] == 401, "an exchanged key set was not taken")
    check("other keys stay", asked(token("EdDSA"))[0] == 200)
    write(folder, "jwks.json", "{")
    write(folder, "sk", NEXT_SECRET + "\n")  # when this is taken, so was the other looked at
    wait(lambda: send(port, signed(port, "/v1/access", [], secret=NEXT_SECRET))[0] == 200, "a key was not taken")
    check("a broken key set keeps the old one", asked(token("EdDSA"))[0] == 200)
    write(folder, "jwks.json", key_set())


@contextlib.contextmanager
def running(folder, binaries):
    port, admin = free_port(), free_port()
    address, size = f"127.0.0.1:{free_port()}", ["--clusters", "3", "--releases", "5"]
    environment = dict(os.environ, CLOUD_SDK_AK="AKEXAMPLE", CLOUD_SDK_SK="obviously-fake-secret")
    simulator = f"{binaries}/cce-simulator"
    cloud = subprocess.Popen(
        [simulator, "serve", "--listen", address, *size], env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    gateway = None
    try:
        fleet = subprocess.run(
            [simulator, "generate-config", "--listen", address, *size], check=True, stdout=subprocess.PIPE, text=True)
        write(folder, "ak", ACCESS + "\n")
        write(folder, "sk", SECRET + "\n")
        own = (
            f'server: {{ listen: "127.0.0.1:{port}", adminListen: "127.0.0.1:{admin}", shutdownDelay: 0s }}\n'
            f"auth:\n  accessKeys:\n    - {{ name: exporter, groups: [tools], accessKey: {{file: {folder}/ak}},"
            f" secretKey: {{file: {folder}/sk}} }}\n")
        own += (
            f"  tokenIssuers:\n    - issuer: {ISSUER}\n      audiences: [{AUDIENCE}]\n      jwksFile: {folder}/jwks.json\n"
            "      callers: [{ name: pods, claims: { sub: \"system:serviceaccount:shop:*\" } }]\n")
        write(folder, "jwks.json", key_set())
        path = write(folder, "config.yaml", own + fleet.stdout)
        gateway = subprocess.Popen([f"{binaries}/release-gateway", "serve", "--config", path], env=environment)
        wait(lambda: ready(admin), "the gateway did not become ready")
        yield port
    finally:
        for process in filter(None, [gateway, cloud]):
            process.send_signal(signal.SIGTERM)
        for process in filter(None, [gateway, cloud]):
            process.wait(timeout=30)


def ready(port):
    try:
        return send(port, ("GET", "/readyz", {}))[0] == 200
    except OSError:
        return False


def wait(condition, complaint):
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(complaint)
        time.sleep(0.05)


def code(body):
    return json.loads(body).get("code")


def main():
    with tempfile.TemporaryDirectory() as folder, running(folder, sys.argv[1]) as port:
        for path in PATHS:
            for query in QUESTIONS if path.endswith("releases") else [[]]:
                status, body = send(port, signed(port, path, query))
                check(f"{path} {query} is let in", status == 200, (status, body[:200]))
        status, body = send(port, signed(port, "/v1/access", []))
        check("it is told who it is", json.loads(body)["caller"] == "exporter", body[:200])
        check("HEAD is signed as HEAD", send(port, signed(port, "/releases", [], method="HEAD"))[0] == 200)

        def refused(name, request):
            status, body = send(port, request)
            check(f"{name} is refused", status == 401 and code(body) == "unauthenticated", (status, body[:200]))
            check(f"{name}: no secret is told", SECRET.encode() not in body and NEXT_SECRET.encode() not in body)

        refused("no key", ("GET", "/releases", {}))
        refused("an unknown key", signed(port, "/releases", [], access="GWKEYEXAMPLE00000009"))
        refused("a wrong secret", signed(port, "/releases", [], secret=SECRET + "x"))
        refused("a clock 20 minutes behind", signed(port, "/releases", [], offset=-1200))
        refused("a clock 20 minutes ahead", signed(port, "/releases", [], offset=1200))
        check("a clock 14 minutes behind is let in", send(port, signed(port, "/v1/access", [], offset=-840))[0] == 200)
        method, target, fields = signed(port, "/releases", [("page_size", "3")])
        check("the request itself is let in", send(port, (method, target, fields))[0] == 200)
        refused("an altered question", (method, "/releases?page_size=4", fields))
        refused("an altered path", (method, "/v1/releases?page_size=3", fields))
        time.sleep(1.1)  # equal requests of one second cannot be told from a replay
        refused("a replayed request", (method, target, fields))

        tokens(port, folder)
        write(folder, "ak", NEXT_ACCESS + "\n")
        wait(lambda: send(port, signed(port, "/v1/access", [], NEXT_ACCESS, NEXT_SECRET))[0] == 200,
             "an exchanged key was not taken")
        refused("the old key", signed(port, "/releases", []))
    print(f"callers: {len(results)} checks of requests signed by huaweicloudsdkcore, and of tokens by PyJWT")
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
