package zbench.typed;

import akka.actor.typed.ActorRef;
import java.util.List;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A teller has accounts transfer money to each other, all at once. */
final class Bank extends Specs.Bank {
  private enum ToTeller {
    START,
    DONE
  }

  private interface ToAccount {}

  private record Transfer(ActorRef<ToAccount> target, long amount, ActorRef<ToTeller> teller)
      implements ToAccount {}

  private record Credit(long amount, ActorRef<ToAccount> source) implements ToAccount {}

  private enum Ack implements ToAccount {
    ACK
  }

  private static final class Teller extends Member<ToTeller> {
    private final ActorRef<ToTeller> self;
    private final List<ActorRef<ToAccount>> accounts;
    private final Draw draw;
    private final int transfers;
    private int finished;

    Teller(
        Stage stage, ActorRef<ToTeller> self, List<ActorRef<ToAccount>> accounts, Draw draw,
        int transfers) {
      super(stage);
      this.self = self;
      this.accounts = accounts;
      this.draw = draw;
      this.transfers = transfers;
    }

    @Override
    void onMessage(ToTeller message) {
      if (message == ToTeller.DONE) {
        finished++;
        if (finished == transfers) {
          stage.done();
        }
      } else {
        for (int i = 0; i < transfers; i++) {
          draw.next();
          ActorRef<ToAccount> target = accounts.get(draw.target);
          accounts.get(draw.source).tell(new Transfer(target, draw.amount, self));
        }
      }
    }
  }

  private static final class Account extends Member<ToAccount> {
    private final ActorRef<ToAccount> self;
    private ActorRef<ToTeller> teller;
    private long balance;

    Account(Stage stage, ActorRef<ToAccount> self) {
      super(stage);
      this.self = self;
    }

    @Override
    void onMessage(ToAccount message) {
      if (message instanceof Transfer transfer) {
        teller = transfer.teller();
        balance -= transfer.amount();
        transfer.target().tell(new Credit(transfer.amount(), self));
      } else if (message instanceof Credit credit) {
        balance += credit.amount();
        credit.source().tell(Ack.ACK);
      } else {
        teller.tell(ToTeller.DONE);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int accounts = p.count("accounts");
    Cast<ToAccount, Account> all =
        Cast.create(stage, accounts, (context, k) -> new Account(stage, context.getSelf()));
    Cast<ToTeller, Teller> teller =
        Cast.create(
            stage,
            1,
            (context, k) ->
                new Teller(
                    stage, context.getSelf(), all.refs(), new Draw(p), p.count("transfers")));
    long elapsed = stage.measure(1, () -> teller.tell(ToTeller.START));
    long total = 0;
    long answer = 0;
    for (int k = 0; k < accounts; k++) {
      total += all.members().get(k).balance;
      answer += k * all.members().get(k).balance;
    }
    if (total != 0) {
      stage.wrong("The balances add up to " + total + ", not 0.");
    }
    return new Outcome(elapsed, teller.received() + all.received(), answer);
  }
}
