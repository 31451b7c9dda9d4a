import { once } from 'node:events';
import type { InMemoryPlugin } from '@agent-factory/sdk';
import { LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import { textOf } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin } from '@agent-factory/sdk/testing';

const form = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
/** Has the tool `hold` answer, on `go`. */
export const letGo: EventTarget = new EventTarget();

/** Tools that ask, report and wait, and a model that calls one of them. */
export const offering: InMemoryPlugin = testPlugin('offering', [Tool, LanguageModel], (ctx) => {
  ctx.contribute(
    LanguageModel,
    functionModel('test', ({ messages }) => {
      const last = messages.at(-1);
      return last?.role === 'tool' ? textOf(last) : [{ id: 'c', name: 'ask', input: {} }];
    }),
  );
  const offer = (name: string, run: Tool['run'], more: Partial<Tool> = {}): void =>
    ctx.contribute(Tool, {
      name,
      description: `Does ${name}.`,
      input: { type: 'object' },
      effect: 'read',
      run,
      ...more,
    });
  offer('ask', async (_input, { ask }) => ({
    answer: (await ask?.({ kind: 'form', message: 'Who?', schema: form })) ?? null,
  }));
  offer('model', async (_input, { ask }) => {
    const messages = [{ role: 'user', text: 'Hi?' }] as const;
    const answer = await ask?.({ kind: 'model', messages, system: 'Be kind.', maxTokens: 7 });
    return `${answer?.model}: ${answer?.text}`;
  });
  offer('pay', async () => 'paid', { effect: 'write', approval: 'always' });
  offer('steps', async (_input, { report }) => {
    report?.({ kind: 'log', level: 'debug', data: 'quiet' });
    report?.({ kind: 'log', level: 'error', data: { loud: true } });
    for (const progress of [1, 2, 2, 3]) report?.({ kind: 'progress', progress, total: 3 });
    return { content: [{ type: 'text', text: 'Done.' }], structuredContent: { done: true } };
  });
  offer('hold', async (_input, { report, signal }) => {
    report?.({ kind: 'progress', progress: 1 });
    await once(letGo, 'go', { signal });
    return 'let go';
  });
});
