import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can break. */
export interface CuttingProxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** The next connection that sends this breaks: before it arrives, or when it has and the answer is under way. */
  cut(when: { readonly sent: string; readonly arrives: boolean }): void;
  close(): void;
}

/** Starts a proxy before a server. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let cut: { readonly sent: string; readonly arrives: boolean } | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let answering = true;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (bytes) => {
      if (cut === undefined || !bytes.includes(cut.sent)) return void upstream.write(bytes);
      if (cut.arrives) {
        answering = false;
        upstream.write(bytes);
      } else end();
      cut = undefined;
    });
    upstream.on('data', (bytes) => {
      if (answering) client.write(bytes);
      else end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port); // listens on TCP
  return {
    url: url.href,
    cut: (when) => (cut = when),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
