"""The part of the adapter's check where the decision point, the server or a credential is broken or missing."""

import datetime
import io
import ipaddress
import json
import os
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import adapter_app
from adapter_fixture import PARALLEL, QUAYS_TOKEN, TIMEOUT
from adapter_servers import (
    GET, FakeDecisionPoint, Gunicorn, WsgirefServer, allow, answering, ask, bearer, ending, hanging, jwt, writing)
from pdp import ROOT


def failures(check, port, plain_port, fake):
    """No decision, no service: 503 for accounts, and people notice nothing."""
    token = bearer(jwt(check.server.url))
    no_principal, person = allow(principal=None), allow(principal={"type": "Quay::User", "id": "x"})
    behaviours = {
        "500": answering({}, 500), "503": answering(allow(), 503), "401": answering(allow(), 401),
        "403": answering(allow(), 403), "201": answering(allow(), 201),
        "redirect": answering("", 302, Location=fake.url),
        "HTML": answering("<html>"), "nothing": answering(""), "empty object": answering({}), "true": answering("true"),
        "decision as text": answering(allow() | {"decision": "true"}), "1": answering(allow() | {"decision": 1}),
        "null": answering(allow() | {"decision": None}), "bare": answering({"decision": True}),
        "no principal": answering(no_principal), "a person": answering(person), "no id": answering(allow(id=None)),
        "an id that is no header": answering(allow(id="a\r\nX-Injected: b")),
        "no action": answering(allow(action=None)), "list": answering([allow()]),
        "another's answer": answering(allow(), request_id="another"), "huge": answering(allow(more="x" * 300_000)),
        "no HTTP": writing(b"hello\r\n\r\n"), "closed": writing(b""), "cut": writing(b"HTTP/1.1 200 OK\r\nContent-Le"),
        "short": writing(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"decision": true'),
        "deep": answering("[" * 100_000), "a cause that is none": answering(allow() | {"decision": False, "context": {
            **allow()["context"], "cause": ["x"]}}),
        "two decisions": answering('{"decision": false, ' + json.dumps(allow())[1:]),
        "NaN": answering(json.dumps(allow())[:-1] + ', "more": NaN}')}
    for what, behave in behaviours.items():
        fake.behave = answering(allow())
        check.expect(ask(port, GET, token).reached, f"before {what}")
        fake.behave = behave
        check.refused(ask(port, GET, token), 503, f"answer {what}", cause="decision_point_unavailable")
    for status in (400, 413):
        fake.behave = answering({"detail": "because"}, status)
        check.refused(ask(port, GET, token), status, f"answer {status}", cause="malformed_request", detail="because")
    check.untouched(port, plain_port, "while answers are wrong")
    for what, more in {"small": {}, "large": {"more": "x" * 100_000}}.items():
        fake.behave = ending(allow(**more))
        for _ in range(2):
            check.executed(ask(port, GET, token), f"a last {what} answer")
    slow(check, port, plain_port, fake, token)
    fake.stop()
    check.refused(ask(port, GET, token), 503, "stopped", cause="decision_point_unavailable")
    check.untouched(port, plain_port, "while it is stopped")
    fake.start(fake.port)
    fake.behave = answering(allow())
    check.executed(ask(port, GET, token), "started again")
    return len(behaviours) + 5


def slow(check, port, plain_port, fake, token):
    """The time limit is for the whole exchange, and one question is asked, once."""
    text = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b" " * 100
    for what, behave in {"hanging": hanging, "dripping": writing(text, 0.1)}.items():
        fake.behave = answering(allow())
        check.expect(ask(port, GET, token).reached, f"before {what}")
        fake.behave = behave
        fake.questions.clear()
        started = time.monotonic()
        check.refused(ask(port, GET, token), 503, what, cause="decision_point_unavailable")
        took = time.monotonic() - started
        check.expect(TIMEOUT * 0.9 < took < TIMEOUT * 2 + 1, f"{what}: answered after {took:.1f} s, not {TIMEOUT} s")
        check.expect(len(fake.questions) == 1, f"{what}: {len(fake.questions)} questions, not 1")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, port, GET, token)
        check.untouched(port, plain_port, "while it hangs")
        check.refused(waiting.result(), 503, "hanging beside people")


