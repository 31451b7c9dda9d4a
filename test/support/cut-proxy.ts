import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between a client and a server of this machine that can be cut. */
export interface CutProxy {
  readonly port: number;
  /** From now on nothing comes through, in neither direction, and nobody is told: no connection is closed. */
  cut(): void;
  /** Lets through what was held back, and all that comes. */
  heal(): void;
  close(): Promise<void>;
}

/** Starts a network to a port of this machine. */
export async function startCutProxy(port: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const hold = (from: Socket, to: Socket): void => {
    sockets.add(from);
    if (isCut) from.pause();
    from.on('data', (data) => to.write(data));
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    hold(near, far);
    hold(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // The address of a server that listens on TCP.
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    heal() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
