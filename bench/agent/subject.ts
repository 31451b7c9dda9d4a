// One measured process: node subject.ts <one of the makers below, or a peer: peer:mastra, peer:mastra:stream>. Those over
// HTTP wait for requests, the others run the task themselves.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { AgentRuntime, defaultTenant, HttpServer, TenantStorage } from '@agent-factory/sdk/contracts';
import { createBareLoop } from './bare-loop.js';
import { serveCalls } from './calls.ts';
import { runLoad, type Load } from './load.ts';
import { lookUpNobody } from './look-up-nobody.ts';
import type { PeerAdapter } from './peer-adapter.ts';
import { platformConfig } from './platform-config.ts';
import { calls } from './task.js';

interface Subject {
  readonly url?: string;
  readonly kernel?: Kernel;
  run?(question: string): Promise<string>;
}

const modelUrl = process.env['MODEL_URL'] ?? '';
const dataDir = process.env['DATA_DIR'] ?? '';

async function bareServer(): Promise<Subject> {
  const run = createBareLoop(modelUrl);
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', async () => {
      const output = await run((JSON.parse(text) as { input: string }).input); // what the load sends
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ output }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/run` }; // it listens on TCP
}

async function platform({ http = false, full = false, stream = false } = {}): Promise<Subject> {
  const kernel = createKernel({
    config: platformConfig(modelUrl, dataDir, { full, stream }),
    baseDir: dataDir,
    lock: false,
    env: {},
    except: http ? [] : ['http-api'],
  });
  await kernel.start();
  if (http) return { kernel, url: `${kernel.use(HttpServer).url()}/api/v1/runs?wait=true` };
  const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
  let session = 0;
  const run = async (input: string): Promise<string> => {
    const { id } = await runtime.start(
      full ? { router: 'desk', input, stream, session: `visitor-${session++}` } : { agent: 'weather', input },
    );
    const { output, status, error } = await runtime.wait(id);
    if (typeof output !== 'string') throw new Error(`${status} ${JSON.stringify(error)}`);
    return output;
  };
  return { kernel, run };
}

const makers: Readonly<Record<string, () => Promise<Subject>>> = {
  bare: async () => ({ run: createBareLoop(modelUrl) }),
  platform: () => platform(),
  'platform-full': () => platform({ full: true }),
  'bare-stream': async () => ({ run: createBareLoop(modelUrl, true) }),
  'platform-stream': () => platform({ full: true, stream: true }),
  'bare-http': bareServer,
  'platform-http': () => platform({ http: true }),
};

/** An agent of another framework. */
async function peer(name: string, stream: boolean): Promise<Subject> {
  lookUpNobody();
  const { create } = (await import(`./peers/${name}.js`)) as PeerAdapter;
  return { run: await create(modelUrl, stream) };
}

const [kind = '', name, mode] = (process.argv[2] ?? '').split(':');
const subject = await (name === undefined ? makers[kind]?.() : peer(name, mode === 'stream'));
if (!subject) throw new Error(`There are ${Object.keys(makers).join(', ')}.`);
const { kernel, url, run } = subject;

serveCalls({
  url: async () => url,
  load: (load: Load) => runLoad(run ?? (() => Promise.reject(new Error('asks for requests'))), load),
  /** CPU milliseconds and tool calls so far. */
  usage: async () => {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1000, toolCalls: calls.tool };
  },
  /** Bytes of heap in use after a forced collection. */
  heap: async () => {
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return process.memoryUsage().heapUsed;
  },
  /** What the journal holds. */
  rows: async () => {
    if (!kernel) return { runs: 0, succeeded: 0, events: 0 };
    const storage = await kernel.use(TenantStorage).tenant(defaultTenant);
    const [runs] = await storage.query<{ runs: number; succeeded: number }>(
      `SELECT count(*) AS runs, sum(outcome = 'succeeded') AS succeeded FROM af_journal_sql_runs`,
    );
    const [events] = await storage.query<{ events: number }>(
      'SELECT count(*) AS events FROM af_journal_sql_events',
    );
    return { ...runs, ...events };
  },
  /** Ends the process in good order, so that a profile is written. */
  end: async () => {
    setImmediate(() => process.exit(0));
    await kernel?.close();
  },
});
