import { createRequire } from 'node:module';

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

/** Loads a peer that was installed into this folder. */
export function loadPeer<Shape>(name: string): Shape {
  return require(name) as Shape; // described above as far as it is used
}

/** The same for a peer that is an ES module. */
export async function importPeer<Shape>(name: string): Promise<Shape> {
  return (await import(name)) as Shape; // as above
}
