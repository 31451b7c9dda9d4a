import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, JsonObject, PluginEntry } from '@agent-factory/sdk';
import type { FreshStorage } from '@agent-factory/test-servers';
import { openMatrix, plugin, type Credential, type MatrixPlatform } from '../matrix/matrix-platform.ts';
import { pathOf, type Operation } from '../matrix/operations.ts';

/** What examples of the document need beside the plugins that serve them. */
const more: readonly PluginEntry[] = [
  plugin('idempotency-sql'),
  plugin('documents-builtin'),
  plugin('llm-local'),
  plugin('routing-expression'),
  plugin('tools-builtin'),
  plugin('tools-openapi'),
  plugin('scorers-builtin'),
];

/** Names in examples that a fresh platform does not have, and what stands for them here. */
const stands: Readonly<Record<string, string>> = {
  'openai/gpt-5-mini': 'scripted/matrix',
  'local/tools': 'scripted/matrix',
  search_documents: 'calculate',
  pay_back: 'calculate',
  call_1: 'ask',
};

/** A platform on which what the document gives as examples works. */
export interface FilledPlatform extends MatrixPlatform {
  readonly document: JsonObject;
  /** Path and query of an operation, of things that are there. */
  pathOf(operation: Operation): string;
}

/** Opens the platform of the matrix, with what its examples speak of. */
export async function openFilled(storage: FreshStorage): Promise<FilledPlatform> {
  const platform = await openMatrix(storage, { more });
  const owner = platform.keys.get('tenant-admin');
  const made = async (method: string, path: string, body: Json): Promise<JsonObject> => {
    const answer = await platform.call(method, `/api/v1/${path}`, owner, { body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as JsonObject; // as every route that makes something answers
  };
  for (const name of ['guide', 'triage', 'refunds'])
    await made('PUT', `agents/${name}`, { instructions: 'Answer.', model: 'scripted/matrix' });
  await made('PUT', 'knowledge/handbook', exampleOf(platform, 'putKnowledge'));
  await made('POST', 'tools/registrations', exampleOf(platform, 'registerTools'));
  await made('POST', 'evaluation-suites', exampleOf(platform, 'putEvaluationSuite'));
  const run = await made('POST', 'runs', { workflow: 'seed-acme', input: null });
  const waiting = run['id'] as string; // as its schema says
  await untilItWaits(platform, owner, waiting);
  const document = JSON.parse((await platform.call('GET', '/api/v1/openapi.json')).text) as JsonObject; // its own document
  const things = { ...platform.things.acme, knowledge: 'handbook' };
  const paths = pathsWith(things, waiting);
  return {
    ...platform,
    document,
    operations: platform.operations.map((one) => ({ ...one, example: exampleOf(platform, one.id) })),
    things: { ...platform.things, acme: things },
    pathOf: (operation) => paths[operation.id] ?? pathOf(operation, things),
  };
}

/** Where a path needs more than the name of one thing. */
function pathsWith(things: Readonly<Record<string, string>>, waiting: string): Record<string, string> {
  const { agents = '', accounts = '', evaluations = '', runs = '' } = things;
  const [hash, id] = ['0'.repeat(64), 'x'.repeat(16)];
  return {
    getError: '/api/v1/errors/AF_HTTP_NOT_FOUND',
    explainAccess: `/api/v1/access/explain?account=${accounts}&permission=runs:read`,
    getArtifact: `/api/v1/artifacts/${hash}`,
    readArtifact: `/api/v1/artifacts/${hash}/content`,
    deleteArtifact: `/api/v1/artifacts/${hash}`,
    removeKnowledgeDocument: '/api/v1/knowledge/handbook/documents?source=returns.md',
    getToolRegistration: '/api/v1/tools/registrations/orders',
    listToolRegistrationVersions: '/api/v1/tools/registrations/orders/versions',
    removeToolRegistration: '/api/v1/tools/registrations/orders',
    testTool: '/api/v1/tools/calculate/test',
    attachTool: `/api/v1/agents/${agents}/tools/calculate`,
    detachTool: `/api/v1/agents/${agents}/tools/calculate`,
    diffAgent: `/api/v1/agents/${agents}/diff?from=1&to=1`,
    diffWorkflow: `/api/v1/workflows/${agents}/diff?from=1&to=1`,
    diffRouter: `/api/v1/routers/${agents}/diff?from=1&to=1`,
    diffRuns: `/api/v1/runs/diff?left=${runs}&right=${runs}`,
    sendToRun: `/api/v1/runs/${waiting}/events`,
    approveRun: `/api/v1/runs/${waiting}/approve`,
    decideRun: `/api/v1/runs/${waiting}/decide`,
    forgetMemory: '/api/v1/memory/session/one',
    compareEvaluations: `/api/v1/evaluations/${evaluations}/compare?with=${evaluations}`,
    getOpenaiModel: '/v1/models/guide',
    unlinkIdentity: `/api/v1/auth/identities/${id}`,
    endTokens: `/api/v1/auth/tokens/${id}`,
  };
}

/** The body that the document gives as an example, with names that this platform has. */
function exampleOf({ operations, things }: MatrixPlatform, id: string): Json {
  const text = JSON.stringify(operations.find((one) => one.id === id)?.example ?? null);
  const known: Readonly<Record<string, string | undefined>> = {
    ...stands,
    usr_5f0c6d0e9b7a4d3c8e21: things.acme['accounts'],
  };
  const read: unknown = JSON.parse(text, (_name, value: unknown) =>
    typeof value === 'string' ? (known[value] ?? value) : value,
  );
  return read as Json; // what it was
}

/** Until a workflow waits for its approval. */
async function untilItWaits(
  platform: MatrixPlatform,
  owner: Credential | undefined,
  id: string,
): Promise<void> {
  for (;;) {
    const { text } = await platform.call('GET', `/api/v1/runs/${id}`, owner);
    if (text.includes('"waitingFor"')) return;
    await sleep(5);
  }
}
