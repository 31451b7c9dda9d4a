import type { LanguageModel } from '../contracts/language-model.ts';
import type { Tool } from '../contracts/tool.ts';
import type { AgentDefinition } from '../domain/agent.ts';
import type { ToolCall } from '../domain/message.ts';
import { textOf } from '../domain/message.ts';
import { defineErrors } from '../errors.ts';
import { functionModel } from './function-model.ts';

const errors = defineErrors({
  AF_TEST_BROKEN: { message: 'The tool broke.', fix: 'Mend it.' },
  AF_TEST_MODEL_DOWN: { message: 'The model is down.', fix: 'Bring it up.' },
});

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

function tool(name: string, run: Tool['run'], more: Partial<Tool> = {}): Tool {
  return { name, description: `Test tool ${name}.`, input: { type: 'object' }, effect: 'pure', run, ...more };
}

const waiting = new Map<string, () => void>();

/** Tools of the suite, each with one way to behave. */
export const suiteTools: readonly Tool[] = [
  tool('add', async ({ a, b }) => ({ sum: Number(a) + Number(b) }), {
    input: {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
      additionalProperties: false,
    },
  }),
  // Two calls must be under way at once, or neither ends.
  tool('meet', async (_input, { runId }) => {
    const other = waiting.get(runId);
    if (other) other();
    else await new Promise<void>((resolve) => waiting.set(runId, resolve));
    waiting.delete(runId);
    return 'met';
  }),
  tool('cite', async () => ({
    citations: [
      { source: 'a.md', line: 3 },
      { source: 'b.md', line: 7, endLine: 9, quote: 'B' },
      { source: 'c.md', line: 1 },
    ],
  })),
  tool('break', async () => {
    throw errors.AF_TEST_BROKEN({});
  }),
  tool('throw', async () => {
    throw new TypeError('x is not a function');
  }),
  tool('sleep', async (_input, { signal }) => never(signal), { timeoutMs: 10 }),
  tool('hang', () => new Promise(() => {})),
  tool('lie', async () => 'text', { output: { type: 'number' } }),
  tool('flood', async () => 'x'.repeat(2_000_000)),
];

/** Calls the tools named in the question, then says how each of them ended. */
const planner = functionModel('planner', ({ messages }) => {
  const last = messages.at(-1);
  if (last?.role !== 'tool') {
    return textOf(last ?? { role: 'user', content: '' })
      .split(',')
      .map((step, index): ToolCall => {
        const [name = '', how] = step.split(':');
        const call = { id: `call_${index}`, name, input: how === 'wrong' ? { a: 'one' } : { a: 1, b: 2 } };
        return how === 'malformed' ? { ...call, input: {}, malformed: '{"a": 1' } : call;
      });
  }
  const results = messages.flatMap((message) =>
    message.role === 'tool'
      ? [`${message.name}${message.isError ? ' failed' : ''}: ${shown(message.content)}`]
      : [],
  );
  return results.join(' | ');
});

/** Sources of models of the suite. */
export const suiteModels: readonly LanguageModel[] = [
  functionModel(
    'echo',
    ({ messages }) => `You said: ${textOf(messages.at(-1) ?? { role: 'user', content: '' })}`,
  ),
  planner,
  functionModel('endless', () => [
    { id: 'same', name: 'add', input: { a: 1, b: 2 } },
    { id: 'same', name: 'add', input: { a: 3, b: 4 } },
  ]),
  functionModel('down', () => {
    throw errors.AF_TEST_MODEL_DOWN({});
  }),
  functionModel('hanging', () => new Promise<never>(() => {})),
  functionModel('keyless', () => 'never', { available: false }),
];

const names = suiteTools.map(({ name }) => name);

/** Agents of the suite, each with one way to behave. */
export const suiteAgents: readonly AgentDefinition[] = [
  agent('plain', 'echo/any'),
  { ...agent('caller', 'planner/any'), tools: names },
  { ...agent('endless', 'endless/any'), tools: ['add'] },
  agent('unlucky', 'down/any'),
  agent('careful', ['keyless/any', 'down/any', 'echo/any']),
  agent('hanging', 'hanging/any'),
  agent('mute', ['keyless/any']),
];

function agent(name: string, model: string | readonly string[]): AgentDefinition {
  return { name, instructions: `You are ${name}.`, model };
}

function shown(content: string): string {
  if (content.includes('citations')) return 'see b.md#L8, a.md:3 and a.md:3 again, not xc.md or c.md:99.';
  return content.startsWith('{') ? content : JSON.stringify(content);
}
