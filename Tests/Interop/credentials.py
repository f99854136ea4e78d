"""The cloud's own SDK and a gateway find the same credential in the same surroundings.

A small server plays IAM, STS, the metadata service, the pods' agent and CCE. What it issues hangs on what it was asked
with, so that who asks otherwise gets another key. In each case huaweicloudsdkcore resolves the environment, the profile
file or the metadata service; then the real binary does (`check --probe`), and calls a cluster. Its call must carry the
same access key and security token, and the signature that the SDK makes of it; and what both sent to whoever issues keys
must be the same.

Usage: credentials.py GATEWAY_BINARY
"""

import hashlib
import http.server
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from datetime import datetime, timedelta, timezone

from huaweicloudsdkcore.auth import provider
from huaweicloudsdkcore.auth.internal import MetadataAccessor
from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
from huaweicloudsdkcore.http.http_client import HttpClient
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.http.http_handler import HttpHandler
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

ID_TOKEN = "eyJ.obviously-fake-id-token.x"
POD_TOKEN = "obviously-fake-pod-token"
# Fields that say who asks; others are the business of the HTTP client.
TELLING = {"x-idp-id", "x-metadata-token-ttl-seconds", "x-metadata-token", "authorization", "x-auth-token"}


def issued(proof, wrapper, names):
    """A credential that hangs on the proof; its expiry too, so that two who ask get the same."""
    digest = hashlib.sha256(repr(proof).encode()).hexdigest()
    expiry = (datetime.now(timezone.utc) + timedelta(hours=20)).strftime("%Y-%m-%dT%H:00:00.000000Z")
    values = [f"AK{digest[:18].upper()}", f"SK{digest[:38]}", f"TOKEN{digest}+/==", expiry]
    return {wrapper: dict(zip(names, values))}


