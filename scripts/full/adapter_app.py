"""What stands behind the adapter in its check: an application that tells what reached it, and the adapter around it."""

import base64
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "quay"))

from quay_pdp import Adapter, DecisionPoint, TokenDirectory, TokenFile, decision_point  # noqa: E402

CONFIG = "ADAPTER_CHECK"
SESSION = "session=of-nobody; Path=/"


def plain(environ, start_response):
    """Quay's stand-in: the environ as it came and the body, as JSON; with a session, as Quay's answers have."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])) if environ.get("CONTENT_LENGTH") else (
        environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b"")
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = json.dumps({"environ": seen, "body": base64.b64encode(body).decode()}).encode()
    start_response("200 OK", [
        ("Content-Type", "application/json"), ("Content-Length", str(len(answer))), ("X-Reached", "yes"),
        ("Set-Cookie", SESSION), ("X-Next-CSRF-Token", "abc")])
    return [answer]


def adapter(config, quay=plain):
    """
    :param config: url, caller (a file), issuers, credential (a file or a directory), and as it is needed timeout,
        ca_file, workload_issuers, source_ip, timed (for the application of that name)
    """
    credential = config["credential"]
    return Adapter(
        quay,
        DecisionPoint(
            config["url"], config["caller"], timeout=config.get("timeout", 2.0), ca_file=config.get("ca_file")),
        issuers=config["issuers"], workload_issuers=config.get("workload_issuers", ()),
        source_ip=config.get("source_ip"),
        execute=TokenDirectory(credential) if os.path.isdir(credential) else TokenFile(credential))


class TimedSocket:
    """A socket that sums up the time on the wire: from a question's leaving, which lets the decision point run, to
    its answer's arrival."""

    waited = 0.0

    def __init__(self, sock):
        self.sock = sock

    def __getattr__(self, name):
        return getattr(self.sock, name)

    def recv_into(self, buffer):
        return self.timed(self.sock.recv_into, buffer)

    def sendall(self, data):
        return self.timed(self.sock.sendall, data)

    @staticmethod
    def timed(call, data):
        started = time.perf_counter()
        try:
            return call(data)
        finally:
            TimedSocket.waited += time.perf_counter() - started


class Timed:
    """The adapter before an application that does nothing. Tells of each request, one by one, the microseconds that
    it took by itself and those that it waited for the decision point's answer: `X-Timed: own waited`."""

    def __init__(self, config):
        kept = decision_point._Stream
        decision_point._Stream = lambda sock, deadline: kept(TimedSocket(sock), deadline)
        self.adapter = adapter(config, self.nothing)

    @staticmethod
    def nothing(_environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0"), ("X-Reached", "yes")])
        return []

    def __call__(self, environ, start_response):
        TimedSocket.waited = 0.0
        started = time.perf_counter()

        def start(status, headers, exc_info=None):
            waited = TimedSocket.waited
            own = time.perf_counter() - started - waited
            return start_response(status, [*headers, ("X-Timed", f"{own * 1e6:.1f} {waited * 1e6:.1f}")], exc_info)

        return self.adapter(environ, start)


given = json.loads(os.environ[CONFIG]) if CONFIG in os.environ else None
adapted = adapter(given) if given and not given.get("timed") else None
timed = Timed(given) if given and given.get("timed") else None
