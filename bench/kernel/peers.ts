import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
type Tap = (input: number) => unknown;
type Setup = (...args: never[]) => unknown;

/** The parts of tapable that are measured. */
export interface Tapable {
  readonly SyncHook: new (args: string[]) => { tap(name: string, tap: Tap): void; call(input: number): void };
  readonly AsyncSeriesHook: new (args: string[]) => {
    tapPromise(name: string, tap: Tap): void;
    promise(input: number): Promise<void>;
  };
}

/** The parts of hookable that are measured. */
export interface Hookable {
  createHooks(): { hook(name: string, tap: Tap): void; callHook(name: string, input: number): Promise<void> };
}

/** The parts of cordis, versions 3 and 4, that are measured. */
export interface Cordis {
  readonly Context: new () => {
    on(name: string, tap: Tap): void;
    emit(name: string, input: number): void;
    serial(name: string, input: number): Promise<unknown>;
    plugin(plugin: object): PromiseLike<unknown>;
  };
}

/** The parts of avvio that are measured. */
export type Avvio = (
  server: object,
  options: object,
) => { use(setup: Setup): void; start(): void; ready(): Promise<unknown> };

/** The parts of fastify that are measured. */
export type Fastify = (options: object) => { register(setup: Setup): void; ready(): PromiseLike<unknown> };

/** fastify's own runner of request hooks; an internal file, so the version is pinned. */
export interface FastifyHooks {
  onRequestHookRunner(taps: Setup[], request: object, reply: object, done: () => void): void;
}

/** Loads a peer that `installPeers` installed. */
export function loadPeer<Shape>(name: string): Shape {
  return require(name) as Shape; // described above as far as it is used
}

/** The same for a peer that is an ES module. */
export async function importPeer<Shape>(name: string): Promise<Shape> {
  return (await import(name)) as Shape; // as above
}

/** Installs the peers as bench/kernel/package-lock.json names them, unless they are there. */
export function installPeers(): void {
  const folder = import.meta.dirname;
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return;
  process.stdout.write('Installing the peers (npm ci in bench/kernel)\n');
  const npm = process.env['npm_execpath'];
  const [command, before] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const { status } = spawnSync(command, [...before, 'ci', '--ignore-scripts'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The peers could not be installed; is the npm registry in reach?');
}
