"""The part of the adapter's check that is about `Authorization`: what Quay reads as holding a token of ours, we see."""

import ast
import base64
import binascii
import logging
import os
import pathlib
import random
import re

import jwt as pyjwt
from werkzeug.datastructures import Authorization

import adapter_app  # noqa: F401 - it is what makes quay_pdp importable
from adapter_fixture import PEOPLE_ISSUER, WORKLOAD_ISSUER
from adapter_servers import GET, Gunicorn, ask, bearer, jwt
from quay_pdp import Adapter, DecisionPoint
from quay_pdp.claims import Claims

OURS = "https://pdp.example.com"
HEADERS = 40_000
USERS = ["$oauthtoken", "$token", "$app", "acme+robot", "someone", "", "a:b", "\u00fc"]
SCHEMES = ["Basic", "basic", "BASIC", "Bearer", "bearer", "Token", "Negotiate"]
# What Quay's readers cut at, strip or ignore, each in its own way; base64 ignores all of them but the last row's.
ODD = ["\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x01", "\x7f", "\x85", "\xa0", "\xe9", " ", "  ", ",",
       ";", ":", '"', "'", "!", "*", "\\", "\u2028", ", ", " ,Bearer ", ",Basic ",
       "=", "==", ".", "-", "_", "+", "/", "a"]


def basic_of_quay(auth):
    """`auth/basic.py`, `_parse_basic_auth_header`: name and password, or None."""
    normalized = [part.strip() for part in auth.split(" ") if part]
    if not normalized or normalized[0].lower() != "basic" or len(normalized) != 2:
        return None
    try:
        credentials = [part.decode("utf-8") for part in base64.b64decode(normalized[1]).split(b":", 1)]
    except (TypeError, UnicodeDecodeError, ValueError):
        return None
    return credentials if len(credentials) == 2 else None


def bearer_of_quay(auth):
    """`auth/oauth.py`, `validate_bearer_auth`, and `auth/signedgrant.py`."""
    normalized = [part.strip() for part in auth.split(" ") if part]
    return normalized[1] if len(normalized) == 2 and normalized[0].lower() in ("bearer", "token") else None


def bootstrap_of_quay(auth):
    """`endpoints/api/bootstrap.py`."""
    parts = auth.split(" ", 1)
    return parts[1].strip() if len(parts) == 2 and parts[0].lower() == "bearer" else None


def of_werkzeug(auth):
    """What any code of Quay's would find in `request.authorization`."""
    try:
        found = Authorization.from_header(auth)
    except (ValueError, binascii.Error):
        return []
    return [] if found is None else [found.token, *(found.parameters or {}).values()]


def tokens_of_quay(auth):
    """Every text that some part of Quay would take for a token."""
    credentials = basic_of_quay(auth) or []
    found = [*credentials[1:], bearer_of_quay(auth), bootstrap_of_quay(auth), *of_werkzeug(auth)]
    return [each for each in found if each]


def issuer_of_quay(token):
    """`oauth/login_utils.py`, `get_jwt_issuer`."""
    try:
        return pyjwt.decode(token, options={"verify_signature": False}).get("iss")
    except (pyjwt.InvalidTokenError, ValueError, RecursionError):
        return None


def claims(environ):
    return Claims([OURS], [WORKLOAD_ISSUER]).read(environ)


def mutated(pick, text, times):
    for _ in range(times):
        at = pick.randint(0, len(text))
        match pick.randrange(12):
            case 0:
                text = text[:at] + text[at + 1:]
            case 1:
                text = text[:at] + text[at:].swapcase() if pick.random() < 0.1 else text
            case _:
                text = text[:at] + pick.choice(ODD) + text[at:]
    return text


def header(pick, token):
    """A header that holds this token somehow, perhaps damaged before or after it was encoded."""
    token = mutated(pick, token, pick.choice([0, 0, 0, 0, 0, 1, 2]))
    if pick.random() < 0.6:
        name = pick.choice(USERS)
        plain = f"{name}{pick.choice([':'] * 8 + ['', '::', ': '])}{token}".encode("utf-8", "replace")
        encoded = base64.b64encode(plain).decode()
        encoded = encoded.rstrip("=") if pick.random() < 0.2 else encoded
        scheme = pick.choice(SCHEMES[:3] * 4 + SCHEMES)
    else:
        encoded, scheme = token, pick.choice(SCHEMES[3:5] * 4 + SCHEMES)
    encoded = mutated(pick, encoded, pick.choice([0, 1, 1, 1, 1, 2, 4]))
    value = mutated(pick, f"{scheme} {encoded}", pick.choice([0, 0, 0, 1]))
    # servers read bytes as latin-1
    return value.encode("utf-8").decode("latin-1") if pick.random() < 0.5 else re.sub(r"[^\x00-\xff]", "?", value)


