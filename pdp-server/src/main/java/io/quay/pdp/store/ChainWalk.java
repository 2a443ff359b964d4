package io.quay.pdp.store;

import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Follows the chain from its anchor, computing every link anew from the record it covers, to its
/// end or to the first that is wrong. For one thread and one transaction.
final class ChainWalk implements AutoCloseable {
    /// Where the walk is.
    sealed interface Step {
        /// The link and its record are as they were written.
        @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
        record Fine(long sequence, RecordKind kind, String id, byte[] mac, long time)
                implements Step {}

        /// No further link.
        record End() implements Step {}

        /// @param what is wrong, naming the sequence and the record
        record Broken(String what) implements Step {}
    }

    private final Connection connection;
    private final ChainMac mac;
    private final int most;
    private final Map<RecordKind, PreparedStatement> selects = new EnumMap<>(RecordKind.class);
    private @Nullable PreparedStatement links;
    private @Nullable ResultSet rows;
    private ChainHead anchor = new ChainHead(0, ChainMac.GENESIS);
    private long sequence;
    private byte[] previous = ChainMac.GENESIS;
    private @Nullable String broken;

    /// @param most how many links to look at; 0 = all
    ChainWalk(Connection connection, ChainMac mac, int most) {
        this.connection = connection;
        this.mac = mac;
        this.most = most;
    }

    /// Not to be called again once it was not `Fine`.
    Step next() throws SQLException {
        Step step = rows == null ? begin() : null;
        if (step == null) {
            step = link(java.util.Objects.requireNonNull(rows));
        }
        switch (step) {
            case Step.Fine fine -> {
                sequence = fine.sequence();
                previous = fine.mac();
            }
            case Step.Broken(String what) -> broken = what;
            case Step.End() -> {}
        }
        return step;
    }

    Optional<String> broken() {
        return Optional.ofNullable(broken);
    }

    /// Where the chain begins, once `next` was called: before its first link.
    ChainHead anchor() {
        return anchor;
    }

    /// That of the last link that was fine, or of the anchor.
    ChainHead position() {
        return new ChainHead(sequence, previous);
    }

    private @Nullable Step begin() throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement(
                                "SELECT sequence, mac, proof FROM audit_anchor");
                ResultSet row = select.executeQuery()) {
            if (row.next()) {
                sequence = row.getLong(1);
                previous = row.getBytes(2);
                anchor = new ChainHead(sequence, previous);
                if (!MessageDigest.isEqual(mac.ofAnchor(sequence, previous), row.getBytes(3))) {
                    return new Step.Broken(
                            "sequence " + sequence + ": the mark of what was pruned was changed");
                }
            }
        }
        String limit = most == 0 ? "" : " LIMIT " + most;
        links =
                connection.prepareStatement(
                        "SELECT sequence, kind, record_id, mac FROM audit_link ORDER BY sequence"
                                + limit);
        rows = links.executeQuery();
        return null;
    }

    private Step link(ResultSet link) throws SQLException {
        if (!link.next()) {
            return new Step.End();
        }
        long found = link.getLong(1);
        String id = link.getString(3);
        String word = link.getString(2).replaceFirst("-\\d+$", "");
        String place = "sequence %d, %s %s: ".formatted(found, word, id);
        if (found != sequence + 1) {
            return new Step.Broken(
                    "sequence %d: its link was deleted or moved; the next one there is is %d"
                            .formatted(sequence + 1, found));
        }
        RecordKind kind = RecordKind.find(link.getString(2)).orElse(null);
        if (kind == null) {
            return new Step.Broken(place + "the link was changed: there is no such kind");
        }
        PreparedStatement select = select(kind);
        select.setString(1, id);
        try (ResultSet record = select.executeQuery()) {
            if (!record.next()) {
                return new Step.Broken(place + "the record was deleted");
            }
            byte[] expected =
                    mac.ofLink(previous, found, kind, CanonicalRow.of(record, kind.width()));
            return MessageDigest.isEqual(expected, link.getBytes(4))
                    ? new Step.Fine(found, kind, id, expected, record.getLong(kind.width() + 1))
                    : new Step.Broken(place + "the record or its place in the chain was changed");
        }
    }

    private PreparedStatement select(RecordKind kind) throws SQLException {
        PreparedStatement select = selects.get(kind);
        if (select == null) {
            select = connection.prepareStatement(kind.selectById());
            selects.put(kind, select);
        }
        return select;
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement select : selects.values()) {
            select.close();
        }
        if (links != null) {
            links.close();
        }
    }
}
