import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '@agent-factory/sdk';
import type { Json } from '@agent-factory/sdk';
import { forward } from './cassette-recording.ts';
import { sendJson, startModelServer } from './model-server.ts';
import type { ServerResponse } from 'node:http';

/** One request and what was answered to it. Times are not kept, nor any header of the request. */
export interface Exchange {
  readonly request: { readonly path: string; readonly body: Json };
  readonly response: {
    readonly status: number;
    /** Only those that mean something: type, ids, how long to wait. */
    readonly headers: Readonly<Record<string, string>>;
    /** The answer as JSON, as events, or as text. */
    readonly json?: Json;
    readonly events?: readonly string[];
    readonly text?: string;
  };
}

/** Real traffic, kept in a file. */
export interface CassetteFile {
  /** What it is, and where it comes from. */
  readonly about: string;
  readonly exchanges: readonly Exchange[];
}

/** How a cassette is used. */
export interface CassetteOptions {
  /** Path of its file. */
  readonly file: string;
  /**
   * The server to ask and record: `https://api.openai.com`. Without one, nothing is asked: what the file has is
   * replayed, and everything else refused.
   */
  readonly record?: string;
  /** What it is, for a new recording. */
  readonly about?: string;
  /** Texts that must not get into the file; what looks like a key never does. */
  readonly secrets?: readonly string[];
}

/** A server on loopback that answers from a file, or asks a real one and keeps what was said. */
export interface Cassette {
  /** To be asked in place of the real server. */
  readonly origin: string;
  /**
   * Ends it. A recording is written; a replay fails if something else was asked than what was recorded, with the
   * difference, or if something that was recorded was not asked.
   */
  close(): Promise<void>;
}

/** Starts a cassette; see {@link CassetteOptions.record}. */
export async function startCassette(options: CassetteOptions): Promise<Cassette> {
  const exchanges: Exchange[] = [];
  const { file, record, about = '', secrets = [] } = options;
  if (record !== undefined) {
    const server = await startModelServer((request, response) => {
      forward(record, request, response, secrets).then(
        (exchange) => exchanges.push(exchange),
        (error: unknown) => sendJson(response, 502, { error: { message: String(error) } }),
      );
    });
    return {
      origin: server.origin,
      close: async () => {
        await server.close();
        writeFileSync(file, `${JSON.stringify({ about, exchanges }, null, 2)}\n`);
      },
    };
  }

  const kept: CassetteFile = JSON.parse(readFileSync(file, 'utf8'));
  const left = [...kept.exchanges];
  const strangers: Exchange['request'][] = [];
  const server = await startModelServer(({ url, body }, response) => {
    const asked = { path: url, body: body as Json }; // it came as JSON
    const at = left.findIndex(({ request }) => isDeepStrictEqual(request, asked));
    if (at < 0) {
      strangers.push(asked);
      const message = `The cassette ${file} has no such request; close() of the cassette shows the difference.`;
      return sendJson(response, 400, { error: { message, code: 'cassette_mismatch' } });
    }
    const [exchange] = left.splice(at, 1);
    if (exchange) replay(exchange, response);
  });
  return {
    origin: server.origin,
    close: async () => {
      await server.close();
      const [stranger] = strangers;
      if (stranger) {
        // The difference to what would have come next says most.
        assert.deepEqual(stranger, left[0]?.request, `asked what ${file} has not, or not any more`);
      }
      const unasked = left.map(
        ({ request }) => `${request.path} ${canonicalJson(request.body).slice(0, 200)}`,
      );
      assert.deepEqual(unasked, [], `recorded in ${file}, and not asked`);
    },
  };
}

function replay(
  { response: { status, headers, json, events, text } }: Exchange,
  response: ServerResponse,
): void {
  response.writeHead(status, headers);
  if (events) for (const event of events) response.write(`${event}\n\n`);
  response.end(json === undefined ? (text ?? '') : JSON.stringify(json));
}
