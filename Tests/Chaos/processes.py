"""The processes of a chaos run: a simulated cloud, gateways in front of it, and HAProxy in front of them."""
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

# Obviously not keys of any cloud: the simulator checks signatures against them.
KEYS = {"CLOUD_SDK_AK": "AKEXAMPLECHAOS000001", "CLOUD_SDK_SK": "obviously-fake-secret-key-of-make-chaos"}
ENVIRONMENT = {**os.environ, **KEYS}


class Failed(Exception):
    """What a scenario expected and did not find."""


def until(what, ask, seconds=60, every=0.02):
    """What `ask` gives as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(every)
    raise Failed(f"{what} did not come within {seconds} s")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, method="GET", timeout=30):
    """Status and body; (0, …) where nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError as error:
        return 0, str(error).encode()


class Started:
    """A process whose output goes to a file."""

    def __init__(self, words, folder, name, **options):
        self.log_file = Path(folder) / f"{name}-{time.monotonic_ns()}.log"
        self.process = subprocess.Popen(
            [str(word) for word in words], stdout=self.log_file.open("w"), stderr=subprocess.STDOUT, env=ENVIRONMENT,
            **options)

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    def send(self, number):
        os.kill(self.process.pid, number)

    def end(self, number=signal.SIGTERM, seconds=60):
        """Its exit code; it is killed when it does not end by itself."""
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(number)
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.log_file.name} did not end: {self.log[-2000:]}") from None

    def status(self, field):
        """A field of /proc/PID/status, as a number (kB for sizes)."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE)[1])

    @property
    def resident_bytes(self):
        return self.status("VmRSS") * 1024

    @property
    def threads(self):
        return self.status("Threads")


class Simulator(Started):
    def __init__(self, binaries, folder, clusters, releases=5, values_bytes=200, **options):
        self.binaries, self.clusters = binaries, clusters
        words = [binaries / "cce-simulator", "serve", "--listen", "127.0.0.1:0", "--clusters", clusters,
                 "--releases", releases, "--values-bytes", values_bytes]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", value]
        super().__init__(words, folder, "simulator")
        self.address = until("the simulator", lambda: re.search(r"endpoint=http://(\S+)", self.log))[1]

    def configuration(self, clusters=None):
        """The gateway's settings for the first so many clusters."""
        text = subprocess.run(
            [str(self.binaries / "cce-simulator"), "generate-config", "--listen", self.address,
             "--clusters", str(self.clusters)],
            check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
        head, rows = text.split("clusters:\n")
        return head + "clusters:\n" + "".join(rows.splitlines(keepends=True)[:clusters])

    def admin(self, path, method="GET"):
        status, body = get(f"http://{self.address}/_simulator/{path}", method)
        if status != 200:
            raise Failed(f"simulator: {method} {path}: {status} {body[:200]}")
        return json.loads(body)

    @property
    def calls(self):
        return self.admin("calls")["total"]


class Gateway(Started):
    """On ports of its own, which stay the same when it is started again."""

    def __init__(self, binaries, folder, settings, server="", name="gateway", ports=None, descriptors=None):
        self.port, self.admin_port = ports or (free_port(), free_port())
        self.name, self.file = name, Path(folder) / f"{name}.yaml"
        self.arguments = (binaries, folder, settings, server, name, (self.port, self.admin_port), descriptors)
        self.server = server
        self.configure(settings)
        limit = None
        if descriptors:
            def limit():
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        super().__init__([binaries / "release-gateway", "serve", "--config", self.file], folder, name,
                         preexec_fn=limit)

    def configure(self, settings):
        """Writes its file; SIGHUP makes it read it."""
        text = (f'server: {{ listen: "127.0.0.1:{self.port}", adminListen: "127.0.0.1:{self.admin_port}", '
                f'{self.server} }}\n{settings}')
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(self.file)

    def again(self):
        """Another process in its place."""
        return Gateway(*self.arguments)

    @property
    def main(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_ready(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended: {self.log[-2000:]}")
        return get(f"{self.main}/readyz", timeout=2)[0] == 200

    def ready(self):
        until(f"readiness of {self.name}", lambda: self.is_ready)
        return self

    def metric(self, name, where=""):
        """The sum of a metric's series with `where` in their labels."""
        status, body = get(f"http://127.0.0.1:{self.admin_port}/metrics")
        if status != 200:
            raise Failed(f"no metrics: {status}")
        rows = re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", body.decode(), re.MULTILINE)
        if not rows:
            raise Failed(f"no metric {name}")
        return sum(float(value) for labels, value in rows if where in labels)


class Balancer(Started):
    """HAProxy, which sends requests to the gateways whose /readyz says so.

    Without `retries` a request fails when the one gateway it was sent to does not answer it.
    """

    def __init__(self, folder, gateways, retries=0):
        self.port, self.stats_port = free_port(), free_port()
        servers = "".join(
            f"  server {gateway.name} 127.0.0.1:{gateway.port} check inter 200ms fall 1 rise 1\n" for gateway in gateways)
        file = Path(folder) / "haproxy.cfg"
        file.write_text(f"""
global
  maxconn 4096
defaults
  mode http
  timeout connect 1s
  timeout client 70s
  timeout server 70s
  timeout check 1s
  retries {retries}
  {"option redispatch 1" if retries else ""}
frontend main
  bind 127.0.0.1:{self.port}
  default_backend gateways
backend gateways
  balance roundrobin
  option httpchk GET /readyz
  http-response set-header X-Server %s
{servers}
frontend stats
  bind 127.0.0.1:{self.stats_port}
  stats enable
  stats uri /
""")
        super().__init__(["haproxy", "-db", "-f", file], folder, "haproxy")
        until("HAProxy", lambda: get(f"http://127.0.0.1:{self.stats_port}/;csv")[0] == 200)

    def sees(self, gateway, state):
        text = get(f"http://127.0.0.1:{self.stats_port}/;csv")[1].decode()
        return re.search(rf"^gateways,{gateway.name},(?:[^,]*,){{15}}{state}", text, re.MULTILINE) is not None

    def up(self, *gateways):
        for gateway in gateways:
            until(f"that HAProxy takes {gateway.name}", lambda: self.sees(gateway, "UP"))

    def end(self, number=signal.SIGTERM, seconds=10):
        return super().end(number, seconds)
