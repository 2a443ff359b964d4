package io.quay.pdp.cli;

import java.lang.reflect.Proxy;

/// The signals that ask the process to end well. A shutdown hook would do for draining, but the
/// virtual machine then exits with 128 + the signal's number, and one that halts with 0 leaves the
/// unpacked native libraries behind.
final class StopSignals {
    private StopSignals() {}

    /// By reflection: `sun.misc.Signal`, of the supported module jdk.unsupported, has no successor,
    /// and the compiler's warning about it cannot be suppressed for one class.
    static void handle(Runnable stop) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object stopping =
                    Proxy.newProxyInstance(
                            StopSignals.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (_, _, _) -> {
                                stop.run();
                                return null;
                            });
            for (String name : new String[] {"TERM", "INT"}) {
                signal.getMethod("handle", signal, handler)
                        .invoke(
                                null,
                                signal.getConstructor(String.class).newInstance(name),
                                stopping);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot handle signals", e);
        }
    }
}
