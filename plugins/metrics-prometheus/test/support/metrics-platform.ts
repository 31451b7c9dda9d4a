import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { JsonObject, PlatformConfig } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, HttpServer } from '@agent-factory/sdk/contracts';
import { sampleOffering, sampleTools } from '@agent-factory/sdk/testing';

const folder = dirname(dirname(import.meta.dirname));

/** A platform that does a little of everything that is counted. */
export class MetricsPlatform {
  readonly kernel: Kernel;
  /** What was logged so far. */
  readonly log: readonly string[];
  readonly #dataDir: string;

  constructor(kernel: Kernel, log: readonly string[], dataDir: string) {
    this.kernel = kernel;
    this.log = log;
    this.#dataDir = dataDir;
  }

  static async open(config: JsonObject = {}): Promise<MetricsPlatform> {
    const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-metrics-'));
    const log: string[] = [];
    const kernel = createKernel({
      config: configWith(dataDir, config),
      baseDir: folder,
      memory: [sampleOffering],
      env: { TOKEN: 'a token that nobody guesses' },
      lock: false,
      writeLog: (line) => log.push(line),
    });
    const on = new MetricsPlatform(kernel, log, dataDir);
    try {
      await kernel.start();
    } catch (error) {
      await on.close();
      throw error;
    }
    return on;
  }

  /** Loads the plugin again, with another configuration. */
  async reload(config: JsonObject): Promise<void> {
    await this.kernel.apply(configWith(this.#dataDir, config));
  }

  ask(path: string, method = 'GET'): Promise<Response> {
    return fetch(`${this.kernel.use(HttpServer).url()}${path}`, { method });
  }

  /** Runs the agent to its end. */
  async run(message: string): Promise<string> {
    const runtime = this.kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'guide', input: message });
    return (await runtime.wait(id)).status;
  }

  async page(): Promise<string> {
    const answer = await this.ask('/metrics');
    assert.equal(answer.status, 200);
    return answer.text();
  }

  async close(): Promise<void> {
    await this.kernel.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

function configWith(dataDir: string, config: JsonObject): PlatformConfig {
  const tools = [...sampleTools];
  const guide = { name: 'guide', description: 'Guides.', instructions: 'Help.', model: 'test/any', tools };
  return {
    dataDir,
    log: { level: 'info', format: 'json' },
    plugins: [
      '@agent-factory/plugin-storage-sqlite',
      '@agent-factory/plugin-journal-sql',
      '@agent-factory/plugin-jobs-local',
      'offering',
      { use: '@agent-factory/plugin-agent-runtime', config: { agentsDir: 'none', agents: [guide] } },
      { use: folder, config },
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  };
}

/** The values of a page, by name and labels as they stand there. */
export function valuesOf(page: string): ReadonlyMap<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
