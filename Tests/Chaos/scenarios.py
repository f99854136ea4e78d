"""What is done to the processes, and what must come of it."""
import os
import random
import re
import signal
import subprocess
import time

from load import Load, SlowReaders
from processes import Balancer, Failed, Gateway, Simulator, until

PAGES = ["/releases?page_size=20", "/releases?page_size=50&order_by=name", "/v1/clusters?page_size=10",
         "/releases?status=DEPLOYED&page_size=5", "/v1/summary?group_by=status"]
ROLLED = "shutdownDelay: 1s, drainTimeout: 20s"
BRISK = """upstream: { connectTimeout: 1s, timeout: 3s, deadline: 4s, maxCallsPerSecond: 0 }
inventory: { refreshInterval: 10s, maxAge: 60s, minRefreshInterval: 0s }
"""


def expect(is_true, what):
    if not is_true:
        raise Failed(what)


def none_failed(load, least):
    expect(not load.failures, f"{len(load.failures)} of {load.answered} failed: {load.failures[:5]}")
    # Of a machine that others use too; what was reached is told.
    expect(load.answered >= least, f"only {load.answered} answers, {least:.0f} at least were to come")


def rolling(run):
    """Both gateways are replaced, one after the other, behind HAProxy that never asks twice; nobody notices."""
    rounds = run.pick(3, 100)
    cloud = run.start(Simulator, clusters=40, latency="20ms")
    pair = [run.start(Gateway, BRISK + cloud.configuration(), ROLLED, name=name).ready() for name in "ab"]
    balancer = run.start(Balancer, pair)
    balancer.up(*pair)
    started = time.monotonic()
    with Load(balancer.port, 500, PAGES + ["/releases?max_age=0&wait=5s&page_size=1"]) as load:
        for _ in range(rounds):
            for place in range(2):
                code = pair[place].end()
                expect(code == 0, f"exit code {code}")
                pair[place] = run.keep(pair[place].again()).ready()
                balancer.up(pair[place])
        seconds = time.monotonic() - started
    none_failed(load, 0.4 * 500 * seconds)
    return f"{rounds} rounds, {load.answered} answers ({load.answered / seconds:.0f}/s), 0 failed, p99 {load.percentile(0.99) * 1000:.0f} ms"


def kill(run):
    """SIGKILL to one of two: only what was in flight on it fails."""
    rounds = run.pick(2, 50)
    cloud = run.start(Simulator, clusters=40, latency="20ms")
    pair = [run.start(Gateway, BRISK + cloud.configuration(), ROLLED, name=name).ready() for name in "ab"]
    balancer = run.start(Balancer, pair, retries=3)
    lost = 0
    for _ in range(rounds):
        balancer.up(*pair)
        with Load(balancer.port, 500, PAGES + ["/releases?max_age=0&wait=5s&page_size=1"]) as load:
            time.sleep(1 + random.random() / 10)
            in_flight = len(load.waiting)
            pair[0].send(signal.SIGKILL)
            pair[0].process.wait()
            at = time.monotonic()  # from here on its connections are closed
            time.sleep(1.5)
        late = [failure for failure in load.failures if failure.began > at + 0.005]
        expect(not late, f"began after the kill: {late[:5]}")
        # While it was counted some came and went.
        expect(len(load.failures) <= in_flight + 10, f"{len(load.failures)} failed, {in_flight} were in flight")
        lost += len(load.failures)
        pair[0] = run.keep(pair[0].again()).ready()
    return f"{rounds} rounds, {lost} lost, all of them in flight on the one that was killed"


