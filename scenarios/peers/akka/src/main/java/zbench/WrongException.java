package zbench;

/** An iteration went wrong; the message is the protocol's sentence. */
public final class WrongException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public WrongException(String sentence) {
    super(sentence);
  }
}