def read_as_quay_reads(check, seed):
    """A differential test against Quay's readers: whatever they read as holding a token of ours is a claim."""
    pick = random.Random(seed)
    seen = 0
    issuers = [OURS, OURS + "/", OURS + "/quay", OURS + "/quay/", WORKLOAD_ISSUER]
    own = {each.rstrip("/") for each in issuers}
    for _ in range(HEADERS):
        value = header(pick, jwt(pick.choice(issuers), more="\u00fc" * pick.randrange(4)))
        reads = any(str(issuer_of_quay(token)).rstrip("/") in own for token in tokens_of_quay(value))
        seen += reads
        if reads:
            check.expect(claims({"HTTP_AUTHORIZATION": value}) is not None,
                         f"Quay reads a token of ours, and we read none (seed {seed}): {value!r}")
    check.expect(seen > HEADERS / 10, f"Quay read only {seen} of {HEADERS} headers: hardly anything was compared")
    for _ in range(HEADERS // 10):
        value = header(pick, jwt(PEOPLE_ISSUER))
        check.expect(claims({"HTTP_AUTHORIZATION": value}) is None, f"a person is taken for an account: {value!r}")
    return seen


def model_is_quays(check, seed):
    """Where Quay's source is at hand, its own parser answers as the one above does."""
    home = os.environ.get("PDP_FULL_QUAY")
    if not home:
        return
    tree = ast.parse((pathlib.Path(home) / "source/auth/basic.py").read_text())
    tree.body = [each for each in tree.body if getattr(each, "name", "") == "_parse_basic_auth_header"]
    silent = logging.Logger("silent", logging.CRITICAL + 1)
    names = {"b64decode": base64.b64decode, "logger": silent}
    exec(compile(tree, "basic.py", "exec"), names)
    pick = random.Random(seed)
    for _ in range(HEADERS // 4):
        value = header(pick, jwt(OURS))
        if value.strip(" "):
            theirs = names["_parse_basic_auth_header"](value)[0]
            check.expect(theirs == basic_of_quay(value), f"{value!r}: Quay reads {theirs}, the model does not")


def control_characters_in_basic(check, port):
    """A token of ours as the password of Basic credentials, its base64 cut by what Quay's base64 ignores."""
    token, count = check.tokens["svc-one"], 0
    for user in ("$oauthtoken", "$token", "$app", "acme+robot", "someone"):
        encoded = base64.b64encode(f"{user}:{token}".encode()).decode()
        for cut in *ODD[:11], "!", "\t \t", " ":
            value = f"Basic {encoded[:61]}{cut}{encoded[61:]}"
            answer = ask(port, GET, f"Authorization: {value}")
            # some servers refuse some characters themselves
            check.expect(not answer.reached and answer.status in (400, 401), f"{user}, {cut!r} within: {answer}")
            if cut == "\t":
                check.refused(answer, 401, f"{user}, a tab within", cause="invalid_token")
            count += 1
    for cut in "\t", "\x1f", ":", "!":
        answer = ask(port, GET, bearer(token.replace(".", "." + cut)))
        check.expect(not answer.reached and answer.status in (400, 401), f"bearer, {cut!r} within: {answer}")
    return count


def deep_tokens(check, port):
    """Tokens whose payload is nested as deeply as a header holds break nothing; one that names us is a claim."""
    def token(payload):
        return "a." + base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=") + ".x"

    for depth in (*range(900, 1010, 5), 1500, 2900):
        for headers in ([bearer(token("[" * depth + "]" * depth))], [bearer(token('{"iss":' * 500 + "1" + "}" * 500))]):
            answer = ask(port, GET, *headers)
            sound = answer.reached or (answer.status == 401 and answer.json()["cause"] == "invalid_token")
            check.expect(sound, f"a token nested {depth} deep: {answer}")
    for depth in 1, 300, 900, 990, 1400:
        payload = '{"iss":"%s","a":%s1%s}' % (check.server.url, '{"a":[' * (depth // 2), "]}" * (depth // 2))
        check.refused(ask(port, GET, bearer(token(payload))), 401, f"ours, {depth} deep", cause="invalid_token")
        payload = '{"iss":%s"%s"%s}' % ("[" * depth, check.server.url, "]" * depth)
        check.refused(ask(port, GET, bearer(token(payload))), 401, f"ours within {depth}", cause="invalid_token")


def whatever_breaks(check):
    """An exception of any kind, anywhere before Quay, is a 503 of Quay's shape; nobody passes by it."""
    def broken(*_):
        raise RuntimeError("broken")

    said, reached = [], []
    adapter = Adapter(lambda *_: reached.append(1) or [], DecisionPoint(check.server.url, check.work / "caller"),
                      [check.server.url], broken)
    path = "/api/v1/repository/acme/app"
    whole = {"REQUEST_METHOD": "GET", "RAW_URI": path, "PATH_INFO": path, "QUERY_STRING": "",
             "HTTP_AUTHORIZATION": "Bearer " + check.tokens["svc-one"]}
    for what, environ in {
            "no text": whole | {"HTTP_AUTHORIZATION": 7}, "no id": whole | {"HTTP_X_REQUEST_ID": 7},
            "no JSON": whole | {"REQUEST_METHOD": b"GET"}, "no length": whole | {"CONTENT_LENGTH": 1},
            "execute": whole}.items():
        said.clear()
        body = b"".join(adapter(environ, lambda status, headers, exc_info=None: said.append(status)))
        sound = [each[:4] for each in said] == ["503 "] and b'"error_type": "downstream_issue"' in body
        check.expect(sound and not reached, f"{what}: {said} {body[:200]!r}, reached {reached}")


def credentials_read(check, seed):
    """What all of these find: the headers that Quay reads as holding a token of ours."""
    model_is_quays(check, seed)
    seen = read_as_quay_reads(check, seed)
    for options in (("--worker-class", "gevent"), ("--worker-class", "sync")):
        with Gunicorn(check.work, check.config(), *options, "--workers", "1") as server:
            control_characters_in_basic(check, server.port)
            deep_tokens(check, server.port)
    whatever_breaks(check)
    return seen
