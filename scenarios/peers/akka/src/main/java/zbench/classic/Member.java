package zbench.classic;

import akka.actor.UntypedAbstractActor;
import java.util.Optional;
import zbench.Stage;

/**
 * An actor of an iteration, which counts what it receives.
 *
 * <p>Subclasses look at messages themselves: the documentation advises that over a receive builder
 * where speed counts.
 */
abstract class Member extends UntypedAbstractActor {
  final Stage stage;

  /** Written by the actor; read by the harness once the iteration is done. */
  long received;

  Member(Stage stage) {
    this.stage = stage;
  }

  @Override
  public void preRestart(Throwable reason, Optional<Object> message) {
    stage.fail(new IllegalStateException("An actor failed.", reason));
  }
}