class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    session_status = 200
    asked, listed = [], []
    lock = threading.Lock()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = {name.lower(): value for name, value in self.headers.items()}
        told = {name: fields[name] for name in sorted(TELLING & fields.keys())}
        path = self.path.partition("?")[0]
        if path.startswith("/cce/cam/v3/"):
            with Cloud.lock:
                Cloud.listed.append((self.command, self.path, fields))
            return 200, [], []
        if path == "/v3/auth/domains":
            return 200, {"domains": [{"id": "d1", "name": "me"}]}, []
        sent = json.loads(body) if body else None
        with Cloud.lock:
            Cloud.asked.append((self.command, path, told, sent))
        proof = (path, sorted(told.items()), sent)
        snake = ["access_key_id", "secret_access_key", "security_token", "expiration"]
        if path == "/meta-data/latest/api/token":
            return Cloud.session_status, "session-token" if Cloud.session_status == 200 else "", []
        if path == "/openstack/latest/securitykey":
            return 200, issued(proof, "credential", ["access", "secret", "securitytoken", "expires_at"]), []
        if path == "/v3.0/OS-AUTH/id-token/tokens":
            return 201, {"token": {}}, [("X-Subject-Token", "MII" + hashlib.sha256(repr(proof).encode()).hexdigest())]
        if path == "/v3.0/OS-CREDENTIAL/securitytokens":
            return 201, issued(proof, "credential", ["access", "secret", "securitytoken", "expires_at"]), []
        if path == "/v5/agencies/assume-with-oidc":
            return 200, issued(proof, "credentials", snake), []
        if path == "/pod/credentials":
            return 200, issued(proof, "credential", ["accessKeyId", "secretAccessKey", "securityToken", "expiration"]), []
        return 404, {"error_code": "APIGW.0101", "error_msg": "no such API"}, []

    def do_GET(self):
        status, body, fields = self.answer()
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in fields + [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass


def cases(origin, folder):
    """Name, environment, the profile file's text, the gateway's source (None: its default), the SDK's provider."""
    def file(name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    chain = provider.CredentialProviderChain.get_basic
    env = provider.EnvCredentialProvider.get_basic
    profile = provider.ProfileCredentialProvider.get_basic
    keys = {"HUAWEICLOUD_SDK_AK": "AKEXAMPLEENVIRONMENT", "HUAWEICLOUD_SDK_SK": "obviously-fake-secret"}
    token = {"HUAWEICLOUD_SDK_SECURITY_TOKEN": "obviously-fake-token+/=="}
    idp = {"HUAWEICLOUD_SDK_IDP_ID": "my-idp", "HUAWEICLOUD_SDK_ID_TOKEN_FILE": file("id-token", f" {ID_TOKEN}\n"),
           "HUAWEICLOUD_SDK_IAM_ENDPOINT": origin}
    oidc = {"HUAWEICLOUD_OIDC_PROVIDER_URN": "iam::d:oidcProvider:p", "HUAWEICLOUD_OIDC_AGENCY_URN": "iam::d:agency:a",
            "HUAWEICLOUD_OIDC_TOKEN_FILE": file("sa-token", f"{ID_TOKEN}\n"), "HUAWEICLOUD_SDK_STS_ENDPOINT": origin}
    more = {"HUAWEICLOUD_OIDC_SESSION_NAME": "mine", "HUAWEICLOUD_OIDC_DURATION_SECONDS": "7200",
            "HUAWEICLOUD_OIDC_POLICY_IDS": "p1, p2 ,p3", "HUAWEICLOUD_OIDC_POLICY": '{"Version":"5.0"}'}
    plain = "[basic]\nak = AKEXAMPLEPROFILE0001\nsk = obviously-fake-profile-secret\n"
    odd = ("# of the team\n[DEFAULT]\nprefix = obviously\n[global]\nak = other\nsk = other\n"
           "[basic]\nAK : AKEXAMPLEPROFILE0002\n; a comment\nsk=%(prefix)s-fake-50%%-secret  \nSecurity_Token = a+b/==\n")

    yield "keys in the environment", keys, None, None, chain()
    yield "keys and a token in the environment", {**keys, **token}, None, None, chain()
    yield "the environment goes before a profile", keys, plain, None, chain()
    yield "an identity provider in the environment", idp, None, None, chain()
    yield "an identity provider goes before keys", {**idp, **keys}, None, None, chain()
    yield "a profile", {}, plain, None, chain()
    yield "a profile of all forms", {}, odd, None, chain()
    yield "a profile elsewhere", {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": file("elsewhere", odd)}, plain, None, chain()
    yield ("a profile with an identity provider", {}, f"[basic]\nidp_id = my-idp\n"
           f"id_token_file = {idp['HUAWEICLOUD_SDK_ID_TOKEN_FILE']}\niam_endpoint = {origin}\n", None, chain())
    yield "a service account's token", oidc, None, None, chain()
    yield "a service account's token goes before keys", {**oidc, **keys}, plain, None, chain()
    yield "a service account's token with all options", {**oidc, **more}, None, None, chain()
    yield "environment alone", keys, plain, "environment: {}", env()
    yield "profile alone", keys, plain, "profile: {}", profile()
    for status in [200, 404, 405, 503]:
        yield (f"metadata service, session token {status}", {}, None, f'metadata: {{ endpoint: "{origin}" }}',
               (status, provider.MetadataCredentialProvider.get_basic))
    yield ("pod identity", {"HC_CONTAINER_CREDENTIALS_FULL_URI": f"{origin}/pod/credentials",
                            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": file("pod-token", f"{POD_TOKEN}\n")},
           None, "podIdentity: {}", provider.PodIdentityCredentialProvider.get_basic())


def of_sdk(environment, resolver):
    """What the SDK finds, and what it asked."""
    before = dict(os.environ)
    Cloud.asked.clear()
    try:
        os.environ.clear()
        os.environ.update(environment)
        credentials = resolver.get_credentials()
        client = HttpClient(
            HttpConfig.get_default_config(), HttpHandler(), DefaultExceptionHandler(), logging.getLogger("sdk"))
        credentials.process_sts(client)
        return credentials, list(Cloud.asked)
    finally:
        os.environ.clear()
        os.environ.update(before)


def of_gateway(binary, environment, origin, source, folder):
    """The call to the cluster that the gateway made, and what it asked before."""
    lines = [f"credentials: [ {{ name: environment, {source} }} ]"] if source else []
    lines += [f'regions: [ {{ id: here, cceEndpoint: "{origin}", iamEndpoint: "{origin}" }} ]',
              "clusters: [ { id: c1, region: here, projectId: p1, credential: environment } ]"]
    path = os.path.join(folder, "config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    Cloud.asked.clear()
    Cloud.listed.clear()
    run = subprocess.run([binary, "check", "--probe", "--config", path], env=environment, capture_output=True, text=True)
    if run.returncode or len(Cloud.listed) != 1:
        raise AssertionError(f"{len(Cloud.listed)} calls: {(run.stdout + run.stderr).strip()}")
    return Cloud.listed[0], list(Cloud.asked)


def problems(binary, origin, folder, environment, source, resolver):
    if isinstance(resolver, tuple):
        Cloud.session_status, make = resolver
        resolver = type("Metadata", (), {"get_credentials": staticmethod(lambda: make().get_credentials())})
    wanted, asked_by_sdk = of_sdk(environment, resolver)
    try:
        (method, target, fields), asked = of_gateway(binary, environment, origin, source, folder)
    except AssertionError as error:
        return (yield str(error))
    if asked != asked_by_sdk:
        yield f"asked {asked}, and the SDK {asked_by_sdk}"
    if fields.get("x-security-token") != (wanted.security_token or None):
        yield "the security token differs"
    sent = fields.get("authorization", "")
    parts = dict(part.split("=", 1) for part in sent[len("SDK-HMAC-SHA256 "):].split(", "))
    if parts.get("Access") != wanted.ak:
        yield f"the access key is {parts.get('Access')}, and the SDK's {wanted.ak}"
    path, _, query = target.partition("?")
    request = SdkRequest(
        method=method, schema="http", host=fields["host"], resource_path=path,
        query_params=urllib.parse.parse_qsl(query, keep_blank_values=True), body="",
        header_params={name: fields[name] for name in parts["SignedHeaders"].split(";")})
    if Signer(wanted).sign(request).header_params["Authorization"] != sent:
        yield "the signature is not the one of the SDK's secret key"


def main():
    binary = os.path.abspath(sys.argv[1])
    cloud = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
    threading.Thread(target=cloud.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{cloud.server_address[1]}"
    MetadataAccessor._METADATA_ENDPOINT = origin
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, environment, profile, source, resolver in cases(origin, folder):
            home = os.path.join(folder, "home")
            os.makedirs(os.path.join(home, ".huaweicloud"), exist_ok=True)
            place = os.path.join(home, ".huaweicloud/credentials")
            if os.path.exists(place):
                os.remove(place)
            if profile is not None:
                with open(place, "w", encoding="utf-8") as file:
                    file.write(profile)
            found = list(problems(binary, origin, folder, {**environment, "HOME": home}, source, resolver))
            passed, failed = passed + (not found), failed + bool(found)
            for problem in found:
                print(f"credentials: {name}: {problem}")
    print(f"credentials: {passed + failed} surroundings resolved by huaweicloudsdkcore and by the gateway")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or passed < 18 else 0)


if __name__ == "__main__":
    main()
