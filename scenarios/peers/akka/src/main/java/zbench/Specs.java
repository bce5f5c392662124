package zbench;

import java.util.Map;

/** What scenarios are called with and must give, whichever API runs them. */
public final class Specs {
  private static final long LOW = 0xffffffffL;

  private Specs() {}

  /** Pairs of actors: one message under way in each. */
  public abstract static class PingPong implements Scenario {
    protected static int each(Parameters p) {
      return Math.max(1, p.count("pings") / p.count("pairs"));
    }

    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("pings", 500_000, "pairs", 1);
    }

    @Override
    public final Expected expected(Parameters p) {
      long pairs = p.count("pairs");
      return new Expected(pairs * (2L * each(p) + 1), pairs * each(p));
    }
  }

  /** A producer floods a counter, whose mailbox grows. */
  public abstract static class Counting implements Scenario {
    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("messages", 1_000_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      long messages = p.count("messages");
      return new Expected(messages + 3, messages);
    }
  }

  /** Tokens go round a ring of actors. */
  public abstract static class ThreadRing implements Scenario {
    protected static int each(Parameters p) {
      return Math.max(1, p.count("hops") / p.count("tokens"));
    }

    /** The actor where a token starts. */
    protected static int first(Parameters p, int token) {
      long actors = p.count("actors");
      return (int) (token * actors / p.count("tokens") % actors);
    }

    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("actors", 100, "tokens", 1, "hops", 1_000_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      long answer = 0;
      for (int token = 0; token < p.count("tokens"); token++) {
        answer += 1 + ((long) first(p, token) + each(p)) % p.count("actors");
      }
      return new Expected(p.count("tokens") * (each(p) + 1L), answer);
    }
  }

  /** A dealer sends to many actors in turn. */
  public abstract static class ForkJoinThroughput implements Scenario {
    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("actors", 60, "messages", 10_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      long all = (long) p.count("actors") * p.count("messages");
      return new Expected(all + 1, all);
    }
  }

  /** One actor creates many, and each replies once. */
  public abstract static class ForkJoinCreation implements Scenario {
    /** What the heap and the process held before the clock started. */
    protected record Held(long live, long resident) {
      public static Held now() {
        return new Held(Memory.live(), Memory.status("VmRSS"));
      }

      /** The figures for {@code extra}: what has been added since, over the actors. */
      public Map<String, Double> growth(double actors) {
        double resident = Memory.status("VmRSS") - this.resident;
        return Map.of(
            "retained_bytes_per_actor", (Memory.live() - live) / actors,
            "resident_bytes_per_actor", resident / actors);
      }
    }

    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("actors", 100_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      long actors = p.count("actors");
      return new Expected(2 * actors + 1, actors * (actors + 1) / 2);
    }
  }

  /** Creatures meet in pairs at a mall, and change colour. */
  public abstract static class Chameneos implements Scenario {
    protected static int complement(int a, int b) {
      return a == b ? a : 3 - a - b;
    }

    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("creatures", 100, "meetings", 200_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      long meetings = p.count("meetings");
      return new Expected(4 * meetings + 4L * p.count("creatures"), 2 * meetings);
    }
  }

  /** Many actors ping each other at random. */
  public abstract static class Big implements Scenario {
    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("actors", 120, "pings", 5_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      int actors = p.count("actors");
      long answer = 0;
      for (int k = 0; k < actors; k++) {
        Mwc59 random = new Mwc59(p.seed(), k);
        for (int ping = 0; ping < p.count("pings"); ping++) {
          answer += random.below(actors);
        }
      }
      return new Expected(2L * actors * p.count("pings") + 2L * actors, answer);
    }
  }

  /** A teller has accounts transfer money to each other, all at once. */
  public abstract static class Bank implements Scenario {
    /** Draws transfers in the protocol's order. */
    protected static final class Draw {
      private final Mwc59 random;
      private final int accounts;
      public int source;
      public int target;
      public long amount;

      public Draw(Parameters p) {
        random = new Mwc59(p.seed(), 0);
        accounts = p.count("accounts");
        if (accounts < 2) {
          throw new UsageException("Transfers need two accounts.");
        }
      }

      public void next() {
        source = random.below(accounts);
        target = (source + 1 + random.below(accounts - 1)) % accounts;
        amount = 1 + random.below(1000);
      }
    }

    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("accounts", 1_000, "transfers", 100_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      Draw draw = new Draw(p);
      long answer = 0;
      for (int i = 0; i < p.count("transfers"); i++) {
        draw.next();
        answer += draw.amount * (draw.target - draw.source);
      }
      return new Expected(4L * p.count("transfers") + 1, answer);
    }
  }

  /** A master hands out boards; workers split them or count their solutions. */
  public abstract static class NQueens implements Scenario {
    /** Solutions below a board with {@code rows} free rows. */
    protected static long solutions(int full, int rows, int columns, int left, int right) {
      if (rows == 0) {
        return 1;
      }
      long count = 0;
      int free = full & ~(columns | left | right);
      while (free != 0) {
        int q = free & -free;
        free ^= q;
        count += solutions(full, rows - 1, columns | q, (left | q) << 1 & full, (right | q) >> 1);
      }
      return count;
    }

    /** Boards that can be reached by filling up to {@code rows} rows, this one included. */
    private static long boards(int full, int rows, int columns, int left, int right) {
      long count = 1;
      int free = rows == 0 ? 0 : full & ~(columns | left | right);
      while (free != 0) {
        int q = free & -free;
        free ^= q;
        count += boards(full, rows - 1, columns | q, (left | q) << 1 & full, (right | q) >> 1);
      }
      return count;
    }

    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("size", 12, "threshold", 4, "actors", 20);
    }

    @Override
    public final Expected expected(Parameters p) {
      int size = p.count("size");
      if (size > 20) {
        throw new UsageException("Boards of more than 20 rows would take days.");
      }
      int full = (1 << size) - 1;
      long boards = boards(full, Math.min(size, p.count("threshold")), 0, 0, 0);
      return new Expected(3 * boards, solutions(full, size, 0, 0, 0));
    }
  }

  /** Clients send requests through stages of actors, one at a time each. */
  public abstract static class EndToEnd implements Scenario {
    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("clients", 500, "stages", 4, "width", 125, "requests", 200);
    }

    @Override
    public final Expected expected(Parameters p) {
      long answer = 0;
      for (int k = 0; k < p.count("clients"); k++) {
        Mwc59 random = new Mwc59(p.seed(), k);
        for (int r = 0; r < p.count("requests"); r++) {
          long v = random.value();
          for (int s = 0; s < p.count("stages"); s++) {
            v = Mwc59.stage(v, s);
          }
          answer += v;
        }
      }
      long requests = (long) p.count("clients") * p.count("requests");
      return new Expected(p.count("clients") + requests * (p.count("stages") + 1L), answer & LOW);
    }
  }

  /** A sender keeps to a schedule, whatever its servers do. */
  public abstract static class LatencyUnderLoad implements Scenario {
    @Override
    public final Map<String, Long> defaults() {
      return Parameters.defaults("servers", 4, "rate", 200_000, "messages", 100_000);
    }

    @Override
    public final Expected expected(Parameters p) {
      Mwc59 random = new Mwc59(p.seed(), 0);
      long answer = 0;
      for (int i = 0; i < p.count("messages"); i++) {
        long server = random.below(p.count("servers"));
        answer = answer + (server + 1) * random.value() & LOW;
      }
      return new Expected(p.count("messages"), answer);
    }
  }
}
