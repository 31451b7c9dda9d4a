import { definePlugin } from '@agent-factory/sdk';
import { Tool } from '@agent-factory/sdk/contracts';

/** The settings, as their schema in package.json describes them. */
interface Config {
  readonly sides: number;
}

export default definePlugin<Config>({
  setup(ctx) {
    ctx.contribute(Tool, {
      name: 'my_plugin',
      description: 'Rolls a die and returns the number on top. Use it when somebody asks for dice or chance.',
      input: {
        type: 'object',
        properties: { sides: { type: 'integer', minimum: 2, description: 'Number of sides' } },
      },
      output: { type: 'integer', minimum: 1 },
      effect: 'read',
      run: async ({ sides = ctx.config.sides }) => 1 + Math.floor(Math.random() * Number(sides)),
    });
  },
});
