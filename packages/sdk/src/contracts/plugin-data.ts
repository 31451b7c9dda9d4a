import { canonicalJson } from '../canonical-json.ts';
import { defineContract, type SingleContract } from '../contract.ts';
import type { Json, JsonObject } from '../json.ts';
import { dataErrors } from './plugin-data-errors.ts';
import { tenantIdPattern } from './tenant-storage.ts';

/** Whose data: those of one plugin for one tenant. An isolated plugin reaches its own alone. */
export interface DataOwner {
  /** The plugin's id: `ctx.plugin.id`. */
  readonly plugin: string;
  readonly tenant: string;
}

/** An entry as it stands. */
export interface DataEntry {
  /** 1 to 256 characters, none of them a control character. */
  readonly key: string;
  readonly value: Json;
  /** 1 for the first, and one more with each change. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
}

/** How an entry is changed. */
export interface DataChange {
  /** Refuses the change (AF_DATA_CONFLICT) unless the entry has this revision; 0: unless it is not there. */
  readonly ifRevision?: number;
  /** Milliseconds until it is over, at least 1. Default: never. */
  readonly ttlMs?: number;
}

/** Which entries to list, in the order of their keys. */
export interface DataQuery {
  /** What their keys begin with. */
  readonly prefix?: string;
  /** What members of their values are: `{ status: 'open' }`. All must be equal, as JSON is. */
  readonly where?: Readonly<Record<string, Json>>;
  /** The last key of the page before. */
  readonly after?: string;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
}

/** A page of entries. */
export interface DataPage {
  readonly entries: readonly DataEntry[];
  /** `after` of the next page; not there after the last one. */
  readonly next?: string;
}

/** What an owner has, and may have. */
export interface DataUsage {
  readonly entries: number;
  /** Of keys and values, as JSON in UTF-8. */
  readonly bytes: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * Keys and JSON documents of plugins, for each tenant apart and with a quota: for plugins that need no tables of their own, and for
 * isolated ones, which have none. Of two changes at once none is lost. It goes with its tenant.
 */
export interface PluginData {
  /** `undefined` when there is none, or it is over. */
  get(owner: DataOwner, key: string): Promise<DataEntry | undefined>;
  /** Keeps a value in the place of what was there. AF_DATA_INVALID, AF_DATA_CONFLICT or AF_DATA_FULL, and nothing is changed. */
  put(owner: DataOwner, key: string, value: Json, change?: DataChange): Promise<DataEntry>;
  /** Whether there was one. AF_DATA_CONFLICT as for `put`. */
  delete(owner: DataOwner, key: string, change?: Pick<DataChange, 'ifRevision'>): Promise<boolean>;
  list(owner: DataOwner, query?: DataQuery): Promise<DataPage>;
  usage(owner: DataOwner): Promise<DataUsage>;
  /** Deletes all; how many there were. */
  clear(owner: DataOwner): Promise<number>;
}

/** Token of {@link PluginData}. */
export const PluginData: SingleContract<PluginData> = defineContract<PluginData>({
  id: 'plugin-data',
  version: '1.0.0',
  description: 'Keys and JSON documents of plugins, with a quota.',
});

const mostListed = 200;

/** For stores: throws AF_DATA_INVALID for an owner that is none. */
export function checkDataOwner({ plugin, tenant }: DataOwner): void {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(plugin) || !tenantIdPattern.test(tenant))
    throw invalid(plugin, 'it is not said whose it is', 'Give { plugin: ctx.plugin.id, tenant }.');
}

/** For stores: throws AF_DATA_INVALID for a key that breaks the rules. */
export function checkDataKey({ plugin }: DataOwner, key: string): void {
  const fits =
    typeof key === 'string' &&
    key.length >= 1 &&
    key.length <= 256 &&
    key.isWellFormed() &&
    !/\p{Cc}/u.test(key);
  if (!fits)
    throw invalid(
      plugin,
      'a key has 1 to 256 characters, none of them a control character',
      'Build it from ids.',
    );
}

/** For stores: a value as text; AF_DATA_INVALID for what is no JSON, or for a change that breaks the rules. */
export function dataText(
  { plugin }: DataOwner,
  value: Json,
  { ifRevision = 0, ttlMs = 1 }: DataChange = {},
): string {
  const isCount = (number: number, least: number): boolean => Number.isSafeInteger(number) && number >= least;
  if (!isCount(ifRevision, 0) || !isCount(ttlMs, 1))
    throw invalid(plugin, `ifRevision is ${ifRevision}, ttlMs ${ttlMs}`, 'Give whole numbers, ttlMs from 1.');
  checkJson(plugin, 'the value', value);
  return JSON.stringify(value);
}

/** For stores: the query with its defaults; AF_DATA_INVALID for one that breaks the rules. */
export function checkDataQuery(
  { plugin }: DataOwner,
  { prefix = '', where = {}, after = '', limit = 50 }: DataQuery,
): Required<DataQuery> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostListed)
    throw invalid(
      plugin,
      `${limit} is no number of entries from 1 to ${mostListed}`,
      'Ask for the next page.',
    );
  for (const text of [prefix, after])
    if (typeof text !== 'string' || text.length > 256 || !text.isWellFormed() || text.includes('\0'))
      throw invalid(plugin, 'prefix and after are (the beginning of) keys', 'Give up to 256 characters.');
  if (typeof where !== 'object' || where === null || Array.isArray(where))
    throw invalid(plugin, 'where is no object', 'Give the members that values must have.');
  checkJson(plugin, 'where', where);
  return { prefix, where, after, limit };
}

/** For stores: whether a value has the members that are asked for. */
export function matchesData(value: Json, where: Readonly<Record<string, Json>>): boolean {
  const wanted = Object.entries(where);
  if (wanted.length === 0) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const members = new Map(Object.entries(value as JsonObject)); // no list: looked at above
  return wanted.every(([name, is]) => {
    const found = members.get(name);
    return found !== undefined && canonicalJson(found) === canonicalJson(is);
  });
}

function checkJson(plugin: string, what: string, value: unknown): void {
  try {
    canonicalJson(value);
  } catch (cause) {
    const reason = `${what} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw dataErrors.AF_DATA_INVALID(
      { plugin, reason, mend: 'Keep plain JSON; null for "there is none".' },
      { cause },
    );
  }
}

function invalid(plugin: string, reason: string, mend: string): Error {
  return dataErrors.AF_DATA_INVALID({ plugin: String(plugin).slice(0, 64), reason, mend });
}
