import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { PluginEntry } from '@agent-factory/sdk';
import {
  AgentRuntime,
  Blueprints,
  defaultTenant,
  LanguageModel,
  type TenantBlueprints,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { functionModel, testPlugin } from '@agent-factory/sdk/testing';

const plugins = dirname(dirname(dirname(import.meta.dirname)));

/** Files by path; objects are written as JSON, which YAML is too. */
export type Files = Readonly<Record<string, unknown>>;

/** A blueprint `desk` that two agents, a workflow and a router make up. */
export function deskFiles(version = '1.0.0', changed: Files = {}): Files {
  return {
    'package.json': {
      name: 'blueprint-desk',
      version,
      agentFactory: { id: 'desk', kernel: '*', kind: 'blueprint' },
    },
    'blueprint.yaml': {
      description: 'A desk.',
      parameters: {
        type: 'object',
        properties: { shop: { type: 'string' }, limit: { type: 'integer', default: 50 } },
        required: ['shop'],
      },
    },
    'agents/triage.yaml': {
      name: 'triage',
      instructions: 'You sort for ${param:shop}.',
      model: 'test/any',
      handoffs: [{ target: 'refunds', when: 'output.size() > param.limit' }],
    },
    'agents/refunds.yaml': {
      name: 'refunds',
      instructions: 'Refund.',
      model: 'test/any',
      limits: { turns: '${param:limit}' },
    },
    'workflows/pay.yaml': {
      name: 'pay',
      version: '1.0.0',
      start: 'ask',
      nodes: [
        { id: 'ask', type: 'approval', prompt: 'Pay?' },
        {
          id: 'judge',
          type: 'agent',
          agent: 'refunds',
          input: { message: '"up to " + string(param.limit)' },
        },
      ],
      edges: [{ from: 'ask', to: 'judge' }],
    },
    'routers/front.yaml': {
      name: 'front',
      version: '1.0.0',
      entry: 'triage',
      agents: { triage: [{ target: 'refunds', condition: 'output == param.shop' }], refunds: [] },
    },
    'evaluations/sorts.yaml': {
      name: 'sorts',
      version: '1.0.0',
      target: { kind: 'agent', name: 'triage' },
      cases: [{ name: 'one', input: 'Hi' }],
    },
    ...changed,
  };
}

/** A platform with a folder of blueprints. */
export interface BlueprintPlatform {
  readonly kernel: Kernel;
  readonly folder: string;
  readonly blueprints: TenantBlueprints;
  readonly runtime: TenantRuntime;
  /** Writes a blueprint's files anew and has the platform see them. */
  rewrite(name: string, files: Files): Promise<void>;
  close(): Promise<void>;
}

/** Boots it; each blueprint is a local plugin of its name. */
export async function bootBlueprints(
  blueprints: Readonly<Record<string, Files>>,
  more: readonly (string | PluginEntry)[] = [],
  storage: string | PluginEntry = join(plugins, 'storage-sqlite'),
): Promise<BlueprintPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'af-blueprints-'));
  for (const [name, files] of Object.entries(blueprints)) await writeFiles(join(folder, name), files);
  const model = testPlugin('model', [LanguageModel], (ctx) =>
    ctx.contribute(
      LanguageModel,
      functionModel('test', ({ messages }) => `heard: ${JSON.stringify(messages.at(-1)?.content)}`),
    ),
  );
  const own = ['journal-sql', 'routing-expression', 'agent-runtime', 'blueprints'];
  const kernel = createKernel({
    config: {
      plugins: [
        storage,
        'model',
        ...own.map((name) => join(plugins, name)),
        ...more,
        ...Object.keys(blueprints).map((name) => `./${name}`),
      ],
      dataDir: join(folder, '.data'),
      log: { level: 'silent' },
    },
    baseDir: folder,
    memory: [model],
    env: {},
    lock: false,
  });
  const close = async (): Promise<void> => {
    await kernel.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await kernel.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    kernel,
    folder,
    get blueprints() {
      return kernel.use(Blueprints).tenant(defaultTenant);
    },
    get runtime() {
      return kernel.use(AgentRuntime).tenant(defaultTenant);
    },
    async rewrite(name, files) {
      await rm(join(folder, name), { recursive: true });
      await writeFiles(join(folder, name), files);
      await kernel.apply();
    },
    close,
  };
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(folder, path), text);
  }
}

/** Folder of a plugin of ours. */
export const pluginFolder = (name: string): string => join(plugins, name);
