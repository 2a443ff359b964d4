package io.quay.pdp.identity;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// An attribute's value, with the types that Cedar has. Immutable.
public sealed interface Value {
    record Text(String value) implements Value {}

    record Bool(boolean value) implements Value {}

    record Whole(long value) implements Value {}

    record Entity(EntityRef value) implements Value {}

    /// A set: order and repetition carry no meaning.
    record Many(List<Value> values) implements Value {
        public Many {
            values = List.copyOf(values);
        }
    }

    record Fields(Map<String, Value> values) implements Value {
        public Fields {
            values = Map.copyOf(values);
        }
    }

    /// An IP address or range in text form, Cedar's `ipaddr`.
    record Address(String value) implements Value {}

    /// A moment in milliseconds, Cedar's `datetime`.
    record Moment(Instant value) implements Value {}

    /// What JSON has and Cedar has not: a number that is no 64-bit whole number, a null in an
    /// array, an entity without a type. It fits no type: refused where one is declared, dropped
    /// where none is, and so neither decided with nor recorded.
    record Unfit() implements Value {}

    static Value of(String value) {
        return new Text(value);
    }

    static Value of(boolean value) {
        return new Bool(value);
    }

    static Value of(long value) {
        return new Whole(value);
    }
}
