package zbench;

/** Counts of times in nanoseconds, 128 buckets a doubling, so a bucket is less than 1 % wide. */
public final class Histogram {
  private static final int BITS = 7;
  private static final int EXACT = 1 << (BITS + 1);

  private final long[] counts = new long[EXACT + (62 - BITS) * (1 << BITS)];

  public void record(long ns) {
    counts[bucket(ns)]++;
  }

  public void add(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
  }

  /** {@code [[largest value of the bucket, count], ...]}, ascending, empty buckets left out. */
  String json() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        text.append(text.length() > 1 ? ", [" : "[");
        text.append(largest(i)).append(", ").append(counts[i]).append(']');
      }
    }
    return text.append(']').toString();
  }

  private static int bucket(long ns) {
    if (ns < EXACT) {
      return (int) ns;
    }
    int shift = 63 - BITS - Long.numberOfLeadingZeros(ns);
    return (shift << BITS) + (int) (ns >>> shift);
  }

  private static long largest(int bucket) {
    if (bucket < EXACT) {
      return bucket;
    }
    int shift = (bucket >>> BITS) - 1;
    long first = bucket - ((long) shift << BITS);
    return ((first + 1) << shift) - 1;
  }
}
