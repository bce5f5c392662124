package zbench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A scenario's parameters, all integers, and the seed. */
public final class Parameters {
  private final Map<String, Long> values;
  private final long seed;

  private Parameters(Map<String, Long> values, long seed) {
    this.values = values;
    this.seed = seed;
  }

  /** The defaults, some of them replaced by what was given. */
  static Parameters of(Map<String, Long> defaults, Map<String, Long> given, long seed) {
    Map<String, Long> values = new LinkedHashMap<>(defaults);
    given.forEach(
        (name, value) -> {
          if (values.replace(name, value) == null) {
            throw new UsageException(
                "There is no parameter " + name + ", only " + defaults.keySet() + ".");
          }
        });
    return new Parameters(values, seed);
  }

  /** Parameters with their defaults, names and values in turn. */
  static Map<String, Long> defaults(Object... namesAndValues) {
    Map<String, Long> defaults = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      defaults.put((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).longValue());
    }
    return defaults;
  }

  public long seed() {
    return seed;
  }

  public int count(String name) {
    return Math.toIntExact(values.get(name));
  }

  String json() {
    return values.entrySet().stream()
        .map(entry -> "\"" + entry.getKey() + "\": " + entry.getValue())
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
