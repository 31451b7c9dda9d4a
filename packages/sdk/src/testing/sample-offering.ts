import { LanguageModel } from '../contracts/language-model.ts';
import { Tool } from '../contracts/tool.ts';
import { textOf } from '../domain/message.ts';
import type { InMemoryPlugin } from '../plugin.ts';
import { functionModel } from './function-model.ts';
import { testPlugin, testTool } from './test-plugin.ts';

/** Names of the tools of {@link sampleOffering}: one works, the other fails. */
export const sampleTools: readonly string[] = ['look', 'stumble'];

/** Models `test/…` that call the tool they are told the name of, fail where they are told `fail`, or say what they heard. */
export const sampleOffering: InMemoryPlugin = testPlugin('offering', [LanguageModel, Tool], (ctx) => {
  ctx.contribute(
    LanguageModel,
    functionModel('test', ({ messages }) => {
      const last = messages.at(-1);
      const said = last ? textOf(last) : '';
      if (last?.role !== 'user') return `It was ${said}.`;
      if (said === 'fail') throw new Error('it fell over');
      return sampleTools.includes(said) ? [{ id: 'c', name: said, input: {} }] : said;
    }),
  );
  ctx.contribute(
    Tool,
    testTool('look', async () => 'seen'),
  );
  ctx.contribute(
    Tool,
    testTool('stumble', async () => {
      throw new Error('it stumbled');
    }),
  );
});
