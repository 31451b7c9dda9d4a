// Recorded answers of real providers, read by our plugins and by the official clients: node bench/recordings/run.ts <folder>
// Exits with 1 when one is read differently.
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@agent-factory/sdk';
import { LanguageModel, type ModelRequest } from '@agent-factory/sdk/contracts';
import { startModelServer } from '@agent-factory/model-kit/testing';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { callText, officialReadings, type Reading } from './official-readings.ts';
import { readRecordings, type Protocol, type Recording } from './read-recordings.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name a folder of cassettes: npm run bench:recordings -- path/to/cassettes');
  process.exit(2);
}

let shown: Recording | undefined;
const server = await startModelServer((_, response) => {
  if (!shown) return void response.writeHead(500).end();
  const type = shown.isStream ? 'text/event-stream' : 'application/json';
  response.writeHead(shown.status, { 'content-type': type }).end(shown.body);
});
const once = { retry: { times: 0, delayMs: 1, maxWaitMs: 1 }, circuit: { failures: 0, resetMs: 1 } };
const setUps: Readonly<Record<Protocol, { readonly use: string; readonly config: JsonObject }>> = {
  chat: { use: '@agent-factory/plugin-llm-openai', config: { api: 'chat', baseUrl: server.baseUrl } },
  responses: {
    use: '@agent-factory/plugin-llm-openai',
    config: { api: 'responses', baseUrl: server.baseUrl },
  },
  messages: {
    use: '@agent-factory/plugin-llm-anthropic',
    config: { baseUrl: server.origin, apiKey: 'not-a-key' },
  },
};
const kernels: TestKernel[] = [];
const models = new Map<string, LanguageModel>();
for (const [protocol, { use, config }] of Object.entries(setUps)) {
  const kernel = await bootTestKernel({
    baseDir: import.meta.dirname,
    plugins: [{ use, config: { ...once, ...config } }],
  });
  kernels.push(kernel);
  for (const { value } of kernel.all(LanguageModel)) models.set(protocol, value);
}
const official = officialReadings(server.origin);

/** How our plugin reads the answer that is shown. */
async function ours(protocol: Protocol, isStream: boolean): Promise<Reading> {
  const model = models.get(protocol);
  if (!model) throw new Error(`no plugin brings ${protocol}`);
  const request: ModelRequest = { model: 'any', messages: [{ role: 'user', content: 'x' }] };
  const { signal } = new AbortController();
  const whole = async () => {
    for await (const chunk of model.stream(request, { signal }))
      if (chunk.type === 'finish') return chunk.response;
    throw new Error('the stream has no end');
  };
  const { message } = isStream ? await whole() : await model.generate(request, { signal });
  return {
    text: message.content,
    calls: (message.toolCalls ?? []).map(({ name, input, malformed }) => callText(name, malformed ?? input)),
  };
}

const counts = new Map<string, number>();
const { found, others } = readRecordings(folder);
for (const recording of found) {
  shown = recording;
  const { protocol, isStream, name, status } = recording;
  const [mine, theirs] = [
    await ours(protocol, isStream).catch((error: unknown) => error),
    await official[protocol](isStream).catch((error: unknown) => error),
  ];
  const isSame =
    theirs instanceof Error
      ? mine instanceof Error && String(Object(mine).code).startsWith('AF_MODEL_')
      : isDeepStrictEqual(mine, theirs);
  const kind = `${protocol}, ${isStream ? 'streamed' : 'whole'}, ${status}: ${theirs instanceof Error ? 'refused' : 'read'} ${isSame ? 'alike' : 'DIFFERENTLY'}`;
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (!isSame) {
    process.exitCode = 1;
    console.log(`${name}\n  ours: ${textOf(mine)}\n  the official client's: ${textOf(theirs)}`);
  }
}
for (const kernel of kernels) await kernel.close();
await server.close();
for (const [kind, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${String(count).padStart(5)}  ${kind}`);
console.log(`${String(others).padStart(5)}  of other servers or paths, left out`);

function textOf(reading: unknown): string {
  return reading instanceof Error ? `${reading.name}: ${reading.message}` : JSON.stringify(reading);
}
