import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * DynamoDB Local, in memory, on a free port of 127.0.0.1; writes the port to the file that is its argument.
 *
 * Its own command line listens on every interface, takes no port 0, and sends telemetry unless told not to: that code is
 * not used here.
 */
public final class LoopbackServer {
    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("com.almworks.sqlite4java").setLevel(Level.WARNING);
        boolean inMemory = true;
        boolean oneDatabaseForAll = true;
        boolean delayedStatuses = false;
        var requests = new LocalDynamoDBRequestHandler(0, inMemory, null, oneDatabaseForAll, delayedStatuses);

        var server = new Server();
        var connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        server.addConnector(connector);
        server.setHandler(new LocalDynamoDBServerHandler(requests, null));
        server.start();

        // Renamed, so that whoever waits for it never reads half a number.
        var file = Path.of(arguments[0]);
        var draft = Path.of(arguments[0] + ".new");
        Files.writeString(draft, connector.getLocalPort() + "\n");
        Files.move(draft, file);
        server.join();
    }
}
