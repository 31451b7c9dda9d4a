import type { PinnedKey, RegistryKey } from '@agent-factory/plugin-package';
import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { readBlocks, type Block } from './block-list.ts';
import { errors } from './errors.ts';
import {
  isTarget,
  openFreshness,
  type Freshness,
  type FreshnessOptions,
  type VouchedTarget,
} from './freshness.ts';
import type { InstalledSet } from './installed-set.ts';
import type { Packument } from './packument.ts';
import { askedTogether } from './asked-together.ts';
import { checkRegistry, RegistryClient } from './registry-client.ts';
import { remember } from './remember.ts';
import { scopeOf } from './spec.ts';
import type { StorePlaces } from './store-places.ts';
import type { Transport } from './transport.ts';

/** How registries are found and read. */
export interface MarketOptions extends FreshnessOptions {
  /** The registry of scopes that have none yet. */
  readonly registry?: string | undefined;
  /** Registries of scopes, as a bundle tells them. */
  readonly scopes?: Readonly<Record<string, string>> | undefined;
  readonly transport: Transport;
}

/** One registry with everything it was asked for, checked. */
interface Source {
  readonly client: RegistryClient;
  readonly freshness: Freshness;
  readonly keys: readonly RegistryKey[];
  readonly blocks: readonly Block[];
}

/** A package's document that the registry vouches for. */
export interface FreshPackument {
  readonly packument: Packument;
  readonly source: Source;
  /** Keys the name's owner announced, and from when they may be used. */
  readonly announced: readonly { readonly keyId: string; readonly since: string }[];
}

/** Milliseconds between a look at a document and another at the metadata, after something was published between them. */
const pauses = [0, 100, 400, 1_500];
/** An announced key waits so long, for its owner to notice when it is not theirs. */
const keyDelayMs = 72 * 3_600_000;

/** The registries of one platform: each scope has exactly one, and no other is ever asked for it. */
export class Market {
  readonly #places: StorePlaces;
  readonly #set: InstalledSet;
  readonly #options: MarketOptions;
  #transport: Transport;
  readonly #sources = new Map<string, Promise<Source>>();
  readonly #packuments = new Map<string, Promise<FreshPackument>>();

  constructor(places: StorePlaces, set: InstalledSet, options: MarketOptions) {
    this.#places = places;
    this.#set = set;
    this.#options = options;
    this.#transport = options.transport;
  }

  /** The registry of a package. @throws AF_INSTALL_REGISTRY_UNKNOWN, AF_INSTALL_REGISTRY_PINNED */
  registryOf(name: string): string {
    const scope = scopeOf(name);
    const { scopes = {} } = this.#options;
    const registry = Object.hasOwn(scopes, scope) ? scopes[scope] : this.#options.registry;
    const given = registry === undefined ? undefined : checkRegistry(registry);
    const pinned = Object.hasOwn(this.#set.scopes, scope) ? this.#set.scopes[scope] : undefined;
    if (pinned !== undefined && given !== undefined && pinned !== given)
      throw errors.AF_INSTALL_REGISTRY_PINNED({ scope, pinned, given });
    const found = pinned ?? given;
    if (found === undefined) throw errors.AF_INSTALL_REGISTRY_UNKNOWN({ scope });
    return found;
  }

  /** Has each registry asked in one question for what is needed of some of its packages. */
  expect(names: readonly string[]): void {
    const namesOf = Map.groupBy(names, (name) => this.registryOf(name));
    this.#transport = askedTogether(this.#options.transport, namesOf);
  }

  /** A registry with its fresh metadata, keys and blocks. */
  source(registry: string): Promise<Source> {
    return remember(this.#sources, registry, async () => {
      const client = new RegistryClient(registry, this.#transport);
      return this.#open(client);
    });
  }

  /** The fresh document of a package. @throws AF_INSTALL_UNTRUSTED, AF_INSTALL_NOT_FOUND, … */
  packument(name: string): Promise<FreshPackument> {
    return remember(this.#packuments, name, () => this.#fetch(name));
  }

  /** Every block of every registry that was asked. */
  async blocks(): Promise<readonly Block[]> {
    const sources = await Promise.all(this.#sources.values());
    return sources.flatMap(({ blocks }) => blocks);
  }

  /** Whose key may sign a package. */
  async pinned(name: string, accepted: readonly string[], now: number): Promise<PinnedKey | undefined> {
    const keyId = Object.hasOwn(this.#set.authors, name) ? this.#set.authors[name] : undefined;
    if (keyId === undefined) return undefined;
    const { announced } = await this.packument(name);
    const ripe = announced
      .filter(({ since }) => now - Date.parse(since) >= keyDelayMs)
      .map((one) => one.keyId);
    return { keyId, announced: [...ripe, ...accepted] };
  }

  async #open(client: RegistryClient): Promise<Source> {
    const folder = this.#places.freshness(client.registry);
    const [freshness, keys] = await Promise.all([
      openFreshness(client, folder, this.#options),
      client.keys(),
    ]);
    return { client, freshness, keys, blocks: await readBlocks(client, freshness, keys) };
  }

  async #fetch(name: string): Promise<FreshPackument> {
    const registry = this.registryOf(name);
    for (const pause of pauses) {
      if (pause > 0) {
        await wait(pause);
        this.#sources.delete(registry); // something was published: the metadata is read again
      }
      // Asked for while the metadata it is judged by is still being read; what is wrong with that is said first.
      const asked = new RegistryClient(registry, this.#transport).packument(name);
      asked.catch(() => {});
      const source = await this.source(registry);
      const [target, { bytes, packument }] = await Promise.all([targetOf(source, name), asked]);
      if (target && isTarget(target, bytes))
        return { packument, source, announced: announcedIn(target.custom) };
    }
    const reason = `its document of ${name} is not the one its signed metadata names`;
    throw errors.AF_INSTALL_UNTRUSTED({ registry, reason });
  }
}

/** What the registry vouches for of a package; metadata is read by everybody, so those of a restricted one have no name. */
async function targetOf({ freshness }: Source, name: string): Promise<VouchedTarget | undefined> {
  return (
    (await freshness.target(`packuments/${name}.json`)) ??
    freshness.target(`restricted/${hash('sha256', name)}.json`)
  );
}

function announcedIn(custom: Readonly<Record<string, unknown>>): FreshPackument['announced'] {
  const { keys } = custom;
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((one) => {
    const { keyId, since } = Object(one) as Record<string, unknown>; // checked here
    return typeof keyId === 'string' && typeof since === 'string' ? [{ keyId, since }] : [];
  });
}
