"""The request as it came in: raw target and whole body, and that Quay will be served the same."""

import io
import ipaddress
import json
from urllib.parse import unquote_to_bytes

from .answers import Refusal

CHUNK = 64 * 1024
MAX_DIGITS = 20  # of a length
# Whom the request says it comes from, and what would change it after the decision.
STRIPPED = {
    "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_CSRF_TOKEN", "HTTP_X_HTTP_METHOD",
    "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_METHOD_OVERRIDE", "REMOTE_USER", "AUTH_TYPE"}
STRIPPED_PREFIXES = ("HTTP_X_PDP_", "HTTP_X_QUAY_")


class Inbound:
    """One request of a service account; reads its body once, in `read`."""

    def __init__(self, environ, method, target, body):
        self.environ, self.method, self.target, self.body = environ, method, target, body

    @staticmethod
    def read(environ, max_body):
        target = environ.get("RAW_URI", environ.get("REQUEST_URI"))
        if target is None or environ.get("REQUEST_URI", target) != target:
            raise Refusal(
                503, "this WSGI server gives no raw request target (RAW_URI, REQUEST_URI)", "adapter_misconfigured")
        return Inbound(environ, environ["REQUEST_METHOD"], target, _body(environ, max_body))

    def question(self, claim, source_ip):
        """The body of `POST /authorize`. The request's own body goes in as its bytes."""
        request = {"method": self.method, "target": self.target}
        encoding = self.environ.get("HTTP_CONTENT_ENCODING")
        if encoding is not None:
            request["content_encoding"] = encoding
        address = _address(self.environ, source_ip)
        if address is not None:
            request["source_ip"] = address
        who = {"token": claim.token or ""}
        if claim.account is not None:
            who["account"] = claim.account
        text = json.dumps(request).encode()
        if self.body:
            text = text[:-1] + b', "body": ' + self.body + b"}"
        return b'{"request": ' + text + b", " + json.dumps(who).encode()[1:]

    def served_as_decided(self):
        """Whether Quay will read from the environ the very path and query that were decided.

        A header of the server's own (gunicorn takes SCRIPT_NAME from its proxy), a fragment, a tab or an absolute
        target make the two differ.
        """
        path, _, query = self.target.partition("?")
        environ = self.environ
        return (
            environ.get("SCRIPT_NAME", "") == ""
            and environ.get("PATH_INFO", "") == unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
            and environ.get("QUERY_STRING", "") == query)

    def give_back(self):
        """The body for Quay to read again, and nothing of what the client proved itself with."""
        environ = self.environ
        for name in [name for name in environ if name in STRIPPED or name.startswith(STRIPPED_PREFIXES)]:
            del environ[name]
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if self.body or "CONTENT_LENGTH" in environ:
            environ["CONTENT_LENGTH"] = str(len(self.body))
        environ["wsgi.input"] = io.BytesIO(self.body)


def _body(environ, max_body):
    chunked = environ.get("HTTP_TRANSFER_ENCODING")
    length = environ.get("CONTENT_LENGTH") or None
    if chunked is not None and (length is not None or not environ.get("wsgi.input_terminated")):
        raise Refusal(411, "send the body with Content-Length", "invalid_body")
    if chunked is None and length is None:
        return b""
    wanted = None
    if length is not None:
        if not (length.isascii() and length.isdigit() and len(length) < MAX_DIGITS):
            raise Refusal(400, "Content-Length is no number that a length can be", "invalid_body")
        wanted = int(length)
    if wanted is not None and wanted > max_body:
        raise _too_large(max_body)
    try:
        body = _read(environ["wsgi.input"], max_body + 1 if wanted is None else wanted)
    except (OSError, ValueError):
        raise Refusal(400, "the body ends too early, or its chunks are wrong", "invalid_body") from None
    if len(body) > max_body:
        raise _too_large(max_body)
    if wanted is not None and len(body) != wanted:
        raise Refusal(400, "the body is shorter than Content-Length", "invalid_body")
    if body:
        _check_json(environ, body)
    return body


def _read(stream, size):
    parts = []
    while size > 0:
        part = stream.read(min(size, CHUNK))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _too_large(max_body):
    return Refusal(413, f"the body is larger than {max_body} bytes", "invalid_body")


def _check_json(environ, body):
    """One JSON text that Quay reads as JSON: only that can stand within a question as it is.

    What is not one would not be decided as itself: Quay ignores an optional body of another type.
    """
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if kind != "application/json" or encoding != "identity":
        raise Refusal(415, "a body must be application/json, without Content-Encoding", "invalid_body")
    try:
        json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is no JSON in UTF-8", "invalid_body") from None


def _no_constant(name):
    raise ValueError(name)


def _address(environ, source_ip):
    """Where the request came from, by the header or variable that was configured for it; None when that is none."""
    if source_ip is None:
        return None
    text = environ.get(source_ip, "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
