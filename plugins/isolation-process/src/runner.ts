// The process an isolated plugin runs in. It knows nothing of the platform: it passes text between a pipe and a realm.
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
// Not the globals: code that breaks out of its realm could put others in their place.
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { URL } from 'node:url';
import type { Script } from 'node:vm';
import vm2 from 'vm2';
import { encodeFrame, frameKinds, FrameReader, insteadOf } from './frames.ts';
import { asks, timerDue, type HostCall } from './guest/host-call.ts';

/** What the platform sends is trusted; a plugin's code is the longest of it. */
const maxPluginBytes = 32 * 1_048_576;
const settable = new Set([
  'href',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
]);

/** A realm of vm2, with what it runs scripts by once it has changed their code. */
type Realm = vm2.VM & { _runScript(script: Script): unknown };

/** Makes this process a runner, given the script of a guest: it talks at file descriptor 3 until that is closed. */
export function run(guestScript: Script): void {
  /** Given by the platform, which counts on its side as well. */
  const [maxMessageBytes = 1_048_576] = process.argv.slice(2).map(Number);
  const link = new Socket({ fd: 3, readable: true, writable: true });
  const timers = new Map<number, NodeJS.Timeout>();
  // To load it takes a tenth of the start and a megabyte; few plugins need it.
  const { getBuiltinModule } = process;
  let crypto: typeof import('node:crypto') | undefined;
  let queue: Buffer[] = [];

  function flush(): void {
    const [first, ...rest] = queue;
    queue = [];
    if (first) link.write(rest.length === 0 ? first : Buffer.concat([first, ...rest]));
  }

  function send(kind: number, id: number, target: number, text: string): void {
    if (text.length * 3 > maxMessageBytes) {
      const bytes = Buffer.byteLength(text);
      const other = bytes > maxMessageBytes ? insteadOf(kind, bytes, maxMessageBytes) : undefined;
      if (other?.back) return void setImmediate(deliver, other.kind, id, 0, other.text);
      if (other) return send(other.kind, id, 0, other.text);
    }
    if (queue.length === 0) process.nextTick(flush);
    queue.push(encodeFrame(kind, id, target, text));
  }

  function urlParts(text: string): string {
    const [input = '', base] = JSON.parse(text) as string[]; // the guest's own, or it fails
    const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } =
      new URL(input, base);
    return JSON.stringify({
      href,
      origin,
      protocol,
      username,
      password,
      host,
      hostname,
      port,
      pathname,
      search,
      hash,
    });
  }

  function changedUrl(text: string): string {
    const [href = '', name = '', value = ''] = JSON.parse(text) as string[]; // as above
    const url = new URL(href);
    if (settable.has(name)) Reflect.set(url, name, value);
    return urlParts(JSON.stringify([url.href]));
  }

  /** The one function that reaches into the guest's realm. Whatever goes wrong, only a text goes back. */
  const host: HostCall = (what, id, target, text) => {
    if (
      typeof what !== 'number' ||
      typeof id !== 'number' ||
      typeof target !== 'number' ||
      typeof text !== 'string'
    )
      return '';
    try {
      switch (what) {
        case asks.setTimer:
          timers.set(
            id,
            setTimeout(() => {
              timers.delete(id);
              deliver(timerDue, id, 0, '');
            }, target),
          );
          return '';
        case asks.clearTimer:
          clearTimeout(timers.get(id));
          timers.delete(id);
          return '';
        case asks.url:
          return urlParts(text);
        case asks.setUrl:
          return changedUrl(text);
        case asks.random:
          crypto ??= getBuiltinModule('node:crypto');
          return crypto.randomBytes(Math.min(target, 65_536)).toString('hex');
        default:
          if (what < frameKinds.boot || what === frameKinds.log) send(what, id, target, text);
          return '';
      }
    } catch {
      return '';
    }
  };

  const limits: vm2.VMOptions & { bufferAllocLimit: number } = {
    eval: false,
    wasm: false,
    bufferAllocLimit: 0x100000,
  };
  const vm = new vm2.VM(limits) as Realm; // vm2 does not declare all it has
  const guest = (vm._runScript(guestScript) as (host: HostCall) => typeof deliver)(host); // as its text says
  function deliver(kind: number, id: number, target: number, text: string): void {
    try {
      guest(kind, id, target, text);
    } catch {
      // What a guest throws is not touched.
    }
  }

  const reader = new FrameReader(maxPluginBytes, (kind, id, target, text) => {
    if (kind === frameKinds.ping) send(frameKinds.pong, id, 0, '');
    else if (kind !== frameKinds.boot) deliver(kind, id, target, text);
    else {
      try {
        vm.run(
          `try {\n${text}\n} catch (error) { globalThis.__afFailed = error ?? new Error('it threw nothing'); }`,
          'plugin.js',
        );
      } catch {
        // The platform has parsed it before; what went wrong is told when the plugin boots.
      }
    }
  });
  link.on('data', (piece: Buffer) => {
    if (!reader.push(piece)) process.exit(2);
  });
  link.on('end', () => process.exit(0));
  link.on('error', () => process.exit(0));
  // Everything is loaded; nothing of ours reads a file from here on.
  (process as { permission?: { drop?(scope: string): void } }).permission?.drop?.('fs.read');
  send(frameKinds.ready, 0, 0, '');
}
