import { verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { readPublicKey, type RegistryKey } from '@agent-factory/plugin-package';
import { canonicalJson } from '@agent-factory/sdk';
import semver from 'semver';
import { textOr } from './answer-text.ts';
import { errors } from './errors.ts';
import { isTarget, type Freshness } from './freshness.ts';
import type { RegistryClient } from './registry-client.ts';
import { writeDurably } from './write-durably.ts';

/** Versions that may not run any more. */
export interface Block {
  readonly name: string;
  /** Semver range; `*` for all. */
  readonly versions: string;
  readonly reason: string;
}

const path = '-/af/v1/blocklist';

/**
 * Reads a registry's list of blocked versions. It must be vouched for by the fresh metadata (target
 * `af/blocklist.json`), or be signed by the registry.
 *
 * @throws AF_INSTALL_UNTRUSTED, AF_INSTALL_REGISTRY_…
 */
export async function readBlocks(
  client: RegistryClient,
  freshness: Freshness,
  keys: readonly RegistryKey[],
): Promise<readonly Block[]> {
  const { registry } = client;
  const [target, bytes] = await Promise.all([freshness.target('af/blocklist.json'), client.find(path)]);
  const refuse = (reason: string): Error => errors.AF_INSTALL_UNTRUSTED({ registry, reason });
  if (!bytes) {
    if (!target) return []; // it keeps none
    throw refuse('its list of blocked versions is missing');
  }
  const list = parse(bytes, registry);
  const isVouched = (target && isTarget(target, bytes)) ?? false;
  // The list may have been signed anew since the metadata was read.
  if (!isVouched && !isSigned(list.value, keys))
    throw refuse('its list of blocked versions is not the one it vouches for');
  return list.blocks;
}

/** The block that holds a version back, if there is one. */
export function blockOf(
  blocks: readonly Block[],
  { name, version }: { readonly name: string; readonly version: string },
): Block | undefined {
  return blocks.find(
    (one) =>
      one.name === name &&
      (one.versions === '*' || semver.satisfies(version, one.versions, { includePrerelease: true })),
  );
}

/** Blocks seen before, so that a rollback without a network knows them. */
export function knownBlocks(file: string): readonly Block[] {
  if (!existsSync(file)) return [];
  try {
    return blocksIn(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return []; // it is only a copy
  }
}

/** Keeps blocks that were seen, unless they are those that are kept. */
export function keepBlocks(file: string, blocks: readonly Block[]): void {
  if (isDeepStrictEqual(blocks, knownBlocks(file))) return;
  writeDurably(file, `${JSON.stringify({ blocked: blocks }, null, 2)}\n`);
}

function parse(bytes: Uint8Array, registry: string): { value: unknown; blocks: readonly Block[] } {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return { value, blocks: blocksIn(value) };
  } catch (error) {
    const reason = 'its list of blocked versions cannot be read';
    throw errors.AF_INSTALL_UNTRUSTED({ registry, reason }, { cause: error });
  }
}

function blocksIn(value: unknown): readonly Block[] {
  const { blocked } = Object(value) as { blocked?: unknown }; // checked next
  if (!Array.isArray(blocked)) throw new Error('it has no list');
  return blocked.map((one) => {
    const { name, package: other, versions, reason } = Object(one) as Record<string, unknown>;
    return {
      name: textOr(name, textOr(other, '')),
      versions: textOr(versions, '*'),
      reason: textOr(reason, 'no reason is given'),
    };
  });
}

/** ECDSA over the canonical form of everything but `signature`; holds until `expires`. */
function isSigned(value: unknown, keys: readonly RegistryKey[]): boolean {
  const { signature, ...rest } = Object(value) as Record<string, unknown>;
  const key = keys.find(({ keyid, expires }) => keyid === rest['keyid'] && expires === null);
  if (!key || typeof signature !== 'string' || !(Date.parse(textOr(rest['expires'], '')) > Date.now()))
    return false;
  const text = Buffer.from(canonicalJson(rest));
  return verify('sha256', text, readPublicKey(key.key, key.keyid), Buffer.from(signature, 'base64'));
}
