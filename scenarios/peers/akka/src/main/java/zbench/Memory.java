package zbench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What memory the process and its heap take. */
final class Memory {
  private Memory() {}

  /** Bytes of a field of {@code /proc/self/status}, such as VmRSS; -1 where there is none. */
  static long status(String field) {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return -1;
    }
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(field + ":")) {
          return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException unreadable) {
      return -1;
    }
    return -1;
  }

  /** Live bytes of the heap: what is in use after a full collection. */
  static long live() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
