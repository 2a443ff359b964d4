package io.quay.pdp.ops;

/// The state of one named thing that the server needs.
///
/// @param detail for people; holds no secret
public record Check(String name, Status status, String detail) {
    public enum Status {
        OK,
        /// Works, but someone should look: last good policies, keys beyond their refresh.
        DEGRADED,
        FAILED;

        /// As it is written on the wire.
        public String text() {
            return switch (this) {
                case OK -> "ok";
                case DEGRADED -> "degraded";
                case FAILED -> "failed";
            };
        }
    }

    public static Check ok(String name, String detail) {
        return new Check(name, Status.OK, detail);
    }

    public static Check degraded(String name, String detail) {
        return new Check(name, Status.DEGRADED, detail);
    }

    public static Check failed(String name, String detail) {
        return new Check(name, Status.FAILED, detail);
    }
}
