"""The middleware itself: who claims to be a service account is decided, the rest passes."""

import logging
import re
import uuid

from .answers import Refusal
from .claims import Claims
from .decision_point import Malformed, Unavailable
from .execution import NEVER, NotExecutable
from .inbound import Inbound
from .token_file import TokenUnavailable

log = logging.getLogger("quay_pdp")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# Sessions are people's: an answer to a service account starts none.
WITHHELD = {"set-cookie", "x-next-csrf-token"}


class Adapter:
    """A WSGI application around Quay's. Safe for any number of threads, greenlets and forked workers.

    >>> application = Adapter(quay, DecisionPoint("http://pdp:8180", "/run/secrets/pdp"),
    ...                       issuers=["https://pdp.example.com"], execute=TokenFile("/run/secrets/quay"))
    """

    def __init__(self, quay, decision_point, issuers, execute, workload_issuers=(), source_ip=None,
                 max_body=1024 * 1024):
        """
        :param quay: Quay's WSGI application
        :param issuers: the decision point's `server.issuer`, and former ones whose tokens still live
        :param execute: called with the environ and the decision of an allowed request, whose credentials are gone; puts
            in Quay's own, or raises NotExecutable
        :param workload_issuers: issuers whose tokens are decided without an exchange (`federation.direct`)
        :param source_ip: where policies' `context.source_ip` comes from: "REMOTE_ADDR", or "HTTP_X_FORWARDED_FOR" (its
            last address); None: they are not told, for Quay's own nginx believes what clients say of it
        :param max_body: bytes of a body that are read before the decision; what is larger is refused
        """
        if source_ip not in (None, "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"):
            raise ValueError("source_ip: REMOTE_ADDR, HTTP_X_FORWARDED_FOR or None")
        self._quay, self._decision_point, self._execute = quay, decision_point, execute
        self._claims = Claims(issuers, workload_issuers)
        self._source_ip, self._max_body = source_ip, max_body

    def __call__(self, environ, start_response):
        claim = self._claims.read(environ)
        if claim is None:
            return self._quay(environ, start_response)
        request_id = _request_id(environ)
        try:
            decision = self._decide(environ, claim, request_id)
        except Refusal as refusal:
            return refusal.answer(environ, start_response, request_id)
        except Exception:
            log.exception("refused %s: the adapter failed", request_id)
            return _undecided().answer(environ, start_response, request_id)
        return self._quay(environ, _relayed(start_response, decision, request_id))

    def _decide(self, environ, claim, request_id):
        """The decision that allows the request, which is ready for Quay then; or a Refusal."""
        try:
            inbound = Inbound.read(environ, self._max_body)
        except Refusal as refusal:
            log.warning("refused %s: %s", request_id, refusal)
            raise
        decision = self._ask(inbound.question(claim, self._source_ip), request_id)
        if claim.wrong:
            raise Refusal(401, claim.wrong, "invalid_token", decision)
        if not decision.allowed:
            raise Refusal.of_denial(decision)
        try:
            self._prepare(environ, inbound, decision)
        except Refusal as refusal:
            log.warning("refused %s, though decision %s allows it: %s", request_id, decision.id, refusal)
            raise
        environ["HTTP_X_REQUEST_ID"] = request_id
        return decision

    def _ask(self, question, request_id):
        try:
            return self._decision_point.ask(question, request_id)
        except Unavailable as e:
            log.error("refused %s: no decision: %s", request_id, e)
            raise _undecided() from None
        except Malformed as e:
            log.warning("refused %s: it cannot be decided: %s", request_id, e)
            raise Refusal(e.status, str(e), "malformed_request") from None

    def _prepare(self, environ, inbound, decision):
        """What has to hold between the decision and the act."""
        if not inbound.served_as_decided():
            raise Refusal(
                403, "Quay would be served another path than the request line's", "ambiguous_route", decision)
        if decision.action in NEVER:
            raise Refusal(403, f"{decision.action} is not for service accounts", "not_executable", decision)
        inbound.give_back()
        try:
            self._execute(environ, decision)
        except NotExecutable as e:
            raise Refusal(403, str(e), "not_executable", decision) from None
        except TokenUnavailable as e:
            log.error("Quay's own credential: %s", e)
            raise Refusal(503, "Quay's own credential is not available", "adapter_misconfigured", decision) from None


def _undecided():
    return Refusal(503, "the decision point gives no decision; try again later", "decision_point_unavailable")


def _request_id(environ):
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def _relayed(start_response, decision, request_id):
    def relay(status, headers, exc_info=None):
        kept = [(name, value) for name, value in headers if name.lower() not in WITHHELD]
        kept += [("X-PDP-Decision-ID", decision.id), ("X-Request-ID", request_id)]
        return start_response(status, kept, exc_info) if exc_info else start_response(status, kept)

    return relay
