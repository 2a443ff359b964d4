package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.Access;
import io.quay.pdp.federation.Issuer.KeySource.BundleFile;
import io.quay.pdp.federation.Issuer.KeySource.BundleUri;
import io.quay.pdp.federation.Issuer.KeySource.Discovery;
import io.quay.pdp.federation.Issuer.KeySource.JwksFile;
import io.quay.pdp.federation.Issuer.KeySource.JwksUri;
import io.quay.pdp.jose.StrictJson.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads an issuer's keys from where it publishes them. Keeps nothing.
final class KeyLoader {
    private final KeyFetcher fetcher;

    KeyLoader(KeyFetcher fetcher) {
        this.fetcher = fetcher;
    }

    /// What a file looks like from outside; another stamp means it must be read again.
    record Stamp(FileTime modified, long size, @Nullable Object fileKey) {}

    /// @return null for sources on the network and for a file that cannot be seen
    @Nullable Stamp stamp(Issuer issuer) {
        if (!(issuer.keys() instanceof JwksFile(Path file))) {
            return null;
        }
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(
                    attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException _) {
            return null;
        }
    }

    KeySet load(Issuer issuer) throws KeysUnavailableException {
        byte[] document =
                switch (issuer.keys()) {
                    case JwksFile(Path file) -> read(file);
                    case JwksUri(URI uri, Access access) -> fetcher.get(uri, uri, access.caFile());
                    case Discovery(Access access) -> discover(issuer.issuer(), access.caFile());
                    case BundleFile(Path file) -> read(file);
                    case BundleUri(URI uri, var _, Access access) ->
                            fetcher.get(uri, uri, access.caFile());
                };
        return KeySet.parse(document, issuer.name());
    }

    private static byte[] read(Path file) throws KeysUnavailableException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(KeyFetcher.MAX_BYTES + 1);
            if (bytes.length > KeyFetcher.MAX_BYTES) {
                throw new KeysUnavailableException("the key file is longer than 256 KiB");
            }
            return bytes;
        } catch (IOException e) {
            throw new KeysUnavailableException(
                    "the key file cannot be read: " + e.getClass().getSimpleName());
        }
    }

    /// OpenID Connect Discovery 1.0 §4: the metadata must name exactly this issuer, and its keys
    /// must be at the issuer's own origin. A cluster that advertises another address for them is
    /// registered with `jwks_uri` instead.
    private byte[] discover(String issuer, @Nullable Path caFile) throws KeysUnavailableException {
        URI origin = uri(issuer);
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        byte[] document =
                fetcher.get(uri(base + "/.well-known/openid-configuration"), origin, caFile);
        Map<String, @Nullable Object> metadata = metadata(document);
        if (!issuer.equals(metadata.get("issuer"))) {
            throw new KeysUnavailableException("the metadata names another issuer");
        }
        if (!(metadata.get("jwks_uri") instanceof String jwksUri)) {
            throw new KeysUnavailableException("the metadata has no jwks_uri");
        }
        return fetcher.get(uri(jwksUri), origin, caFile);
    }

    private static Map<String, @Nullable Object> metadata(byte[] document)
            throws KeysUnavailableException {
        try {
            return StrictJson.object(document);
        } catch (MalformedException e) {
            throw new KeysUnavailableException("the metadata is no JSON: " + e.getMessage());
        }
    }

    private static URI uri(String text) throws KeysUnavailableException {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException _) {
            throw new KeysUnavailableException("not an address");
        }
    }
}
