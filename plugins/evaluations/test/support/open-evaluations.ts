import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InMemoryPlugin, PluginEntry, PlatformRole } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  Evaluations,
  LanguageModel,
  Tool,
  type TenantEvaluations,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  functionModel,
  testPlugin,
  testTool,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';

const plugins = dirname(dirname(dirname(import.meta.dirname)));

/** Folder of a plugin of ours. */
export const at = (name: string): string => join(plugins, name);

/** A process on the database of a test. */
export interface EvaluationProcess {
  readonly kernel: TestKernel;
  readonly evaluations: TenantEvaluations;
  readonly runs: TenantRuntime;
}

/** A database, and processes on it. */
export interface EvaluationPlatform {
  /** Where the database of SQLite is. */
  readonly dataDir: string;
  boot(options?: BootOptions): Promise<EvaluationProcess>;
  /** Questions to the model so far. */
  readonly asked: readonly string[];
  /** Lets those go on that said `hold`. */
  release(): void;
  close(): Promise<void>;
}

/** What is booted beside the usual. */
interface BootOptions {
  /** Of the plugin evaluations. */
  readonly config?: object;
  readonly more?: readonly (string | PluginEntry | InMemoryPlugin)[];
  readonly role?: PlatformRole;
  /** A plugin that is left out. */
  readonly without?: string;
}

/** Opens one on an engine of {@link sqlEngines}; in a folder of another process, where one is named. */
export async function openEvaluations(engine = 'SQLite', folder?: string): Promise<EvaluationPlatform> {
  const dataDir = folder ?? (await mkdtemp(join(tmpdir(), 'agent-factory-evaluations-')));
  const storage = await sqlEngines[engine]?.();
  if (!storage) throw new Error(`no engine ${engine}`);
  const kernels: TestKernel[] = [];
  const asked: string[] = [];
  let gate = Promise.withResolvers<void>();

  const model = functionModel('test', async ({ messages }) => {
    const said = messages.findLast(({ role }) => role === 'user')?.content;
    const text = typeof said === 'string' ? said : '';
    asked.push(text);
    const isToolDone = messages.some(({ role }) => role === 'tool');
    const [first] = messages;
    const system = typeof first?.content === 'string' ? first.content : '';
    if (system.startsWith('You grade')) return gradeOf(text, system);
    if (text.includes('hold')) await gate.promise;
    if (text.includes('fail')) throw new Error('the model is out of order');
    if (text.includes('look up') && !isToolDone) return [{ id: 'call-1', name: 'look_up', input: {} }];
    return text.includes('France') ? 'It is Paris.' : `You said: ${text}`;
  });
  const own = testPlugin('own', [LanguageModel, Tool], (ctx) => {
    ctx.contribute(LanguageModel, model);
    ctx.contribute(
      Tool,
      testTool('look_up', async () => 'found', { effect: 'pure' }),
    );
  });

  return {
    dataDir,
    asked,
    release() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
    async boot({ config = {}, more = [], role, without } = {}) {
      const kernel = await bootTestKernel({
        baseDir: dataDir,
        dataDir,
        ...(role && { role }),
        plugins: [
          storage.plugin,
          at('journal-sql'),
          at('routing-expression'),
          { use: at('agent-runtime'), config: { leaseMs: 1_000 } },
          ...['scorers-builtin'].filter((name) => name !== without).map(at),
          own,
          { use: at('evaluations'), config: { leaseMs: 1_000, lookMs: 100, ...config } },
          ...more,
        ],
      });
      kernels.push(kernel);
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      return { kernel, runs, evaluations: kernel.use(Evaluations).tenant(defaultTenant) };
    },
    async close() {
      gate.resolve();
      for (const kernel of kernels) await kernel.close();
      await storage.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function gradeOf(question: string, rubric: string): string {
  if (rubric.includes('broken')) return 'That is {"score": "very good';
  return JSON.stringify({ reason: 'As the rubric says.', score: question.includes('Paris') ? 1 : 0.25 });
}

/** Defines what the suites of these tests try. */
export async function defineTargets(runs: TenantRuntime): Promise<void> {
  await runs.definitions.put('agent', {
    name: 'guide',
    instructions: 'Answer.',
    model: 'test/any',
    tools: ['look_up'],
  });
  await runs.definitions.put('workflow', {
    name: 'pay',
    version: '1.0.0',
    start: 'ask',
    nodes: [
      { id: 'ask', type: 'approval', prompt: 'Pay?' },
      { id: 'say', type: 'agent', agent: 'guide', input: { message: '"paid"' } },
    ],
    edges: [{ from: 'ask', to: 'say' }],
  });
}
