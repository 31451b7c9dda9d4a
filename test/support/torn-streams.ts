import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to a server on which event streams break off. */
export interface TornStreams {
  readonly url: string;
  /** With which `last-event-id` streams were asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Starts it: of so many streams one event gets through, and then the connection is lost. */
export async function startTornStreams(server: string, most: number): Promise<TornStreams> {
  const asked: string[] = [];
  const way = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    const behind = request(new URL(url, server), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (!url.endsWith('/stream') || asked.push(String(headers['last-event-id'])) > most)
        return void answer.pipe(outgoing);
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        const [whole] = /^[^]*?\ndata: .*\n\n/.exec(text) ?? [];
        if (whole === undefined || outgoing.destroyed) return;
        outgoing.write(whole, () => outgoing.destroy());
        behind.destroy();
      });
      answer.on('error', () => {}); // it is torn
    });
    incoming.pipe(behind.on('error', () => outgoing.destroy()));
  });
  way.listen(0, '127.0.0.1');
  await once(way, 'listening');
  return {
    // The address of a server that listens on TCP.
    url: `http://127.0.0.1:${(way.address() as AddressInfo).port}`,
    asked,
    async close() {
      way.close();
      way.closeAllConnections();
      await once(way, 'close');
    },
  };
}
