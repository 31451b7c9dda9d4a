import { Tool } from '@agent-factory/sdk/contracts';
import { toolDescription, toolInput, toolName, weather } from '../task.js';

export default {
  setup(ctx) {
    ctx.contribute(Tool, {
      name: toolName,
      description: toolDescription,
      input: toolInput,
      effect: 'read',
      run: async (input) => weather(input),
    });
  },
};