def addresses(check):
    """A name with addresses that nobody answers at: the time limit is for all of them, and the last is still tried."""
    listening = [socket.create_server(("127.0.0.1", 0), backlog=0) for _ in range(3)]
    full = [socket.socket() for _ in range(3 * len(listening))]
    for i, sock in enumerate(full):
        sock.setblocking(False)
        sock.connect_ex(listening[i % len(listening)].getsockname())
    dead = [each.getsockname() for each in listening]
    token = bearer(jwt(check.server.url))
    fake, resolve = FakeDecisionPoint(), socket.getaddrinfo
    fake.behave = answering(allow())
    try:
        for last, status in ((None, 503), (("127.0.0.1", fake.port), 200)):
            found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", at) for at in [*dead, *([last] if last else [])]]
            socket.getaddrinfo = lambda name, *rest, found=found, **named: (
                found if name == "pdp.invalid" else resolve(name, *rest, **named))
            config = check.config("http://pdp.invalid:1", timeout=TIMEOUT)
            with WsgirefServer(adapter_app.adapter(config)) as server:
                started = time.monotonic()
                answer = ask(server.port, GET, token)
                took = time.monotonic() - started
                check.expect(answer.status == status, f"{len(found)} addresses: {answer.status}, not {status}")
                check.expect(took < TIMEOUT + 1, f"{len(found)} addresses took {took:.1f} s, not {TIMEOUT} s at most")
    finally:
        socket.getaddrinfo = resolve
        for sock in full + listening:
            sock.close()
        fake.stop()


def kept_connections(check, fake):
    """One connection serves many questions; one that has died is replaced, once, and then works."""
    with WsgirefServer(adapter_app.adapter(check.config(fake.url, timeout=TIMEOUT))) as server:
        token = bearer(jwt(check.server.url))
        fake.connections = 0
        for _ in range(20):
            check.expect(ask(server.port, GET, token).reached, "over a kept connection")
        check.expect(fake.connections == 1, f"{fake.connections} connections for 20 questions, not 1")
        for _ in range(5):
            fake.restart()
            fake.questions.clear()
            check.executed(ask(server.port, GET, token), "after a restart")
            check.expect(len(fake.questions) == 1, f"{len(fake.questions)} questions after a restart, not 1")
        with ThreadPoolExecutor(PARALLEL) as pool:
            for _ in range(3):
                answers = list(pool.map(lambda _: ask(server.port, GET, token), range(4 * PARALLEL)))
                check.expect(all(answer.reached for answer in answers), "in parallel after a restart")
                fake.restart()
        fake.connections = 0
        fake.behave = writing(b"")
        fake.questions.clear()
        check.refused(ask(server.port, GET, token), 503, "closes every connection")
        check.expect(len(fake.questions) <= 2, f"{len(fake.questions)} questions to one that closes, not 2 at most")
        fake.behave = answering(allow())


def another_answer(check, fake):
    """A connection whose answer was to another question is closed, and no client can choose what is compared."""
    token = bearer(jwt(check.server.url))
    with WsgirefServer(adapter_app.adapter(check.config(fake.url, timeout=TIMEOUT))) as server:
        fake.questions.clear()
        for given, wrong in ("mine", "another"), ("mine", "mine"), ("mine", "mine.0123456789abcdef"), ("a" * 128, "b"):
            client = f"X-Request-ID: {given}"
            fake.behave = answering(allow())
            check.executed(ask(server.port, GET, token, client), f"before the answer to {wrong}")
            before = fake.connections
            fake.behave = answering(allow(), request_id=wrong)
            answer = ask(server.port, GET, token, client)
            check.refused(answer, 503, f"the answer to {wrong}", cause="decision_point_unavailable", request_id=given)
            fake.behave = answering(allow())
            check.executed(ask(server.port, GET, token, client), f"after the answer to {wrong}")
            made = fake.connections - before
            check.expect(made == 1, f"{made} connections made after the answer to {wrong}, not 1")
        ids = [headers["X-Request-ID"] for _, headers in fake.questions]
        sound = all(each.startswith(("mine.", "a" * 100)) and len(each) <= 128 for each in ids)
        check.expect(sound and len(set(ids)) == len(ids) == 12, f"ids of questions: {ids}")


