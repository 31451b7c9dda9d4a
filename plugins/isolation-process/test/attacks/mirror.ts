import type { InMemoryPlugin } from '@agent-factory/sdk';
import { Tool } from '@agent-factory/sdk/contracts';
import type { Besieged } from './hostile.ts';

/** A trusted tool that calls the hostile plugin again, and counts how often it was called. */
export function mirror(besieged: () => Besieged): { plugin: InMemoryPlugin; calls: { count: number } } {
  const calls = { count: 0 };
  const manifest = {
    id: 'mirror',
    name: 'mirror',
    version: '1.0.0',
    kernel: '*',
    contributes: { tool: '1.0.0' },
  };
  const plugin: InMemoryPlugin = {
    manifest,
    plugin: {
      setup(ctx) {
        ctx.contribute(Tool, {
          name: 'mirror',
          description: 'Calls whoever calls it.',
          input: { type: 'object' },
          effect: 'pure',
          async run(input, { tenant }) {
            calls.count += 1;
            return input['depth'] === undefined
              ? { tenant }
              : ((await besieged().attack('bounce', input)) as never); // JSON, as the fixture gives it
          },
        });
      },
    },
  };
  return { plugin, calls };
}
