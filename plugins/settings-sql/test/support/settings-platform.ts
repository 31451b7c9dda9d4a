import { dirname } from 'node:path';
import type { InMemoryPlugin, Json, JsonObject } from '@agent-factory/sdk';
import { TenantSettings, type DeclaredSetting, type SettingSpec } from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import type { FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(dirname(import.meta.dirname));

/** Settings that the plugin of these tests declares. */
export const color: SettingSpec<string> = {
  name: 'declarer.color',
  title: 'Colour',
  description: 'What things are painted with.',
  schema: { enum: ['red', 'green', 'blue'] },
  default: 'red',
  setBy: 'tenant',
};
export const sizes: SettingSpec = {
  name: 'declarer.sizes',
  title: 'Sizes',
  description: 'How large things may be.',
  schema: {
    type: 'object',
    properties: { width: { type: 'integer', minimum: 1 }, label: { type: 'string' } },
    additionalProperties: false,
  },
  default: {},
  configured: { width: 5 },
  setBy: 'platform',
};

/** A platform, and what is declared in it. */
export interface SettingsPlatform {
  readonly kernel: TestKernel;
  readonly declared: DeclaredSetting[];
}

/** Boots one in which settings are declared; `dataDir` of another makes it a second process of the same. */
export async function bootSettings(
  storage: FreshStorage,
  {
    dataDir,
    config = {},
    specs = [color, sizes],
    more = [],
  }: {
    readonly dataDir?: string;
    readonly config?: JsonObject;
    readonly specs?: readonly SettingSpec[];
    readonly more?: readonly InMemoryPlugin[];
  } = {},
): Promise<SettingsPlatform> {
  const declared: DeclaredSetting[] = [];
  const declarer = testPlugin(
    'declarer',
    [],
    (ctx) => {
      const settings = ctx.tryUse(TenantSettings);
      for (const spec of specs) {
        const one = settings?.declare<Json>(spec);
        if (!one) continue;
        ctx.own(one);
        declared.push(one);
      }
    },
    { optional: { 'tenant-settings': '^1.0.0' } },
  );
  const kernel = await bootTestKernel({
    baseDir: folder,
    ...(dataDir !== undefined && { dataDir }),
    plugins: [
      storage.plugin,
      { use: folder, config },
      declarer,
      ...more,
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  });
  return { kernel, declared };
}
