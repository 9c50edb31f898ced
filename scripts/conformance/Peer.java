import java.util.ArrayList;
import java.util.List;
import org.zeromq.ZMQ;

/** A bound socket of JeroMQ, with the application that `zmtp conform` supposes behind it. */
public final class Peer {
    public static void main(String[] args) {
        int type;
        switch (args[0]) {
            case "REP": type = ZMQ.REP; break;
            case "ROUTER": type = ZMQ.ROUTER; break;
            case "XPUB": type = ZMQ.XPUB; break;
            case "SUB": type = ZMQ.SUB; break;
            default: type = ZMQ.PULL;
        }
        ZMQ.Socket socket = ZMQ.context(1).socket(type);
        int port = socket.bindToRandomPort("tcp://127.0.0.1");
        System.out.println("tcp://127.0.0.1:" + port);
        if (type == ZMQ.SUB) socket.subscribe("+".getBytes());
        while (true) {
            List<byte[]> frames = new ArrayList<>();
            do {
                frames.add(socket.recv(0));
            } while (socket.hasReceiveMore());
            if (type == ZMQ.PULL || type == ZMQ.SUB) continue;
            for (int i = 0; i < frames.size(); i++) {
                socket.send(frames.get(i), i < frames.size() - 1 ? ZMQ.SNDMORE : 0);
            }
        }
    }
}
