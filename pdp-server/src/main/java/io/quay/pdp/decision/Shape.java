package io.quay.pdp.decision;

import io.quay.pdp.identity.IpAddress;
import io.quay.pdp.identity.Value;
import java.util.HashMap;
import java.util.Map;

/// A type that the schema declares, with which values from callers are checked in Java. Immutable.
public sealed interface Shape {
    /// Brings a value from JSON into this shape.
    ///
    /// @param path how the caller calls the value, for the error
    /// @throws MisfitException when it cannot be of this shape
    Value fit(Value given, String path);

    /// A value that is not of the declared type.
    final class MisfitException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        MisfitException(String path, String expected) {
            super("`" + path + "` must be " + expected);
        }
    }

    enum Primitive implements Shape {
        STRING("a string"),
        BOOL("true or false"),
        LONG("a whole number"),
        IP("an IP address or range"),
        DATETIME("a moment such as 2026-01-31T08:00:00Z");

        private final String words;

        Primitive(String words) {
            this.words = words;
        }

        @Override
        public Value fit(Value given, String path) {
            return switch (this) {
                case STRING -> expect(given instanceof Value.Text, given, path);
                case BOOL -> expect(given instanceof Value.Bool, given, path);
                case LONG -> expect(given instanceof Value.Whole, given, path);
                case IP -> address(given, path);
                case DATETIME -> moment(given, path);
            };
        }

        private Value address(Value given, String path) {
            return given instanceof Value.Text(String text)
                    ? IpAddress.parseRange(text)
                            .map(Value.Address::new)
                            .orElseThrow(() -> new MisfitException(path, words))
                    : expect(given instanceof Value.Address, given, path);
        }

        private Value moment(Value given, String path) {
            if (given instanceof Value.Text(String text)) {
                try {
                    return new Value.Moment(java.time.Instant.parse(text));
                } catch (java.time.format.DateTimeParseException _) {
                    throw new MisfitException(path, words);
                }
            }
            return expect(given instanceof Value.Moment, given, path);
        }

        private Value expect(boolean holds, Value given, String path) {
            if (!holds) {
                throw new MisfitException(path, words);
            }
            return given;
        }
    }

    record SetOf(Shape element) implements Shape {
        @Override
        public Value fit(Value given, String path) {
            if (!(given instanceof Value.Many(var values))) {
                throw new MisfitException(path, "an array");
            }
            return new Value.Many(
                    values.stream().map(value -> element.fit(value, path + "[]")).toList());
        }
    }

    /// A record: undeclared members are dropped, as AuthZEN 1.0 asks receivers to ignore what they
    /// do not know.
    record RecordOf(Map<String, Member> members) implements Shape {
        public RecordOf {
            members = Map.copyOf(members);
        }

        @Override
        public Value.Fields fit(Value given, String path) {
            if (!(given instanceof Value.Fields(var values))) {
                throw new MisfitException(path, "an object");
            }
            return new Value.Fields(fitMembers(values, path));
        }

        /// As [#fit], for the members alone.
        public Map<String, Value> fitMembers(Map<String, Value> values, String path) {
            Map<String, Value> fitted = new HashMap<>();
            values.forEach((name, value) -> {
                Member member = members.get(name);
                if (member != null) {
                    fitted.put(name, member.shape().fit(value, path + "." + name));
                }
            });
            return fitted;
        }
    }

    record EntityOf(String type) implements Shape {
        @Override
        public Value fit(Value given, String path) {
            if (given instanceof Value.Entity(var ref) && ref.type().equals(type)) {
                return given;
            }
            if (given instanceof Value.Fields(var values)
                    && values.size() == 2
                    && values.get("type") instanceof Value.Text(String givenType)
                    && givenType.equals(type)
                    && values.get("id") instanceof Value.Text(String id)) {
                return new Value.Entity(new io.quay.pdp.identity.EntityRef(type, id));
            }
            throw new MisfitException(path, "an entity {\"type\": \"" + type + "\", \"id\": …}");
        }
    }

    /// A type that callers cannot supply over JSON.
    record Opaque(String type) implements Shape {
        @Override
        public Value fit(Value given, String path) {
            throw new MisfitException(
                    path, "left out: values of type " + type + " cannot be supplied");
        }
    }

    record Member(Shape shape, boolean required) {}
}
