import { unlessAborted, type PluginContext } from '@agent-factory/sdk';
import {
  LanguageModel,
  PluginData,
  SecretStore,
  Tool,
  type DataOwner,
  type ModelCallOptions,
  type ToolCallContext,
} from '@agent-factory/sdk/contracts';
import type { Json, JsonObject } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import type { Grants } from '../grants.ts';
import { callDepth, type PluginRun } from '../plugin-run.ts';
import { dataOf, jsonOf } from './data-of.ts';
import type { SecretHandles } from './secrets.ts';
import { untilAborted } from './until-aborted.ts';

/** What lending needs. */
export interface LendParts {
  /** The plugin as `id@version`. */
  readonly plugin: string;
  readonly ctx: PluginContext;
  readonly grants: Grants;
  readonly secrets: SecretHandles;
  readonly run: PluginRun;
}

/** What is lent: providers by contract, contributions by collection. Functions check what they are asked, each time. */
export interface Lent {
  readonly uses: Readonly<Record<string, object>>;
  readonly all: Readonly<Record<string, readonly object[]>>;
}

/** Contracts that can be lent to isolated plugins, and what a permission for each lets it do. */
export const lendable: { readonly uses: readonly string[]; readonly collects: readonly string[] } = {
  uses: [SecretStore.id, PluginData.id],
  collects: [Tool.id, LanguageModel.id],
};

/** Lends a plugin what its manifest asks for and its grants cover. Called in setup. */
export function lend(
  parts: LendParts,
  wants: { uses: readonly string[]; collects: readonly string[] },
): Lent {
  const { ctx } = parts;
  const secretStore = wants.uses.includes(SecretStore.id) ? ctx.tryUse(SecretStore) : undefined;
  const data = wants.uses.includes(PluginData.id) ? ctx.tryUse(PluginData) : undefined;
  return {
    uses: {
      ...(secretStore && { [SecretStore.id]: lentSecrets(parts, secretStore) }),
      ...(data && { [PluginData.id]: lentData(parts, data) }),
    },
    all: {
      ...(wants.collects.includes(Tool.id) && { [Tool.id]: lentTools(parts) }),
      ...(wants.collects.includes(LanguageModel.id) && { [LanguageModel.id]: lentModels(parts) }),
    },
  };
}

/** A plugin acts for those whose calls it is answering, and for nobody else. */
function tenantOf({ plugin, run, grants }: LendParts, asked: unknown): string {
  if (typeof asked === 'string' && run.serves(asked)) return asked;
  grants.note(`act for the tenant ${String(asked).slice(0, 100)}, whose call it is not answering`);
  throw errors.AF_ISOLATION_REQUEST_INVALID({
    plugin,
    reason: 'it named a tenant whose call it is not answering',
  });
}

function signalOf(asked: unknown, granted: AbortSignal): AbortSignal {
  const { signal } = Object(asked) as { signal?: unknown };
  return signal instanceof AbortSignal ? AbortSignal.any([signal, granted]) : granted;
}

function lentTools(parts: LendParts): object[] {
  const { ctx, grants, run, plugin } = parts;
  const may = (name: string): boolean => grants.covering(`tools:${name}`).length > 0;
  return ctx
    .all(Tool)
    .filter(({ value }) => may(value.name))
    .map(({ plugin: owner, value: tool }) => {
      const { name, description, input, output, effect } = tool;
      const check = ctx.validator(input);
      return {
        plugin: owner,
        value: {
          ...jsonOf({ name, description, input, effect, output }),
          async run(given: JsonObject, context: Partial<ToolCallContext> = {}): Promise<Json> {
            const granted = grants.require(`tools:${name}`, `call the tool ${name}`);
            const tenant = tenantOf(parts, context.tenant);
            const [problem] = check(given);
            if (problem) {
              const reason = `the input of ${name} does not fit: ${problem.path} ${problem.message}`;
              throw errors.AF_ISOLATION_REQUEST_INVALID({ plugin, reason });
            }
            const call = callDepth.run(run.depth, () =>
              tool.run(given, {
                signal: signalOf(context, granted),
                runId: String(context.runId ?? ''),
                tenant,
                idempotencyKey: String(context.idempotencyKey ?? ''),
                log: ctx.log,
              }),
            );
            return dataOf(await unlessAborted(call, granted)); // whether or not the tool heeds its signal
          },
        },
      };
    });
}

