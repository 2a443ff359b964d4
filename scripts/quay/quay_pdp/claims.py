"""Tells service accounts' requests from people's, by what they claim and not by whether it is true."""

import base64
import binascii
import json
import re
from urllib.parse import urlsplit

ACCOUNT_HEADER = "HTTP_X_PDP_ACCOUNT"
# RFC 6750 §2.1, one token and nothing else. Two `Authorization` headers arrive joined by a comma.
BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9._~+/=-]+)")
PARTS = re.compile(r"[\s,;\"']+")


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
        if account is None and not any(self._ours(part) for part in PARTS.split(value) + _passwords(value)):
            return None
        if not value:
            return Claim(None, account)
        match = BEARER.fullmatch(value.strip(" "))
        if match is None:
            return Claim(None, account, "Authorization must be one bearer token: `Bearer <token>`, once")
        return Claim(match[1], account)

    def _ours(self, token):
        return any(_plain(issuer) in self.issuers for issuer in _issuers(token))


def _plain(issuer):
    return issuer.rstrip("/")


def _passwords(value):
    """What may stand behind the colon of Basic credentials, decoded as generously as Quay decodes them."""
    passwords = []
    for part in value.split():
        try:
            passwords += base64.b64decode(part + "==").decode("latin-1").split(":")
        except (binascii.Error, ValueError):
            continue
    return passwords


def _issuers(token):
    """Every `iss` in a JWT's payload, unverified, read at least as generously as Quay's JWT library reads it."""
    first, last = token.find("."), token.rfind(".")
    if first <= 0 or last == first:
        return []
    payload = token[first + 1:last]
    try:
        claims = json.loads(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)),
            object_pairs_hook=lambda pairs: [value for name, value in pairs if name == "iss"])
    except (binascii.Error, ValueError, RecursionError):
        return []
    return list(_texts(claims))


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
