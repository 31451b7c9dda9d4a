import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The interfaces of providers that our plugins speak. */
export type Protocol = 'chat' | 'responses' | 'messages';

/** One recorded answer. */
export interface Recording {
  /** File, and place in it. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly status: number;
  /** As it was sent. */
  readonly body: string;
  readonly isStream: boolean;
}

interface Interaction {
  readonly request: { readonly method: string; readonly uri: string };
  readonly response: {
    readonly status: { readonly code: number };
    readonly parsed_body?: unknown;
    readonly body?: { readonly string?: unknown };
  };
}

const addresses: readonly (readonly [RegExp, Protocol])[] = [
  [/^https:\/\/api\.openai\.com\/v1\/chat\/completions(\?|$)/, 'chat'],
  [/^https:\/\/api\.openai\.com\/v1\/responses(\?|$)/, 'responses'],
  [/^https:\/\/api\.anthropic\.com\/v1\/messages(\?|$)/, 'messages'],
];

/** Answers in the cassettes of a folder, in the YAML of VCR.py, and how many exchanges are of something else. */
export function readRecordings(folder: string): {
  readonly found: readonly Recording[];
  readonly others: number;
} {
  const found: Recording[] = [];
  let others = 0;
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!file.endsWith('.yaml')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    const cassette = parse(text, { maxAliasCount: -1 }) as { interactions?: readonly Interaction[] } | null; // VCR.py's form
    for (const [at, interaction] of (cassette?.interactions ?? []).entries()) {
      const recording = recordingOf(`${file} ${at + 1}`, interaction);
      if (recording) found.push(recording);
      else others += 1;
    }
  }
  return { found, others };
}

function recordingOf(name: string, { request, response }: Interaction): Recording | undefined {
  const protocol = addresses.find(([address]) => address.test(request.uri))?.[1];
  const { parsed_body: parsed, body: { string } = {} } = response;
  const body = parsed === undefined ? string : JSON.stringify(parsed);
  if (request.method !== 'POST' || protocol === undefined || typeof body !== 'string') return undefined;
  const isStream = /^(?:event|data|:)/.test(body);
  return { name, protocol, status: response.status.code, body, isStream };
}
