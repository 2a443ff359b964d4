package io.quay.pdp.gateway;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/// Connections that take request targets in origin-form alone (RFC 9112 §3.2.1), behind them it is
/// no longer to be seen in which form a target came; and that wait for a request's headers no
/// longer than is set, however steadily they drip.
final class OriginForm extends HttpConnectionFactory {
    private final Duration header;

    /// @param header until a request's line and headers are there, from their first byte
    OriginForm(HttpConfiguration configuration, Duration header) {
        super(configuration);
        this.header = header;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        HttpConnection connection = new Strict(getHttpConfiguration(), connector, endPoint, header);
        connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
        return configure(connection, connector, endPoint);
    }

    private static final class Strict extends HttpConnection {
        private final Duration header;

        /// Set while the superclass is constructed.
        private @Nullable RequestHandler handler;

        /// Runs while a request's headers are incomplete.
        private volatile Scheduler.@Nullable Task deadline;

        Strict(
                HttpConfiguration configuration,
                Connector connector,
                EndPoint endPoint,
                Duration header) {
            super(configuration, connector, endPoint);
            this.header = header;
        }

        @Override
        protected HttpStreamOverHTTP1 newHttpStream(
                String method, String uri, HttpVersion version) {
            if (!uri.startsWith("/")) {
                throw new HttpException.RuntimeException(
                        HttpStatus.BAD_REQUEST_400, "not in origin-form");
            }
            return super.newHttpStream(method, uri, version);
        }

        @Override
        protected RequestHandler newRequestHandler() {
            handler = super.newRequestHandler();
            return handler;
        }

        @Override
        protected HttpParser newHttpParser(HttpCompliance compliance) {
            HttpConfiguration configuration = getHttpConfiguration();
            HttpParser parser =
                    new HttpParser(
                            Objects.requireNonNull(handler),
                            configuration.getRequestHeaderSize(),
                            compliance) {
                        @Override
                        public boolean parseNext(ByteBuffer buffer) {
                            boolean handle = super.parseNext(buffer);
                            watch(inHeaderState() && !isStart());
                            return handle;
                        }
                    };
            parser.setHeaderCacheSize(configuration.getHeaderCacheSize());
            parser.setHeaderCacheCaseSensitive(configuration.isHeaderCacheCaseSensitive());
            return parser;
        }

        /// Called by one thread at a time.
        private void watch(boolean incomplete) {
            if (incomplete && deadline == null) {
                deadline =
                        getConnector()
                                .getScheduler()
                                .schedule(
                                        () ->
                                                getEndPoint()
                                                        .close(
                                                                new TimeoutException(
                                                                        "the headers took too long")),
                                        header.toMillis(),
                                        TimeUnit.MILLISECONDS);
            } else if (!incomplete && deadline != null) {
                deadline.cancel();
                deadline = null;
            }
        }

        @Override
        public void onClose(@Nullable Throwable cause) {
            if (deadline != null) {
                deadline.cancel();
            }
            super.onClose(cause);
        }
    }
}
