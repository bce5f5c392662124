package zbench;

/** The protocol's generator: a multiply-with-carry step of 59 bits, seeded by SplitMix64. */
public final class Mwc59 {
  private static final long MULTIPLIER = 0x7fa6502L;
  private static final long LOW = 0xffffffffL;

  private long state;

  /** The stream of actor {@code k} for {@code seed}. */
  public Mwc59(long seed, long k) {
    long z = seed + (k + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    state = 1 + ((z ^ (z >>> 31)) >>> 6);
  }

  /** The next number of 32 bits. */
  public long value() {
    state = MULTIPLIER * (state & LOW) + (state >>> 32);
    long low = state & LOW;
    return low ^ ((low << 8) & LOW);
  }

  /** The next number from 0 to n - 1; n is at most 2^26, so that the product fits. */
  public int below(long n) {
    return (int) ((value() * n) >>> 32);
  }

  /** One step of the work that a stage of end-to-end does. */
  public static long stage(long v, int stage) {
    return (v * MULTIPLIER + stage + 1) & LOW;
  }
}
