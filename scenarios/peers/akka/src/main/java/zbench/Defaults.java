package zbench;

import java.util.LinkedHashMap;
import java.util.Map;

/** Parameters with their defaults, in the order they are written. */
final class Defaults {
  private Defaults() {}

  static Map<String, Long> of(Object... namesAndValues) {
    Map<String, Long> defaults = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      defaults.put((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).longValue());
    }
    return defaults;
  }
}
