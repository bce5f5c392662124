package zbench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A scenario's parameters, all integers, and the seed. */
final class Parameters {
  private final Map<String, Long> values;
  final long seed;

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
            throw new UsageException("There is no parameter " + name + ", only " + defaults.keySet() + ".");
          }
        });
    return new Parameters(values, seed);
  }

  int count(String name) {
    return Math.toIntExact(values.get(name));
  }

  String json() {
    return values.entrySet().stream()
        .map(entry -> "\"" + entry.getKey() + "\": " + entry.getValue())
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
