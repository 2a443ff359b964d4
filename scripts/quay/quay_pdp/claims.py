"""Tells service accounts' requests from people's, by what they claim and not by whether it is true."""

import base64
import binascii
import json
import re
from urllib.parse import urlsplit

ACCOUNT_HEADER = "HTTP_X_PDP_ACCOUNT"
# RFC 6750 §2.1, one token and nothing else. Two `Authorization` headers arrive joined by a comma.
BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9._~+/=-]+)")
BETWEEN_TOKENS = re.compile(rb"[^A-Za-z0-9._~+/=-]+")
# As many as complete any base64: what stands behind the first complete padding is not read.
PADDING = b"=="


class Claim:
    """What a request claims to be. `token` is None when none stands there in the one form that is taken."""

    def __init__(self, token, account, wrong=None):
        self.token, self.account, self.wrong = token, account, wrong


class Claims:
    """Recognizes tokens of these issuers. Trailing slashes do not count, for Quay ignores them as well."""

    def __init__(self, issuers, workload_issuers=()):
        own = {_plain(issuer) for issuer in issuers}
        if not own or "" in own:
            raise ValueError("issuers: name the decision point's issuer, as its server.issuer has it")
        # <issuer>/quay signs tokens for Quay alone: those are ours, too, and nobody may show them here
        self.issuers = own | {issuer + "/quay" for issuer in own} | {_plain(issuer) for issuer in workload_issuers}
        for issuer in self.issuers:
            if urlsplit(issuer).scheme not in ("http", "https"):
                raise ValueError(f"issuers: {issuer} is no URL")

    def read(self, environ):
        """The claim of a service account, or None for everybody else.

        Whatever holds a token of ours anywhere in `Authorization`, also as a password of Basic (Quay takes tokens
        there, too), is a claim, also in a form that is then refused.

        """
        value = environ.get("HTTP_AUTHORIZATION", "")
        account = environ.get(ACCOUNT_HEADER)
        if account is None and not any(map(self._ours, _tokens(value.encode("utf-8", "surrogatepass")))):
            return None
        if not value:
            return Claim(None, account)
        match = BEARER.fullmatch(value.strip(" "))
        if match is None:
            return Claim(None, account, "Authorization must be one bearer token: `Bearer <token>`, once")
        return Claim(match[1], account)

    def _ours(self, token):
        try:
            return any(_plain(issuer) in self.issuers for issuer in _issuers(token))
        except RecursionError:
            return True  # too deep to tell: the decision point will


def _plain(issuer):
    return issuer.rstrip("/")


def _tokens(value):
    """Whatever may be read as a token out of `Authorization`, as it stands there or within base64.

    Quay cuts at single spaces, at the first space or nowhere, depending on who reads (`auth/basic.py`,
    `auth/oauth.py`, `endpoints/api/bootstrap.py`, Werkzeug), and its base64 ignores what is none: all of these are
    read here, and every run of a token's characters besides.
    """
    texts = *BETWEEN_TOKENS.split(value), *value.split(b" "), value.partition(b" ")[2], value
    for text in dict.fromkeys(texts):  # each once, the likeliest first
        yield text
        try:
            decoded = base64.b64decode(text + PADDING)
        except binascii.Error:
            continue
        yield decoded
        yield decoded.partition(b":")[2]
        yield from BETWEEN_TOKENS.split(decoded)


def _issuers(token):
    """Every `iss` in a JWT's payload, unverified, read at least as generously as Quay's JWT library reads it."""
    first, last = token.find(b"."), token.rfind(b".")
    if first == last:
        return
    try:
        claims = json.loads(
            base64.urlsafe_b64decode(token[first + 1:last] + PADDING), parse_int=str, parse_float=str,
            object_pairs_hook=lambda pairs: [value for name, value in pairs if name == "iss"])
    except ValueError:
        return
    left = [claims]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            left += value
