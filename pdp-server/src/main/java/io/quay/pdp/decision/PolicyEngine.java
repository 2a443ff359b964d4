package io.quay.pdp.decision;

/// The port to one compiled policy set. Implementations are safe for use by any number of threads
/// and never throw for a question.
public interface PolicyEngine {
    Evaluation evaluate(Question question);
}
