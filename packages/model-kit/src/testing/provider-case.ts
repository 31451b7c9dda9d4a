import assert from 'node:assert/strict';
import type { ModelChunk, ModelRequest, ModelResponse } from '@agent-factory/sdk/contracts';
import type { ConformanceCase } from '@agent-factory/sdk/testing';
import type { HttpProvider } from '../provider/http-provider.ts';
import type { ProviderConfig } from '../provider/provider-config.ts';
import { fakeModels } from './fake-models.ts';
import { startModelServer, type Behaviour, type ModelServer } from './model-server.ts';

/** A provider that {@link httpProviderSuite} is to try. */
export interface HttpProviderFixture {
  /** Makes it, to ask the server at `origin`. */
  create(origin: string, config: ProviderConfig): HttpProvider;
  /** Its events for an answer that has said `text` and is not at its end, each with what names it. */
  opening(text: string): readonly (string | readonly [string, string])[];
  /** An event that carries a failure in the middle of a stream, and what it is told as. */
  readonly failure: { readonly event: string | readonly [string, string]; readonly code: string };
  /** A whole answer that calls a tool whose arguments are broken JSON; not given where the protocol parses them. */
  readonly brokenCall?: object;
}

/** The defaults of {@link ProviderConfig}, with repetitions that do not wait. */
export const testProviderConfig: Omit<ProviderConfig, 'baseUrl'> = {
  headers: {},
  maxSockets: 64,
  timeouts: { connectMs: 10_000, firstByteMs: 120_000, idleMs: 60_000, totalMs: 600_000 },
  retry: { times: 2, delayMs: 1, maxWaitMs: 60_000 },
  circuit: { failures: 5, resetMs: 30_000 },
  limits: { waiting: 1000 },
};

/** What was read of a stream until it ended or failed. */
export interface ReadStream {
  readonly texts: string[];
  readonly chunks: ModelChunk[];
  readonly response?: ModelResponse;
  readonly error?: Error & { code?: string };
}

/** A provider and the server it asks. */
export interface OpenProvider {
  readonly server: ModelServer;
  readonly provider: HttpProvider;
  ask(request?: Partial<ModelRequest>, signal?: AbortSignal): Promise<ModelResponse>;
  /** The pieces that came, and the answer, or the error in its place. */
  stream(request?: Partial<ModelRequest>, signal?: AbortSignal): Promise<ReadStream>;
}

/** Runs a test against a server with a behaviour of its own, and closes both. */
export async function withProvider(
  create: HttpProviderFixture['create'],
  behave: Behaviour | undefined,
  test: (open: OpenProvider) => Promise<void>,
  config: Partial<ProviderConfig> = {},
): Promise<void> {
  const server = await startModelServer(behave ?? fakeModels());
  const provider = create(server.origin, { ...testProviderConfig, baseUrl: server.baseUrl, ...config });
  const question: ModelRequest = { model: 'fake', messages: [{ role: 'user', content: 'Hello' }] };
  const never = new AbortController().signal;
  try {
    await test({
      server,
      provider,
      ask: (request = {}, signal = never) => provider.model.generate({ ...question, ...request }, { signal }),
      stream: (request = {}, signal = never) =>
        readStream(provider.model.stream({ ...question, ...request }, { signal })),
    });
  } finally {
    provider.close();
    await server.close();
  }
}

/** A case of a suite that runs against a server. */
export function providerCase(
  fixture: HttpProviderFixture,
  name: string,
  behave: Behaviour | undefined,
  test: (open: OpenProvider) => Promise<void>,
  config: Partial<ProviderConfig> = {},
): ConformanceCase {
  return { name, run: () => withProvider(fixture.create, behave, test, config) };
}

/** Fails unless the call fails with that code, and gives the error. */
export async function failsWith(
  call: Promise<unknown>,
  code: string,
  message?: RegExp,
): Promise<Error & { readonly details: Readonly<Record<string, unknown>> }> {
  const error: unknown = await call.then(
    (value) => assert.fail(`expected ${code}, but it answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  const failure = error as Error & { code?: string; details: Readonly<Record<string, unknown>> };
  assert.equal(failure.code, code, String(error));
  if (message) assert.match(failure.message, message);
  return failure;
}

async function readStream(stream: AsyncIterable<ModelChunk>): Promise<ReadStream> {
  const texts: string[] = [];
  const chunks: ModelChunk[] = [];
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (chunk.type === 'finish') return { texts, chunks, response: chunk.response };
      if (chunk.type === 'text') texts.push(chunk.text);
    }
    return { texts, chunks };
  } catch (error) {
    return { texts, chunks, error: error as Error };
  }
}
