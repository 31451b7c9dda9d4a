import { isAgentFactoryError, type JsonObject, type Logger } from '@agent-factory/sdk';
import type { Tool, ToolKind, ToolRegistration } from '@agent-factory/sdk/contracts';
import { OpenRegistration } from './open-registration.ts';
import type { RegistrationHead } from './registration-rows.ts';

/** A registration and what is needed to open it. */
export interface HeldRegistration extends RegistrationHead {
  /** Reads the spec, when it is opened. */
  readonly spec: () => Promise<JsonObject>;
}

/** What {@link TenantTools} needs. */
export interface TenantToolsOptions {
  readonly tenant: string;
  readonly kinds: ReadonlyMap<string, ToolKind>;
  readonly log: Logger;
  /** Those that hold now. */
  readonly load: () => Promise<readonly HeldRegistration[]>;
  readonly refreshMs: number;
  /** Called after tools changed by themselves. */
  readonly onChange: () => void;
}

/** The open registrations of one tenant. */
export class TenantTools {
  readonly #options: TenantToolsOptions;
  readonly #open = new Map<string, { readonly hash: string; readonly registration: OpenRegistration }>();
  #heads: readonly HeldRegistration[] = [];
  /** Undefined before the first time. */
  #loadedAt: number | undefined;
  #loading: Promise<void> | undefined;

  constructor(options: TenantToolsOptions) {
    this.#options = options;
  }

  /** Looks anew before the next answer. */
  forget(): void {
    if (this.#loadedAt !== undefined) this.#loadedAt = -Infinity;
  }

  /** Looks anew; whoever wants to know is told when another process changed something. */
  async look(): Promise<void> {
    this.forget();
    await this.#refresh();
  }

  /** Every registration with its tools, or with why there are none now. */
  async all(): Promise<
    readonly { readonly head: RegistrationHead; readonly tools: readonly Tool[]; readonly error?: Error }[]
  > {
    await this.#refresh();
    return Promise.all(
      this.#heads.map(async (held) => {
        const { spec: _, ...head } = held;
        const registration = this.#open.get(head.name)?.registration;
        if (registration === undefined) {
          const error = new Error(`no plugin offers the kind "${head.kind}"`);
          return { head, tools: [], error };
        }
        try {
          return { head, tools: await registration.tools() };
        } catch (error) {
          return { head, tools: [], error: asError(error) };
        }
      }),
    );
  }

  /** Those there are now, by name; of two with the same name the first registration's. */
  async tools(): Promise<readonly Tool[]> {
    const byName = new Map<string, Tool>();
    for (const { head, tools, error } of await this.all()) {
      if (error !== undefined) this.#warn(head.name, error);
      for (const tool of tools) if (!byName.has(tool.name)) byName.set(tool.name, tool);
    }
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One of them. Registrations that its name begins with are asked first, the others only when these have it not. */
  async tool(name: string): Promise<Tool | undefined> {
    await this.#refresh();
    const likely = (one: string): boolean => name === one || name.startsWith(`${one}_`);
    const names = [...this.#open.keys()].sort((a, b) => Number(likely(b)) - Number(likely(a)));
    let failed: Error | undefined;
    for (const one of names) {
      try {
        const tools = await this.#open.get(one)?.registration.tools();
        const found = tools?.find((tool) => tool.name === name);
        if (found) return found;
      } catch (error) {
        if (likely(one)) failed ??= asError(error);
        else this.#warn(one, asError(error));
      }
    }
    if (failed !== undefined) throw failed;
    return undefined;
  }

  /** Closes everything; calls in flight are aborted. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ registration }) => registration.close()));
    this.#open.clear();
  }

  /** Closes everything that nobody uses, and the rest when its calls have ended. */
  retire(): void {
    for (const { registration } of this.#open.values()) registration.retire();
    this.#open.clear();
  }

  async #refresh(): Promise<void> {
    if (performance.now() - (this.#loadedAt ?? -Infinity) < this.#options.refreshMs) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    const { kinds, tenant, log, load, onChange } = this.#options;
    const since = performance.now();
    const isFirst = this.#loadedAt === undefined;
    const before = hashesOf(this.#heads);
    // What is told while this reads makes the next answer look again.
    this.#loadedAt = since;
    try {
      this.#heads = await load();
    } catch (error) {
      this.forget();
      throw error;
    }
    const wanted = new Map(this.#heads.map((head) => [head.name, head]));
    for (const [name, { hash, registration }] of this.#open) {
      if (wanted.get(name)?.hash === hash) continue;
      registration.retire();
      this.#open.delete(name);
    }
    for (const { name, kind: kindName, hash, spec } of this.#heads) {
      const kind = kinds.get(kindName);
      if (kind === undefined || this.#open.has(name)) continue;
      const registration = new OpenRegistration({ kind, name, tenant, spec, log, onChange });
      this.#open.set(name, { hash, registration });
    }
    if (!isFirst && hashesOf(this.#heads) !== before) onChange();
  }

  #warn(name: string, error: Error): void {
    const code = isAgentFactoryError(error) ? error.code : undefined;
    this.#options.log.warn('the tools of a registration cannot be had now', {
      tenant: this.#options.tenant,
      registration: name,
      reason: error.message,
      ...(code !== undefined && { code }),
    });
  }
}

function hashesOf(heads: readonly RegistrationHead[]): string {
  return heads.map(({ name, hash }) => `${name} ${hash}`).join('\n');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** A registration whose spec is at hand. */
export function heldRegistration({ spec, ...head }: ToolRegistration): HeldRegistration {
  return { ...head, spec: async () => spec };
}
