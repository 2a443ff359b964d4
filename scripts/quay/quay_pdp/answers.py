"""Answers in the shape of Quay's own errors (`endpoints/exception.py`), for requests that Quay never sees."""

import json

STATUS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 411: "Length Required",
    413: "Content Too Large", 415: "Unsupported Media Type", 503: "Service Unavailable"}
ERROR_TYPE = {401: "invalid_token", 403: "insufficient_scope", 503: "downstream_issue"}
# Causes that mean "we do not know you", not "you may not".
NOBODY = {"invalid_token", "token_revoked", "account_unknown", "account_disabled"}


class Refusal(Exception):
    """Why a request does not reach Quay: a status, a message for people and a cause for programs."""

    def __init__(self, status, message, cause, decision=None):
        super().__init__(message)
        self.status, self.message, self.cause, self.decision = status, message, cause, decision

    @staticmethod
    def of_denial(decision):
        status = 401 if decision.cause in NOBODY else 403
        message = decision.message or "the decision point denies this request"
        return Refusal(status, message, decision.cause or "denied", decision)

    def answer(self, environ, start_response, request_id):
        """The WSGI answer. `type` is relative, so that it is not made from the client's `Host`."""
        error_type = ERROR_TYPE.get(self.status, "invalid_request")
        document = {
            "detail": self.message, "error_message": self.message, "error_type": error_type,
            "title": error_type, "type": f"/api/v1/error/{error_type}", "status": self.status,
            "cause": self.cause, "request_id": request_id}
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("X-Request-ID", request_id)]
        if self.decision is not None:
            document.update(decision_id=self.decision.id, reasons=self.decision.reasons)
            headers.append(("X-PDP-Decision-ID", self.decision.id))
        if self.status == 401:
            headers.append(("WWW-Authenticate", 'Bearer realm="quay", error="invalid_token"'))
        if self.status == 503:
            headers.append(("Retry-After", "1"))
        body = json.dumps(document).encode()
        headers.append(("Content-Length", str(len(body))))
        start_response(f"{self.status} {STATUS[self.status]}", headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
