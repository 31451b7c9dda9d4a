import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';

/** Refuses every connection while `work` goes on, and gives what was tried: addresses and names. */
export async function withoutSockets<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly tried: readonly string[] }> {
  const tried: string[] = [];
  const { connect } = net.Socket.prototype;
  const { createSocket } = dgram;
  const { lookup } = dns;
  const refuse = (what: string): never => {
    tried.push(what);
    throw new Error(`a replay must not reach ${what}`);
  };
  net.Socket.prototype.connect = (...args: unknown[]): never => refuse(JSON.stringify(args[0]));
  dgram.createSocket = (): never => refuse('a datagram socket');
  Object.assign(dns, { lookup: (name: string) => refuse(name) });
  try {
    return { result: await work(), tried };
  } finally {
    net.Socket.prototype.connect = connect;
    dgram.createSocket = createSocket;
    Object.assign(dns, { lookup });
  }
}
