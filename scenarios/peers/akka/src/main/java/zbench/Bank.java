package zbench;

import akka.actor.ActorRef;
import java.util.Map;

/** A teller has accounts transfer money to each other, all at once. */
final class Bank implements Scenario {
  private enum Message {
    START,
    ACK,
    DONE
  }

  private record Transfer(ActorRef target, long amount) {}

  private record Credit(long amount) {}

  /** Draws transfers in the order the protocol gives. */
  private static final class Draw {
    private final Mwc59 random;
    private final int accounts;
    int source;
    int target;
    long amount;

    Draw(long seed, int accounts) {
      this.random = new Mwc59(seed, 0);
      this.accounts = accounts;
    }

    void next() {
      source = random.below(accounts);
      target = (source + 1 + random.below(accounts - 1)) % accounts;
      amount = 1 + random.below(1000);
    }
  }

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
          done();
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
  public Map<String, Long> defaults() {
    return Defaults.of("accounts", 1_000, "transfers", 100_000);
  }

  @Override
  public Expected expected(Parameters p) {
    Draw draw = new Draw(p.seed, p.count("accounts"));
    long answer = 0;
    for (int i = 0; i < p.count("transfers"); i++) {
      draw.next();
      answer += draw.amount * (draw.target - draw.source);
    }
    return new Expected(4L * p.count("transfers") + 1, answer);
  }

  @Override
  public Outcome run(Stage stage, Parameters p) {
    int accounts = p.count("accounts");
    if (accounts < 2) {
      throw new UsageException("Transfers need two accounts.");
    }
    Cast<Account> all = stage.create(accounts, Account.class, k -> new Account(stage));
    Cast<Teller> teller =
        stage.create(
            1,
            Teller.class,
            k -> new Teller(stage, all.refs(), new Draw(p.seed, accounts), p.count("transfers")));
    long elapsed = stage.measure(1, () -> teller.tell(Message.START));
    long total = 0;
    long answer = 0;
    for (int k = 0; k < accounts; k++) {
      total += all.members().get(k).balance;
      answer += k * all.members().get(k).balance;
    }
    Checks.that(total == 0, "The balances add up to " + total + ", not 0.");
    return new Outcome(elapsed, teller.received() + all.received(), answer);
  }
}
