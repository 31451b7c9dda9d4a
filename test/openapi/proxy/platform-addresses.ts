import { subscribe } from 'node:diagnostics_channel';
import { Server } from 'node:http';

/** Ports of this process on which HTTP is spoken, and whether by a platform. */
const ports = new Map<number, boolean>();

/** Name of the listener that http-api gives its server. */
const mark = 'answerMalformed';

subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const { server } = message as { readonly server: unknown }; // as Node documents
  if (!(server instanceof Server)) return;
  const address = server.address();
  if (typeof address !== 'object' || !address) return;
  const { port } = address;
  ports.set(
    port,
    server.listeners('clientError').some(({ name }) => name === mark),
  );
  server.once('close', () => ports.delete(port));
});

/**
 * Whether a platform answers at an address: one of this process, or, as far as a path tells, one of another process on
 * this machine.
 */
export function isOfPlatform({ protocol, hostname, port, pathname }: URL): boolean {
  if (protocol !== 'http:' || !/^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname)) return false;
  return ports.get(Number(port)) ?? pathname.startsWith('/api/v1/');
}