def stop(run):
    """SIGSTOP for longer than every time limit, then SIGCONT: no breaker opens, and the cloud sees no stampede."""
    seconds = run.pick(6, 30)
    clusters = 300
    # So slow that a good part of them is in flight at any moment.
    cloud = run.start(Simulator, clusters=clusters, latency="2s")
    gateway = run.start(Gateway, BRISK.replace("{ conn", "{ maxInFlightPerHost: 256, conn") + cloud.configuration())
    gateway.ready()
    time.sleep(run.pick(5, 15))
    with Load(gateway.port, 20, PAGES, accepted=(200, 503), timeout=seconds + 20):
        time.sleep(1)
        in_flight = cloud.admin("calls")["in_flight"]
        gateway.send(signal.SIGSTOP)
        time.sleep(seconds)
        gateway.send(signal.SIGCONT)
    # By the cloud's own count, in steps of a tenth of a second.
    counts, moment = [cloud.calls], time.monotonic()
    while time.monotonic() < moment + run.pick(7, 12):
        time.sleep(0.1)
        counts.append(cloud.calls)
    steps = [after - before for before, after in zip(counts, counts[1:])]
    # What was in flight is asked again within about a second; what became due meanwhile within ten.
    expect(max(steps) <= clusters / 5, f"{max(steps)} calls in a tenth of a second, of {clusters} clusters")
    opened = re.findall(r".*(?:endpoint fails|cluster fails).*", gateway.log)
    expect(not opened, f"held against the cloud: {opened[:3]}")
    until("that all clusters are fresh", lambda: b'"fresh":%d' % clusters in run.ask(gateway, "/releases?page_size=1"))
    expect(in_flight > 20, f"only {in_flight} calls were in flight")
    return (f"{seconds} s with {in_flight} calls in flight, {sum(steps)} calls soon after it, at most {max(steps)} in "
            "0.1 s, no breaker opened and no cluster blamed")


def reload(run):
    """From 1,000 to 1,200 clusters under load."""
    cloud = run.start(Simulator, clusters=1200, releases=3)
    settings = "inventory: { refreshInterval: 60s, maxAge: 90s }\nupstream: { maxCallsPerSecond: 0 }\n"
    gateway = run.start(Gateway, settings + cloud.configuration(1000)).ready()
    with Load(gateway.port, 500, PAGES) as load:
        started = time.monotonic()
        time.sleep(1)
        gateway.configure(settings + cloud.configuration())
        gateway.send(signal.SIGHUP)
        until("1,200 clusters", lambda: b'"fresh":1200' in run.ask(gateway, "/releases?page_size=1"), every=0.2)
        took = time.monotonic() - started - 1
        time.sleep(1)
        seconds = time.monotonic() - started
    none_failed(load, 0.4 * 500 * seconds)
    return f"all there after {took:.1f} s, {load.answered} answers, 0 failed"


def memory(run):
    """More than the budget holds: caches go, live reads are refused, rows are always answered, and it is never above."""
    cloud = run.start(Simulator, clusters=200, releases=100, values_bytes=6000, churn=200)
    settings = """upstream: { maxCallsPerSecond: 0, maxBytesInFlight: 32MiB, maxInFlight: 64 }
inventory: { refreshInterval: 5s, maxAge: 30s, minRefreshInterval: 0s }
pages: { pinnedBytes: 64MiB, sharedBytes: 64MiB, tokenLifetime: 10m }
"""
    gateway = run.start(Gateway, settings + cloud.configuration(), "memoryBudget: 64MiB").ready()
    ceiling = gateway.metric("release_gateway_memory_ceiling_bytes")
    worst = ["/releases?view=full&page_size=500", "/releases?q=a&order_by=update_at&page_size=500",
             "/releases?max_age=0&wait=5s&page_size=500&view=full", "/releases?format=ndjson&view=full",
             "/releases?facets=status,chart_name,namespace&page_size=500&order_by=chart_version"]
    peak, pressures, refused = 0, set(), 0
    with Load(gateway.port, 150, worst, clients=100, accepted=(200, 503)) as load:
        end = time.monotonic() + run.pick(12, 120)
        while time.monotonic() < end:
            peak = max(peak, gateway.resident_bytes)
            pressures.add(gateway.metric("release_gateway_memory_pressure"))
            refused += gateway.metric("release_gateway_memory_refuses_live_reads")
            expect(run.status(gateway, "/releases?page_size=1") == 200, "a page of what is held is refused")
            time.sleep(0.2)
    # An export that is cut lacks its end: that is the one way to be let down, and its reader sees it.
    wrong = [failure for failure in load.failures if "ndjson" not in failure.target]
    expect(not wrong, f"{len(wrong)} of {load.answered} failed: {wrong[:5]}")
    expect(peak <= ceiling, f"{peak >> 20} MiB of {int(ceiling) >> 20}")
    expect(gateway.process.poll() is None, "it ended")
    until("live reads again", lambda: run.status(gateway, "/releases?max_age=0&wait=5s&page_size=1") == 200, every=0.5)
    return (f"peak {peak >> 20} of {int(ceiling) >> 20} MiB, pressures {sorted(map(int, pressures))}, "
            f"{load.answered} answers, {load.statuses[503]} times 503")


