"""Readers over kept connections, at a rate that does not hang on the answers."""
import asyncio
import socket
import threading
import time
from collections import Counter


class Failure:
    def __init__(self, began, ended, target, what):
        self.began, self.ended, self.target, self.what = began, ended, target, what

    def __repr__(self):
        return f"{self.target} after {self.ended - self.began:.3f} s: {self.what}"


async def read_answer(reader):
    """Status, fields (in small letters) and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:]) if name)
    status = int(head[0].split()[1])
    if fields.get("transfer-encoding") == "chunked":
        body = b""
        while (count := int(await reader.readline(), 16)) > 0:
            body += await reader.readexactly(count)
            await reader.readline()
        await reader.readline()
        return status, fields, body
    return status, fields, await reader.readexactly(int(fields.get("content-length", 0)))


class Load:
    """A number of clients on a thread of their own, from `with` to its end. None of them asks twice."""

    def __init__(self, port, rate, targets, clients=50, accepted=(200,), timeout=60):
        self.port, self.rate, self.targets, self.clients = port, rate, targets, clients
        self.accepted, self.timeout = accepted, timeout
        self.failures, self.statuses, self.latencies = [], Counter(), []
        self.waiting = {}
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    @property
    def answered(self):
        return sum(self.statuses.values())

    def percentile(self, share, since=0):
        values = sorted(took for began, took in list(self.latencies) if began >= since)
        return values[min(len(values) - 1, int(len(values) * share))] if values else 0

    # Inside

    async def run(self):
        await asyncio.gather(*(self.client(number) for number in range(self.clients)))

    async def client(self, number):
        pause = self.clients / self.rate
        due = time.monotonic() + pause * number / self.clients
        turn, streams = number, None
        while True:
            await asyncio.sleep(max(0, due - time.monotonic()))
            if self.is_over.is_set():
                break
            due = max(due + pause, time.monotonic() - 1)
            turn += 1
            streams = await self.ask(streams, self.targets[turn % len(self.targets)], number)
        if streams:
            streams[1].close()

    async def ask(self, streams, target, number):
        """The connection, while it can be used further."""
        began = time.monotonic()
        self.waiting[number] = began
        try:
            async with asyncio.timeout(self.timeout):
                if streams is None:
                    streams = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
                streams[1].write(f"GET {target} HTTP/1.1\r\nHost: chaos\r\n\r\n".encode())
                status, fields, body = await read_answer(streams[0])
            self.statuses[status] += 1
            self.latencies.append((began, time.monotonic() - began))
            if status not in self.accepted:
                self.failures.append(Failure(began, time.monotonic(), target, f"{status} {body[:200]}"))
            if fields.get("connection", "").lower() == "close":
                streams[1].close()
                return None
            return streams
        except (OSError, EOFError, asyncio.TimeoutError, ValueError) as error:
            self.failures.append(Failure(began, time.monotonic(), target, repr(error)))
            if streams:
                streams[1].close()
            return None
        finally:
            self.waiting.pop(number, None)


class SlowReaders:
    """Clients that ask once and then read so many bytes a second, on a thread of their own."""

    def __init__(self, port, targets, rate):
        self.port, self.targets, self.rate = port, targets, rate
        self.asked = self.refused = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    async def run(self):
        await asyncio.gather(*(self.client(number, target) for number, target in enumerate(self.targets)))

    async def client(self, number, target):
        await asyncio.sleep(number / 500)
        loop = asyncio.get_running_loop()
        client = socket.socket()
        # Little room on this side, so that what is not read stays on the other.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        try:
            await loop.sock_connect(client, ("127.0.0.1", self.port))
            await loop.sock_sendall(client, f"GET {target} HTTP/1.1\r\nHost: slow\r\n\r\n".encode())
            head = await loop.sock_recv(client, 64)
            self.refused += not head.startswith(b"HTTP/1.1 200")
            self.asked += 1
            while not self.is_over.is_set() and await loop.sock_recv(client, self.rate):
                await asyncio.sleep(1)
        except OSError:
            pass  # cut off, as it may be
        finally:
            client.close()
