import {
  isAgentFactoryError,
  type Contribution,
  type Disposer,
  type Logger,
  type PluginContext,
} from '@agent-factory/sdk';
import type {
  Signals,
  TenantStorage,
  TenantToolRegistry,
  Tool,
  ToolKind,
  ToolRegistry,
  ToolSource,
} from '@agent-factory/sdk/contracts';
import type { ToolsRegistryConfig } from './config.ts';
import { configuredRegistrations, type ForTenants } from './configured-registrations.ts';
import { errors } from './errors.ts';
import { listRegistrations, readRegistration } from './registration-rows.ts';
import { createTenantRegistry } from './tenant-registry.ts';
import { heldRegistration, TenantTools } from './tenant-tools.ts';

/** What the registry stands on. */
export interface RegistryOptions {
  readonly config: ToolsRegistryConfig;
  readonly tenants: TenantStorage;
  readonly signals: Signals | undefined;
  readonly kinds: readonly Contribution<ToolKind>[];
  /** Tools that plugins contributed; they win over registered ones. */
  readonly own: readonly Tool[];
  readonly validator: PluginContext['validator'];
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The registry, and the source of what is in it. */
export interface RegistryTools {
  readonly registry: ToolRegistry;
  readonly source: ToolSource;
  /** Looks for changes of other processes from time to time, until the disposer is called. */
  watch(): Disposer;
  close(): Promise<void>;
}

const channel = 'tools_registry';

/** Creates the registry; the operator's registrations are prepared first, and every problem in them is told at once. */
export async function createRegistryTools(options: RegistryOptions): Promise<RegistryTools> {
  const { config, tenants, signals, log } = options;
  const kinds = new Map(options.kinds.map(({ value }) => [value.kind, value]));
  const configured = await configuredRegistrations(config.registrations, kinds, options);
  const listeners = new Set<(tenant: string | undefined) => void>();
  /** In the order of their last use. */
  const open = new Map<string, TenantTools>();

  const tell = (tenant: string | undefined): void => {
    for (const [id, one] of open) if (tenant === undefined || id === tenant) one.forget();
    for (const listener of listeners) listener(tenant);
  };
  const heard = signals?.subscribe(channel, tell);

  const toolsOf = (tenant: string): TenantTools => {
    const known = open.get(tenant);
    const tools =
      known ??
      new TenantTools({
        tenant,
        kinds,
        log,
        refreshMs: config.refreshMs,
        onChange: () => tell(tenant),
        load: () => heldBy(tenant, tenants, configured),
      });
    open.delete(tenant);
    open.set(tenant, tools);
    for (const [id, one] of open) {
      if (open.size <= config.maxTenants) break;
      one.retire();
      open.delete(id);
    }
    return tools;
  };
  const changed = async (tenant: string): Promise<void> => {
    tell(tenant);
    await signals?.publish(channel, tenant);
  };

  return {
    registry: {
      kinds: () =>
        [...kinds.values()].map(({ kind, description, example }) => ({ kind, description, example })),
      tenant: (id): TenantToolRegistry =>
        createTenantRegistry({
          ...options,
          tenant: id,
          kinds,
          configured,
          tools: () => toolsOf(id),
          changed,
        }),
    },
    source: {
      name: 'tools-registry',
      tools: (tenant) => toolsOf(tenant).tools(),
      tool: (tenant, name) => toolsOf(tenant).tool(name),
      onChange: (listener): Disposer => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    watch() {
      const timer = setInterval(
        () => {
          for (const [tenant, one] of open)
            one.look().catch((error: unknown) => {
              if (isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) open.delete(tenant);
              else log.warn('registrations cannot be looked at', { tenant, reason: String(error) });
            });
        },
        // Signals may be lost, so it looks with them too, but seldom.
        config.refreshMs * (signals ? 6 : 1),
      );
      timer.unref();
      return () => clearInterval(timer);
    },
    async close() {
      heard?.[Symbol.dispose]();
      listeners.clear();
      await Promise.all([...open.values()].map((one) => one.close()));
    },
  };
}

/** The operator's for the tenant, and its own. */
async function heldBy(tenant: string, tenants: TenantStorage, configured: readonly ForTenants[]) {
  const database = await tenants.tenant(tenant);
  const registered = await listRegistrations(database);
  return [
    ...configured
      .filter(({ isFor }) => isFor(tenant))
      .map(({ registration }) => heldRegistration(registration)),
    ...registered.map((head) => ({
      ...head,
      spec: async () => {
        // By its version, so that one opened now is the one that was listed.
        const found = await readRegistration(await tenants.tenant(tenant), head.name, head.version);
        if (!found) throw errors.AF_TOOLS_REGISTRY_UNKNOWN({ name: head.name, known: 'none' });
        return found.spec;
      },
    })),
  ];
}
