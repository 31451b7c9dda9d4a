import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { JsonObject } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  HttpRoute,
  HttpServer,
  LanguageModel,
  Tool,
} from '@agent-factory/sdk/contracts';
import { textOf, type Run } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin, testTool } from '@agent-factory/sdk/testing';

const folder = dirname(dirname(import.meta.dirname));
const base = { description: 'Of this test.', instructions: 'Help.', model: 'test/small' } as const;
const agents = [
  { ...base, name: 'guide', tools: ['look'] },
  { ...base, name: 'careful', tools: ['look'], approvals: { look: 'always' } },
  {
    ...base,
    name: 'guarded',
    guardrails: [{ use: 'keywords', stages: ['input'], settings: { words: ['lantern'] } }],
  },
  { ...base, name: 'boss', agents: ['guide'] },
];

/** Calls the tool of its first word, then says what came of it; or fails. */
const offering = testPlugin('offering', [HttpRoute, LanguageModel, Tool], (ctx) => {
  ctx.contribute(
    LanguageModel,
    functionModel('test', ({ messages, tools }) => {
      const last = messages.at(-1);
      const said = last ? textOf(last) : '';
      if (last?.role !== 'user') return `It was ${said}.`;
      if (said === 'fail') throw new Error('it fell over');
      const other = tools?.find(({ name }) => name.includes('guide'));
      if (other) return [{ id: 'c0', name: other.name, input: { message: said } }];
      return said.startsWith('look') ? [{ id: 'c1', name: 'look', input: { at: 'the sea' } }] : 'Nothing.';
    }),
  );
  ctx.contribute(HttpRoute, {
    method: 'GET',
    path: '/api/v1/test-failure',
    operationId: 'failForTest',
    summary: 'Fails.',
    tag: 'Test',
    permission: { public: 'it is a test' },
    responses: { 200: { description: 'Never.' } },
    rate: 'read',
    handler: async () => {
      throw new Error('nobody foresaw it');
    },
  });
  ctx.contribute(
    Tool,
    testTool('look', async () => 'a lighthouse'),
  );
});

/** A platform whose traces go to a collector. */
export class TracedPlatform {
  readonly log: string[];
  kernel: Kernel;
  readonly #dataDir: string;
  readonly #config: JsonObject | undefined;

  constructor(kernel: Kernel, parts: { log: string[]; dataDir: string; config: JsonObject | undefined }) {
    this.kernel = kernel;
    this.log = parts.log;
    this.#dataDir = parts.dataDir;
    this.#config = parts.config;
  }

  /** Without a configuration nothing traces. */
  static async open(config?: JsonObject): Promise<TracedPlatform> {
    const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-traces-'));
    const log: string[] = [];
    return new TracedPlatform(await boot(dataDir, log, config), { log, dataDir, config });
  }

  /** Ends the process, as far as a test can, and begins another with the same data. */
  async restart(): Promise<void> {
    await this.kernel.close();
    this.kernel = await boot(this.#dataDir, this.log, this.#config);
  }

  ask(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.kernel.use(HttpServer).url()}${path}`, init);
  }

  /** Starts a run over HTTP, and waits for it. */
  async post(body: JsonObject, headers: Readonly<Record<string, string>> = {}): Promise<Run> {
    const answer = await this.ask('/api/v1/runs?wait=true', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Run; // as its schema says
  }

  /** Starts a run within the process, and waits for it. */
  async run(agent: string, input: string): Promise<Run> {
    const runs = this.kernel.use(AgentRuntime).tenant(defaultTenant);
    return runs.wait((await runs.start({ agent, input })).id);
  }

  async close(): Promise<void> {
    await this.kernel.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

async function boot(dataDir: string, log: string[], config: JsonObject | undefined): Promise<Kernel> {
  const kernel = createKernel({
    config: {
      dataDir,
      log: { level: 'info', format: 'json' },
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-journal-sql',
        '@agent-factory/plugin-guardrails-builtin',
        '@agent-factory/plugin-prompt-log',
        'offering',
        { use: '@agent-factory/plugin-agent-runtime', config: { agentsDir: 'none', agents } },
        ...(config ? [{ use: folder, config: { everyMs: 10, retryMs: 1, ...config } }] : []),
        '@agent-factory/plugin-metrics-prometheus',
        { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
      ],
    },
    baseDir: folder,
    memory: [offering],
    env: { COLLECTOR_KEY: 'a key that nobody guesses' },
    lock: false,
    writeLog: (line) => log.push(line),
  });
  try {
    await kernel.start();
  } catch (error) {
    await kernel.close();
    throw error;
  }
  return kernel;
}
