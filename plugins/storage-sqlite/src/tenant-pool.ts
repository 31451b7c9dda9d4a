import { isAgentFactoryError } from '@agent-factory/sdk';
import { storageErrors as errors, type SqlDatabase } from '@agent-factory/sdk/contracts';
import type { SqliteConnection } from './sqlite-connection.ts';

/** A tenant's file, open. */
export interface OpenTenant {
  readonly connection: SqliteConnection;
  readonly database: SqlDatabase;
  /** Tells this file from another that takes its place. */
  readonly identity: number;
}

/** Keeps the files open that are used, and some that were. */
export interface TenantPool {
  /** Runs `work` on a tenant's file, which stays open until `work` has ended. */
  use<T>(id: string, work: (tenant: OpenTenant) => Promise<T>): Promise<T>;
  /** Lets go of a tenant's file unless it is the one with this identity: another process has taken it away. */
  keep(id: string, identity: number | undefined): void;
  /**
   * Refuses the tenant to everybody, waits for those who use it, closes its file, then gives what `remove` gives; false
   * where somebody else did so meanwhile.
   */
  erase(id: string, remove: () => Promise<boolean>): Promise<boolean>;
  /** Waits for those who use files, and closes all. */
  close(): Promise<void>;
}

/** What a pool needs. */
export interface TenantPoolOptions {
  /** How many files stay open while nobody uses them. More are open only as long as they are used. */
  readonly capacity: number;
  /** Opens a tenant's file; AF_TENANT_UNKNOWN when there is none. */
  open(id: string): Promise<OpenTenant>;
  /** Identity of the file that is there now. */
  identity(id: string): number | undefined;
}

interface Slot {
  readonly id: string;
  users: number;
  readonly opening: Promise<OpenTenant>;
  /** Once it is open. */
  tenant?: OpenTenant;
}

/** Creates a pool in which no file is open. */
export function createTenantPool({ capacity, open, identity }: TenantPoolOptions): TenantPool {
  /** Those used last come last. */
  const slots = new Map<string, Slot>();
  /** Files on their way out: whoever wants one again waits. */
  const leaving = new Map<string, Promise<unknown>>();
  const erasing = new Map<string, Promise<boolean>>();
  let closed = false;

  const retire = (slot: Slot): void => {
    if (slots.get(slot.id) === slot) slots.delete(slot.id);
    if (slot.users > 0 || slot.tenant === undefined) return; // the last one to leave closes it
    const closing = slot.tenant.connection.close();
    leaving.set(slot.id, closing);
    void closing.finally(() => {
      if (leaving.get(slot.id) === closing) leaving.delete(slot.id);
    });
  };

  const enter = (id: string): Slot => {
    const known = slots.get(id);
    if (known !== undefined) {
      known.users++;
      slots.delete(id);
      slots.set(id, known);
      return known;
    }
    const slot: Slot = { id, users: 1, opening: open(id) };
    slots.set(id, slot);
    slot.opening.then(
      (tenant) => (slot.tenant = tenant),
      () => retire(slot),
    );
    return slot;
  };

  const leave = (slot: Slot): void => {
    slot.users--;
    if (slot.users === 0 && slots.get(slot.id) !== slot) retire(slot);
    if (slots.size <= capacity) return;
    for (const each of slots.values()) {
      if (each.users === 0) retire(each);
      if (slots.size <= capacity) return;
    }
  };

  /** An error of a tenant that is no more says just that. */
  const explain = (slot: Slot, tenant: OpenTenant | undefined, error: unknown): unknown => {
    if (!isAgentFactoryError(error) || tenant === undefined) return error;
    if (tenant.identity === identity(slot.id)) return error;
    retire(slot);
    return errors.AF_TENANT_UNKNOWN({ tenant: slot.id }, { cause: error });
  };

  const refuseIfGone = (id: string): void => {
    if (closed) throw errors.AF_STORAGE_CLOSED({ database: `of tenant ${id}` });
    if (erasing.has(id)) throw errors.AF_TENANT_UNKNOWN({ tenant: id });
  };

  return {
    async use(id, work) {
      refuseIfGone(id);
      for (let last = leaving.get(id); last !== undefined; last = leaving.get(id)) {
        await last;
        refuseIfGone(id);
      }
      const slot = enter(id);
      let tenant = slot.tenant;
      try {
        tenant ??= await slot.opening;
        return await work(tenant);
      } catch (error) {
        throw explain(slot, tenant, error);
      } finally {
        leave(slot);
      }
    },
    keep(id, current) {
      const slot = slots.get(id);
      if (slot?.tenant !== undefined && slot.tenant.identity !== current) retire(slot);
    },
    async erase(id, remove) {
      const under = erasing.get(id);
      if (under !== undefined) return under.then(() => false);
      refuseIfGone(id);
      const slot = slots.get(id);
      // Inside a transaction of this very tenant it would wait for itself.
      slot?.tenant?.connection.turnstile.refuseInside();
      const done = (async () => {
        if (slots.get(id) === slot) slots.delete(id);
        await slot?.opening.then(
          ({ connection }) => connection.close(),
          () => undefined,
        );
        await leaving.get(id);
        return remove();
      })();
      erasing.set(id, done);
      return done.finally(() => erasing.delete(id));
    },
    async close() {
      closed = true;
      const open = [...slots.values()];
      slots.clear();
      const all = open.map(({ opening }) =>
        opening.then(
          ({ connection }) => connection.close(),
          () => undefined,
        ),
      );
      await Promise.all([...all, ...leaving.values()]);
    },
  };
}
