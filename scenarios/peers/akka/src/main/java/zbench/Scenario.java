package zbench;

import java.util.Map;

/** What a scenario is called with, must give, and does. */
public interface Scenario {
  /** All parameters by name, with their defaults. */
  Map<String, Long> defaults();

  /** What an iteration must give, worked out without actors and outside the clock. */
  Expected expected(Parameters parameters);

  /** One iteration, with new actors. */
  Outcome run(Stage stage, Parameters parameters);

  /** The right count of messages and the right answer. */
  record Expected(long messages, long answer) {}

  /**
   * What an iteration gave.
   *
   * @param histogram null where the scenario records no latency
   * @param extra further figures by name
   */
  record Outcome(
      long elapsed, long messages, long answer, Histogram histogram, Map<String, Double> extra) {
    public Outcome(long elapsed, long messages, long answer) {
      this(elapsed, messages, answer, null, Map.of());
    }

    public Outcome(long elapsed, long messages, long answer, Histogram histogram) {
      this(elapsed, messages, answer, histogram, Map.of());
    }
  }
}
