// The process an isolated plugin runs in. It knows nothing of the platform: it passes text between a pipe and a realm.
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
// Not the globals: code that breaks out of its realm could put others in their place.
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { URL } from 'node:url';
import type { Script } from 'node:vm';
import { lineOf, readLine } from '@agent-factory/sdk/bridge';
import vm2 from 'vm2';
import { frameKinds, insteadOf, LineJoiner } from './frames.ts';
import { asks, timerDue, type GuestLines, type HostCall } from './guest/host-call.ts';

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
  const link = new Socket({
    fd: 3,
    readable: true,
    writable: true,
    onread: { buffer: Buffer.allocUnsafe(65_536), callback: read },
  });
  const joiner = new LineJoiner(maxPluginBytes);
  const timers = new Map<number, NodeJS.Timeout>();
  // To load it takes a tenth of the start and a megabyte; few plugins need it.
  const { getBuiltinModule } = process;
  let crypto: typeof import('node:crypto') | undefined;
  let isBooted = false;
  /** What goes out beside what the guest says. */
  let queue = '';
  const settled = Promise.resolve();
  let isWoken = false;

  // Not before what is computed now gives way: so nothing tells of a pause that a plugin does not make.
  function wake(): void {
    if (isWoken) return;
    isWoken = true;
    process.nextTick(flush);
  }

  function flush(): void {
    let said: unknown = '';
    try {
      said = guest.lines;
    } catch {
      // As below.
    }
    if (typeof said === 'string' && said.length * 3 > maxMessageBytes)
      for (let at = 0; at >= 0 && at < said.length;) at = readLine(said, at, send);
    else if (typeof said === 'string') queue += said;
    const text = queue;
    queue = '';
    isWoken = false;
    if (text !== '') link.write(text);
  }

  function send(kind: number, id: number, target: number, text: string): void {
    if (text.length * 3 > maxMessageBytes) {
      const bytes = Buffer.byteLength(text);
      const other = bytes > maxMessageBytes ? insteadOf(kind, bytes, maxMessageBytes) : undefined;
      if (other?.back) return void setImmediate(() => deliver(lineOf(other.kind, id, 0, other.text)));
      if (other) return send(other.kind, id, 0, other.text);
    }
    queue += lineOf(kind, id, target, text);
    wake();
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

  /** Reaches into the guest's realm, as `wake` does. Whatever goes wrong, only a text goes back. */
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
              deliver(lineOf(timerDue, id, 0, ''));
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
  type GuestOf = (host: HostCall, wake: () => void) => GuestLines;
  const guest = (vm._runScript(guestScript) as GuestOf)(host, wake); // as its text says
  function deliver(lines: string): void {
    try {
      guest.lines = lines;
    } catch {
      // What a guest throws is not touched.
    }
    // When what was heard has been answered, or awaits something: where that takes longer, the guest wakes.
    void settled.then(flush);
  }

  /** What the platform says before the guest has a plugin in it. */
  function begin(kind: number, id: number, _target: number, text: string): void {
    if (kind === frameKinds.ping) send(frameKinds.pong, id, 0, '');
    if (kind !== frameKinds.boot) return;
    isBooted = true;
    try {
      vm.run(
        `try {\n${JSON.parse(text)}\n} catch (error) { globalThis.__afFailed = error ?? new Error('it threw nothing'); }`,
        'plugin.js',
      );
    } catch {
      // The platform has parsed it before; what went wrong is told when the plugin boots.
    }
  }

  function read(bytes: number, buffer: Uint8Array): boolean {
    const lines = joiner.push(buffer as Buffer, bytes); // given above
    if (lines === undefined) process.exit(2);
    let at = 0;
    while (!isBooted && at >= 0 && at < lines.length) at = readLine(lines, at, begin);
    if (at < lines.length) deliver(at === 0 ? lines : lines.slice(at));
    return true;
  }
  link.on('end', () => process.exit(0));
  link.on('error', () => process.exit(0));
  // Everything is loaded; nothing of ours reads a file from here on.
  (process as { permission?: { drop?(scope: string): void } }).permission?.drop?.('fs.read');
  send(frameKinds.ready, 0, 0, '');
}
