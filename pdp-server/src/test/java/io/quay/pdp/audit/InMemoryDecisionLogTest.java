package io.quay.pdp.audit;

import java.util.List;

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

    @Override
    protected List<DeniedGroup.Counted> counted() {
        return log.counted();
    }
}
