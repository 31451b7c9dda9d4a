import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fakeModels,
  startCassette,
  startModelServer,
  testProviderConfig,
} from '@agent-factory/model-kit/testing';
import { Secret } from '@agent-factory/sdk';
import type { ModelChunk, ModelRequest } from '@agent-factory/sdk/contracts';
import { createChatProvider } from './chat-provider.ts';

const signal = new AbortController().signal;
const question: ModelRequest = {
  model: 'm',
  messages: [{ role: 'user', content: 'My pin is 4711-secret.' }],
};

/** Asks once whole and once streamed. */
async function talk(origin: string, request = question): Promise<unknown[]> {
  const provider = createChatProvider(origin, {
    ...testProviderConfig,
    baseUrl: `${origin}/v1`,
    apiKey: new Secret('sk-1234567890abcdef'),
    retry: { times: 0, delayMs: 1, maxWaitMs: 1 },
  });
  try {
    const chunks: ModelChunk[] = [];
    const whole = await provider.model.generate(request, { signal });
    for await (const chunk of provider.model.stream(request, { signal })) chunks.push(chunk);
    return [whole, chunks.at(-1)];
  } finally {
    provider.close();
  }
}

describe('a cassette', () => {
  let folder = '';
  let file = '';
  let recorded: unknown[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cassette-'));
    file = join(folder, 'talk.json');
    const server = await startModelServer(fakeModels());
    const cassette = await startCassette({
      file,
      record: server.origin,
      about: 'A test.',
      secrets: ['4711-secret'],
    });
    recorded = await talk(cassette.origin);
    await cassette.close();
    assert.equal(
      server.seen[0]?.headers.authorization,
      'Bearer sk-1234567890abcdef',
      'the key reached the server',
    );
    await server.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  const asRecorded: ModelRequest = {
    model: 'm',
    messages: [{ role: 'user', content: 'My pin is [redacted].' }],
  };

  it('answers as the real server did, without asking it', async () => {
    const cassette = await startCassette({ file });
    assert.deepEqual(await talk(cassette.origin, asRecorded), recorded);
    await cassette.close();
  });

  it('keeps no key, no secret and no time', () => {
    const text = readFileSync(file, 'utf8');
    assert.doesNotMatch(text, /sk-1234|4711|authorization|date/i);
    assert.match(text, /"about": "A test\."/);
    assert.match(text, /"events": \[\n\s+"data: \{/);
  });

  it('refuses what was not recorded, and shows the difference', async () => {
    const cassette = await startCassette({ file });
    await assert.rejects(talk(cassette.origin, { ...asRecorded, temperature: 0.5 }), {
      code: 'AF_MODEL_REQUEST_INVALID',
      message: /has no such request/,
    });
    await assert.rejects(cassette.close(), /temperature/);
  });

  it('answers a request once, and says what was not asked', async () => {
    const cassette = await startCassette({ file });
    await talk(cassette.origin, asRecorded);
    await assert.rejects(talk(cassette.origin, asRecorded), { code: 'AF_MODEL_REQUEST_INVALID' });
    await assert.rejects(cassette.close(), /not any more/);
    const unused = await startCassette({ file });
    await assert.rejects(unused.close(), /recorded in .* and not asked/);
  });

  it('tells when the real server cannot be reached', async () => {
    const lost = await startCassette({ file: join(folder, 'lost.json'), record: 'http://127.0.0.1:1' });
    await assert.rejects(talk(lost.origin), { code: 'AF_MODEL_OVERLOADED', message: /ECONNREFUSED/ });
    await lost.close();
  });
});
