package io.quay.pdp;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;

/// All that is logged, on every level that is on, as the server writes it.
public final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final StringBuilder lines = new StringBuilder();
    private final JsonEncoder encoder = new JsonEncoder();

    public static CapturedLog begin() {
        CapturedLog log = new CapturedLog();
        log.setContext(root().getLoggerContext());
        log.encoder.setContext(root().getLoggerContext());
        log.encoder.start();
        log.start();
        root().addAppender(log);
        return log;
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @Override
    protected synchronized void append(ILoggingEvent event) {
        lines.append(new String(encoder.encode(event), StandardCharsets.UTF_8));
    }

    public synchronized String text() {
        return lines.toString();
    }

    @Override
    public void close() {
        root().detachAppender(this);
    }
}
