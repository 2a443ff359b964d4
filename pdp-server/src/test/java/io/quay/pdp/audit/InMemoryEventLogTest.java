package io.quay.pdp.audit;

import io.quay.pdp.token.SpentAssertions;

final class InMemoryEventLogTest extends EventLogConformance {
    private final InMemoryEventLog log = new InMemoryEventLog();

    @Override
    protected EventLog eventLog() {
        return log;
    }

    @Override
    protected Events events() {
        return log;
    }

    @Override
    protected SpentAssertions assertions() {
        return log;
    }
}
