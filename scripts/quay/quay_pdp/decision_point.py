"""Asks `POST /authorize` over connections that are kept, within a time limit for the whole exchange."""

import http.client
import io
import json
import os
import re
import socket
import ssl
import time
from urllib.parse import urlsplit

from .token_file import SecretFile

MAX_ANSWER = 256 * 1024
IDLE_SECONDS = 20  # less than the 30 s after which the decision point closes
MAX_ID = 128  # characters of a request's id that the decision point keeps
NONCE_BYTES = 8
ACCOUNT = "Quay::ServiceAccount"
ID = re.compile(r"[\x21-\x7e]{1,128}")  # it becomes a header


class Unavailable(Exception):
    """There is no decision: the message says why, for the log."""


class Malformed(Exception):
    """The decision point cannot take this question: status and what it says about it."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status


class Decision:
    """A decision of `/authorize`; what it means is in docs/decisions-api.md."""

    def __init__(self, answer):
        context = answer["context"]
        self.allowed = answer["decision"]
        self.id = context["id"]
        self.action, self.cause, self.message = (context.get(name) for name in ("action", "cause", "message"))
        self.reasons = context.get("reasons") or []
        principal, resource = context.get("principal") or {}, context.get("resource") or {}
        self.account = principal["id"] if principal.get("type") == ACCOUNT else None
        self.resource_type, self.resource = resource.get("type"), resource.get("id")
        sound = (
            isinstance(self.allowed, bool)
            and all(each is None or isinstance(each, str) for each in (self.action, self.cause, self.message)) and isinstance(self.id, str) and ID.fullmatch(self.id)
            and isinstance(self.reasons, list)
            and (not self.allowed or all(isinstance(each, str) and each for each in (self.account, self.action))))
        if not sound:
            raise ValueError("no decision")


class DecisionPoint:
    """A decision point and the connections kept to it. Safe for any number of threads, greenlets and forks."""

    def __init__(self, url, caller_token_file, timeout=2.0, ca_file=None, max_idle=64):
        """
        :param url: base URL, http or https
        :param caller_token_file: file with the token that proves the adapter to the decision point; it may be replaced
            while this runs
        :param timeout: seconds for one decision, with connecting and everything else
        :param ca_file: certificates that sign the decision point's own, instead of the system's
        :param max_idle: most connections kept open while nobody asks
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url} is no base URL of a decision point")
        self._secure, self._ca_file = parts.scheme == "https", ca_file
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/") + "/authorize"
        self._caller = SecretFile(caller_token_file)
        self._timeout, self._max_idle = timeout, max_idle
        self._begin()

    def _begin(self):
        """What belongs to one process. gevent may have put its own sockets in place since this worker was forked."""
        self._idle = []
        self._tls = ssl.create_default_context(cafile=self._ca_file) if self._secure else None
        self._process = os.getpid()

    def ask(self, question, request_id):
        """
        :param question: the body, as bytes
        :param request_id: what the decision point's log shows of the request's id, with a nonce behind it: clients
            choose their ids, and an answer must be to this very question
        :raises Unavailable: when there is no decision in time
        :raises Malformed: when this question cannot be decided
        """
        deadline = time.monotonic() + self._timeout
        nonce = os.urandom(NONCE_BYTES).hex()
        try:
            headers = {
                "Authorization": self._caller.bearer(), "Content-Type": "application/json",
                "X-Request-ID": f"{request_id[:MAX_ID - 1 - len(nonce)]}.{nonce}"}
            status, body = self._exchange(question, headers, deadline)
        except (OSError, ValueError, http.client.HTTPException) as e:
            raise Unavailable(f"{type(e).__name__}: {e}") from e
        return _decision(status, body)

    def _exchange(self, question, headers, deadline):
        """One question. Only a kept connection that turns out to be closed, unanswered, is worth a second try."""
        kept = self._take()
        if kept is not None:
            try:
                return self._send(kept, question, headers, deadline)
            except ConnectionError:
                if kept.stream.received:
                    raise
                self._forget()
        return self._send(self._connection(), question, headers, deadline)

    def _connection(self):
        if self._tls is None:
            return _Plain(self._host, self._port)
        return _Secure(self._host, self._port, context=self._tls)

    def _send(self, connection, question, headers, deadline):
        try:
            connection.begin(deadline)
            connection.request("POST", self._path, question, headers)
            response = connection.getresponse()
            if response.getheader("X-Request-ID") != headers["X-Request-ID"]:
                raise ValueError("the answer is not to this question")
            body = response.read(MAX_ANSWER + 1)
            if len(body) > MAX_ANSWER:
                raise ValueError("the answer is too large")
            whole = response.isclosed() and not response.will_close
        except BaseException:
            connection.drop()
            raise
        if whole:
            self._keep(connection)
        else:
            connection.drop()
        return response.status, body

    # Lists append and pop in one step, so that no lock is needed; the last used comes first.

    def _take(self):
        if self._process != os.getpid():
            self._begin()  # a parent's connections are the parent's
        idle = self._idle
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return None
            if time.monotonic() - connection.since < IDLE_SECONDS:
                return connection
            connection.drop()

    def _keep(self, connection):
        connection.since = time.monotonic()
        if len(self._idle) < self._max_idle and self._process == os.getpid():
            self._idle.append(connection)
        else:
            connection.drop()

    def _forget(self):
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.drop()


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _no_json(constant):
    raise ValueError(f"{constant} is no JSON")


