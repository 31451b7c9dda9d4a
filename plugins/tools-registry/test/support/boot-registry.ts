import { dirname, join } from 'node:path';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import { Tool, ToolKind, ToolRegistry, ToolSource, type OpenTools } from '@agent-factory/sdk/contracts';
import { bootTestKernel, silentLog, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';

const plugin = dirname(dirname(import.meta.dirname));
/** What happened to the registrations of the kind `words`. */
interface WordsKind {
  readonly opened: string[];
  readonly closed: string[];
  /** Makes each registration's tools say that they changed. */
  change: () => void;
  /** Why tools cannot be had now. */
  fault: Error | undefined;
  /** Calls wait for it. */
  gate: Promise<void> | undefined;
}

/** A kind whose spec lists words; each is a tool that says it. */
function wordsKind(): { readonly state: WordsKind; readonly kind: ToolKind } {
  const listeners = new Set<() => void>();
  const state: WordsKind = {
    opened: [],
    closed: [],
    change: () => {
      for (const listener of listeners) listener();
    },
    fault: undefined,
    gate: undefined,
  };
  const kind: ToolKind = {
    kind: 'words',
    description: 'Says words.',
    spec: {
      type: 'object',
      properties: {
        words: { type: 'array', items: { type: 'string' } },
        effect: { enum: ['read', 'write'] },
        answer: {},
      },
      required: ['words'],
      additionalProperties: false,
    },
    example: { words: ['hello'] },
    prepare: async (spec, { trusted }) => {
      const words = spec['words'] as string[]; // fits the schema
      if (!words.includes('bad') && (trusted || !words.includes('trusted'))) return { spec };
      return { problems: [{ path: '/words/0', message: 'is no word', fix: 'Say another.' }] };
    },
    async open(spec, { tenant, name }): Promise<OpenTools> {
      const {
        words,
        effect = 'read',
        answer,
      } = spec as { words: string[]; effect?: 'read'; answer?: string };
      state.opened.push(`${tenant}/${name}`);
      const tools = words.map((word): Tool => ({
        name: `${name}_${word}`,
        description: `Says ${word}.`,
        input: { type: 'object', properties: { times: { type: 'integer' } }, additionalProperties: false },
        output: { type: 'string' },
        effect,
        timeoutMs: 200,
        run: async (input, context) => {
          await state.gate;
          context.signal.throwIfAborted();
          return answer ?? word.repeat(Number(input['times'] ?? 1));
        },
      }));
      let listener: (() => void) | undefined;
      return {
        tools: async () => {
          if (state.fault) throw state.fault;
          return tools;
        },
        onChange: (given) => {
          listener = given;
          listeners.add(given);
          return () => void listeners.delete(given);
        },
        close: async () => {
          if (listener) listeners.delete(listener);
          state.closed.push(`${tenant}/${name}`);
        },
      };
    },
  };
  return { state, kind };
}

/** A platform with the registry and the kind `words`. */
export interface RegistryPlatform {
  readonly kernel: TestKernel;
  readonly state: WordsKind;
  readonly registry: ToolRegistry;
  readonly source: ToolSource;
}

/** Boots it over a storage. */
export async function bootRegistry(
  storage: string | PluginEntry,
  config: JsonObject = {},
  dataDir?: string,
): Promise<RegistryPlatform> {
  const { state, kind } = wordsKind();
  const words = testPlugin('words', [ToolKind, Tool], (ctx) => {
    ctx.contribute(ToolKind, kind);
    ctx.contribute(Tool, {
      name: 'own_tool',
      description: 'A tool of a plugin.',
      input: { type: 'object' },
      effect: 'pure',
      run: async () => 'own',
    });
  });
  const kernel = await bootTestKernel({
    plugins: [storage, words, { use: plugin, config: { refreshMs: 100, ...config } }],
    ...(dataDir !== undefined && { dataDir }),
  });
  const [source] = kernel.all(ToolSource);
  if (!source) throw new Error('the registry contributes a source');
  return { kernel, state, registry: kernel.use(ToolRegistry), source: source.value };
}

/** The folder of a storage plugin. */
export const storageFolder = (name: string): string => join(dirname(plugin), `storage-${name}`);

/** What a call of a tool needs. */
export const callContext = {
  signal: new AbortController().signal,
  runId: 'run-1',
  tenant: 'default',
  idempotencyKey: 'run-1:1',
  log: silentLog,
};
