package zbench.typed;

import akka.actor.typed.Behavior;
import akka.actor.typed.ExtensibleBehavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.Signal;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import zbench.Stage;

/**
 * An actor of an iteration, which counts what it receives.
 *
 * <p>A behavior of its own rather than one made by a receive builder, which looks through a list of
 * cases for each message.
 */
abstract class Member<T> extends ExtensibleBehavior<T> {
  final Stage stage;

  /** Written by the actor; read by the harness once the iteration is done. */
  long received;

  Member(Stage stage) {
    this.stage = stage;
  }

  abstract void onMessage(T message);

  @Override
  public final Behavior<T> receive(TypedActorContext<T> context, T message) {
    received++;
    onMessage(message);
    return Behaviors.same();
  }

  @Override
  public final Behavior<T> receiveSignal(TypedActorContext<T> context, Signal signal) {
    if (signal instanceof PostStop) {
      stage.ended();
    }
    return Behaviors.same();
  }
}
