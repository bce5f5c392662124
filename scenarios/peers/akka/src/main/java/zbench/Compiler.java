package zbench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/** The work of the virtual machine's compilers so far. */
final class Compiler {
  private static final CompilationMXBean COMPILERS = ManagementFactory.getCompilationMXBean();

  private Compiler() {}

  /** Milliseconds that they have taken, as JSON; null where the machine does not tell. */
  static String totalMillis() {
    return COMPILERS == null || !COMPILERS.isCompilationTimeMonitoringSupported()
        ? "null"
        : Long.toString(COMPILERS.getTotalCompilationTime());
  }
}
