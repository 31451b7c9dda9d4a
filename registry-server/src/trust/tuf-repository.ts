import type { SigningKey } from '@agent-factory/plugin-package';
import type { Logger } from '@agent-factory/sdk';
import { Metadata, MetadataKind } from '@tufjs/models';
import { errors } from '../errors.ts';
import { recordAudit } from '../store/records.ts';
import type { Sql, SqlDatabase } from '../store/sql.ts';
import {
  deleteOldTufFiles,
  findTufFile,
  hasPendingTargets,
  insertTufFile,
  newestTufFile,
  newestTufFiles,
  putPendingTarget,
  takePendingTargets,
} from '../store/trust-rows.ts';
import { createTurns } from '../app/turns.ts';
import type { KeyFolder, TufKeyName } from './key-folder.ts';
import {
  binNames,
  binOf,
  binTargetsOf,
  day,
  lifetimes,
  rootOf,
  signed,
  snapshotAfter,
  snapshotOf,
  targetsIn,
  targetsOf,
  timestampOf,
  tufKeyId,
  type OnlineKeys,
  type SignedFile,
  type TufTarget,
} from './tuf-signing.ts';
import { tufTargetOf, type TufChange } from './tuf-targets.ts';

/** TUF metadata of everything the registry serves: that it is what the registry holds now, not what it held once. */
export interface TufRepository {
  /**
   * Vouches for files from now on. Inside a write, so that the metadata and what it is about change together; signed is
   * what has changed when somebody next asks for it.
   */
  vouch(sql: Sql, changes: readonly TufChange[]): Promise<void>;
  /** Signs anew what runs out soon, and forgets what was superseded more than an hour ago. */
  refresh(): Promise<void>;
  /**
   * Puts a new key in the place of one, by a new root that the root key signs. Who trusts the root before follows.
   *
   * @param actor - who the audit log says did it
   * @throws AF_REGISTRY_ROOT_AWAY
   */
  rotate(name: TufKeyName, actor: string): Promise<void>;
  /** Every file that proves what some bins hold, by its name: all roots, and what is newest of the rest. */
  chain(bins: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /** A file by the name clients ask for: `timestamp.json`, `3.snapshot.json`, `1.root.json`. */
  file(name: string): Promise<Uint8Array | undefined>;
}

/** Opens the metadata; the first time, makes the keys and an empty repository. */
export async function openTufRepository(
  database: SqlDatabase,
  folder: KeyFolder,
  { now, log }: { readonly now: () => Date; readonly log: Pick<Logger, 'error'> },
): Promise<TufRepository> {
  await database.write(async (sql) => {
    if (await newestTufFile(sql, 'root')) return;
    folder.createTuf();
    await createRepository(sql, folder, now());
  });
  await settleKeys(database, folder);
  let keys = onlineKeys(folder);
  const inTurn = createTurns();

  /** Signs what was vouched for since the last time: however much it is, with one snapshot. */
  async function settle(sql: Sql): Promise<void> {
    const pending = await takePendingTargets(sql);
    if (pending.length === 0) return;
    const at = now();
    const changed: Record<string, number> = {};
    for (const [bin, inBin] of Map.groupBy(pending, ({ path }) => binOf(path))) {
      const file = await newestTufFile(sql, bin);
      const targets = targetsIn(file?.bytes);
      for (const { path, target } of inBin) {
        if (target === null) delete targets[path];
        else targets[path] = JSON.parse(target) as TufTarget; // written below
      }
      const version = (file?.version ?? 0) + 1;
      await put(sql, bin, version, signed(binTargetsOf(version, at, targets), [keys.targets]), at);
      changed[bin] = version;
    }
    await snapshot(sql, at, changed);
  }

  let fault: string | undefined;

  async function settled(): Promise<void> {
    const isPending = await hasPendingTargets(database);
    try {
      if (isPending) await database.write(settle);
      fault = undefined;
    } catch (error) {
      // What is signed still holds, and the next look tries again. A fault that lasts is told once, not at every look.
      const message = error instanceof Error ? error.message : String(error);
      if (message !== fault) log.error('Metadata could not be signed anew.', { error: message });
      fault = message;
    }
  }

  /** @param changed - versions of the targets files that are new since the last one */
  async function snapshot(sql: Sql, at: Date, changed: Readonly<Record<string, number>>): Promise<void> {
    const before = await newestTufFile(sql, 'snapshot');
    const next = (before?.version ?? 0) + 1;
    const content = before ? snapshotAfter(before.bytes, next, at, changed) : snapshotOf(next, at, changed);
    const file = signed(content, [keys.snapshot]);
    await put(sql, 'snapshot', next, file, at);
    const { version } = (await newestTufFile(sql, 'timestamp')) ?? { version: 0 };
    await timestamp(sql, at, { version: next, bytes: file.bytes }, version + 1);
  }

  async function timestamp(
    sql: Sql,
    at: Date,
    about: { version: number; bytes: Uint8Array },
    version: number,
  ): Promise<void> {
    await put(sql, 'timestamp', version, signed(timestampOf(version, at, about), [keys.timestamp]), at);
  }

  async function replaceKey(name: TufKeyName, actor: string): Promise<void> {
    const root = folder.tuf('root');
    if (!root) throw errors.AF_REGISTRY_ROOT_AWAY({});
    const before = keys;
    const next = folder.next(name);
    const keyOf = (each: TufKeyName): SigningKey | undefined => (each === name ? next : folder.tuf(each));
    try {
      await database.write(async (sql) => {
        await settle(sql);
        const at = now();
        const files = await newestTufFiles(sql);
        const version = (files.find(({ role }) => role === 'root')?.version ?? 0) + 1;
        // Who trusts the root before must find its word on the new one, and the new one's own.
        const signers = name === 'root' ? [root, next] : [root];
        await put(sql, 'root', version, signed(rootOf(version, at, keyOf), signers), at);
        const line = { actor, action: 'key.begun', subject: next.keyId, detail: { role: name } };
        await recordAudit(sql, { at: at.toISOString(), ...line });
        if (name === 'root') return;
        keys = { ...keys, [name]: next };
        const changed: Record<string, number> = {};
        if (name === 'targets')
          for (const { role, version: old } of files.filter((file) => isTargets(file.role))) {
            const file = renewed(role, old + 1, (await newestTufFile(sql, role))?.bytes, at);
            if (!file) continue;
            await put(sql, role, old + 1, file, at);
            changed[role] = old + 1;
          }
        await snapshot(sql, at, changed);
      });
    } catch (error) {
      keys = before;
      throw error;
    }
    folder.settleTuf((_, key) => key.keyId === next.keyId);
  }

  return {
    async vouch(sql, changes) {
      for (const { path, bytes, custom } of changes)
        await putPendingTarget(sql, path, bytes ? JSON.stringify(tufTargetOf(bytes, custom)) : null);
    },

    async refresh() {
      const at = now();
      await database.write(async (sql) => {
        await settle(sql);
        const due = (await newestTufFiles(sql)).filter(({ role, expires }) => isDue(role, expires, at));
        const changed: Record<string, number> = {};
        for (const { role, version } of due) {
          const file = renewed(role, version + 1, (await newestTufFile(sql, role))?.bytes, at);
          if (!file) continue;
          await put(sql, role, version + 1, file, at);
          if (isTargets(role)) changed[role] = version + 1;
        }
        const names = new Set(due.map(({ role }) => role));
        const hasNewTargets = [...names].some((role) => role !== 'timestamp' && role !== 'root');
        if (hasNewTargets) await snapshot(sql, at, changed);
        else if (names.has('timestamp')) {
          const [about, before] = [
            await newestTufFile(sql, 'snapshot'),
            await newestTufFile(sql, 'timestamp'),
          ];
          if (about) await timestamp(sql, at, about, (before?.version ?? 0) + 1);
        }
        await deleteOldTufFiles(sql, new Date(at.getTime() - day / 24).toISOString());
      });
    },

    // Two at once would put their next keys in one place, and one of them would be lost.
    rotate: (name, actor) => inTurn(() => replaceKey(name, actor)),

    async chain(bins) {
      await settled();
      const files = new Map<string, Uint8Array>();
      const newest = new Map((await newestTufFiles(database)).map(({ role, version }) => [role, version]));
      const add = async (role: string, version: number): Promise<void> => {
        const file = await findTufFile(database, role, version);
        if (file) files.set(role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`, file.bytes);
      };
      for (let version = 1; version <= (newest.get('root') ?? 0); version += 1) await add('root', version);
      for (const role of ['timestamp', 'snapshot', 'targets', ...new Set(bins)])
        await add(role, newest.get(role) ?? 0);
      return files;
    },

    async file(name) {
      const found = /^(?:(\d{1,15})\.)?(root|targets|snapshot|timestamp|bin-[0-9a-f]{1,4})\.json$/.exec(name);
      const [, version, role = ''] = found ?? [];
      if (!found) return undefined;
      await settled();
      const row =
        version === undefined
          ? await newestTufFile(database, role)
          : await findTufFile(database, role, Number(version));
      return row?.bytes;
    },
  };

  function renewed(
    role: string,
    version: number,
    bytes: Uint8Array | undefined,
    at: Date,
  ): SignedFile | undefined {
    if (role === 'targets') return signed(targetsOf(version, at, keys.targets), [keys.targets]);
    if (role.startsWith('bin')) return signed(binTargetsOf(version, at, targetsIn(bytes)), [keys.targets]);
    const root = folder.tuf('root');
    // A root key that is kept elsewhere signs there.
    return role === 'root' && root ? signed(rootOf(version, at, folder.tuf), [root]) : undefined;
  }
}

async function createRepository(sql: Sql, folder: KeyFolder, at: Date): Promise<void> {
  const root = folder.tuf('root');
  const keys = onlineKeys(folder);
  if (root) await put(sql, 'root', 1, signed(rootOf(1, at, folder.tuf), [root]), at);
  await put(sql, 'targets', 1, signed(targetsOf(1, at, keys.targets), [keys.targets]), at);
  for (const bin of binNames()) await put(sql, bin, 1, signed(binTargetsOf(1, at, {}), [keys.targets]), at);
  const versions = Object.fromEntries(['targets', ...binNames()].map((role) => [role, 1]));
  const snapshot = signed(snapshotOf(1, at, versions), [keys.snapshot]);
  await put(sql, 'snapshot', 1, snapshot, at);
  await put(
    sql,
    'timestamp',
    1,
    signed(timestampOf(1, at, { version: 1, bytes: snapshot.bytes }), [keys.timestamp]),
    at,
  );
}

/** A rotation that was cut short is finished if its root was written, else forgotten. */
async function settleKeys(database: SqlDatabase, folder: KeyFolder): Promise<void> {
  const bytes = (await newestTufFile(database, 'root'))?.bytes;
  if (!bytes) return;
  const json: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  // Written by us as a JSON object.
  const { roles } = Metadata.fromJSON(MetadataKind.Root, json as never).signed;
  folder.settleTuf((name, key) => roles[name]?.keyIDs.includes(tufKeyId(key)) ?? false);
}

function isTargets(role: string): boolean {
  return role === 'targets' || role.startsWith('bin');
}

function onlineKeys(folder: KeyFolder): OnlineKeys {
  const [targets, snapshot, timestamp] = (['targets', 'snapshot', 'timestamp'] as const).map((name) => {
    const key = folder.tuf(name);
    if (!key)
      throw errors.AF_REGISTRY_OPTIONS({ reason: `the key tuf-${name}.pem is missing from its folder` });
    return key;
  });
  // Three names, three keys.
  return { targets, snapshot, timestamp } as OnlineKeys;
}

/** Half of its life is over. */
function isDue(role: string, expires: string, at: Date): boolean {
  const lifetime = role.startsWith('bin') ? lifetimes.targets : lifetimes[role as keyof typeof lifetimes];
  return Date.parse(expires) - at.getTime() < lifetime / 2;
}

async function put(sql: Sql, role: string, version: number, file: SignedFile, at: Date): Promise<void> {
  await insertTufFile(sql, { role, version, ...file }, at.toISOString());
}
