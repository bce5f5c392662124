package zbench;

import akka.actor.ActorSystem;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs a scenario as the protocol says, and prints what came of it. */
public final class Harness {
  private static final Map<String, Map<String, Scenario>> APIS =
      Map.of("classic", zbench.classic.Scenarios.ALL, "typed", zbench.typed.Scenarios.ALL);

  private final PrintStream out;
  private final Options options;
  private final Scenario scenario;
  private final Parameters parameters;

  private Harness(PrintStream out, Options options) {
    this.out = out;
    this.options = options;
    Map<String, Scenario> scenarios = APIS.get(options.api);
    if (scenarios == null) {
      throw new UsageException("There is no API " + options.api + ", only " + APIS.keySet() + ".");
    }
    scenario = scenarios.get(options.scenario);
    if (scenario == null) {
      throw new UsageException(
          "There is no scenario " + options.scenario + ", only " + scenarios.keySet() + ".");
    }
    parameters = Parameters.of(scenario.defaults(), options.given, options.seed);
  }

  public static void main(String[] arguments) {
    PrintStream out = System.out;
    System.setOut(System.err); // Standard output is the protocol's; logging goes to standard error.
    int code;
    try {
      code = new Harness(out, new Options(arguments)).run();
    } catch (UsageException misuse) {
      System.err.println(misuse.getMessage());
      code = 2;
    } catch (RuntimeException failure) {
      failure.printStackTrace();
      code = 1;
    }
    out.flush();
    System.exit(code);
  }

  private int run() {
    Settings settings = new Settings(options);
    ActorSystem system = ActorSystem.create("zbench", settings.config());
    print(settings.json(system));
    Scenario.Expected expected = scenario.expected(parameters);
    for (int iteration = 0; iteration < options.iterations; iteration++) {
      Stage stage = new Stage(system);
      Scenario.Outcome outcome = scenario.run(stage, parameters);
      String error = stage.wrong() != null ? stage.wrong() : error(expected, outcome);
      print(line(iteration, outcome, error));
      if (error != null) {
        return 1;
      }
      stage.close();
    }
    return 0;
  }

  private static String error(Scenario.Expected expected, Scenario.Outcome outcome) {
    if (outcome.answer() != expected.answer()) {
      return "The answer is " + outcome.answer() + ", it should be " + expected.answer() + ".";
    }
    if (outcome.messages() != expected.messages()) {
      return "Received were " + outcome.messages() + " messages, not " + expected.messages() + ".";
    }
    return null;
  }

  private String line(int iteration, Scenario.Outcome outcome, String error) {
    Histogram histogram = outcome.histogram();
    String extra =
        outcome.extra().entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "\"%s\": %.1f", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", ", "{", "}"));
    return "{\"kind\": \"iteration\", \"scenario\": \"" + options.scenario
        + "\", \"parameters\": " + parameters.json()
        + ", \"iteration\": " + iteration
        + ", \"warmup\": " + (iteration < options.warmups)
        + ", \"elapsed_ns\": " + outcome.elapsed()
        + ", \"messages\": " + outcome.messages()
        + ", \"answer\": " + outcome.answer()
        + ", \"histogram\": " + (histogram == null ? "null" : histogram.json())
        + ", \"rss_bytes\": " + orNull(Memory.status("VmRSS"))
        + ", \"peak_rss_bytes\": " + orNull(Memory.status("VmHWM"))
        + ", \"compile_ms\": " + Compiler.totalMillis()
        + ", \"extra\": " + extra
        + (error == null ? "" : ", \"error\": \"" + error + "\"")
        + "}";
  }

  private static String orNull(long bytes) {
    return bytes < 0 ? "null" : Long.toString(bytes);
  }

  private void print(String line) {
    out.println(line);
    out.flush();
  }
}
