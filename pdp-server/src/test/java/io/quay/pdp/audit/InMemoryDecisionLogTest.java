package io.quay.pdp.audit;

final class InMemoryDecisionLogTest extends DecisionLogConformance {
    private final InMemoryDecisionLog log = new InMemoryDecisionLog();

    @Override
    protected DecisionLog log() {
        return log;
    }

    @Override
    protected Decisions decisions() {
        return log;
    }
}
