"""What the adapter adds to a request: side by side, in turns, so that whatever else runs meets all alike."""

import http.client
import json
import statistics
import time

from adapter_servers import Gunicorn

ROUNDS, EACH = 5, 150
TARGET = "/api/v1/repository/acme/app"
ONE_WORKER = ("--worker-class", "gevent", "--workers", "1", "--keep-alive", "30")
LIMIT_MILLIS = 1.0


class Kept:
    """One kind of request over one kept connection."""

    def __init__(self, netloc, status, method, path, body=None, headers=None):
        self.connection = http.client.HTTPConnection(netloc, timeout=30)
        self.status, self.request = status, (method, path, body, headers or {})
        self.seconds = []

    def send(self):
        started = time.perf_counter()
        self.connection.request(*self.request)
        response = self.connection.getresponse()
        body = response.read()
        self.seconds.append(time.perf_counter() - started)
        if response.status != self.status:
            raise SystemExit(f"error: {self.request[:2]} answered {response.status}: {body[:300]!r}")

    def medians(self):
        """Of each round, in milliseconds."""
        return [1000 * statistics.median(self.seconds[i:i + EACH]) for i in range(0, len(self.seconds), EACH)]


def latency(check):
    """Milliseconds added to a decided request: less than one, or than two decisions where those are slow."""
    account = {"Authorization": "Bearer " + check.tokens["svc-one"]}
    question = json.dumps({"request": {"method": "GET", "target": TARGET}, "token": check.tokens["svc-one"]})
    with Gunicorn(check.work, check.config(), *ONE_WORKER) as around, \
            Gunicorn(check.work, check.config(), *ONE_WORKER, application="plain") as plain:
        here, there = f"127.0.0.1:{around.port}", f"127.0.0.1:{plain.port}"
        asked = {
            "without": Kept(there, 200, "GET", TARGET, headers=account),
            "decided": Kept(here, 200, "GET", TARGET, headers=account),
            "authorize": Kept(check.server.netloc, 200, "POST", "/authorize", question, check.server.headers())}
        for warm in (True, False):
            for _ in range(2 * EACH if warm else ROUNDS * EACH):
                for each in asked.values():
                    each.send()
            if warm:
                for each in asked.values():
                    each.seconds.clear()
    return told(check, {name: each.medians() for name, each in asked.items()})


def told(check, medians):
    added = [a - b for a, b in zip(medians["decided"], medians["without"])]
    middle = {name: statistics.median(values) for name, values in medians.items()}
    result = statistics.median(added)
    print(f"  medians of {ROUNDS} x {EACH} requests, ms: without the adapter {middle['without']:.2f},"
          f" decided {middle['decided']:.2f}; /authorize alone {middle['authorize']:.2f};"
          f" added {result:.2f} ({min(added):.2f} to {max(added):.2f})")
    limit = max(LIMIT_MILLIS, 2 * middle["authorize"])
    if limit > LIMIT_MILLIS:
        print(f"  a decision alone takes more than half a millisecond here: held against twice that, {limit:.2f} ms")
    check.expect(result < limit, f"the adapter adds {result:.2f} ms, not less than {limit:.2f} ms")
    return result
