/// The command line: one class per subcommand.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.cli;
