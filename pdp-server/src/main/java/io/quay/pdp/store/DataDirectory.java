package io.quay.pdp.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The directory that one server owns, held by a lock on its `pdp.lock` until closed. The kernel
/// drops the lock when the process ends, however it ends.
final class DataDirectory implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    /// What this process holds. POSIX locks belong to the process, and closing *any* descriptor of
    /// the file drops them: a second claim must be refused before it opens the file.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel lockFile;

    private DataDirectory(Path directory, FileChannel lockFile) {
        this.directory = directory;
        this.lockFile = lockFile;
    }

    /// Creates the directory when it is missing, readable by its owner alone, and locks it.
    static DataDirectory claim(Path directory) {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(
                        directory,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
            }
            Path real = directory.toRealPath();
            if (!HELD.add(real)) {
                throw inUse(directory, "this process");
            }
            FileChannel held = null;
            try {
                held = lock(directory, ownerOnly(real.resolve("pdp.lock")));
                return new DataDirectory(real, held);
            } finally {
                if (held == null) {
                    HELD.remove(real);
                }
            }
        } catch (IOException e) {
            throw new StoreException("cannot use data directory `" + directory + "`", e);
        }
    }

    /// The file in this directory, made if missing, readable and writable by its owner alone.
    static Path ownerOnly(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        } catch (FileAlreadyExistsException _) {
            if (!Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
                Files.setPosixFilePermissions(file, OWNER_ONLY);
            }
        }
        return file;
    }

    private static FileChannel lock(Path directory, Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
            if (lock == null) {
                throw inUse(directory, holder(channel));
            }
            channel.truncate(0);
            String pid = Long.toString(ProcessHandle.current().pid());
            channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
            return channel;
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    private static @Nullable String holder(FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(20);
        channel.read(content, 0);
        String pid = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII);
        return pid.matches("[0-9]+") ? "process " + pid : null;
    }

    private static StoreException inUse(Path directory, @Nullable String holder) {
        String by = holder == null ? "another process" : holder;
        return new StoreException("data directory `" + directory + "` is in use by " + by);
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new StoreException("cannot release data directory `" + directory + "`", e);
        } finally {
            HELD.remove(directory);
        }
    }
}