def slow_readers(run):
    """1,000 clients that read 1 kB a second of large answers: what they hold is bounded, and others are not slowed down."""
    count = run.pick(300, 1000)
    cloud = run.start(Simulator, clusters=5, releases=500, values_bytes=6000)
    settings = "upstream: { maxCallsPerSecond: 0 }\n" + cloud.configuration()
    gateway = run.start(Gateway, settings, "memoryBudget: 256MiB").ready()
    target, others = "/releases?page_size=500&view=full", [PAGES[0], PAGES[1]]
    with Load(gateway.port, 200, others, clients=20) as load:
        time.sleep(run.pick(2, 10))
    alone, before = load.percentile(0.99), gateway.resident_bytes
    expect(not load.failures, f"failed without slow readers: {load.failures[:3]}")
    # Equal pages, and pages that nobody else asks for.
    targets = [target if number % 2 else f"{target}&updated_before={number + 1}s&name=!none{number}"
               for number in range(count)]
    with SlowReaders(gateway.port, targets, 1000) as slow:
        until("that all have asked", lambda: slow.asked == count)
        with Load(gateway.port, 200, others, clients=20, accepted=(200, 503)) as load:
            end, peak, bodies = time.monotonic() + run.pick(3, 25), 0, 0
            while time.monotonic() < end:
                peak = max(peak, gateway.resident_bytes)
                bodies = max(bodies, gateway.metric("release_gateway_http_held_bytes", "main"))
                time.sleep(0.2)
        refused = slow.refused
    expect(bodies <= 64 << 20, f"{bodies} bytes of bodies, the budget is 64 MiB")
    # 64 MiB of bodies, those being made, and 32 KiB for each connection with what the allocator adds.
    expect(peak - before <= (96 << 20) + count * (48 << 10), f"{(peak - before) >> 20} MiB more than before")
    wrong = [failure for failure in load.failures if "503" not in failure.what]
    expect(not wrong, f"{len(wrong)} failed: {wrong[:3]}")
    return (f"{count} slow readers ({refused} refused): {(peak - before) >> 20} MiB more, {int(bodies) >> 20} MiB of "
            f"bodies; others' p99 {load.percentile(0.99) * 1000:.1f} ms, {alone * 1000:.1f} without them, "
            f"{load.statuses[503]} of {load.answered} refused")


def descriptors(run):
    """With 256 descriptors it refuses what is too much, answers its probes, and recovers."""
    cloud = run.start(Simulator, clusters=20)
    settings = "upstream: { maxInFlight: 32, maxInFlightPerHost: 32 }\n" + cloud.configuration()
    gateway = run.start(Gateway, settings, descriptors=256).ready()
    idle = run.connections(gateway.port, 400)
    expect(run.status(gateway, "/livez", admin=True) == 200, "the admin listener is silent")
    for connection in idle:
        connection.close()
    until("answers again", lambda: run.status(gateway, "/releases") == 200)
    until("fresh rows", lambda: b'"fresh":20' in run.ask(gateway, "/releases?max_age=0&wait=5s&page_size=1"))
    expect(gateway.end() == 0, "exit code")
    return "400 connections of 256 descriptors, refused and recovered"


