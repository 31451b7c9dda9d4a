import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What answers as a PostgreSQL of another version would. */
export interface OldServer {
  readonly url: string;
  close(): void;
}

const text = 25; // the type's number

/** A message of the server: its letter, and its length with what follows. */
function message(letter: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(letter), length, body]);
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int16 = (value: number): Buffer => int32(value).subarray(2);
const cString = (value: string): Buffer => Buffer.from(`${value}\0`);
const ready = message('Z', Buffer.from('I'));

/** One row of texts. */
function answer(row: Readonly<Record<string, string>>): Buffer {
  const columns = Object.entries(row);
  const described = columns.map(([name]) =>
    Buffer.concat([cString(name), int32(0), int16(0), int32(text), int16(-1), int32(-1), int16(0)]),
  );
  const values = columns.map(([, value]) =>
    Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]),
  );
  return Buffer.concat([
    message('T', int16(columns.length), ...described),
    message('D', int16(columns.length), ...values),
    message('C', cString('SELECT 1')),
    ready,
  ]);
}

/**
 * Starts a server that speaks as much of the protocol as the first question needs: it lets everybody in, and answers
 * that it is of this version (`server_version_num`).
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function startOldServer(version: string): Promise<OldServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let greeted = false;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (!greeted) {
        greeted = true;
        socket.write(Buffer.concat([message('R', int32(0)), ready]));
      } else if (bytes[0] === 'Q'.charCodeAt(0))
        socket.write(answer({ version, encoding: 'UTF8', schema: 'public' }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listens on TCP
  return {
    url: `postgres://me@127.0.0.1:${port}/agents`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
