package zbench.typed;

import java.util.Map;
import java.util.TreeMap;
import zbench.Scenario;

/** The scenarios by name, written for the typed API. */
public final class Scenarios {
  public static final Map<String, Scenario> ALL =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("ping-pong", new PingPong()),
              Map.entry("counting", new Counting()),
              Map.entry("thread-ring", new ThreadRing()),
              Map.entry("fork-join-throughput", new ForkJoinThroughput()),
              Map.entry("fork-join-creation", new ForkJoinCreation()),
              Map.entry("chameneos", new Chameneos()),
              Map.entry("big", new Big()),
              Map.entry("bank", new Bank()),
              Map.entry("n-queens", new NQueens()),
              Map.entry("end-to-end", new EndToEnd()),
              Map.entry("latency-under-load", new LatencyUnderLoad())));

  private Scenarios() {}
}
