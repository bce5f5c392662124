package zbench;

import java.util.LinkedHashMap;
import java.util.Map;

/** The command line. */
final class Options {
  final String scenario;
  final Map<String, Long> given = new LinkedHashMap<>();
  int threads = 1;
  int iterations = 1;
  int warmups = 0;
  int batch = 5;
  long seed = 1;
  String mailbox = "single-consumer";
  String api = "classic";

  Options(String[] arguments) {
    if (arguments.length == 0 || arguments[0].startsWith("-")) {
      throw new UsageException("The first argument is the name of a scenario.");
    }
    scenario = arguments[0];
    for (int i = 1; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw new UsageException("There is no value for " + arguments[i] + ".");
      }
      take(arguments[i], arguments[i + 1]);
    }
  }

  private void take(String option, String value) {
    switch (option) {
      case "--threads" -> threads = positive(option, value);
      case "--iterations" -> iterations = positive(option, value);
      case "--warmups" -> warmups = Math.toIntExact(integer(option, value));
      case "--batch" -> batch = positive(option, value);
      case "--seed" -> seed = integer(option, value);
      case "--mailbox" -> mailbox = value;
      case "--api" -> api = value;
      case "-p" -> {
        String[] pair = value.split("=", 2);
        if (pair.length < 2) {
          throw new UsageException("A parameter is KEY=VALUE, not " + value + ".");
        }
        given.put(pair[0], (long) positive(pair[0], pair[1]));
      }
      default -> throw new UsageException("There is no option " + option + ".");
    }
  }

  private static int positive(String name, String value) {
    long number = integer(name, value);
    if (number < 1 || number > Integer.MAX_VALUE) {
      throw new UsageException(name + " has to be positive and of 31 bits, not " + value + ".");
    }
    return (int) number;
  }

  private static long integer(String name, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException no) {
      throw new UsageException(name + " has to be an integer, not " + value + ".");
    }
  }
}
