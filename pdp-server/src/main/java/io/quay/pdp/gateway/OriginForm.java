package io.quay.pdp.gateway;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;

/// Connections that take request targets in origin-form alone (RFC 9112 §3.2.1): behind them it is
/// no longer to be seen in which form a target came.
final class OriginForm extends HttpConnectionFactory {
    OriginForm(HttpConfiguration configuration) {
        super(configuration);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        HttpConnection connection =
                new HttpConnection(getHttpConfiguration(), connector, endPoint) {
                    @Override
                    protected HttpStreamOverHTTP1 newHttpStream(
                            String method, String uri, HttpVersion version) {
                        if (!uri.startsWith("/")) {
                            throw new HttpException.RuntimeException(
                                    HttpStatus.BAD_REQUEST_400, "not in origin-form");
                        }
                        return super.newHttpStream(method, uri, version);
                    }
                };
        connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
        return configure(connection, connector, endPoint);
    }
}
