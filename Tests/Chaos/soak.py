"""Mixed load and faults for a while: resident memory and descriptors must not grow."""
import os
import random
import socket
import threading
import time

from load import Load
from processes import Gateway, Simulator, until
from scenarios import PAGES, expect
from slopes import Slope

FAULTS = ["hang", "truncate", "status-500", "status-503-html", "html200", "throttled-by-service", "empty-200",
          "hang-mid-body", "deep-nesting", "duplicate-keys", "status-403", "invalid-utf8"]
WRONG = ["/releases?nonsense=1", "/nowhere", "/releases?page_token=abc", "/v1/releases/none/none/none"]


def leave(port, is_over):
    """Readers who go before their answer, in order and abruptly, about six a second."""
    while not is_over.wait(0.16):
        with socket.socket() as client:
            client.connect(("127.0.0.1", port))
            client.sendall(b"GET /releases?max_age=0&wait=5s HTTP/1.1\r\nHost: soak\r\n\r\n")
            if random.random() < 0.5:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def soak(run):
    seconds = int(os.environ.get("SOAK_SECONDS", run.pick(60, 1800)))
    # Caches fill, and the allocator's arenas.
    warming = min(seconds, 300)
    cloud = run.start(Simulator, clusters=60, releases=40, values_bytes=1500, churn=10, latency="5ms")
    faults = [name for name in FAULTS if run.takes(cloud, name)]
    ids = [cluster["cluster_id"] for cluster in cloud.admin("fleet")["clusters"]]
    settings = """upstream: { connectTimeout: 1s, timeout: 2s, deadline: 3s, maxCallsPerSecond: 0 }
inventory: { refreshInterval: 3s, maxAge: 30s, minRefreshInterval: 0s }
pages: { tokenLifetime: 10s, pinnedBytes: 16MiB, sharedBytes: 16MiB }
logging: { requestRatio: 0.01 }
"""
    gateway = run.start(Gateway, settings + cloud.configuration(), "memoryBudget: 256MiB").ready()
    resting = run.descriptors_of(gateway)
    # One question in fifty is wrong.
    targets = PAGES * 9 + ["/releases?max_age=0&wait=2s&page_size=5", "/releases?format=ndjson",
                           "/releases?view=full&page_size=100"]
    targets.append(random.choice(WRONG))
    is_over, samples = threading.Event(), []
    leaver = threading.Thread(target=leave, args=(gateway.port, is_over))
    leaver.start()
    try:
        with Load(gateway.port, 300, targets, clients=40, accepted=(200, 400, 404, 410, 503)) as load:
            started = time.monotonic()
            while (now := time.monotonic() - started) < warming + seconds:
                # A few clusters fail in some way, and others heal.
                run.admin_quietly(cloud, f"faults?cluster={random.choice(ids)}&fault={random.choice(faults)}", "PUT")
                if len(cloud.admin("faults")["faults"]) > 8:
                    cloud.admin("faults", "DELETE")
                samples.append((now, gateway.resident_bytes, run.descriptors_of(gateway), gateway.threads))
                time.sleep(min(1, seconds / 60))
    finally:
        is_over.set()
        leaver.join()
    cloud.admin("faults", "DELETE")
    expect(not load.failures, f"{len(load.failures)} failed: {load.failures[:5]}")
    expect(load.answered >= 0.8 * 300 * (warming + seconds), f"only {load.answered} answers")

    warm = [sample for sample in samples if sample[0] > warming]
    memory = Slope([(moment, size) for moment, size, _, _ in warm])
    files = Slope([(moment, count) for moment, _, count, _ in warm])
    said = (f"{seconds} s, {load.answered} answers; memory {warm[-1][1] >> 20} MiB, "
            f"{memory.growth / 1024:+.0f} ± {memory.error * memory.seconds / 1024:.0f} KiB; descriptors {warm[-1][2]}, "
            f"{files.growth:+.1f} ± {files.error * files.seconds:.1f}; threads {warm[-1][3]}")
    # A hundredth of what it holds may be the allocator's; more that is not chance is a leak.
    expect(not memory.is_growth(max(1 << 20, warm[0][1] / 100)), f"memory grows: {said}")
    expect(not files.is_growth(2), f"descriptors grow: {said}")
    expect(max(sample[3] for sample in warm) <= warm[0][3] + 2, f"threads grow: {said}")
    # Idle connections to the cloud stay for some minutes, no more of them than calls at once.
    until("the descriptors of its clients", lambda: run.descriptors_of(gateway) <= resting + 64)
    expect(gateway.end() == 0, "exit code")
    return said
