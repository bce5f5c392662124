package zbench;

/** What has to hold of an iteration besides its answer. */
final class Checks {
  private Checks() {}

  static void that(boolean holds, String otherwise) {
    if (!holds) {
      throw new WrongException(otherwise);
    }
  }

  /** An iteration went wrong; the message is the protocol's sentence. */
  static final class WrongException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongException(String sentence) {
      super(sentence);
    }
  }
}