def over_tls(check):
    """The same over TLS, to a server whose certificate is signed as expected, and to one whose is not."""
    context, certificate = certified(check.work)
    fake = FakeDecisionPoint(tls=context)
    token = bearer(jwt(check.server.url))
    with WsgirefServer(adapter_app.adapter(check.config(fake.url, ca_file=str(certificate)))) as server:
        for _ in range(10):
            check.executed(ask(server.port, GET, token), "over TLS")
        check.expect(fake.connections == 1, f"{fake.connections} connections over TLS for 10 questions, not 1")
    with WsgirefServer(adapter_app.adapter(check.config(fake.url))) as server:
        answer = ask(server.port, GET, token)
        check.refused(answer, 503, "a certificate of nobody's", cause="decision_point_unavailable")
    check.expect(len(fake.questions) == 10, f"{len(fake.questions)} questions over TLS, not 10")
    fake.behave = hanging
    config = check.config(fake.url, ca_file=str(certificate), timeout=4)
    with Gunicorn(check.work, config, "--worker-class", "gevent", "--workers", "1") as server, \
            ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, server.port, GET, token)
        fake.asked(11)
        started = time.monotonic()
        check.expect(ask(server.port, GET).reached, "a person while TLS hangs")
        took = time.monotonic() - started
        check.expect(took < 2 and not waiting.done(), f"a person waited {took:.1f} s for another's decision over TLS")
        check.refused(waiting.result(), 503, "hanging over TLS", cause="decision_point_unavailable")
    fake.stop()


