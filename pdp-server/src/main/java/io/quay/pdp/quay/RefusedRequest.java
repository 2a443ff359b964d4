package io.quay.pdp.quay;

/// Carries a refusal out of the readers of path, query and body to [RequestMapper], which alone
/// catches it: inside one request every reader has the same single way to end.
final class RefusedRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Mapping.Problem problem;

    RefusedRequest(Mapping.Problem problem, String message) {
        super(message, null, false, false);
        this.problem = problem;
    }

    Mapping.Refused refusal() {
        return new Mapping.Refused(problem, String.valueOf(getMessage()));
    }
}
