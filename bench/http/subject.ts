// One measured server, in a process of its own: node subject.ts <one of the makers below>
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKernel } from '@agent-factory/kernel';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import {
  Accounts,
  AgentRuntime,
  ApiKeys,
  builtInRoles,
  HttpServer,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import express from 'express';
import { serveCalls } from '../agent/calls.ts';

/** Where a server listens, and how it is asked. */
export interface Served {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is read. */
  readonly path: string;
  /** A stream of events that stays open. */
  readonly streamPath?: string;
}

const tenant = 'acme';
const path = '/api/v1/agents/support-triage';
const plugin = (id: string, config?: JsonObject): PluginEntry => ({
  use: `@agent-factory/plugin-${id}`,
  ...(config && { config }),
});
/** So many that nobody is refused; each request is counted all the same. */
const rateLimits = ['address', 'user', 'tenant'].map((by) => ({
  by,
  classes: ['read'],
  limit: 1_000_000,
  seconds: 1,
}));

/** As an operator sets it up who lets others in: accounts, tokens, an audit log, limits, metrics. */
async function platform(): Promise<Served> {
  const dataDir = process.env['DATA_DIR'] ?? '';
  const kernel = createKernel({
    baseDir: dataDir,
    lock: false,
    env: { KEY_SECRET: 'a secret of at least thirty-two characters' },
    config: {
      dataDir,
      log: { level: 'info', format: 'json' },
      plugins: [
        plugin('storage-sqlite'),
        plugin('journal-sql'),
        plugin('llm-scripted', { scripts: { triage: ['support'] } }),
        plugin('agent-runtime', { agentsDir: './agents' }),
        plugin('accounts-sql'),
        plugin('audit-sql'),
        plugin('auth-api-key'),
        plugin('auth-session'),
        plugin('auth-jwt', { accessMs: 3_600_000, keySecret: '${secret:env:KEY_SECRET}' }),
        plugin('metrics-prometheus'),
        plugin('http-api', { port: 0, rateLimits }),
      ],
    },
  });
  await kernel.start();
  const url = kernel.use(HttpServer).url() ?? '';
  await kernel.use(TenantStorage).create(tenant);
  const accounts = kernel.use(Accounts);
  const { id } = await accounts.create({ kind: 'user', name: 'Owner', email: 'owner@acme.example' });
  await accounts.setMember(tenant, id, { roles: Object.keys(builtInRoles) });
  const { secret } = await kernel.use(ApiKeys).tenant(tenant).create({ account: id, name: 'bench', by: id });
  const byKey = { authorization: `Bearer ${secret}` };
  const { accessToken } = await asked(url, 'POST', '/api/v1/auth/tokens', byKey, {});
  const headers = { authorization: `Bearer ${accessToken as string}` }; // as its schema says
  await asked(url, 'PUT', path, headers, {
    description: 'Reads what comes in and says who should answer it.',
    instructions: 'Say in one word who should answer: sales, support or nobody.',
    model: 'scripted/triage',
  });
  await asked(url, 'PUT', '/api/v1/workflows/hold', headers, {
    version: '1.0.0',
    start: 'ask',
    nodes: [{ id: 'ask', type: 'approval', prompt: 'Go on?' }],
    edges: [],
  });
  const run = await kernel.use(AgentRuntime).tenant(tenant).start({ workflow: 'hold', input: null });
  return { url, headers, path, streamPath: `/api/v1/runs/${run.id}/stream` };
}

async function asked(
  url: string,
  method: string,
  at: string,
  headers: Served['headers'],
  body: JsonObject,
): Promise<JsonObject> {
  const answer = await fetch(url + at, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as JsonObject; // as every route that makes something answers
}

/** The same answer, and nothing more. */
async function plainExpress(): Promise<Served> {
  const body = JSON.parse(process.env['ANSWER'] ?? 'null') as unknown;
  const app = express();
  app.get('/api/v1/agents/:name', (_request, response) => void response.json(body));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, headers: {}, path };
}

/** Streams as Node alone holds them open: what is beyond this is ours. */
async function plainStreams(): Promise<Served> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('id: 1\ndata: {}\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, headers: {}, path: '/', streamPath: '/' };
}

const makers: Readonly<Record<string, () => Promise<Served>>> = {
  express: plainExpress,
  platform,
  streams: plainStreams,
};
const served = await makers[process.argv[2] ?? '']?.();
if (!served) throw new Error(`There are ${Object.keys(makers).join(', ')}.`);

serveCalls({
  served: async () => served,
  /** CPU microseconds so far. */
  cpu: async () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** Megabytes of memory in use after a forced collection. */
  resident: async () => {
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    return process.memoryUsage.rss() / 2 ** 20;
  },
  /** Most megabytes that were in use at any time. */
  highest: async () => process.resourceUsage().maxRSS / 1024,
});
