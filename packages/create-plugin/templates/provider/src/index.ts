import { definePlugin } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import { answer } from './answer.ts';

export default definePlugin({
  setup(ctx) {
    ctx.contribute(LanguageModel, {
      provider: 'my-plugin',
      description: 'Repeats what it is told, and calls the tools it is told to.',
      available: true,
      capabilities: async () => ({ tools: true, images: false }),
      generate: answer,
      async *stream(request, options) {
        const response = await answer(request, options);
        for (const text of response.message.content.match(/\s*\S+\s*/g) ?? []) {
          options.signal.throwIfAborted();
          yield { type: 'text', text };
        }
        yield { type: 'finish', response };
      },
    });
  },
});
