"""The part of the adapter's check that is about bodies: what is decided is what Quay reads."""

import base64

from adapter_servers import ask, bearer, jwt

JSON = "Content-Type: application/json"
BODIES = [
    b'{"namespace": "acme", "repository": "web", "visibility": "private", "description": ""}',
    b' \r\n\t{"description" : "a\\u0000\\ud83d\\ude00",\n"x":[1.50, -0, 1e3, null, true]} ', b"{}", b"[]",
    b'"text"', b"0",
    '{"description": "\u00e9\u20ac\U0001f600\u2028 \u0430"}'.encode(), b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}',
    b'{"body": {"body": "}}"}, "request": {"method": "GET"}, "token": "x"}',
    b'{"description": "' + b"x" * 900_000 + b'"}', b"[" * 200 + b"]" * 200]
NO_JSON = [
    b"{", b"{} {}", b'{}}, "subject": {"type": "Quay::ServiceAccount", "id": "svc-two"}, "x": {"y": {}',
    b'{}, "target": "/api/v1/repository/acme/app"', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"a": "\xff"}',
    b'{"a": NaN}', b'{"a": Infinity}', b'{"a": "\n"}', b"a=b", b"{'a': 1}", b"[" * 100_000, b'{"a": 01}', b"\x00", b" ",
    b'{"a": ' + b"9" * 5000 + b"}"]


def bodies(check, port, fake):
    """What is decided is what Quay reads, as bytes; what is no JSON is neither decided nor read."""
    token, line = bearer(jwt(check.server.url)), "POST /api/v1/repository HTTP/1.1"
    for body in BODIES:
        for chunked in (False, True):
            what = f"{'chunked ' if chunked else ''}{body[:60]!r}"
            fake.questions.clear()
            if chunked:
                cut = len(body) // 2
                parts = [part for part in (body[:cut], body[cut:]) if part]
                sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
                answer = ask(port, line, token, JSON, "Transfer-Encoding: chunked", body=sent)
            else:
                answer = ask(port, line, token, JSON, f"Content-Length: {len(body)}", body=body)
            seen = check.executed(answer, what)
            if seen and check.expect(len(fake.questions) == 1, f"{what}: {len(fake.questions)} questions"):
                decided = fake.questions[0][0].partition(b', "body": ')[2].rpartition(b"}, ")[0]
                forwarded = base64.b64decode(answer.json()["body"])
                check.expect(
                    decided == forwarded == body and seen["CONTENT_LENGTH"] == str(len(body))
                    and "HTTP_TRANSFER_ENCODING" not in seen, f"{what}: decided {decided[:99]}, read {forwarded[:99]}")
    fake.questions.clear()
    for body in NO_JSON:
        answer = ask(port, line, token, JSON, f"Content-Length: {len(body)}", body=body)
        check.refused(answer, 400, f"{body[:60]!r}", cause="invalid_body")
    bad_bodies(check, port, token, line)
    check.expect(not fake.questions, f"{len(fake.questions)} bodies that are none were asked about")
    check.executed(ask(port, "DELETE /api/v1/repository/acme/app HTTP/1.1", token, "Content-Length: 0"), "empty body")
    return 2 * len(BODIES), len(NO_JSON)


def bad_bodies(check, port, token, line):
    big = 1024 * 1024 + 1
    answer = ask(port, line, token, JSON, f"Content-Length: {big}", body=b" " * big)
    check.refused(answer, 413, "too large", cause="invalid_body")
    answer = ask(port, line, token, JSON, f"Content-Length: {2 ** 40}")
    check.refused(answer, 413, "far too large", cause="invalid_body")
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (big, b" " * big)
    answer = ask(port, line, token, JSON, "Transfer-Encoding: chunked", body=sent)
    check.refused(answer, 413, "too large in chunks", cause="invalid_body")
    for sent in (b"x\r\n{}\r\n0\r\n\r\n", b"2\r\n{}}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"2;a=\r\n{}"):
        answer = ask(port, line, token, JSON, "Transfer-Encoding: chunked", body=sent, more=False)
        check.refused(answer, 400, f"chunks {sent}", cause="invalid_body")
    answer = ask(port, line, token, JSON, "Content-Length: 3", body=b"{}", more=False)
    check.refused(answer, 400, "shorter than Content-Length", cause="invalid_body")
    text = "Content-Type: text/plain"
    kinds = {"form": ["Content-Type: application/x-www-form-urlencoded"], "no type": [], "text": [text],
             "two types": [JSON, text], "gzip": [JSON, "Content-Encoding: gzip"]}
    for what, headers in kinds.items():
        answer = ask(port, line, token, *headers, "Content-Length: 2", body=b"{}")
        check.refused(answer, 415, f"body as {what}", cause="invalid_body")


def bodies_decided(check, port):
    """The same with the real decision point: a body counts."""
    one, line = bearer(check.tokens["svc-one"]), "POST /api/v1/repository HTTP/1.1"
    table = [("acme", None, b""), ("beta", "no_permit", b""), ("acme", "invalid_body", b', "namespace": "acme"')]
    for namespace, cause, more in table:
        body = b'{"repository": "web", "visibility": "private", "description": "", "namespace": "%s"%s}' % (
            namespace.encode(), more)
        answer = ask(port, line, one, JSON, f"Content-Length: {len(body)}", body=body)
        if cause is None:
            check.executed(answer, "repository in acme")
        else:
            check.refused(answer, 403, f"repository in {namespace} {more}", cause=cause)
    check.refused(ask(port, line, one), 403, "repository without a body", cause="body_required")
