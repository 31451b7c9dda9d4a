import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from 'node:crypto';
import { Updater, type Fetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import type { RegistryClient } from './registry-client.ts';
import { remember } from './remember.ts';
import { writeDurably } from './write-durably.ts';

const base = '-/af/v1/tuf';

/** What a registry vouches for, of one target. */
export interface VouchedTarget {
  readonly length: number;
  /** Digests in hex, by algorithm. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** What a registry vouches for, and since when; proven by TUF metadata. */
export interface Freshness {
  /** Version of the timestamp that everything hangs on. */
  readonly version: number;
  /** What is known of a target; nothing where the registry vouches for no such thing. */
  target(path: string): Promise<VouchedTarget | undefined>;
}

/** How old a registry's word may be. */
export interface FreshnessOptions {
  /** Milliseconds that metadata may be past its end; for bundles. Default 0. */
  readonly maxStaleMs?: number;
  /** What the first root's SHA-256 must be, in hex, if somebody told it. */
  readonly rootHash?: string | undefined;
}

/** The part of the updater that is not in its types. */
interface Inside {
  readonly trustedSet: {
    referenceTime: Date;
    readonly timestamp?: { readonly signed: { readonly version: number } };
  };
  loadTargets(role: string, parent: string): Promise<unknown>;
}

/**
 * Reads a registry's metadata anew: that what it serves is what it holds now. The first root is taken as it is (or
 * as `rootHash` tells) and kept; from then on each must be signed by the one before.
 *
 * @throws AF_INSTALL_STALE, AF_INSTALL_UNTRUSTED or AF_INSTALL_REGISTRY_…
 */
export async function openFreshness(
  client: RegistryClient,
  folder: string,
  { maxStaleMs = 0, rootHash }: FreshnessOptions = {},
): Promise<Freshness> {
  const { registry } = client;
  await trustFirstRoot(client, folder, rootHash);
  return judged(registry, async () => {
    const updater = new Updater({
      metadataDir: folder,
      metadataBaseUrl: `${registry}/${base}`,
      fetcher: fetcherOf(client),
    });
    const inside = updater as unknown as Inside; // not in its types, and there is no other way to tell it the time
    inside.trustedSet.referenceTime = new Date(Date.now() - maxStaleMs);
    checkRolesOnce(inside);
    await updater.refresh();
    return {
      version: inside.trustedSet.timestamp?.signed.version ?? 0,
      target: (path) => judged(registry, () => updater.getTargetInfo(path)),
    };
  });
}

/** The updater checks the role on top again for each target, and fetches twice what two targets ask for at once. */
function checkRolesOnce(inside: Inside): void {
  const load = inside.loadTargets.bind(inside);
  const loaded = new Map<string, Promise<unknown>>();
  inside.loadTargets = (role, parent) => remember(loaded, `${parent} ${role}`, () => load(role, parent));
}

/** Whether bytes are those the registry vouches for. */
export function isTarget(target: VouchedTarget, bytes: Uint8Array): boolean {
  const sum = target.hashes['sha512'];
  return target.length === bytes.length && sum !== undefined && hash('sha512', bytes) === sum;
}

async function trustFirstRoot(
  client: RegistryClient,
  folder: string,
  rootHash: string | undefined,
): Promise<void> {
  const file = join(folder, 'root.json');
  if (existsSync(file)) return;
  const bytes = await client.find(`${base}/1.root.json`);
  if (!bytes) {
    const reason = 'it offers no proof that its answers are fresh';
    throw errors.AF_INSTALL_UNTRUSTED({ registry: client.registry, reason });
  }
  if (rootHash !== undefined && hash('sha256', bytes) !== rootHash.toLowerCase()) {
    const reason = 'its first root is not the one that was named';
    throw errors.AF_INSTALL_UNTRUSTED({ registry: client.registry, reason });
  }
  mkdirSync(folder, { recursive: true });
  writeDurably(file, bytes);
}

/** The SHA-256 of the root that a registry is trusted by, in hex. */
export function rootHashIn(folder: string): string | undefined {
  const file = join(folder, 'root.json');
  return existsSync(file) ? hash('sha256', readFileSync(file)) : undefined;
}

function fetcherOf(client: RegistryClient): Fetcher {
  return {
    async downloadBytes(url, maxLength) {
      const bytes = await client.find(url.slice(client.registry.length + 1), maxLength);
      if (!bytes) throw new DownloadHTTPError('not there', 404);
      return Buffer.from(bytes);
    },
    downloadFile: () => Promise.reject(new Error('targets are fetched by the installer')),
  };
}

/** Turns what the updater throws into errors for people. */
async function judged<T>(registry: string, job: () => Promise<T>): Promise<T> {
  try {
    return await job();
  } catch (error) {
    if (isAgentFactoryError(error)) throw error;
    const { name, message, constructor } = error as Error; // the library throws nothing else
    const kind = `${constructor.name} ${name} ${message}`;
    const told = message.replace(/^Unable to load \w+( metadata)? error (Error: )?/, '').replace(/\.$/, '');
    const coded = /AF_INSTALL_REGISTRY_UNREACHABLE|cannot be reached/.test(kind);
    if (coded) throw errors.AF_INSTALL_REGISTRY_UNREACHABLE({ registry, reason: told }, { cause: error });
    if (/Expired|is expired/.test(kind))
      throw errors.AF_INSTALL_STALE({ registry, reason: told }, { cause: error });
    throw errors.AF_INSTALL_UNTRUSTED({ registry, reason: told }, { cause: error });
  }
}