def blocked(run):
    """Nobody reads its log: requests go on, and what is lost is counted."""
    cloud = run.start(Simulator, clusters=5)
    settings = "logging: { requestRatio: 1 }\n" + cloud.configuration()
    gateway = run.start(Gateway, settings, name="quiet")
    gateway.end()
    process = subprocess.Popen(
        [str(run.binaries / "release-gateway"), "serve", "--config", str(gateway.file)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=run.environment)
    try:
        until("readiness", lambda: run.status(gateway, "/readyz") == 200)
        with Load(gateway.port, 2000, ["/livez", PAGES[0]], clients=20) as load:
            lost = until("lost lines", lambda: gateway.metric("release_gateway_log_lines_dropped_total"), every=0.5)
            time.sleep(1)
        expect(not load.failures, f"failed: {load.failures[:3]}")
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
        expect(code == 0, f"exit code {code}")
        return f"{load.answered} answers, 0 failed, {int(lost)} lines lost and counted"
    finally:
        process.kill()
        process.communicate()


def disk_full(run):
    """Its log goes to a disk without room: requests go on, what is lost is counted, and nothing is tried for ever."""
    cloud = run.start(Simulator, clusters=5)
    settings = "logging: { requestRatio: 1 }\n" + cloud.configuration()
    gateway = run.start(Gateway, settings, name="roomless")
    gateway.end()
    with open("/dev/full", "wb") as disk:
        process = subprocess.Popen(
            [str(run.binaries / "release-gateway"), "serve", "--config", str(gateway.file)], stdout=disk, stderr=disk,
            env=run.environment)
    try:
        until("readiness", lambda: run.status(gateway, "/readyz") == 200)
        with Load(gateway.port, 500, ["/livez", PAGES[0]], clients=20) as load:
            time.sleep(run.pick(2, 20))
        expect(not load.failures, f"failed: {load.failures[:3]}")
        lost = until("lost lines", lambda: gateway.metric("release_gateway_log_lines_dropped_total"), every=0.5)
        expect(lost >= load.answered / 2, f"{lost} lines lost of {load.answered} answers and more")
        before, seconds = processor_seconds(process.pid), run.pick(2, 10)
        time.sleep(seconds)
        used = processor_seconds(process.pid) - before
        expect(used < 0.3 * seconds, f"{used:.1f} s of processor in {seconds} s without requests")
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
        expect(code == 0, f"exit code {code}")
        return f"{load.answered} answers, 0 failed, {int(lost)} lines lost and counted, then {used:.2f} s of processor"
    finally:
        process.kill()
        process.wait()


def processor_seconds(process):
    """What it has used, by itself and for it in the kernel."""
    with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def herd(run):
    """10,000 cold requests at once, equal and then each of its own: at most one call to each cluster."""
    count = run.pick(2000, 10_000)
    equal = ["/releases?max_age=1h&wait=25s"] * count
    # All find the same rows, each by a filter and a page of its own.
    own = [f"/releases?max_age=1h&wait=25s&name=!none{number}&page_size={number % 50 + 1}" for number in range(count)]
    said = []
    for name, targets, different in [("equal", equal, 1), ("different", own, count)]:
        # All clients are connected before the first cluster has answered.
        cloud = run.start(Simulator, clusters=100, latency=run.pick("2s", "5s"))
        settings = "upstream: { maxCallsPerSecond: 0 }\ninventory: { refreshInterval: 1h, maxAge: 2h }\n"
        gateway = run.start(Gateway, settings + cloud.configuration(), "maxConnections: 12000", name=name)
        until("it listens", lambda: run.status(gateway, "/livez") == 200)
        statuses, bodies, took = run.at_once(gateway.port, targets)
        expect(statuses == {200: count}, f"{name}: {statuses}")
        expect(bodies <= different, f"{name}: {bodies} different answers")
        calls = cloud.admin("calls")["clusters"]
        expect(took > 1, "it was not cold any more")
        expect(len(calls) == 100 and set(calls.values()) == {1}, f"calls of a cluster: {sorted(set(calls.values()))}")
        expect(gateway.end() == 0 and cloud.end() is not None, "exit code")
        said.append(f"{count} {name} requests answered within {took:.1f} s, {sum(calls.values())} calls to 100 clusters")
    return "; ".join(said)
