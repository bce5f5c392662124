package zbench;

import akka.actor.ActorSystem;
import akka.dispatch.SingleConsumerOnlyUnboundedMailbox;
import akka.dispatch.UnboundedMailbox;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.management.ManagementFactory;
import java.util.Map;

/** How the actor system is set up, and what the first line tells of it. */
final class Settings {
  /** The name of the peer, which all of its settings begin with: akka or pekko. */
  private static final String PEER =
      ActorSystem.class.getPackageName().replaceFirst("^(.*\\.)?(\\w+)\\.actor$", "$2");

  private static final Map<String, Class<?>> MAILBOXES =
      Map.of(
          "unbounded", UnboundedMailbox.class,
          "single-consumer", SingleConsumerOnlyUnboundedMailbox.class);

  private final Options options;
  private final Class<?> mailbox;

  Settings(Options options) {
    this.options = options;
    mailbox = MAILBOXES.get(options.mailbox);
    if (mailbox == null) {
      throw new UsageException(
          "There is no mailbox " + options.mailbox + ", only " + MAILBOXES.keySet() + ".");
    }
  }

  /** The default dispatcher, a fork-join pool, with as many threads as asked for. */
  Config config() {
    String text =
        """
        %s {
          loglevel = WARNING
          log-dead-letters = off
          jvm-shutdown-hooks = off
          actor {
            default-mailbox.mailbox-type = "%s"
            default-dispatcher {
              executor = fork-join-executor
              fork-join-executor {
                parallelism-factor = 1.0
                parallelism-min = %d
                parallelism-max = %d
              }
              throughput = %d
            }
          }
        }
        """;
    return ConfigFactory.parseString(
            String.format(
                text, PEER, mailbox.getName(), options.threads, options.threads, options.batch))
        .withFallback(ConfigFactory.load());
  }

  /** The line that says who is speaking. */
  String json(ActorSystem system) {
    String flags = String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments());
    return "{\"kind\": \"peer\", \"protocol\": 1, \"peer\": \"" + PEER
        + "\", \"version\": \"" + system.settings().ConfigVersion()
        + "\", \"runtime\": \"" + System.getProperty("java.vm.name") + " " + Runtime.version()
        + "\", \"threads\": " + options.threads
        + ", \"options\": {\"api\": \"" + options.api
        + "\", \"batch\": " + options.batch
        + ", \"mailbox\": \"" + options.mailbox
        + "\", \"dispatcher\": \"fork-join\", \"flags\": \"" + flags + "\"}}";
  }
}