def _decision(status, body):
    try:
        answer = json.loads(body, object_pairs_hook=_members, parse_constant=_no_json)
        if status in (400, 413):
            raise Malformed(status, str(answer.get("detail", "the request cannot be decided")))
        if status == 200:
            return Decision(answer)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unavailable(f"the decision point answered {status} with no decision (is its `response` full?)") from None
    raise Unavailable(f"the decision point answered {status}")


class _Stream:
    """A socket whose every wait is cut to what is left of the time. It is what http.client needs of one.

    What is written leaves when an answer is waited for: http.client writes headers and body apart, and one packet
    wakes the other side once.
    """

    def __init__(self, sock, deadline):
        self.sock = sock
        self.begin(deadline)

    def close(self):
        """http.client closes when it has the head of a last answer, with the body still to come: see `drop`."""

    def begin(self, deadline):
        self.deadline, self.received, self.unsent = deadline, 0, b""

    def sendall(self, data):
        self.unsent += data

    def flush(self):
        unsent, self.unsent = self.unsent, b""
        if unsent:
            self.sock.settimeout(_left(self.deadline))
            self.sock.sendall(unsent)

    def makefile(self, _mode):
        return io.BufferedReader(_Reader(self))


class _Reader(io.RawIOBase):
    def __init__(self, stream):
        super().__init__()
        self.stream = stream

    def readable(self):
        return True

    def readinto(self, buffer):
        self.stream.flush()
        self.stream.sock.settimeout(_left(self.stream.deadline))
        size = self.stream.sock.recv_into(buffer)
        self.stream.received += size
        return size


class _Kept:
    """A connection that knows its time limit and since when it has been idle."""

    deadline = since = 0.0
    stream = None

    def begin(self, deadline):
        self.deadline = deadline
        if self.stream is not None:
            self.stream.begin(deadline)

    def connect(self):
        self._create_connection = self._reach
        super().connect()
        self.sock = self.stream = _Stream(self.sock, self.deadline)


    def _reach(self, address, *_):
        """Connects to the first address that answers; each gets its share of the time that is left."""
        failure = None
        addresses = socket.getaddrinfo(*address, 0, socket.SOCK_STREAM)
        for tried, (family, kind, protocol, _, at) in enumerate(addresses):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(_left(self.deadline) / (len(addresses) - tried))
                sock.connect(at)
                sock.settimeout(_left(self.deadline))
                return sock
            except OSError as e:
                sock.close()
                failure = e
        raise failure or OSError("the decision point's name has no address")

    def drop(self):
        self.close()
        if self.stream is not None:
            self.stream.sock.close()


class _Plain(_Kept, http.client.HTTPConnection):
    pass


class _Secure(_Kept, http.client.HTTPSConnection):
    pass


def _left(deadline):
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left
