package zbench.classic;

import akka.actor.ActorRef;
import zbench.Mwc59;
import zbench.Parameters;
import zbench.Specs;
import zbench.Stage;

/** A teller has accounts transfer money to each other, all at once. */
final class Bank extends Specs.Bank {
  private enum Message {
    START,
    ACK,
    DONE
  }

  private record Transfer(ActorRef target, long amount) {}

  private record Credit(long amount) {}

  private static final class Teller extends Member {
    private final ActorRef[] accounts;
    private final Draw draw;
    private final int transfers;
    private int finished;

    Teller(Stage stage, ActorRef[] accounts, Draw draw, int transfers) {
      super(stage);
      this.accounts = accounts;
      this.draw = draw;
      this.transfers = transfers;
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message == Message.DONE) {
        finished++;
        if (finished == transfers) {
          stage.done();
        }
      } else if (message == Message.START) {
        order();
      } else {
        unhandled(message);
      }
    }

    private void order() {
      ActorRef self = getSelf();
      for (int i = 0; i < transfers; i++) {
        draw.next();
        accounts[draw.source].tell(new Transfer(accounts[draw.target], draw.amount), self);
      }
    }
  }

  private static final class Account extends Member {
    private long balance;
    private ActorRef teller;

    Account(Stage stage) {
      super(stage);
    }

    @Override
    public void onReceive(Object message) {
      received++;
      if (message instanceof Transfer transfer) {
        teller = getSender();
        balance -= transfer.amount();
        transfer.target().tell(new Credit(transfer.amount()), getSelf());
      } else if (message instanceof Credit credit) {
        balance += credit.amount();
        getSender().tell(Message.ACK, getSelf());
      } else if (message == Message.ACK) {
        teller.tell(Message.DONE, getSelf());
      } else {
        unhandled(message);
      }
    }
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int accounts = p.count("accounts");
    Cast<Account> all = Cast.create(stage, accounts, Account.class, k -> new Account(stage));
    Cast<Teller> teller =
        Cast.create(
            stage,
            1,
            Teller.class,
            k -> new Teller(stage, all.refs(), new Draw(p), p.count("transfers")));
    long elapsed = stage.measure(1, () -> teller.tell(Message.START));
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
