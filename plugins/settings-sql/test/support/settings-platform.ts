import { dirname } from 'node:path';
import { definePlugin, type InMemoryPlugin, type Json, type JsonObject } from '@agent-factory/sdk';
import {
  Authenticator,
  HttpServer,
  TenantSettings,
  type DeclaredSetting,
  type SettingSpec,
} from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
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
  const declarer: InMemoryPlugin = {
    manifest: {
      id: 'declarer',
      name: 'declarer',
      version: '1.0.0',
      kernel: '^0.1.0',
      optional: { 'tenant-settings': '^1.0.0' },
    },
    plugin: definePlugin({
      setup(ctx) {
        const settings = ctx.tryUse(TenantSettings);
        for (const spec of specs) {
          const one = settings?.declare<Json>(spec);
          if (!one) continue;
          ctx.own(one);
          declared.push(one);
        }
      },
    }),
  };
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

/** Whoever names a tenant manages it, and nothing else. */
export const managers: InMemoryPlugin = {
  manifest: {
    id: 'managers',
    name: 'managers',
    version: '1.0.0',
    kernel: '^0.1.0',
    contributes: { authenticator: '1.0.0' },
  },
  plugin: definePlugin({
    setup(ctx) {
      ctx.contribute(Authenticator, {
        scheme: 'manager',
        security: { type: 'apiKey', in: 'header', name: 'x-tenant' },
        authenticate: async ({ tenant }) =>
          tenant === undefined
            ? undefined
            : {
                id: `of-${tenant}`,
                tenant,
                kind: 'user',
                permissions: ['settings:read', 'settings:write'],
              },
      });
    },
  }),
};

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly tag: string;
  readonly body: JsonObject;
}

/** Asks the API. */
export async function ask(
  { kernel }: SettingsPlatform,
  method: string,
  path: string,
  { value, headers = {} }: { readonly value?: Json; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const body = value === undefined ? undefined : JSON.stringify({ value });
  const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    tag: answer.headers.get('etag') ?? '',
    body: (text === '' ? {} : JSON.parse(text)) as JsonObject, // an object, as every route answers
  };
}
