import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { Isolation, type IsolationLevel, type JsonObject } from '@agent-factory/sdk';
import { Tool, type ToolCallContext } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { VM } from 'vm2';

/** One way to have a plugin answer. */
export interface Peer {
  readonly name: string;
  call(input: JsonObject): Promise<unknown>;
  close(): Promise<void>;
}

const echo = join(import.meta.dirname, 'echo-process.mjs');

/** A call in the same process, with the copies that keep both sides apart: what all others are held against. */
export const direct: Peer = {
  name: 'direct, JSON copies',
  call: async (input) => JSON.parse(JSON.stringify(JSON.parse(JSON.stringify(input)))),
  close: async () => {},
};

/** vm2 in the same process, text in and out. */
export function vm2Peer(): Peer {
  const vm = new VM({ eval: false, wasm: false });
  const run = vm.run('(text) => JSON.stringify(JSON.parse(text))') as (text: string) => string; // as its text says
  return {
    name: 'vm2, JSON text',
    call: async (input) => JSON.parse(run(JSON.stringify(input))),
    close: async () => {},
  };
}

/** Answers come in the order of calls. */
function inOrder(
  name: string,
  send: (text: string) => void,
  close: () => Promise<void>,
): Peer & { take(text: string): void } {
  const waiting: ((text: string) => void)[] = [];
  return {
    name,
    take: (text) => waiting.shift()?.(text),
    call: (input) =>
      new Promise((resolve) => {
        waiting.push((text) => resolve(JSON.parse(text)));
        send(JSON.stringify(input));
      }),
    close,
  };
}

/** A thread, text in and out. */
export function workerPeer(): Peer {
  const worker = new Worker(echo);
  const peer = inOrder(
    'worker',
    (text) => worker.postMessage(text),
    async () => void (await worker.terminate()),
  );
  worker.on('message', (text: string) => peer.take(text));
  return peer;
}

/** A bare child process, a line each way. */
export function childPeer(): Peer {
  const child = spawn(process.execPath, [echo], { stdio: ['pipe', 'pipe', 'inherit'] });
  const peer = inOrder(
    'child process, lines',
    (text) => child.stdin.write(`${text}\n`),
    async () => void child.kill(),
  );
  createInterface({ input: child.stdout }).on('line', (line) => peer.take(line));
  return peer;
}

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const context: ToolCallContext = {
  signal: new AbortController().signal,
  runId: 'run-1',
  tenant: 'default',
  idempotencyKey: 'key-1',
  log,
};

/** A plugin of a platform, trusted or isolated at exactly a level. */
export async function pluginPeer(level: IsolationLevel | 'trusted'): Promise<Peer> {
  const isolation = {
    use: '@agent-factory/plugin-isolation-process',
    config: { strongest: level, spare: 0 },
  };
  const kernel = await bootTestKernel({
    plugins: [
      ...(level === 'trusted' ? [] : [isolation]),
      { use: join(import.meta.dirname, 'echo'), isolation: level },
    ],
  });
  const tool = kernel.all(Tool)[0]?.value;
  if (!tool) throw new Error('the plugin gave no tool');
  return {
    name: level === 'trusted' ? 'plugin, trusted' : `plugin at ${level}`,
    call: (input) => tool.run(input, context),
    close: () => kernel.close(),
  };
}

/** The levels that this machine offers, and why it does not offer the others. */
export async function offered(): Promise<{ levels: IsolationLevel[]; missing: string[] }> {
  const kernel = await bootTestKernel({ plugins: ['@agent-factory/plugin-isolation-process'] });
  const offers = await kernel.use(Isolation).levels();
  await kernel.close();
  return {
    levels: offers.filter(({ available }) => available).map(({ level }) => level),
    missing: offers.filter(({ available }) => !available).map(({ level, why }) => `${level}: ${why}`),
  };
}