function lentModels(parts: LendParts): object[] {
  const { ctx, grants, run } = parts;
  return ctx
    .all(LanguageModel)
    .filter(({ value }) => grants.covering(`models:${value.provider}`).length > 0)
    .map(({ plugin: owner, value: model }) => {
      const { provider, description, available } = model;
      const grant = (): AbortSignal => grants.require(`models:${provider}`, `ask the models of ${provider}`);
      const optionsOf = (asked: Partial<ModelCallOptions>, granted: AbortSignal): ModelCallOptions => ({
        signal: signalOf(asked, granted),
        tenant: tenantOf(parts, asked.tenant),
        ...(asked.idempotencyKey !== undefined && { idempotencyKey: String(asked.idempotencyKey) }),
      });
      return {
        plugin: owner,
        value: {
          ...jsonOf({ provider, description, available }),
          // Whether or not the model heeds its signal, as above.
          async generate(request: never, options: Partial<ModelCallOptions> = {}) {
            const granted = grant();
            const call = callDepth.run(run.depth, () => model.generate(request, optionsOf(options, granted)));
            return dataOf(await unlessAborted(call, granted));
          },
          async stream(request: never, options: Partial<ModelCallOptions> = {}) {
            const granted = grant();
            const call = callDepth.run(run.depth, () => model.stream(request, optionsOf(options, granted)));
            // That of an isolated model is a promise too.
            return untilAborted(await unlessAborted(Promise.resolve(call), granted), granted);
          },
        },
      };
    });
}

function lentSecrets(parts: LendParts, store: SecretStore): object {
  const { grants, secrets } = parts;
  return {
    async names(tenant: unknown): Promise<readonly string[]> {
      const names = await store.names(tenantOf(parts, tenant));
      return names.filter((name) => grants.covering(`secrets:${name}`).length > 0);
    },
    async find(tenant: unknown, name: unknown): Promise<object | undefined> {
      const wanted = String(name);
      const signal = grants.require(`secrets:${wanted}`, `use the secret ${wanted}`);
      const found = await store.find(tenantOf(parts, tenant), wanted);
      if (!found) return undefined;
      const goesTo = (url: URL): boolean =>
        grants.covering(`secrets:${wanted}`).length > 0 && // it may have been revoked since
        found.hosts.some((host) =>
          [
            url.hostname,
            `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`,
          ].includes(host.toLowerCase()),
        );
      return {
        handle: secrets.give({ name: wanted, text: found.value.reveal(), goesTo, signal }),
        hosts: found.hosts,
      };
    },
  };
}

const dataCalls = ['get', 'put', 'delete', 'list', 'usage', 'clear'] as const;

/** Its own entries, of the tenant whose call it is answering. */
function lentData(parts: LendParts, data: PluginData): object {
  const { ctx, grants, plugin } = parts;
  const ownerOf = (asked: unknown): DataOwner => {
    grants.require('data', 'keep data');
    const { plugin: id, tenant } = Object(asked) as Partial<Record<keyof DataOwner, unknown>>;
    const owner = { plugin: ctx.plugin.id, tenant: tenantOf(parts, tenant) };
    if (id === owner.plugin) return owner;
    grants.note(`reach the data of ${String(id).slice(0, 100)}`);
    throw errors.AF_ISOLATION_REQUEST_INVALID({ plugin, reason: 'it named a plugin that it is not' });
  };
  return Object.fromEntries(
    dataCalls.map((name) => [
      name,
      // What else it gives is checked there, as from any plugin.
      async (owner: unknown, ...rest: never[]) =>
        dataOf(await Reflect.apply(data[name], data, [ownerOf(owner), ...rest])),
    ]),
  );
}
