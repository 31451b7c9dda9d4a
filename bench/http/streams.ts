// Holds event streams open, from a process of its own: node streams.ts
import { connect, type Socket } from 'node:net';
import { serveCalls } from '../agent/calls.ts';
import type { Served } from './subject.ts';

const open: Socket[] = [];
/** Connections that are made at a time; a server's queue of new ones is short. */
const together = 64;

serveCalls({
  /** Opens so many streams, and waits until each has had an event. */
  open: async ({ served, count }: { served: Served; count: number }) => {
    let begun = 0;
    const lane = async (): Promise<void> => {
      while (begun++ < count) open.push(await openStream(served));
    };
    await Promise.all(Array.from({ length: together }, lane));
    return open.length;
  },
  /** How many the server has not ended. */
  alive: async () => open.filter(({ readyState }) => readyState === 'open').length,
});

function openStream({ url, streamPath = '', headers }: Served): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({ host: `${hostname}:${port}`, accept: 'text/event-stream', ...headers });
    socket.write(
      `GET ${streamPath} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
    let text = '';
    const read = (piece: string): void => {
      text += piece;
      if (!text.startsWith('HTTP/1.1 200')) reject(new Error(text.slice(0, 300)));
      if (!text.includes('\nid: ') && !text.includes('\nid:')) return;
      socket.off('data', read).resume();
      resolve(socket);
    };
    socket.setEncoding('utf8').on('data', read).once('error', reject);
  });
}
