import { fileURLToPath } from 'node:url';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { InMemoryPlugin, JsonObject } from '@agent-factory/sdk';
import { HttpRoute, HttpServer, Permission } from '@agent-factory/sdk/contracts';
import { testPlugin } from '@agent-factory/sdk/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of the plugin under test. */
export const apiFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/** A platform with the HTTP API on a free port. */
export interface TestApi {
  readonly url: string;
  readonly port: number;
  readonly kernel: Kernel;
  /** What was logged so far. */
  readonly log: readonly string[];
  /** Puts other plugins into service behind the same socket. */
  swap(...ids: string[]): Promise<void>;
  close(): Promise<void>;
}

/** Boots the API over plugins in memory; `active` names those that serve, by default all. */
export async function bootApi(
  plugins: readonly InMemoryPlugin[],
  config: JsonObject = {},
  active: readonly string[] = plugins.map(({ manifest }) => manifest.id),
): Promise<TestApi> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-http-'));
  const log: string[] = [];
  const configWith = (ids: readonly string[]) => ({
    dataDir,
    log: { level: 'warn' as const, format: 'json' as const },
    generations: { drainMs: 1000 },
    plugins: [...ids, { use: apiFolder, config: { port: 0, ...config } }],
  });
  const kernel = createKernel({
    config: configWith(active),
    baseDir: apiFolder,
    memory: plugins,
    env: {},
    lock: false,
    writeLog: (line) => log.push(line),
  });
  const close = async (): Promise<void> => {
    await kernel.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await kernel.start();
  } catch (error) {
    await close();
    throw error;
  }
  const url = kernel.use(HttpServer).url() ?? '';
  const swap = async (...ids: string[]): Promise<void> => {
    await kernel.apply(configWith(ids));
  };
  return { url, port: Number(new URL(url).port), kernel, log, swap, close };
}

/** A plugin that contributes routes. */
export function routesPlugin(id: string, ...routes: readonly HttpRoute[]): InMemoryPlugin {
  return testPlugin(id, [HttpRoute, Permission], (ctx) => {
    ctx.contribute(Permission, { name: 'tests:all', description: 'All of a test.', roles: [] });
    for (const route of routes) ctx.contribute(HttpRoute, route);
  });
}

/** A route with the usual parts filled in. */
export function route(path: string, parts: Partial<HttpRoute>): HttpRoute {
  const method = parts.method ?? 'GET';
  const words = `${method} ${path}`.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const camel = words.map((word, at) => (at === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)));
  return {
    method,
    path,
    operationId: camel.join(''),
    summary: 'A route of a test.',
    tag: 'Tests',
    permission: 'tests:all',
    responses: { 200: { description: 'Done.' } },
    rate: 'read',
    handler: async () => ({ body: null }),
    ...parts,
  };
}

/** The message of an error and of what it came from. */
export function fullText(error: unknown): string {
  return error instanceof Error ? `${error.message} ${fullText(error.cause)}` : '';
}
