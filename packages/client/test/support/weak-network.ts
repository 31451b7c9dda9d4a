import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network to a server of this machine that loses things. */
export interface WeakNetwork {
  readonly url: string;
  /** How many connections there were. */
  readonly connections: number;
  /** Breaks every connection. */
  drop(): void;
  /** Nothing comes back through the connections there are, and nobody is told. */
  fallSilent(): void;
  /** The next answer is lost, and its connection with it. */
  loseAnswer(): void;
  close(): Promise<void>;
}

/** Starts a network to a server. */
export async function startWeakNetwork(server: string): Promise<WeakNetwork> {
  const near = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  let [connections, loses] = [0, false];
  const listener = createServer((client) => {
    connections++;
    near.add(client);
    const far = connect(Number(new URL(server).port), '127.0.0.1');
    client.on('data', (data) => far.write(data));
    far.on('data', (data) => {
      if (silent.has(client)) return;
      if (!loses) return void client.write(data);
      loses = false;
      client.destroy();
    });
    for (const [one, other] of [
      [client, far],
      [far, client],
    ] as const)
      one
        .on('error', () => {})
        .on('close', () => {
          near.delete(client);
          other.destroy();
        });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    // The address of a server that listens on TCP.
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    drop() {
      for (const socket of near) socket.destroy();
    },
    fallSilent() {
      for (const socket of near) silent.add(socket);
    },
    loseAnswer() {
      loses = true;
    },
    async close() {
      listener.close();
      for (const socket of near) socket.destroy();
      await once(listener, 'close');
    },
  };
}