def certified(work):
    """A server's TLS context with a certificate for the loopback address, and the file that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pdp")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256()))
    (work / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (work / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(work / "certificate.pem", work / "key.pem")
    return context, work / "certificate.pem"


def forked(check):
    """Children that are forked after connections were made use connections of their own."""
    adapter = adapter_app.adapter(check.config())
    claims = {"svc-one": "acme", "svc-two": "beta"}

    def decided(name, organization):
        path = f"/api/v1/repository/{organization}/app"
        environ = {"REQUEST_METHOD": "GET", "RAW_URI": path, "PATH_INFO": path, "QUERY_STRING": "",
                   "wsgi.input": io.BytesIO(), "HTTP_AUTHORIZATION": "Bearer " + check.tokens[name]}
        said = []
        adapter(environ, lambda status, headers, exc_info=None: said.append(status[:3]))
        return said[0] == ("200" if claims[name] == organization else "403")

    check.expect(decided("svc-one", "acme"), "before the fork")
    children = []
    for i in range(4):
        child = os.fork()
        if child == 0:
            name = list(claims)[i % 2]
            right = all(decided(name, organization) for _ in range(100) for organization in claims.values())
            os._exit(0 if right else 1)
        children.append(child)
    right = all([decided("svc-one", organization) for _ in range(100) for organization in claims.values()])
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    check.expect(right and codes == [0] * 4, f"parent {right}, children {codes}")


def raw_target_missing(check):
    with WsgirefServer(adapter_app.adapter(check.config()), raw=False) as server:
        answer = ask(server.port, GET, bearer(check.tokens["svc-one"]))
        check.refused(answer, 503, "a server without raw targets", cause="adapter_misconfigured")
        check.expect(ask(server.port, GET).reached, "a person under a server without raw targets")
        line = "POST /api/v1/repository HTTP/1.1"
        answer = ask(server.port, line, bearer(check.tokens["svc-one"]))
        check.refused(answer, 503, "a server without raw targets", cause="adapter_misconfigured")


def credentials(check, fake):
    """Quay's own credential: replaced while running, missing, one for each account."""
    directory = check.work / "credentials"
    directory.mkdir()
    token = bearer(jwt(check.server.url))
    for credential in (check.work / "quay-token", directory):
        with WsgirefServer(adapter_app.adapter(check.config(fake.url, credential=str(credential)))) as server:
            file = directory / "svc-one" if credential is directory else credential
            if credential is directory:
                check.refused(ask(server.port, GET, token), 403, "no user in Quay", cause="not_executable")
            for value in ("first", "second-and-longer"):
                file.write_text(value)
                seen = ask(server.port, GET, token).json()["environ"]["HTTP_AUTHORIZATION"]
                check.expect(seen == "Bearer " + value, f"executed with {seen}, not {value}")
            for value in ("", "two words", "a\nX-Injected: b"):
                file.write_text(value)
                check.refused(ask(server.port, GET, token), 503, f"credential {value!r}", cause="adapter_misconfigured")
            fake.behave = answering(allow(action="getLoggedInUser", resource={"type": "Quay::User", "id": "svc-one"}))
            file.write_text("right")
            answer = ask(server.port, "GET /api/v1/user/ HTTP/1.1", token)
            check.expect(answer.reached == (credential is directory), f"the calling user: {answer}")
            for name in ("svc-../x", "svc-one/../svc-two", "other", "svc-", "svc-ONE"):
                fake.behave = answering(allow(principal={"type": "Quay::ServiceAccount", "id": name}))
                if credential is directory:
                    check.refused(ask(server.port, GET, token), 403, f"account {name}", cause="not_executable")
            fake.behave = answering(allow())
    (check.work / "quay-token").write_text(QUAYS_TOKEN)


def never_executed(check, fake):
    """Operations that act on the caller itself: the table in the adapter against the catalog."""
    from quay_pdp import execution

    rows = json.loads((ROOT / "schema/management-api.json").read_text())["operations"]
    known = {row["operation"] for row in rows}
    listed = execution.NEVER | execution.CALLERS_OWN
    check.expect(listed <= known, f"the catalog does not know {listed - known}")
    token = bearer(jwt(check.server.url))
    with WsgirefServer(adapter_app.adapter(check.config(fake.url))) as server:
        refused = {row["operation"] for row in rows if row["level"] == "user"} | listed
        for row in rows:
            kind = "Quay::User" if row["level"] == "user" else "Quay::Organization"
            fake.behave = answering(allow(action=row["operation"], resource={"type": kind, "id": "x"}))
            reached = ask(server.port, GET, token).reached
            check.expect(reached == (row["operation"] not in refused), f"{row['operation']}: reached {reached}")
    fake.behave = answering(allow())
    return len(refused)


def source_address(check, fake):
    token = bearer(jwt(check.server.url))
    table = [
        (None, "10.1.1.1", None), ("REMOTE_ADDR", "10.1.1.1", "127.0.0.1"),
        ("HTTP_X_FORWARDED_FOR", "1.1.1.1, 10.1.1.1", "10.1.1.1"),
        ("HTTP_X_FORWARDED_FOR", "10.1.1.1, unknown", None), ("HTTP_X_FORWARDED_FOR", "::1", "::1")]
    for source, header, expected in table:
        with WsgirefServer(adapter_app.adapter(check.config(fake.url, source_ip=source))) as server:
            fake.questions.clear()
            ask(server.port, GET, token, "X-Forwarded-For: " + header)
            told = json.loads(fake.questions[0][0])["request"].get("source_ip")
            check.expect(told == expected, f"{source} {header}: told {told}, not {expected}")
